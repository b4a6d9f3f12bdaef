// What the command line reported of a chart, beside what happened.
import type { Finding } from '../../../src/finding.ts';
import { harms } from './harm.ts';
import type { Call } from './record.ts';
import type { Reported } from './chart.ts';
import type { Script } from './script.ts';

/** `hidden`: another error that is reported stopped the action before this one's harm could be seen. */
export type Outcome =
  'as reported' | 'hidden' | 'error without its harm' | 'fails without a finding' | 'never ready without a finding';

/** One thing that was said, or not said, and what came of it. */
export interface Verdict {
  /** The rule whose error it is about; absent where nothing was said. */
  rule?: string;
  script: Script;
  call: string;
  outcome: Outcome;
  detail: string;
}

const actionOf: Readonly<Record<string, 'install' | 'upgrade' | 'uninstall' | 'rollback'>> = {
  install: 'install',
  upgrade: 'upgrade',
  'second upgrade': 'upgrade',
  rollback: 'rollback',
  uninstall: 'uninstall',
};

/** Compares the findings of a chart with what was seen in one script. */
export function compare(reported: Reported, script: Script, calls: readonly Call[]): Verdict[] {
  const findings = { life: reported.plain, failing: reported.plain, wait: reported.waiting, from: reported.from }[
    script
  ];
  const errors = findings.filter(({ severity }) => severity === 'error');
  const failing = script === 'failing';
  const out: Verdict[] = [];
  for (const finding of errors) {
    const harm = harms[finding.rule];
    if (!harm || (harm.script === 'failing') !== failing) continue;
    const mine = calls.filter(({ name }) => failing || speaksOf(finding, actionOf[name]));
    if (mine.length === 0) continue;
    const seen = mine.find((call) => harm.seen(finding, call));
    const stopped = (call: Call) =>
      call.exitCode !== 0 && errors.some((other) => harms[other.rule]?.stops && speaksOf(other, actionOf[call.name]));
    out.push({
      rule: finding.rule,
      script,
      call: (seen ?? mine[0]!).name,
      outcome: seen ? 'as reported' : mine.every(stopped) ? 'hidden' : 'error without its harm',
      detail: seen ? seen.message : finding.message,
    });
  }
  if (failing) return out;
  let broken = false;
  for (const call of calls) {
    const action = actionOf[call.name];
    // Of a fixture that is linted for its install only, an upgrade that fails contradicts nothing.
    const asked = (action !== 'install' && action !== 'upgrade') || reported.actions.includes(action);
    const said = findings.some(
      (finding) => finding.severity !== 'info' && (action === undefined || speaksOf(finding, action)),
    );
    const notReady = Object.entries(call.states).filter(([, state]) => state === 'NotReady');
    if (asked && !said && !broken && call.name !== 'before') {
      const { exitCode, message } = call;
      const reasons = Object.values(call.reasons).join('; ');
      if (exitCode !== 0)
        out.push({ script, call: call.name, outcome: 'fails without a finding', detail: `${message} ${reasons}` });
      else if (notReady.length > 0)
        out.push({
          script,
          call: call.name,
          outcome: 'never ready without a finding',
          detail: `${notReady.map(([key]) => key).join(', ')} ${reasons}`,
        });
      else out.push({ script, call: call.name, outcome: 'as reported', detail: '' });
    }
    // What follows a failure starts from a state that nothing was said about.
    broken ||= call.exitCode !== 0 || notReady.length > 0;
  }
  return out;
}

function speaksOf({ actions }: Finding, action: Finding['actions'][number] | undefined): boolean {
  return action !== undefined && actions.includes(action);
}
