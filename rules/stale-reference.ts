import { beside, defineRule, describe, hooksOf } from '../src/rule.ts';

export const staleReference = defineRule({
  id: 'stale-reference',
  title: "A pre-upgrade hook reads the last revision's ConfigMap or Secret",
  severity: 'warning',
  preset: 'strict',
  why: `Ordinary resources are updated after the pre-upgrade hooks. A hook that reads an ordinary ConfigMap or Secret gets the content of the last revision: the new image with the
old settings. A key that this version adds is not there yet, and the pod stays in CreateContainerConfigError.`,
  fix: 'Give the hook its own ConfigMap or Secret as a hook with a lower weight, or run the migration after the upgrade.',
  off: 'When what the hook reads (a database address, a password) hardly ever changes with a version.',
  see: ['https://helm.sh/docs/topics/charts_hooks/#hooks-and-the-release-lifecycle'],
  *check({ release, action }) {
    if (action !== 'upgrade') return;
    for (const workload of hooksOf(release)) {
      if (!workload.hook?.events.includes('pre-upgrade')) continue;
      const stale = workload.pod.references.filter(({ kind, name }) => (kind === 'Secret' || kind === 'ConfigMap') && release.find(kind, name, workload.namespace).some((resource) => !release.hookFor(resource)));
      if (stale[0]) yield { at: stale[0].place, message: `${describe(workload)} reads ${beside(stale.map(({ kind, name }) => `${kind} ${name}`))}, which at pre-upgrade still have the content of the last revision`, resource: workload.resource };
    }
  },
});
