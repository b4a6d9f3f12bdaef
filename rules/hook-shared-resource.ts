import {
  annotation,
  beside,
  defineRule,
  describe,
  explainCause,
  rootOf,
  type Hook,
  type Release,
  type Resource,
} from '../src/rule.ts';

export const hookSharedResource = defineRule({
  id: 'hook-shared-resource',
  title: 'A hook resource that the release uses too',
  severity: 'error',
  preset: 'recommended',
  why: `Hook resources belong to no release. With \`hook-succeeded\` Helm deletes them when the hooks of their event are through, before the release's own resources exist: the pods
that name them stay in CreateContainerConfigError. With \`before-hook-creation\` (the default) they are deleted and created anew at every upgrade, under running pods: a
ServiceAccount loses its tokens, a claim its data, a generated password its meaning. A name that is both a hook and an ordinary resource makes Helm 3's first install fail
with "already exists" (\`pre-install\` without \`hook-succeeded\`); at an upgrade the hook deletes the live object, which is gone if the migration then fails.`,
  fix: `Give the hook a copy of its own under another name, and leave the one that the release uses ordinary. \`helm.sh/resource-policy: keep\` does not help: Helm ignores it when it deletes hooks.
What is generated belongs to \`pre-install\` alone, or takes the old value by \`lookup\`.`,
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
          message: `${describe(lack.resource)} is deleted when its hooks have succeeded, before ${describe(workload)}, which needs it, exists`,
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
        const faults = clashes(hook);
        if (faults.length > 0)
          yield {
            at: hook.place,
            resource,
            severity: 'warning',
            message: `${describe(resource)} is a hook and an ordinary resource at once: ${faults.join(', and ')}`,
            because: [{ message: 'the ordinary one', at: twin.place('metadata', 'name') }],
          };
        continue;
      }
      const users = usersOf(resource, release);
      const post = hook.events.filter((event) => event === 'post-install' || event === 'post-upgrade');
      if (users.length > 0 && hook.policies.has('hook-succeeded') && post.length > 0) {
        yield {
          at: resource.place('metadata', 'annotations', annotation.policy),
          resource,
          severity: 'warning',
          message: `${describe(resource)} is deleted when the ${post.join(' and ')} hooks have succeeded, and pods of ${beside(users)} that start later need it`,
        };
      }
      if (users.length > 0 && engine !== 'argocd' && neverUpdated(hook) && !generated(resource)) {
        yield {
          at: hook.place,
          resource,
          severity: 'warning',
          message: `${describe(resource)} is a ${hook.events.join(' and ')} hook only: no upgrade changes it, and ${beside(users)} ${users.length === 1 ? 'keeps' : 'keep'} the content of the first install`,
          help: `Make ${describe(resource)} an ordinary resource, and give the hook that needs it early a copy under another name; or add pre-upgrade to \`${annotation.hook}\`.`,
        };
      }
      if (users.length === 0 || !recreated(hook)) continue;
      // Two renders of what is generated differ; a chart that does not tell install from upgrade is rendered once.
      const [one, two] = [on('install').release, on('upgrade').release];
      const differs =
        one === two ||
        content(one.find(resource.kind, resource.name, namespace)[0]) !==
          content(two.find(resource.kind, resource.name, namespace)[0]);
      const anew = generated(resource) && differs;
      const risk =
        resource.kind === 'ServiceAccount'
          ? ', whose pods lose their tokens'
          : resource.kind === 'PersistentVolumeClaim'
            ? ': its data is lost, or Helm waits until no pod holds it'
            : anew
              ? ', with newly generated values'
              : undefined;
      yield {
        at: hook.place,
        resource,
        severity: risk ? 'warning' : 'info',
        message: `${describe(resource)}, a hook, is deleted and created anew at each upgrade under ${beside(users)}${risk ?? ''}`,
      };
    }
  },
});

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

/** A ConfigMap or Secret of install events alone that outlives them: its content stays that of the first install, unless somebody keeps it on purpose. */
function neverUpdated({ resource, events, policies }: Hook): boolean {
  return (
    (resource.kind === 'ConfigMap' || resource.kind === 'Secret') &&
    events.every((event) => event === 'pre-install' || event === 'post-install') &&
    !policies.has('hook-succeeded') &&
    resource.annotations[annotation.keep] !== 'keep'
  );
}

function recreated(hook: Hook): boolean {
  return (
    hook.policies.has('before-hook-creation') &&
    hook.events.some((event) => event === 'pre-upgrade' || event === 'post-upgrade') &&
    !hook.policies.has('hook-succeeded')
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
