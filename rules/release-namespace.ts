import {
  annotation,
  defineRule,
  describe,
  describeAll,
  type Hook,
  type Release,
  type Report,
  type Resource,
  type RuleContext,
} from '../src/rule.ts';

export const releaseNamespace = defineRule({
  id: 'release-namespace',
  title: 'The chart creates or deletes its own namespace',
  severity: 'error',
  preset: 'recommended',
  why: `Helm keeps the record of a release in the namespace of the release, so this namespace exists before Helm creates
    the first resource. If it is an ordinary resource of the chart, the install fails: "Namespace … exists and cannot be
    imported into the current release: invalid ownership metadata". With \`--create-namespace\` and a new namespace, Helm
    4 succeeds, and Helm 3 fails with "namespaces … already exists". An install with \`--take-ownership\`, or into a
    namespace that has the labels and annotations of the release, succeeds. \`helm uninstall\`, and an upgrade to a chart
    without the resource, then delete the namespace with everything in it, including other releases. The same happens to
    any namespace that only the install renders, behind \`.Release.IsInstall\` or a \`lookup\` of the namespace itself.

    As a hook it is worse. The default delete policy deletes the namespace with everything in it before the hook creates
    it again. Helm 3 reports success, but the record of the release is gone: the next upgrade fails ("has no deployed
    releases"). Helm 4 fails ("unable to create new content in namespace … because it is being terminated"), or reports
    success for a namespace that is about to disappear. \`helm.sh/resource-policy: keep\` does not prevent this. A hook
    that is another namespace is deleted in the same way at each upgrade, with the resources and volumes of the release
    in it. The API server refuses to delete \`default\`, \`kube-system\` and \`kube-public\`: such a hook fails.`,
  fix: `Remove the Namespace from the chart and install with \`--create-namespace\`. If a release owns the namespace already,
    first upgrade with the annotation \`helm.sh/resource-policy\` set to keep on it: otherwise, the upgrade that removes
    it deletes the namespace.`,
  off: `For an ordinary Namespace, when the chart is always installed by Helm 4 with \`--create-namespace\`, or with
    \`--take-ownership\`.`,
  see: [
    'https://helm.sh/docs/topics/charts_hooks/#hook-deletion-policies',
    'https://github.com/helm/helm/issues/6794',
    'https://github.com/openkruise/charts/issues/61',
    'https://github.com/helm/helm/issues/4315',
    'https://github.com/oracle/oci-native-ingress-controller/pull/68',
    'https://github.com/castai/helm-charts/issues/328',
    'https://github.com/argoproj/gitops-engine/blob/master/pkg/sync/sync_task.go',
  ],
  *check(context) {
    yield* noLongerRendered(context);
    for (const resource of context.release.resources) {
      if (resource.kind !== 'Namespace' || resource.apiVersion !== 'v1') continue;
      if (context.newName(resource)) continue;
      const hook = context.release.hookFor(resource);
      // A chart that asks whether the namespace is there does not create it again; a render does not show that.
      if (context.looksUp(resource)) yield* asLookedUp(resource, hook, context);
      else if (context.engine === 'argocd') yield* underArgo(resource, hook, context);
      else if (!hook) yield* asOrdinary(resource, context);
      else if (isImmortal(resource, context)) yield* asImmortalHook(hook, context);
      else if (resource.name === context.release.namespace) yield* asOwnHook(hook, context);
      else yield* asOtherHook(hook, context);
    }
  },
});

/** What the API server's admission never deletes (plugin/pkg/admission/namespace/lifecycle). */
const immortal = ['default', 'kube-system', 'kube-public'];

/**
 * Whether it is a namespace of the cluster itself. A release that is rendered without a namespace is rendered for
 * `default`, which a template that writes the release's own does not mean.
 */
function isImmortal(resource: Resource, { namedByNamespace }: RuleContext): boolean {
  return immortal.includes(resource.name) && !(resource.name === 'default' && namedByNamespace(resource));
}

function* asOrdinary(resource: Resource, context: RuleContext): Iterable<Report> {
  const { release, action, from, engine } = context;
  const ofCluster = isImmortal(resource, context) || resource.name === 'kube-node-lease';
  if (!ofCluster && resource.name !== release.namespace) return;
  // An upgrade finds what the last revision has as its own.
  if (action === 'upgrade' && (!from || from.release.find('Namespace', resource.name, '').length > 0)) return;
  const name = describe(resource);
  const why = ofCluster
    ? `${name} is in every cluster`
    : `${name} is the namespace of the release${engine === 'flux' ? '' : ', so it is there before Helm creates it'}`;
  const flux = engine === 'flux' && !ofCluster ? ' if it is there already' : '';
  const created =
    action === 'install' && engine === 'helm' && !ofCluster ? 'Helm 4 creates it with --create-namespace, or ' : '';
  yield {
    at: resource.place('metadata', 'name'),
    message: `${why}: the ${action} fails${flux} ("exists and cannot be imported into the current release"), unless ${created}Helm may adopt it (ownership metadata, --take-ownership)`,
    severity: 'warning',
    resource,
    ...(ofCluster && { help: `Remove ${name} from the chart.` }),
  };
}

/** The actions in which a hook runs, as far as a chart that is judged for `action` shows them. */
function actionsOf(
  { events }: Hook,
  action: 'install' | 'upgrade',
): ('install' | 'upgrade' | 'uninstall' | 'rollback')[] {
  return ([action, 'uninstall', 'rollback'] as const).filter((one) =>
    events.some((event) => event.endsWith(one === 'uninstall' ? '-delete' : `-${one}`)),
  );
}

/** A hook that has the name of a namespace which the API server deletes for nobody. */
function* asImmortalHook(hook: Hook, context: RuleContext): Iterable<Report> {
  const { resource, policies } = hook;
  const actions = actionsOf(hook, context.action);
  const name = describe(resource);
  const help = `Remove ${name} from the chart.`;
  const fails = policies.has('before-hook-creation') || (policies.has('hook-succeeded') && context.helmVersion !== 3);
  if (!fails) yield* asLeftHook(hook, context, `${name} is in every cluster`, help);
  else if (actions.length > 0)
    yield {
      at: resource.place('metadata', 'name'),
      message: `The hook fails: its delete policy (${policyOf(hook)}) makes Helm delete ${name}, which the API server refuses ("this namespace may not be deleted")`,
      resource,
      help,
      actions,
    };
}

/** A hook that is the namespace of the release. */
function* asOwnHook(hook: Hook, context: RuleContext): Iterable<Report> {
  const { resource, policies, events } = hook;
  const { helmVersion, engine, action } = context;
  const name = describe(resource);
  const help = `Remove ${name} from the chart and install with \`--create-namespace\`: the namespace is there before any hook runs.`;
  const early = policies.has('before-hook-creation');
  if (!early && (!policies.has('hook-succeeded') || helmVersion === 3)) {
    yield* asLeftHook(hook, context, `${name} is the namespace of the release, which is there already`, help);
    return;
  }
  const when = early ? 'before it creates this hook' : 'when its hooks have succeeded';
  const lost = `everything in it is deleted${engine === 'flux' ? '' : ', with the record of the release'}`;
  const message = `${early || helmVersion === 4 ? 'Helm' : 'Helm 4'} deletes ${name}, the namespace of the release, ${when} (${policyOf(hook)}): ${lost}${early || helmVersion === 4 ? '' : '; Helm 3 fails ("already exists")'}`;
  const actions = actionsOf(hook, action);
  if (actions.length === 0) return;
  // Flux keeps the record elsewhere: the first install may find no namespace.
  const doubt = engine === 'flux' && !events.some((event) => /-(?:upgrade|delete)$/.test(event));
  yield {
    at: resource.place('metadata', 'name'),
    message,
    severity: doubt ? 'warning' : 'error',
    resource,
    help,
    actions,
  };
}

/** A hook that is never deleted, in place of which there is something already. */
function* asLeftHook(hook: Hook, context: RuleContext, why: string, help: string): Iterable<Report> {
  const { helmVersion, engine, action } = context;
  const actions = actionsOf(hook, action);
  if (helmVersion === 4 || actions.length === 0) return;
  yield {
    at: hook.resource.place('metadata', 'name'),
    message: `${why}: ${helmVersion === 3 ? 'Helm' : 'Helm 3'} cannot create this hook ("already exists")${helmVersion === 3 ? '' : '; Helm 4 applies it'}`,
    severity: helmVersion === 3 && engine === 'helm' ? 'error' : 'warning',
    resource: hook.resource,
    help,
    actions,
  };
}

/** A hook that is another namespace, in which ordinary resources of the release are. */
function* asOtherHook(hook: Hook, { release, action }: RuleContext): Iterable<Report> {
  const { resource, policies, events } = hook;
  const inside = insideOf(resource, release);
  const mine = events.filter((event) => event.endsWith(`-${action}`));
  if (inside.length === 0 || mine.length === 0) return;
  const name = describe(resource);
  const all = `${describeAll(inside, 2)} of the release ${inside.length === 1 ? 'is' : 'are'} in it`;
  // At an install, nothing may be there yet that is deleted, and an ordinary resource of the same name comes after it.
  const again = release.find('Namespace', resource.name, '').some((one) => !release.hookFor(one));
  const late = policies.has('hook-succeeded') && (action === 'upgrade' || (mine.includes('pre-install') && !again));
  if (!late && !(action === 'upgrade' && policies.has('before-hook-creation'))) return;
  const install = events.filter((event) => event.endsWith('-install')).join(',');
  const write =
    install === ''
      ? ''
      : `, or write \`${annotation.hook}: ${install}\`${late ? ` without hook-succeeded in \`${annotation.policy}\`` : ''}`;
  yield {
    at: hook.place,
    message: late
      ? `Helm deletes ${name} when its hooks have succeeded (hook-succeeded), but ${all}`
      : `Helm deletes ${name} with everything in it before the ${mine[0]!} hook creates it again (${policyOf(hook)}), but ${all}`,
    resource,
    help: `Create ${name} outside of the chart${write}.`,
  };
}

const namespaced =
  /^(?:ConfigMap|CronJob|DaemonSet|Deployment|Ingress|Job|PersistentVolumeClaim|Pod|Role|RoleBinding|Secret|Service|ServiceAccount|StatefulSet)$/;

/** The ordinary resources in a namespace; charts write a namespace on what is in none, too. */
function insideOf({ name }: Resource, release: Release): Resource[] {
  return release.ordinary.filter((one) => one.namespace === name && namespaced.test(one.kind));
}

/** Ordinary Namespaces of the last revision that an upgrade does not have: Helm deletes them. */
function* noLongerRendered({ release, action, from, on, engine, newName }: RuleContext): Iterable<Report> {
  if (action !== 'upgrade' || engine === 'argocd') return;
  const last = from?.release ?? on('install').release;
  if (last === release) return;
  for (const resource of last.ordinary) {
    const { kind, apiVersion, name } = resource;
    if (kind !== 'Namespace' || apiVersion !== 'v1' || isKept(resource) || newName(resource)) continue;
    if (immortal.includes(name) && name !== release.namespace) continue;
    if (release.find('Namespace', name, '').length > 0) continue;
    const own = name === release.namespace;
    const inside = insideOf(resource, release);
    // A revision that has nothing in the namespace any more means to delete it.
    const at = from
      ? own
        ? release.resources[0]?.place('metadata', 'name')
        : inside[0]?.place('metadata', 'namespace')
      : resource.place('metadata', 'name');
    if (!at) continue;
    const lost = `Helm deletes it with everything in it${inside.length > 0 ? ` (${describeAll(inside, 2)})` : ''}`;
    yield {
      at,
      message: from
        ? `${describe(resource)}${own ? ', the namespace of the release,' : ''} is an ordinary resource in ${from.label}, and this chart does not have it: ${lost}`
        : `The install creates ${describe(resource)}, but an upgrade does not render it: ${lost}`,
      ...(from && {
        because: [{ message: `an ordinary resource in ${from.label}`, at: resource.place('metadata', 'name') }],
      }),
      resource,
      help: from
        ? `Keep ${describe(resource)} in the chart, or first upgrade with the annotation \`${annotation.keep}\` set to keep on it.`
        : `Remove the condition from ${describe(resource)}, or write \`${annotation.keep}: keep\` in its annotations.`,
    };
  }
}

const absent = /\{\{-?\s*if\s+not\s+(?:\(\s*)?(?:lookup\s+"v1"\s+"Namespace"|\$\w+[\s)]*-?\}\})/;
const asked = /\blookup\s+"v1"\s+"Namespace"/;

/**
 * An ordinary Namespace that is rendered only while the cluster does not have it: the install has it, and the next
 * upgrade does not. Helm then deletes it, also where it did not create it itself (Helm 3 after a failed install).
 */
function* asLookedUp(
  resource: Resource,
  hook: Hook | undefined,
  { action, engine, sources, release }: RuleContext,
): Iterable<Report> {
  if (hook || action !== 'upgrade' || engine === 'argocd' || isKept(resource)) return;
  const text = sources.find(({ path }) => path === resource.manifest.source)?.text ?? '';
  if (!asked.test(text) || !absent.test(text)) return;
  const own = resource.name === release.namespace;
  yield {
    at: resource.place('metadata', 'name'),
    message: `If the install creates ${describe(resource)}${own ? ' (with --create-namespace)' : ''}, the lookup finds it at the next upgrade, which then does not render it: Helm deletes it with everything in it`,
    severity: 'warning',
    resource,
    help: `Write \`${annotation.keep}: keep\` in the annotations of ${describe(resource)}.`,
  };
}

function isKept({ annotations }: Resource): boolean {
  return annotations[annotation.keep] === 'keep';
}

/** The policy that deletes it, as a message names it. */
function policyOf({ policies, writtenPolicies }: Hook): string {
  if (!policies.has('before-hook-creation')) return 'hook-succeeded';
  return writtenPolicies ? 'before-hook-creation' : 'before-hook-creation, the default';
}

/**
 * Argo CD deletes a hook that carries its tracking label before it applies it again, so from the second sync on
 * (`deleteBeforeCreation` in gitops-engine, pkg/sync/sync_task.go). Read in its source only, not played.
 */
function* underArgo(resource: Resource, hook: Hook | undefined, { release, timeline }: RuleContext): Iterable<Report> {
  if (!hook?.argoPolicies.has('before-hook-creation') || !timeline.createdBy(resource)) return;
  const own = resource.name === release.namespace;
  const inside = insideOf(resource, release);
  if (!own && inside.length === 0) return;
  const what = own
    ? 'the namespace of the application'
    : `in which ${describeAll(inside, 2)} of the application ${inside.length === 1 ? 'is' : 'are'}`;
  yield {
    at: hook.place,
    message: `From the second sync on, Argo CD deletes ${describe(resource)}, ${what}, with everything in it before it creates this hook (before-hook-creation)`,
    severity: 'warning',
    resource,
    help: `Remove \`${annotation.hook}\` from ${describe(resource)}, so that Argo CD applies it as an ordinary resource.`,
  };
}
