import type { Finding } from '../finding.ts';
import type { ChartResult, Outcome } from '../result.ts';

/** How an action ends, with what the rules say of it. */
export interface Verdict {
  text: string;
  /** `fails`: it stops for certain; `doubt`: it may, or it has errors of another kind, or not all becomes ready. */
  state: 'passes' | 'fails' | 'doubt';
}

/** A line for each action of a chart, one for both where they end alike: `install hangs: …`, `upgrade passes`. */
export function verdicts({ outcomes = [], findings, suppressed }: ChartResult): Verdict[] {
  const all = [...findings, ...suppressed.map(({ finding }) => finding)];
  const each = outcomes.map((outcome) => {
    const errors = all.filter(({ severity, actions }) => severity === 'error' && actions.includes(outcome.action));
    return { action: outcome.action, text: verdictText(outcome.text, errors), state: stateOf(outcome, errors.length) };
  });
  const [first, second] = each;
  return first && second && first.text === second.text && first.state === second.state
    ? [{ text: `install and upgrade ${several(first.text)}`, state: first.state }]
    : each.map(({ action, text, state }) => ({ text: `${action}${/^[:]/.test(text) ? '' : ' '}${text}`, state }));
}

function stateOf({ state }: Outcome, errors: number): Verdict['state'] {
  if (state === 'stops') return 'fails';
  return state === 'passes' && errors === 0 ? 'passes' : 'doubt';
}

/** `passes` as it is where there are no errors: what has one is not said to pass. */
export function verdictText(text: string, errors: readonly Pick<Finding, 'rule'>[]): string {
  if (text !== 'passes' || errors.length === 0) return text;
  const rules = [...new Set(errors.map(({ rule }) => rule))];
  const named = rules.length > 3 ? `${rules.slice(0, 3).join(', ')} and ${rules.length - 3} more` : rules.join(', ');
  return `meets no deadlock, but ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}: ${named}`;
}

/** The verb of a verdict for two actions. */
export function several(text: string): string {
  return text.replace(/^(pass|hang|fail|meet)(?:e?s)\b/, '$1');
}
