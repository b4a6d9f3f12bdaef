import { actor, annotation, defineRule, describe, policiesOf, type Engine, type Hook } from '../src/rule.ts';

export const hookClaim = defineRule({
  id: 'hook-claim',
  title: "A finished hook pod blocks another hook's volume claim",
  severity: 'error',
  preset: 'recommended',
  why: `With before-hook-creation (the default) Helm deletes a hook before it creates it again, and waits until the old one
    is gone. A PersistentVolumeClaim is not gone while a pod uses it (finalizer \`kubernetes.io/pvc-protection\`), and
    the pod of a finished Job uses it as long as the Job exists. Helm deletes the old Job only when it is the Job's
    turn, after the claim. So the install succeeds, and every upgrade hangs until its timeout ("timed out waiting for
    the condition"). The data in the claim would be lost at each upgrade anyway.`,
  fix: `Delete the Job before the claim: write \`helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded\` on the
    Job. A failed Job stays: delete it before the next upgrade. To keep the
    data between upgrades, also make the claim a hook of the install only (\`helm.sh/hook: pre-install\`): no upgrade
    deletes it. Where a release is older than its claim, create the claim by hand.`,
  off: 'When something else deletes the Job between two upgrades.',
  see: [
    'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection',
    'https://helm.sh/docs/topics/charts_hooks/#hook-deletion-policies',
  ],
  *check({ release, timeline, action, engine }) {
    if (action !== 'upgrade') return;
    for (const claim of release.hooks) {
      if (claim.resource.kind !== 'PersistentVolumeClaim' || !recreated(claim, engine)) continue;
      for (const { resource, kind, hook, pod, namespace } of release.workloads) {
        if (
          !hook ||
          (kind !== 'Job' && kind !== 'Pod') ||
          !stays(hook, engine) ||
          resource.get('spec', 'ttlSecondsAfterFinished') !== undefined
        )
          continue;
        const used = pod.references.find(
          ({ kind: of, name }) => of === 'PersistentVolumeClaim' && name === claim.resource.name,
        );
        if (!used || namespace !== release.namespaceOf(claim.resource)) continue;
        // Argo CD deletes all old hooks of a wave together, the Job with its claim.
        if (engine === 'argocd' && timeline.createdBy(resource) === timeline.createdBy(claim.resource)) continue;
        const again = engine === 'argocd' ? 'every further sync' : 'every upgrade';
        yield {
          at: used.place,
          message: `${describe(resource)} keeps ${describe(claim.resource)} in use after it has finished, so ${again} hangs when ${actor(engine)} deletes the claim`,
          help: `Write \`${annotation.policy}: before-hook-creation,hook-succeeded\` on ${describe(resource)}.${engine === 'argocd' ? '' : ` If the data must be kept between upgrades, also write \`${annotation.hook}: ${onlyAtInstall(claim)}\` on ${describe(claim.resource)}.`}`,
          because: [
            {
              message: `the claim is a ${claim.events.join(',')} hook, which ${actor(engine)} deletes and creates again`,
              at: claim.place,
            },
          ],
          resource,
        };
      }
    }
  },
});

/** Deleted and created again at an upgrade; each sync of Argo CD is one. */
function recreated(hook: Hook, engine: Engine): boolean {
  const again = engine === 'argocd' ? /-(?:install|upgrade)$/ : /upgrade$/;
  return policiesOf(hook, engine).has('before-hook-creation') && hook.events.some((event) => again.test(event));
}

/** The events of a hook without those of the upgrade. */
function onlyAtInstall({ events }: Hook): string {
  return [...new Set(events.map((event) => event.replace(/upgrade$/, 'install')))].join(',');
}

/** Still there, with its pod, when the next upgrade begins. */
function stays(hook: Hook, engine: Engine): boolean {
  return (
    !policiesOf(hook, engine).has('hook-succeeded') && hook.events.some((event) => /install$|upgrade$/.test(event))
  );
}
