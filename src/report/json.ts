import type { LintResult } from '../lint.ts';

/** The report for programs; its shape is fixed by `schema/report.schema.json`. */
export function json(result: LintResult): string {
  const { charts, errors, summary } = result;
  const report = {
    version: 1,
    charts: charts.map(({ path, name, version, findings }) => ({ path, name, version, findings })),
    summary,
    ...(errors.length > 0 && { errors: errors.map(({ path, message }) => ({ path, message })) }),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
