import {
  annotation,
  defineRule,
  describe,
  describeAll,
  explainCause,
  isKubectl,
  placeIn,
  targetOf,
  whenCreated,
  writtenIn,
  type Command,
  type HookEvent,
  type Release,
  type Report,
  type Resource,
  type Step,
  type Timeline,
} from '../src/rule.ts';

export const hookReference = defineRule({
  id: 'hook-reference',
  title: 'A hook needs a resource that does not exist yet',
  severity: 'error',
  preset: 'recommended',
  why: `Helm creates the ordinary resources of the chart only after every pre-install hook. A pod without its ServiceAccount
    is not created at all ("error looking up service account …: serviceaccount not found"). The same is true for its
    PriorityClass ("no PriorityClass with name … was found") and its RuntimeClass ("RuntimeClass … not found"). Without
    its Secret or ConfigMap the pod stays in CreateContainerConfigError ("secret … not found") or ContainerCreating.
    Without its PersistentVolumeClaim it stays Pending. None of this uses up \`backoffLimit\`: Helm waits until its
    timeout, and the install fails. A hook in a namespace that does not exist is refused at once ("namespaces … not
    found"). Without its RoleBinding a hook runs, but \`kubectl\` in it fails ('… is forbidden: User
    "system:serviceaccount:…" cannot …'). This is a warning, since other permissions may come from outside the chart.`,
  fix: `Make the required resource a hook of the same events with a lower weight, or give the hook its own copy.
    Alternatively, run the Job after the install, when the resources of the release exist. Mark the reference
    \`optional: true\` if the pod can run without it.`,
  off: `When something else always creates the object under this name before the first install. It is then better to remove
    it from the chart.`,
  see: [
    'https://github.com/helm/helm/issues/7447',
    'https://github.com/helm/helm/issues/12414',
    'https://github.com/raystack/charts/issues/57',
  ],
  *check({ release, timeline, from, action, leaving }) {
    if (action === 'install') {
      yield* namespaces(release, timeline);
      yield* permissions(release, timeline);
    }
    const uninstall = action === 'install' ? leaving('uninstall') : undefined;
    for (const played of uninstall ? [timeline, uninstall] : [timeline]) {
      for (const { step, workload, causes } of played.blocks) {
        if (step.phase === 'resources') continue;
        for (const cause of causes) {
          if (cause.need.type !== 'reference' || cause.lack.type !== 'absent') continue;
          // A volume made by hand needs no object of its class.
          const byHand =
            cause.need.reference.kind === 'StorageClass'
              ? ', so its claim is not bound unless a PersistentVolume of that class is there'
              : '';
          const news = from && action === 'upgrade' && played === timeline ? ` (${from.label} does not have it)` : '';
          yield {
            at: cause.need.place,
            message: `${describe(workload)}, a ${step.event ?? step.title} hook, needs ${targetOf(cause)}, which ${whenCreated(cause.lack.resource, played, step)}${byHand}${news}`,
            ...(byHand && { severity: 'warning' as const }),
            because: explainCause(cause, played, step),
            actions: [played.options.action],
            resource: workload.resource,
            help: adviceFor(cause.lack.resource, step, played, release),
          };
        }
      }
    }
  },
});

/** How the hook of a step gets what it lacks. */
function adviceFor(resource: Resource, { hook, event }: Step, timeline: Timeline, release: Release): string {
  const name = describe(resource);
  const later = release.hookFor(resource);
  if (!hook || timeline.options.action === 'uninstall' || timeline.options.action === 'rollback')
    return `Remove the reference to ${name}, or keep a copy of it that no release owns.`;
  const lower = `\`${annotation.weight}: "${hook.weight - 1}"\``;
  if (later && event !== undefined && later.events.includes(event as HookEvent)) {
    const early = timeline.removedBy(resource);
    return early && timeline.createdBy(resource) !== early && later.weight < hook.weight
      ? `Remove \`hook-succeeded\` from the delete policy of ${name}.`
      : `Write ${lower} on ${name}, so that Helm creates it before ${describe(hook.resource)}.`;
  }
  const after = `run ${describe(hook.resource)} after the resources of the release: \`${annotation.hook}: post-install,post-upgrade\``;
  if (later)
    return `Add ${event} to \`${annotation.hook}\` of ${name}${later.weight < hook.weight ? '' : `, with ${lower}`}.`;
  return lasting.test(resource.kind)
    ? `To keep ${name} an ordinary resource, ${after}.`
    : `Give the hook its own copy of ${name} under another name, with \`${annotation.hook}: ${hook.events.join(',')}\` and ${lower}. Or ${after}.`;
}

/** What cannot be copied, or not for a hook alone. */
const lasting = /^(?:PersistentVolumeClaim|Namespace)$/;

/** Hooks in a namespace that the release creates after them. */
function* namespaces(release: Release, timeline: Timeline): Iterable<Report> {
  for (const [index, step] of timeline.steps.entries()) {
    if (!step.hook) continue;
    const { resource } = step.hook;
    // The release's own namespace is there before any hook: Helm keeps its record in it.
    const [namespace] =
      resource.namespace === undefined || resource.namespace === release.namespace
        ? []
        : release.find('Namespace', resource.namespace, '');
    const created = namespace && timeline.createdBy(namespace);
    if (!created || timeline.steps.indexOf(created) < index) continue;
    yield {
      at: resource.place('metadata', 'namespace'),
      message: `${describe(resource)}, a ${step.event} hook, is in ${describe(namespace)}, which ${whenCreated(namespace, timeline)}`,
      because: [{ message: `${describe(namespace)} is created here`, at: namespace.place('metadata', 'name') }],
      resource,
      help: `Write \`${annotation.hook}: post-install,post-upgrade\` on ${describe(resource)}, or remove ${describe(namespace)} from the chart and install with \`--create-namespace\`.`,
    };
  }
}

const asking =
  /^(?:get|describe|logs|create|apply|patch|replace|delete|annotate|label|scale|set|rollout|exec|cp|expose|autoscale)$/;

/** Hooks whose kubectl asks the API as an account to which the chart gives permissions only after them. */
function* permissions(release: Release, timeline: Timeline): Iterable<Report> {
  for (const [index, step] of timeline.steps.entries()) {
    const { hook } = step;
    const workload = hook && release.workloads.find(({ resource }) => resource === hook.resource);
    if (!workload || step.phase !== 'pre') continue;
    const { pod, namespace, resource } = workload;
    const account = pod.serviceAccount ?? 'default';
    const isLater = (one: Resource) => {
      const created = timeline.createdBy(one);
      return created !== undefined && timeline.steps.indexOf(created) > index;
    };
    if (release.find('ServiceAccount', account, namespace).some(isLater)) continue;
    const grants = release.grantsOf(account, namespace, namespace);
    const late = [...new Set(grants.flatMap(({ resources }) => resources.filter(isLater)))];
    if (grants.length === 0 || !grants.every(({ resources }) => resources.some(isLater))) continue;
    for (const container of pod.containers) {
      if (container.env.has('KUBECONFIG')) continue;
      const command = container.understanding.commands.find(asks);
      if (!command) continue;
      yield {
        at: placeIn(resource, container, writtenIn(container, command)),
        message: `${describe(resource)}, a ${step.event} hook, runs \`${short(command.argv.join(' '))}\`, but ${describeAll(late)}, which ${late.length === 1 ? 'allows' : 'allow'} it, ${whenCreated(late[0]!, timeline).replace(/^is /, late.length === 1 ? 'is ' : 'are ')}`,
        severity: 'warning',
        because: late.map((one) => ({
          message: `${describe(one)} is created here`,
          at: one.place('metadata', 'name'),
        })),
        resource,
        help: `Make ${describeAll(late)} ${late.length === 1 ? 'a hook' : 'hooks'} too: \`${annotation.hook}: ${hook.events.join(',')}\` and \`${annotation.weight}: "${hook.weight - 1}"\`.`,
      };
      break;
    }
  }
}

/**
 * Whether a command asks the Kubernetes API with the pod's own account, and its failure counts. Waits are the rule
 * wait-permission's.
 */
function asks({ argv, lost, loop, doubt }: Command): boolean {
  const words = argv.slice(1);
  return (
    isKubectl(argv) &&
    lost === undefined &&
    loop === undefined &&
    doubt === undefined &&
    words.some((word) => asking.test(word)) &&
    !words.some((word) => /^--(?:kubeconfig|server|token|dry-run)\b/.test(word) || word === 'status')
  );
}

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
