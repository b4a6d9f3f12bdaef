import { beside, defineRule, describe, list, map, type Release, type Resource, type Workload } from '../src/rule.ts';

export const hookQuota = defineRule({
  id: 'hook-quota',
  title: "The chart's own ResourceQuota refuses a hook pod",
  severity: 'warning',
  preset: 'recommended',
  why: `A ResourceQuota on \`limits.cpu\` or similar refuses every pod whose containers do not all set it: "Error creating:
    pods … is forbidden: failed quota: …: must specify limits.cpu". A Job without pods uses up no \`backoffLimit\`, so
    Helm waits until its timeout. The same happens if a quota allows no more \`pods\` than the Deployments and StatefulSets of
    the release have. On the first install a pre-install hook still succeeds, because Helm creates the quota
    after it. The first upgrade hangs. A LimitRange with defaults sets what a pod omits.`,
  fix: `Set \`resources.requests\` and \`resources.limits\` in every container of the hook, including init containers.
    Alternatively, add a LimitRange with defaults to the chart. Allow more \`pods\` than the workloads have replicas.`,
  off: 'When a LimitRange outside the chart sets the defaults.',
  see: [
    'https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-on-infrastructure-resources',
    'https://kubernetes.io/docs/concepts/policy/limit-range/',
  ],
  *check({ release, timeline, action }) {
    const quotas = release.ordinary.filter(
      (one) => one.kind === 'ResourceQuota' && !one.get('spec', 'scopes') && !one.get('spec', 'scopeSelector'),
    );
    if (quotas.length === 0) return;
    const seen = new Set<Workload>();
    for (const step of timeline.steps) {
      // Before the first install's resources there is no quota.
      if (!step.hook || (action === 'install' && step.phase !== 'post')) continue;
      const workload = release.workloadFor(step.hook.resource);
      if (!workload || (workload.kind !== 'Job' && workload.kind !== 'Pod') || seen.has(workload)) continue;
      for (const quota of quotas) {
        if (release.namespaceOf(quota) !== workload.namespace) continue;
        const full = takenPods(quota, release);
        if (full) {
          seen.add(workload);
          const { hard, pods, workloads, key } = full;
          yield {
            at: workload.resource.place(...workload.pod.path, 'containers'),
            message: `${describe(quota)} allows ${hard} pods, and ${beside(workloads.map(describe))} ${workloads.length === 1 ? 'has' : 'have'} ${pods}: as long as these run, no pod is created for ${describe(workload)} and Helm waits until its timeout`,
            help: `Write a larger number of ${key} in ${describe(quota)}: at least ${pods + 1}, and more for pods that a rollout adds.`,
            because: [{ message: `${describe(quota)} allows ${hard}`, at: quota.place('spec', 'hard', key) }],
            resource: workload.resource,
          };
          break;
        }
        const missing = demanded(quota).filter((what) => !isSet(workload, what, release));
        if (missing.length === 0) continue;
        seen.add(workload);
        yield {
          at: workload.resource.place(...workload.pod.path, 'containers'),
          message: `${describe(workload)} does not set ${beside(missing)} in each container, which ${describe(quota)} requires: no pod is created and Helm waits until its timeout, unless a LimitRange outside the chart sets ${missing.length === 1 ? 'it' : 'them'}`,
          help: `Set ${beside(missing, 9)} under \`resources\` in every container of ${describe(workload)}.`,
          because: [{ message: `${describe(quota)} requires it`, at: quota.place('spec', 'hard') }],
          resource: workload.resource,
        };
        break;
      }
    }
  },
});

/** The pods that the workloads of the release keep running, where a quota allows no more than these. */
function takenPods(quota: Resource, release: Release) {
  const namespace = release.namespaceOf(quota);
  const workloads = release.workloads.filter(
    (one) => !one.hook && one.namespace === namespace && /^(?:Deployment|StatefulSet|ReplicaSet)$/.test(one.kind),
  );
  const counted = workloads.filter(({ replicas }) => replicas !== 0);
  const pods = counted.reduce((sum, { replicas }) => sum + (replicas ?? 1), 0);
  for (const key of ['pods', 'count/pods']) {
    const hard = Number(quota.get('spec', 'hard', key) ?? Number.NaN);
    if (counted.length > 0 && pods >= hard) return { key, hard, pods, workloads: counted };
  }
  return undefined;
}

/** What every container has to set: `limits.cpu`, `requests.memory` … */
function demanded(quota: Resource): string[] {
  const names = Object.keys(map(quota.get('spec', 'hard'))).map((name) =>
    /^(?:cpu|memory)$/.test(name) ? `requests.${name}` : name,
  );
  return [...new Set(names.filter((name) => /^(?:limits|requests)\.(?:cpu|memory)$/.test(name)))];
}

function isSet({ pod, resource, namespace }: Workload, what: string, release: Release): boolean {
  const [side = '', name = ''] = what.split('.');
  const ranges = release.ordinary.filter((one) => one.kind === 'LimitRange' && release.namespaceOf(one) === namespace);
  const byDefault = ranges
    .flatMap((range) => list(range.get('spec', 'limits')).map(map))
    .filter(({ type }) => type === 'Container')
    .some(
      (range) =>
        map(range['default'])[name] !== undefined ||
        map(range['max'])[name] !== undefined ||
        (side === 'requests' &&
          (map(range['defaultRequest'])[name] !== undefined || map(range['min'])[name] !== undefined)),
    );
  if (byDefault) return true;
  return pod.containers.every(({ path }) => {
    const own = map(resource.get(...path, 'resources'));
    const has = (key: string) => map(own[key])[name] !== undefined;
    // Requests are the limits where only these are set.
    return has(side) || (side === 'requests' && has('limits'));
  });
}
