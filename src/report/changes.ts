import type { HookChange, RolloutChanges } from '../result.ts';

/** A line of what changed in a rollout. */
export interface ChangeLine {
  kind: 'outcome' | HookChange['type'];
  /** Whether it ends worse than before; of outcomes only. */
  worse?: boolean;
  text: string;
}

const past = {
  passes: 'passed',
  stuck: 'passed with workloads not ready',
  'may-stop': 'might stop',
  stops: 'stopped',
} as const;
const rank = { passes: 0, stuck: 1, 'may-stop': 2, stops: 3 } as const;

/** What changed in a rollout, line by line: outcomes first. None where nothing did. */
export function changeLines({ outcomes, hooks }: RolloutChanges): ChangeLine[] {
  return [
    ...outcomes.map(({ action, before, after }): ChangeLine => ({
      kind: 'outcome',
      worse: rank[after.state] > rank[before.state],
      text: `${action} ${past[before.state]} before, now ${after.text}`,
    })),
    ...hooks.map(({ type, hook, changes, action }): ChangeLine => {
      const where = action === undefined ? '' : ` (${action})`;
      return { kind: type, text: `${hook}${where}: ${changes.join('; ')}` };
    }),
  ];
}
