import { actor, defineRule, describe, policiesOf, type Hook } from '../src/rule.ts';

export const workloadHook = defineRule({
  id: 'workload-hook',
  title: 'A Deployment, StatefulSet or Service is a hook',
  severity: 'warning',
  preset: 'recommended',
  why: `Hooks do not belong to a release. With before-hook-creation (the default) Helm deletes a hook and recreates it at
    every event. A Deployment or StatefulSet that is a post-upgrade hook goes down at each upgrade, without a rolling
    update. A Service loses its clusterIP and, for a moment, its endpoints. Helm does not wait until the pods are ready:
    a hook other than a Job or Pod counts as done at once. \`helm uninstall\` leaves the hook behind, and \`helm
    rollback\` does not restore the old one. A hook of install events only is never updated.`,
  fix: `Make it an ordinary resource of the release: remove the \`helm.sh/hook\` annotations. Use a hook Job for what must
    run before it.`,
  off: `When the workload only serves other hooks and is deleted with them (\`hook-succeeded\`; this rule does not report
    those).`,
  see: [
    'https://helm.sh/docs/topics/charts_hooks/#hook-resources-are-not-managed-with-corresponding-releases',
    'https://github.com/helm/helm/issues/12799',
  ],
  *check({ release, engine }) {
    for (const hook of release.hooks) {
      const { resource } = hook;
      if (!lasting.test(resource.kind) || policiesOf(hook, engine).has('hook-succeeded')) continue;
      const { installs, upgrades } = eventsOf(hook);
      // Under Argo CD each sync is an install and an upgrade.
      const again = upgrades || (engine === 'argocd' && installs);
      if (!installs && !again) continue;
      const recreated = policiesOf(hook, engine).has('before-hook-creation');
      const often = engine === 'argocd' ? 'each sync' : 'each upgrade';
      const kept = engine === 'argocd' ? '' : ', and helm uninstall leaves it behind';
      const change =
        again && recreated
          ? `${actor(engine)} deletes and recreates it at ${often}`
          : again
            ? engine === 'argocd'
              ? `Argo CD applies it again at each sync`
              : 'at each upgrade Helm 3 fails because it exists, and Helm 4 overwrites it'
            : 'no upgrade updates it';
      yield {
        at: hook.place,
        resource,
        message: `${describe(resource)} is a hook (${hook.events.join(',')}): ${change}${kept}`,
        severity: again ? 'warning' : 'info',
        help: `Remove the \`helm.sh/hook\` annotations from ${describe(resource)}${engine === 'argocd' ? '' : ', and rename it in the same change: an upgrade that makes a hook an ordinary resource of the same name fails'}.`,
      };
    }
  },
});

/** Kinds that serve for as long as the release lives. */
const lasting = /^(?:Deployment|StatefulSet|DaemonSet|ReplicaSet|ReplicationController|Service)$/;

function eventsOf({ events }: Hook): { installs: boolean; upgrades: boolean } {
  return {
    installs: events.some((event) => event === 'pre-install' || event === 'post-install'),
    upgrades: events.some((event) => event === 'pre-upgrade' || event === 'post-upgrade'),
  };
}
