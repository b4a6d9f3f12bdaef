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
  title: 'A resource turns from ordinary into a hook, or back',
  severity: 'error',
  preset: 'recommended',
  why: `Helm compares the ordinary resources of the last revision with those of the new one and deletes what is no longer among them. A resource that became a hook is
created by the hook and then deleted at the end of the very same upgrade. The other way round the object of the old hook is still there and belongs to no release:
"Unable to continue with update: … exists and cannot be imported into the current release: invalid ownership metadata".`,
  fix: 'Give the new hook another name; or keep the old object with `helm.sh/resource-policy: keep` in a version before this one. A hook that becomes ordinary needs a new name, or `hook-succeeded` in the version before.',
  off: 'When the name changes with each release, or nobody uses the object after the upgrade.',
  see: [
    'https://github.com/helm/helm/issues/12799',
    'https://github.com/helm/helm/issues/11608',
    'https://github.com/raystack/charts/issues/69',
  ],
  *check({ action, release, from, on }) {
    if (action !== 'upgrade') return;
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
        message: `${describe(resource)} is an ordinary resource in ${last.label} and a hook now: Helm deletes it at the end of the upgrade${users.length > 0 ? ` while ${describeAll(users, 2)} ${users.length === 1 ? 'uses' : 'use'} it` : ''}`,
        because: [{ message: `ordinary in ${last.label}`, at: before.place('metadata', 'name') }],
        severity: users.length > 0 ? 'error' : 'warning',
        resource,
        help: `Give the hook another name than ${resource.name}.`,
      };
    }
    if (!from) return;
    for (const resource of release.ordinary) {
      const hook = hooks(from.release, resource).find((old) => !old.policies.has('hook-succeeded'));
      if (!hook || ordinary(from.release, resource) || hooks(release, resource).length > 0) continue;
      yield {
        at: resource.place('metadata', 'name'),
        message: `${describe(resource)} is a hook in ${from.label} and ordinary now: the object that the hook left belongs to no release, so the upgrade fails on its ownership`,
        because: [{ message: `a ${hook.events.join(',')} hook in ${from.label}`, at: hook.place }],
        resource,
        help: `Give the resource another name than ${resource.name}, or delete the old one before the upgrade: kubectl delete ${resource.kind.toLowerCase()} ${resource.name}.`,
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
