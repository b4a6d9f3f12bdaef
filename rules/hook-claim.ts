import { defineRule, describe, type Hook } from '../src/rule.ts';

export const hookClaim = defineRule({
  id: 'hook-claim',
  title: 'A PersistentVolumeClaim that is a hook is held by the finished pod of another hook',
  severity: 'error',
  preset: 'recommended',
  why: `Helm deletes a hook with before-hook-creation (the default) and waits until it is gone. A claim is not gone while a pod uses it (finalizer \`kubernetes.io/pvc-protection\`), and the pod of a finished Job uses it as long as the Job
is there. The Job of the last time is deleted only when it is its turn, after the claim: every upgrade hangs until its timeout ("timed out waiting for the condition"), although the install went well. The data in the claim would be lost at each upgrade
anyway.`,
  fix: 'Make the claim an ordinary resource, and the Job a post-install hook; or let the Job go before the claim: `helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded` on the Job.',
  off: 'When something else deletes the Job between two upgrades (a TTL).',
  see: [
    'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection',
    'https://helm.sh/docs/topics/charts_hooks/#hook-deletion-policies',
  ],
  *check({ release, action }) {
    if (action !== 'upgrade') return;
    for (const claim of release.hooks) {
      if (claim.resource.kind !== 'PersistentVolumeClaim' || !recreated(claim)) continue;
      for (const { resource, kind, hook, pod, namespace } of release.workloads) {
        if (
          !hook ||
          (kind !== 'Job' && kind !== 'Pod') ||
          !stays(hook) ||
          resource.get('spec', 'ttlSecondsAfterFinished') !== undefined
        )
          continue;
        const used = pod.references.find(
          ({ kind: of, name }) => of === 'PersistentVolumeClaim' && name === claim.resource.name,
        );
        if (!used || namespace !== release.namespaceOf(claim.resource)) continue;
        yield {
          at: used.place,
          message: `${describe(resource)} keeps ${describe(claim.resource)} in use after it has finished, so every upgrade hangs when Helm deletes the claim before it creates it again`,
          because: [
            {
              message: `the claim is a hook (${claim.events.join(',')}), deleted before it is created`,
              at: claim.place,
            },
          ],
          resource,
        };
      }
    }
  },
});

/** Deleted and created again at an upgrade. */
function recreated({ events, policies }: Hook): boolean {
  return policies.has('before-hook-creation') && events.some((event) => /upgrade$/.test(event));
}

/** Still there, with its pod, when the next upgrade begins. */
function stays({ events, policies }: Hook): boolean {
  return !policies.has('hook-succeeded') && events.some((event) => /install$|upgrade$/.test(event));
}
