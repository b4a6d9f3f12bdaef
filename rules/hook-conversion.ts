import {
  annotation,
  defineRule,
  describe,
  describeAll,
  type Hook,
  type Release,
  type Resource,
  type Workload,
} from '../src/rule.ts';

export const hookConversion = defineRule({
  id: 'hook-conversion',
  title: 'A resource becomes a hook, or a hook becomes ordinary',
  severity: 'error',
  preset: 'recommended',
  why: `Helm deletes ordinary resources of the last revision that are not ordinary resources of the new one. If a resource
    becomes a hook, the hook creates it and Helm deletes it at the end of the same upgrade. If a hook becomes an
    ordinary resource, the object of the old hook still exists and belongs to no release. The upgrade then fails:
    "Unable to continue with update: … exists and cannot be imported into the current release: invalid ownership
    metadata".`,
  fix: `Give the new resource another name. Alternatively, prepare the change in a version before this one:
    \`helm.sh/resource-policy: keep\` on a resource that will become a hook, \`hook-succeeded\` in the delete policy of
    a hook that will become ordinary.`,
  off: 'When the name changes with each release, or nothing uses the object after the upgrade.',
  see: [
    'https://github.com/helm/helm/issues/12799',
    'https://github.com/helm/helm/issues/11608',
    'https://github.com/raystack/charts/issues/69',
  ],
  *check({ action, release, from, on, engine }) {
    // Argo CD applies a resource by its name, whatever it was before.
    if (action !== 'upgrade' || engine === 'argocd') return;
    const last = from ?? { release: on('install').release, label: 'the install' };
    for (const hook of release.hooks) {
      const { resource } = hook;
      const before = ordinary(last.release, resource);
      if (!before || ordinary(release, resource) || !hook.events.some((event) => /-upgrade$/.test(event))) continue;
      const kept = before.annotations[annotation.keep] === 'keep' || resource.annotations[annotation.keep] === 'keep';
      if (kept) continue;
      const users = usersOf(release, resource);
      // Without a last revision to compare with, a chart that says so on purpose has its own Job for upgrades.
      if (!from && users.length === 0) continue;
      yield {
        at: hook.place,
        message: `${describe(resource)} is an ordinary resource in ${last.label} and now a hook: Helm deletes it at the end of the upgrade${users.length > 0 ? ` while ${describeAll(users, 2)} ${users.length === 1 ? 'uses' : 'use'} it` : ''}`,
        because: [{ message: `an ordinary resource in ${last.label}`, at: before.place('metadata', 'name') }],
        severity: users.length > 0 ? 'error' : 'warning',
        resource,
        help: `Rename the hook, for example to ${resource.name}-hook, and update its references.`,
      };
    }
    if (!from) return;
    for (const resource of release.ordinary) {
      const hook = hooks(from.release, resource).find((old) => !old.policies.has('hook-succeeded'));
      if (!hook || ordinary(from.release, resource) || hooks(release, resource).length > 0) continue;
      yield {
        at: resource.place('metadata', 'name'),
        message: `${describe(resource)} is a hook in ${from.label} and now an ordinary resource: the object that the hook left behind belongs to no release, so the upgrade fails with "invalid ownership metadata"`,
        because: [{ message: `a ${hook.events.join(',')} hook in ${from.label}`, at: hook.place }],
        resource,
        help: `Rename the resource, or delete the old object before the upgrade: \`kubectl delete ${resource.kind.toLowerCase()} ${resource.name}\`.`,
      };
    }
  },
});

function ordinary(release: Release, resource: Resource): Resource | undefined {
  return alike(release, resource).find((other) => !release.hookFor(other));
}

function hooks(release: Release, resource: Resource): Hook[] {
  return alike(release, resource).flatMap((other) => release.hookFor(other) ?? []);
}

/** What has the kind and name of a resource, and its namespace as written. */
function alike(release: Release, { kind, name, namespace }: Resource): Resource[] {
  return release.find(kind, name, namespace ?? release.namespace).filter((other) => other.namespace === namespace);
}

/** Ordinary workloads whose pods name the resource. */
function usersOf(release: Release, resource: Resource): Workload[] {
  return release.needing(resource.kind, resource.name).filter(({ hook }) => !hook);
}
