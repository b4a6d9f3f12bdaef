import type { PassedOver } from './discover/index.ts';
import type { Finding } from './finding.ts';
import type { ChartResult, LintError, LintResult } from './result.ts';

/** A result with its findings counted. */
export function summarize(charts: ChartResult[], errors: LintError[], passedOver: PassedOver[] = []): LintResult {
  const count = (severity: Finding['severity']) =>
    charts.reduce((sum, { findings }) => sum + findings.filter((finding) => finding.severity === severity).length, 0);
  return {
    charts,
    errors,
    passedOver,
    summary: { errors: count('error'), warnings: count('warning'), infos: count('info') },
  };
}

/** Errors, each once: a policy that cannot be read is an error of each chart that it holds for. */
export function distinct(errors: readonly LintError[]): LintError[] {
  return [...new Map(errors.map((error) => [error.message, error])).values()];
}
