import {
  actor,
  annotation,
  beside,
  defineRule,
  describe,
  explainCause,
  policiesOf,
  rootOf,
  type Engine,
  type Hook,
  type Release,
  type Resource,
} from '../src/rule.ts';

export const hookSharedResource = defineRule({
  id: 'hook-shared-resource',
  title: 'The release uses a resource that is a hook',
  severity: 'error',
  preset: 'recommended',
  why: `Hook resources do not belong to a release. With \`hook-succeeded\` Helm deletes them when the hooks of their event
    have finished, before the ordinary resources of the release exist. The pods that need them stay in
    CreateContainerConfigError. With \`before-hook-creation\` (the default) Helm deletes and recreates them at every
    upgrade, while pods use them: a ServiceAccount loses its tokens, a PersistentVolumeClaim its data, and a generated
    password no longer fits. If one name is both a hook and an ordinary resource, the first install fails with Helm 3
    ("already exists", for \`pre-install\` without \`hook-succeeded\`). At an upgrade the hook deletes the live object,
    which stays deleted if the migration fails.`,
  fix: `Make the resource that the release uses an ordinary one, and give the hook its own copy under another name.
    \`helm.sh/resource-policy: keep\` does not help: Helm ignores it when it deletes hooks. Generated values belong in a
    \`pre-install\` hook alone, or take the old value with \`lookup\`.`,
  off: 'When the pods are always restarted with the upgrade and may fail for a moment.',
  see: [
    'https://github.com/Kong/charts/issues/30',
    'https://github.com/raystack/charts/issues/69',
    'https://github.com/helm/helm/issues/11608',
  ],
  *check({ release, timeline, on, generated, engine }) {
    for (const { workload, causes } of timeline.stuck) {
      for (const cause of causes) {
        const { lack, need } = rootOf(cause);
        const hook = lack.type === 'absent' ? release.hookFor(lack.resource) : undefined;
        if (!hook || need.type !== 'reference' || lack.type !== 'absent' || !timeline.removedBy(lack.resource))
          continue;
        yield {
          at: lack.resource.place('metadata', 'annotations', annotation.policy),
          message: `Helm deletes ${describe(lack.resource)} when its hooks have succeeded, before it creates ${describe(workload)}, which needs it`,
          help: ordinaryAdvice(hook, release, engine),
          because: explainCause(cause, timeline),
          resource: lack.resource,
        };
      }
    }
    for (const hook of release.hooks) {
      const { resource } = hook;
      const namespace = release.namespaceOf(resource);
      const twin = release.find(resource.kind, resource.name, namespace).find((other) => !release.hookFor(other));
      if (twin) {
        const faults = engine === 'argocd' ? clashesUnderArgo(hook) : clashes(hook);
        if (faults.length > 0)
          yield {
            at: hook.place,
            resource,
            severity: 'warning',
            message: `${describe(resource)} is both a hook and an ordinary resource: ${faults.join(', and ')}`,
            help: `Rename the hook, for example to ${resource.name}-hook, and let only the hook Jobs use it.`,
            because: [{ message: 'the ordinary resource', at: twin.place('metadata', 'name') }],
          };
        continue;
      }
      const users = usersOf(resource, release);
      // Argo CD deletes all such hooks at the end of a sync.
      const late = engine === 'argocd' ? /-(?:install|upgrade)$/ : /^post-(?:install|upgrade)$/;
      const done = hook.events.filter((event) => late.test(event));
      if (users.length > 0 && policiesOf(hook, engine).has('hook-succeeded') && done.length > 0) {
        yield {
          at: resource.place('metadata', 'annotations', annotation.policy),
          resource,
          severity: 'warning',
          message: `${actor(engine)} deletes ${describe(resource)} when ${engine === 'argocd' ? 'the sync has' : `the ${done.join(' and ')} hooks have`} succeeded, but pods of ${beside(users)} that start later need it`,
          help: ordinaryAdvice(hook, release, engine),
        };
      }
      if (users.length > 0 && engine !== 'argocd' && neverUpdated(hook) && !generated(resource)) {
        yield {
          at: hook.place,
          resource,
          severity: 'warning',
          message: `${describe(resource)} is only a ${hook.events.join(' and ')} hook: no upgrade changes it, and ${beside(users)} ${users.length === 1 ? 'keeps' : 'keep'} the content of the first install`,
          help: ordinaryAdvice(hook, release, engine),
        };
      }
      if (users.length === 0 || !recreated(hook, engine)) continue;
      // Two renders of what is generated differ; a chart that does not tell install from upgrade is rendered once.
      const [one, two] = [on('install').release, on('upgrade').release];
      const differs =
        one === two ||
        content(one.find(resource.kind, resource.name, namespace)[0]) !==
          content(two.find(resource.kind, resource.name, namespace)[0]);
      const anew = generated(resource) && differs;
      const risk =
        resource.kind === 'ServiceAccount'
          ? ': running pods lose their tokens'
          : resource.kind === 'PersistentVolumeClaim'
            ? `: its data is lost, or ${actor(engine)} waits until no pod uses it`
            : anew
              ? ': the generated values change'
              : undefined;
      yield {
        at: hook.place,
        resource,
        severity: risk ? 'warning' : 'info',
        message: `${actor(engine)} deletes and recreates ${describe(resource)}, a hook, at each ${engine === 'argocd' ? 'sync' : 'upgrade'} while ${beside(users)} ${users.length === 1 ? 'uses' : 'use'} it${risk ?? ''}`,
        help: anew
          ? engine === 'argocd'
            ? `Create ${describe(resource)} outside of the chart, or take its values from there: Argo CD renders new ones at each sync.`
            : `Write \`${annotation.hook}: pre-install\` on ${describe(resource)}, or take over the old values with \`lookup\`.`
          : ordinaryAdvice(hook, release, engine),
      };
    }
  },
});

/** A hook that stays in the cluster belongs to no release: an upgrade cannot make it an ordinary resource. */
function ordinaryAdvice({ resource, policies }: Hook, release: Release, engine: Engine): string {
  const renamed =
    engine === 'argocd' || policies.has('hook-succeeded')
      ? ''
      : ', and rename it or upgrade once with `--take-ownership`: otherwise Helm refuses to make a hook an ordinary resource';
  const copied = release.needing(resource.kind, resource.name).some(({ hook }) => hook)
    ? ` Give the hooks that need it a copy under another name, such as ${resource.name}-hook.`
    : '';
  return `Remove the \`helm.sh/hook\` annotations from ${describe(resource)}${renamed}.${copied}`;
}

/** What a name that is also an ordinary resource's comes to, by event and policy (tried on Helm 3.17, 4.1 and 4.2). */
function clashes({ events, policies }: Hook): string[] {
  const deletes = policies.has('before-hook-creation') || policies.has('hook-succeeded');
  const upgrades = events.includes('pre-upgrade') || events.includes('post-upgrade');
  return [
    ...(events.includes('pre-install') && !policies.has('hook-succeeded')
      ? ['the first install fails with Helm 3 ("already exists")']
      : []),
    ...(events.includes('post-install') && deletes ? ['the install deletes the one that it has just created'] : []),
    ...(upgrades && deletes ? ['each upgrade deletes the live one'] : []),
    ...(upgrades && !policies.has('before-hook-creation') ? ['an upgrade with Helm 3 fails ("already exists")'] : []),
  ];
}

function clashesUnderArgo({ events, argoPolicies }: Hook): string[] {
  const applied = events.some((event) => /-(?:install|upgrade)$/.test(event));
  return applied && argoPolicies.has('before-hook-creation') ? ['each sync deletes the live one'] : [];
}

/**
 * A ConfigMap or Secret of install events alone that outlives them: its content stays that of the first install, unless
 * somebody keeps it on purpose.
 */
function neverUpdated({ resource, events, policies }: Hook): boolean {
  return (
    (resource.kind === 'ConfigMap' || resource.kind === 'Secret') &&
    events.every((event) => event === 'pre-install' || event === 'post-install') &&
    !policies.has('hook-succeeded') &&
    resource.annotations[annotation.keep] !== 'keep'
  );
}

function recreated(hook: Hook, engine: Engine): boolean {
  const policies = policiesOf(hook, engine);
  const again = engine === 'argocd' ? /-(?:install|upgrade)$/ : /-upgrade$/;
  return (
    policies.has('before-hook-creation') &&
    hook.events.some((event) => again.test(event)) &&
    !policies.has('hook-succeeded')
  );
}

function content(resource: Resource | undefined): string {
  return JSON.stringify([resource?.get('data'), resource?.get('stringData'), resource?.get('binaryData')]);
}

/** Ordinary workloads whose pods cannot start without the resource. */
function usersOf(resource: Resource, release: Release): string[] {
  const namespace = release.namespaceOf(resource);
  return release
    .needing(resource.kind, resource.name)
    .filter(({ hook, kind, namespace: where }) => !hook && kind !== 'CronJob' && where === namespace)
    .map(describe);
}
