import { annotation, defineRule, describe, type Hook } from '../src/rule.ts';

export const workloadHook = defineRule({
  id: 'workload-hook',
  title: 'A Deployment, StatefulSet or Service is a hook',
  severity: 'warning',
  preset: 'recommended',
  why: `Hooks belong to no release. Helm deletes a hook with before-hook-creation (the default) and creates it again at every event: a Deployment or StatefulSet that is a
post-upgrade hook goes down at each upgrade, with no rolling update, and a Service loses its clusterIP and its endpoints for a moment. Helm does not wait until the pods are
ready: a hook that is not a Job or a Pod counts as done at once. \`helm uninstall\` leaves it behind, and \`helm rollback\` does not bring the old one back. A hook of install
events only is never updated.`,
  fix: 'Make it an ordinary resource of the release: take out the `helm.sh/hook` annotations. What must run before it belongs into a hook Job.',
  off: 'When the workload serves other hooks only, and is deleted with them (`hook-succeeded`; this rule does not report those).',
  see: [
    'https://helm.sh/docs/topics/charts_hooks/#hook-resources-are-not-managed-with-corresponding-releases',
    'https://github.com/helm/helm/issues/12799',
  ],
  *check({ release, engine }) {
    for (const hook of release.hooks) {
      const { resource } = hook;
      if (!lasting.test(resource.kind) || hook.policies.has('hook-succeeded')) continue;
      const { installs, upgrades } = eventsOf(hook);
      // Under Argo CD each sync is an install and an upgrade.
      const again = upgrades || (engine === 'argocd' && installs);
      if (!installs && !again) continue;
      const recreated = hook.policies.has('before-hook-creation');
      const often = engine === 'argocd' ? 'each sync' : 'each upgrade';
      const who = engine === 'argocd' ? 'Argo CD' : 'Helm';
      const kept = engine === 'argocd' ? '' : ', and helm uninstall leaves it behind';
      const change =
        again && recreated
          ? `${who} deletes and recreates it at ${often}`
          : again
            ? `${who} does not update it at ${often}: it creates it again, and fails or stops there because it exists`
            : 'no upgrade updates it';
      yield {
        at: hook.place,
        resource,
        message: `${describe(resource)} is a hook (${hook.events.join(',')}): ${change}${kept}`,
        severity: again ? 'warning' : 'info',
        help: `Take \`${annotation.hook}\` out of ${describe(resource)}, so that it becomes part of the release. Rename it in the same change: turning a hook into an ordinary resource of the same name fails on ownership.`,
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
