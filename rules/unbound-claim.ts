import { defineRule, describe, list, map, str, type Release, type Resource } from '../src/rule.ts';

export const unboundClaim = defineRule({
  id: 'unbound-claim',
  title: 'Under --wait, an unused claim may never be bound',
  severity: 'warning',
  preset: 'recommended',
  why: `\`--wait\` waits until every PersistentVolumeClaim is bound. A StorageClass with \`volumeBindingMode:
    WaitForFirstConsumer\` (the usual one of cloud providers, kind and k3s) binds a claim only when a pod that uses it
    is scheduled. If no workload of the release uses the claim before the post-install hooks, the release fails:
    "resource PersistentVolumeClaim/… not ready. status: InProgress, message: PVC is not Bound. phase: Pending" (Helm
    4), "PersistentVolumeClaim is not bound" and "context deadline exceeded" (Helm 3).`,
  fix: `Mount the claim in an ordinary workload of the release, make the Job that uses it an ordinary resource
    (with \`-{{ .Release.Revision }}\` in its name), or give the hook an ephemeral volume instead.`,
  off: `When the StorageClass binds claims at once (\`volumeBindingMode: Immediate\`), or nothing installs the chart with
    \`--wait\`.`,
  see: ['https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode'],
  *check({ release, action, wait }) {
    if (action !== 'install') return;
    for (const claim of release.ordinary) {
      if (claim.kind !== 'PersistentVolumeClaim' || bindsAtOnce(claim, release) || isUsed(claim, release)) continue;
      const hook = release.workloads.find((workload) => workload.hook && mounts(workload.pod.spec, claim.name));
      const only = hook ? `only ${describe(hook)}, a hook, uses it` : 'no pod of the release uses it';
      yield {
        at: claim.place('metadata', 'name'),
        message: `${describe(claim)} is not bound${wait ? '' : ' under --wait'} if its StorageClass waits for the first consumer: ${only}`,
        resource: claim,
        ...(!wait && { preset: 'strict' as const }),
      };
    }
  },
});

/** Bound to a volume that is named, or by a class of the chart that does not wait, or by hand (no class at all). */
function bindsAtOnce(claim: Resource, release: Release): boolean {
  const spec = map(claim.get('spec'));
  if (spec['volumeName'] !== undefined || spec['storageClassName'] === '') return true;
  const [own] = release.find('StorageClass', str(spec['storageClassName']) ?? '', '');
  return own !== undefined && own.get('volumeBindingMode') !== 'WaitForFirstConsumer';
}

/** Whether a pod of the release uses it, or a kind that may make such pods names it. */
function isUsed(claim: Resource, release: Release): boolean {
  return release.ordinary.some((resource) => {
    if (resource === claim) return false;
    const workload = release.workloadFor(resource);
    if (workload)
      return workload.kind !== 'CronJob' && workload.replicas !== 0 && mounts(workload.pod.spec, claim.name);
    return !/^(?:[a-z]+\.)?k8s\.io\/|^v1$|^(?:apps|batch|policy|autoscaling)\//.test(resource.apiVersion)
      ? JSON.stringify(resource.get('spec') ?? '').includes(claim.name)
      : false;
  });
}

function mounts(pod: Readonly<Record<string, unknown>>, claim: string): boolean {
  return list(pod['volumes']).some((volume) => map(map(volume)['persistentVolumeClaim'])['claimName'] === claim);
}
