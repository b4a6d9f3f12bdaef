import { defineRule, describe, doubtOf, doubtWords, explainCause, isLaterHook, rootOf, targetOf } from '../src/rule.ts';

export const hookOrder = defineRule({
  id: 'hook-order',
  title: 'Hook weights contradict what the hooks wait for',
  severity: 'error',
  preset: 'recommended',
  why: `Helm runs the hooks of an event by weight, then by name (not by kind, as its documentation says). It starts a hook
    only when the one before has finished. A hook that waits for a later hook never finishes, so the later hook never
    starts. Helm gives up at its timeout.`,
  fix: `Give the hook that others wait for the lower \`helm.sh/hook-weight\`. If the weights are equal, the name decides.`,
  off: 'Never: the chart alone determines the order.',
  see: ['https://github.com/helm/helm/issues/12414', 'https://helm.sh/docs/topics/charts_hooks/'],
  *check({ timeline, release }) {
    for (const { step, workload, causes } of timeline.blocks) {
      for (const cause of causes) {
        if (cause.need.type === 'reference' || !isLaterHook(cause, step, timeline)) continue;
        const { lack } = rootOf(cause);
        const later = lack.type === 'absent' ? release.hookFor(lack.resource) : undefined;
        if (!later || !step.hook) continue;
        const tie = later.weight === step.hook.weight ? ', the same weight, so the name decides' : '';
        yield {
          at: cause.need.place,
          message: `${describe(workload)} (${step.event}, weight ${step.hook.weight}) waits for ${targetOf(cause)}, but ${describe(later.resource)} runs after it (weight ${later.weight}${tie})${doubtWords(cause)}`,
          severity: doubtOf(cause) === undefined ? 'error' : 'warning',
          because: explainCause(cause, timeline, step),
          resource: workload.resource,
          help: `Write \`helm.sh/hook-weight: "${step.hook.weight - 1}"\` on ${describe(later.resource)}, so that it runs before ${describe(workload)}.`,
        };
      }
    }
  },
});
