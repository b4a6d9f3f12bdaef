import type { PlacedReport } from './check/index.ts';
import type { Policy } from './config/index.ts';
import type { Suppression } from './finding.ts';
import { judge, type Judgement, type JudgeInput } from './judge.ts';

/** A part of the policy that can make findings disappear, and the policy without it. */
interface Part {
  name: string;
  without: (policy: Policy) => Policy;
  applies: (policy: Policy) => boolean;
}

const parts: readonly Part[] = [
  {
    name: 'external',
    applies: ({ external }) => external.length > 0,
    without: (policy) => ({ ...policy, external: [] }),
  },
  {
    name: 'commands: migrates: false',
    applies: ({ commands }) => commands.some(({ migrates }) => migrates === false),
    without: (policy) => ({ ...policy, commands: policy.commands.filter(({ migrates }) => migrates !== false) }),
  },
  {
    name: 'options of the rule',
    applies: ({ rules }) => Object.values(rules).some(({ options }) => Object.keys(options).length > 0),
    without: (policy) => ({
      ...policy,
      rules: Object.fromEntries(Object.entries(policy.rules).map(([id, rule]) => [id, { ...rule, options: {} }])),
    }),
  },
];

/**
 * Findings that appear only without the policy's `external`, its `migrates: false` and its options of rules: the policy
 * suppresses them as much as an `ignore` entry would. Judges the release a second time where the policy has any of
 * these, and where that shows something, once more for each part to name it.
 */
function hiddenByPolicy(input: JudgeInput, { reports }: Judgement, file: string): PlacedReport[] {
  const { policy } = input;
  const present = policy ? parts.filter(({ applies }) => applies(policy)) : [];
  if (!policy || present.length === 0) return [];
  const known = new Set(reports.flatMap((report) => [report.fingerprint, placeKey(report)]));
  const reworded = policy.commands.some(({ migrates }) => migrates === false);
  const appearing = (changed: Policy) =>
    judge({ ...input, policy: changed, onReport: undefined }).reports.filter(
      (report) =>
        !report.suppression &&
        !known.has(report.fingerprint) &&
        // Options and what a command does appear in messages: the same place is the same finding then.
        !((reworded || hasOptions(policy, report.rule)) && known.has(placeKey(report))),
    );
  const hidden = appearing(present.reduce((so, { without }) => without(so), policy));
  if (hidden.length === 0) return [];
  const byPart = present.map(
    ({ name, without }) =>
      [name, new Set(present.length === 1 ? hidden.map(keyOf) : appearing(without(policy)).map(keyOf))] as const,
  );
  return hidden.map((report): PlacedReport => {
    const named = byPart.filter(([, keys]) => keys.has(keyOf(report))).map(([name]) => name);
    const reason = (named.length > 0 ? named : present.map(({ name }) => name)).join(', ');
    const suppression: Suppression = { by: 'policy', at: { file, line: 1 }, reason };
    return { ...report, suppression };
  });
}

/** Judges, and adds what the policy hides, marked as suppressed by it. `shown` names a file as findings do. */
export function judgeAll(input: JudgeInput, shown: (file: string) => string): Judgement {
  const judgement = judge(input);
  const hidden = input.policy ? hiddenByPolicy(input, judgement, shown(input.policy.file)) : [];
  return { ...judgement, reports: [...judgement.reports, ...hidden] };
}

const keyOf = ({ fingerprint }: PlacedReport) => fingerprint;

function placeKey({ rule, resource, at }: PlacedReport): string {
  return JSON.stringify([rule, resource.kind, resource.namespace, resource.name, at.path]);
}

function hasOptions(policy: Policy, rule: string): boolean {
  return Object.hasOwn(policy.rules, rule) && Object.keys(policy.rules[rule]!.options).length > 0;
}
