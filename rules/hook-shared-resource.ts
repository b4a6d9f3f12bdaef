import { annotation, beside, defineRule, describe, explainCause, rootOf, type Hook, type Release, type Resource } from '../src/rule.ts';

export const hookSharedResource = defineRule({
  id: 'hook-shared-resource',
  title: 'A hook resource that the release uses too',
  severity: 'error',
  preset: 'recommended',
  why: `Hook resources belong to no release. With \`hook-succeeded\` Helm deletes them when the hooks of their event are through, before the release's own resources exist: the pods
that name them stay in CreateContainerConfigError. With \`before-hook-creation\` (the default) they are deleted and created anew at every upgrade, under running pods: a
ServiceAccount loses its tokens, a claim its data, a generated password its meaning. A name that is both a hook and an ordinary resource makes Helm 3's first install fail
with "already exists", and after a failed migration the live object is gone.`,
  fix: 'Give the hook a copy of its own under another name, and leave the one that the release uses ordinary; or add `helm.sh/resource-policy: keep` and no `hook-succeeded`.',
  off: 'When the pods are always restarted with the upgrade and may fail for a moment.',
  see: ['https://github.com/Kong/charts/issues/30', 'https://github.com/raystack/charts/issues/69', 'https://github.com/helm/helm/issues/11608'],
  *check({ release, timeline, generated }) {
    for (const { workload, causes } of timeline.stuck) {
      for (const cause of causes) {
        const { lack, need } = rootOf(cause);
        const hook = lack.type === 'absent' ? release.hookFor(lack.resource) : undefined;
        if (!hook || need.type !== 'reference' || lack.type !== 'absent' || !timeline.removedBy(lack.resource)) continue;
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
      const twin = release.ordinary.find((other) => other.kind === resource.kind && other.name === resource.name && release.namespaceOf(other) === release.namespaceOf(resource));
      if (twin) {
        yield { at: hook.place, resource, severity: 'warning', message: `${describe(resource)} is a hook and an ordinary resource at once: the first install fails with Helm 3 ("already exists"), and each upgrade deletes the live one`, because: [{ message: 'the ordinary one', at: twin.place('metadata', 'name') }] };
        continue;
      }
      const users = usersOf(resource, release);
      if (users.length === 0 || !recreated(hook)) continue;
      const again = `deleted and created anew at each upgrade under ${beside(users)}`;
      const risk = resource.kind === 'ServiceAccount' ? ', whose pods lose their tokens' : resource.kind === 'PersistentVolumeClaim' ? ', with its data' : generated(resource) ? ', with newly generated values' : undefined;
      yield { at: hook.place, resource, severity: risk ? 'warning' : 'info', message: `${describe(resource)}, a hook, is ${again}${risk ?? ''}` };
    }
  },
});

function recreated(hook: Hook): boolean {
  return hook.policies.has('before-hook-creation') && hook.events.some((event) => event === 'pre-upgrade' || event === 'post-upgrade') && !hook.policies.has('hook-succeeded');
}

/** Ordinary workloads whose pods cannot start without the resource. */
function usersOf(resource: Resource, release: Release): string[] {
  const namespace = release.namespaceOf(resource);
  return release.workloads
    .filter(({ hook, kind, pod, namespace: where }) => !hook && kind !== 'CronJob' && where === namespace && pod.references.some((reference) => !reference.optional && reference.kind === resource.kind && reference.name === resource.name))
    .map(describe);
}
