import type { Finding, Suppressed } from '../finding.ts';

/** How many findings are not reported or lowered, and by what. */
export interface SuppressedCounts {
  /** All that is suppressed. */
  total: number;
  /** By each suppressor, as {@link Suppressed.by} names it. */
  by: Partial<Record<Suppressed['by'], number>>;
  /** Reported with a milder severity than the rule's own, by the policy. */
  lowered: number;
}

/** Counts what is suppressed in a run. */
export function countSuppressed(
  charts: readonly { findings: readonly Finding[]; suppressed: readonly Suppressed[] }[],
): SuppressedCounts {
  const by: SuppressedCounts['by'] = {};
  const all = charts.flatMap(({ suppressed }) => suppressed);
  for (const one of all) by[one.by] = (by[one.by] ?? 0) + 1;
  const lowered = charts.reduce((sum, { findings }) => sum + findings.filter((one) => one.lowered).length, 0);
  return { total: all.length, by, lowered };
}

/**
 * What the linted repository itself suppresses or lowers: comments, annotations, policy and baseline. For
 * `--max-suppressed`.
 */
export function suppressedByRepository({ by, lowered }: SuppressedCounts): number {
  const { comment = 0, annotation = 0, policy = 0, baseline = 0 } = by;
  return comment + annotation + policy + baseline + lowered;
}

const words: readonly [Suppressed['by'], (count: number) => string][] = [
  ['comment', (count) => `${count} by ${count === 1 ? 'a comment' : 'comments'}`],
  ['annotation', (count) => `${count} by ${count === 1 ? 'an annotation' : 'annotations'}`],
  ['policy', (count) => `${count} by the policy`],
  ['baseline', (count) => `${count} by the baseline`],
  ['option', (count) => `${count} by options`],
  [
    'subchart',
    (count) => `${count} in third-party subcharts (--dependencies all shows ${count === 1 ? 'it' : 'them'})`,
  ],
];

/**
 * The last line of a report: `3 findings suppressed: 2 by comments, 1 by the policy`. `undefined` where nothing is.
 * `hidden` is what `--quiet` leaves out.
 */
export function suppressedLine(
  charts: readonly { findings: readonly Finding[]; suppressed: readonly Suppressed[] }[],
  hidden = 0,
): string | undefined {
  const { total, by, lowered } = countSuppressed(charts);
  const findings = (count: number) => `${count} finding${count === 1 ? '' : 's'}`;
  const parts = [
    total > 0 &&
      `${findings(total)} suppressed: ${words.flatMap(([key, text]) => (by[key] ? [text(by[key])] : [])).join(', ')}`,
    lowered > 0 && `${findings(lowered)} lowered by the policy`,
    hidden > 0 && `${findings(hidden)} hidden by --quiet`,
  ].filter(Boolean);
  return parts.length > 0 ? parts.join('; ') : undefined;
}
