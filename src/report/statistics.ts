import type { LintResult } from '../result.ts';
import { suppressedLine } from '../suppress/line.ts';

/** Counts instead of findings: by rule and severity, the most frequent first; charts; what is suppressed. */
export function statistics({ charts, errors, hidden }: LintResult): string {
  const rows = new Map<string, { rule: string; error: number; warning: number; info: number; charts: Set<string> }>();
  for (const { path, findings } of charts) {
    for (const { rule, severity } of findings) {
      const row = rows.get(rule) ?? { rule, error: 0, warning: 0, info: 0, charts: new Set<string>() };
      rows.set(rule, row);
      row[severity] += 1;
      row.charts.add(path);
    }
  }
  const sorted = [...rows.values()].sort(
    (a, b) => b.error - a.error || b.warning - a.warning || b.info - a.info || (a.rule < b.rule ? -1 : 1),
  );
  const table = [
    ['errors', 'warnings', 'infos', 'charts', 'rule'],
    ...sorted.map(({ rule, error, warning, info, charts }) => [error, warning, info, charts.size, rule].map(String)),
  ].map((cells) =>
    cells.map((cell, index) => (index < 4 ? cell.padStart(index === 0 ? 8 : 10) : `  ${cell}`)).join(''),
  );
  const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  const total = charts.reduce((sum, { findings }) => sum + findings.length, 0);
  const failed = errors.length > 0 ? `; ${plural(errors.length, 'chart')} could not be linted` : '';
  return [
    ...(sorted.length > 0 ? table : []),
    `${plural(total, 'finding')} in ${plural(charts.length, 'chart')}${failed}`,
    suppressedLine(charts, hidden) ?? '',
  ]
    .filter(Boolean)
    .map((line) => `${line}\n`)
    .join('');
}
