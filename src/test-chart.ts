import { unjudgedFindings } from './check/unjudged.ts';
import type { ChartTarget } from './discover/index.ts';
import type { LintOptions } from './options.ts';
import { policyOf } from './policy-of.ts';
import type { ChartResult, LintError } from './result.ts';
import { unrenderedChart } from './unrendered.ts';

const note = 'a chart in a folder of tests: where it does not render, that is a warning';

/**
 * The outcome of a chart in a folder of tests, which may be wrong on purpose: that it does not render is a finding, not
 * a failure. Throws `PolicyError` and `GitError`.
 */
export async function asTestChart<T extends { chart?: ChartResult; errors: LintError[] }>(
  outcome: T,
  target: ChartTarget,
  options: LintOptions,
): Promise<T | { chart: ChartResult; errors: LintError[] }> {
  const [error] = outcome.errors;
  if (outcome.chart) return { ...outcome, chart: { ...outcome.chart, notes: [...outcome.chart.notes, note] } };
  if (!error?.unrendered) return outcome;
  const { path, name, version } = target;
  const policy = await policyOf(target, options);
  const unseen = unjudgedFindings([unrenderedChart(error, target, options)], { ...options, policy });
  return { errors: [], chart: { path, name, version, ...unseen, notes: [note] } };
}
