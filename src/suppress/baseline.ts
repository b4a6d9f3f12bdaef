import type { ChartResult } from '../lint.ts';

/** Findings that a team has decided to live with for now: fingerprints with how often each stood there, by chart. */
export interface Baseline {
  version: 1;
  charts: Record<string, Record<string, number>>;
}

/** Reads a baseline; throws an `Error` of one line for what is none. */
export function parseBaseline(file: string, text: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${file}: not JSON, so not a baseline; --update-baseline writes one`);
  }
  const { version, charts } = (value ?? {}) as Partial<Baseline>;
  if (version !== 1 || typeof charts !== 'object' || charts === null)
    throw new Error(`${file}: not a baseline of version 1; --update-baseline writes one`);
  return { version, charts };
}

/** The baseline of a run: everything that was found. */
export function baselineOf(charts: readonly ChartResult[]): Baseline {
  const entries = charts.map(({ path, findings }) => {
    const counts: Record<string, number> = {};
    for (const { fingerprint } of findings) counts[fingerprint] = (counts[fingerprint] ?? 0) + 1;
    return [path, Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))] as const;
  });
  return { version: 1, charts: Object.fromEntries(entries.filter(([, counts]) => Object.keys(counts).length > 0)) };
}

/** Takes a baseline's findings out of a chart's result, each as often as it stood there. */
export function applyBaseline(chart: ChartResult, baseline: Baseline): ChartResult {
  const left = new Map(Object.entries(baseline.charts[chart.path] ?? {}));
  const findings: ChartResult['findings'] = [];
  const suppressed = [...chart.suppressed];
  for (const finding of chart.findings) {
    const count = left.get(finding.fingerprint) ?? 0;
    if (count > 0) {
      left.set(finding.fingerprint, count - 1);
      suppressed.push({ finding, by: 'baseline' });
    } else findings.push(finding);
  }
  return { ...chart, findings, suppressed };
}
