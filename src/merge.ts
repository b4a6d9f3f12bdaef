import type { Finding, Suppressed } from './finding.ts';
import { summarize } from './lint.ts';
import type { ChartResult, LintError, LintResult, ShardOfRun } from './result.ts';

/** A report of `--format json`: its name for messages, and its text. */
export interface ReportFile {
  name: string;
  text: string;
}

type JsonFinding = Finding & { suppression?: Omit<Suppressed, 'finding'> };

/** What a report holds, as far as merging needs it; `schema/report.schema.json` is the whole. */
interface JsonReport {
  version: 1;
  charts: (Omit<ChartResult, 'suppressed' | 'notes'> & { suppressed: JsonFinding[] })[];
  summary: { hidden?: number };
  shard?: ShardOfRun;
  passedOver?: LintResult['passedOver'];
  errors?: LintError[];
}

/**
 * The result of one run out of the JSON reports of its parts: charts, errors and what was passed over stand in the
 * order of a run without shards. Reports without a shard follow each other as they are given. Throws an `Error` of one
 * line for a text that is no such report, and where a shard is missing or there twice: what was not linted is never
 * taken for well.
 */
export function mergeReports(files: readonly ReportFile[]): LintResult {
  const reports = files.map((file) => ({ name: file.name, report: read(file) }));
  const order = orderOf(reports);
  const place = (path: string) => {
    const at = order.indexOf(path);
    return at === -1 ? order.findIndex((one) => path.startsWith(`${one}/`)) : at;
  };
  const sorted = <T extends { path: string }>(all: T[]): T[] =>
    all
      .map((one) => [place(one.path), one] as const)
      .sort(([a], [b]) => a - b)
      .map(([, one]) => one);
  const charts = sorted(reports.flatMap(({ report }) => report.charts.map(chart)));
  const errors = unique(sorted(reports.flatMap(({ report }) => report.errors ?? [])), ({ message }) => message);
  const passedOver = unique(sorted(reports.flatMap(({ report }) => report.passedOver ?? [])), ({ reason }) => reason);
  const hidden = reports.flatMap(({ report }) => report.summary.hidden ?? []);
  return {
    ...summarize(charts, errors, passedOver),
    ...(hidden.length > 0 && { hidden: hidden.reduce((sum, count) => sum + count, 0) }),
  };
}

/** The paths of the run in their order; nothing where the reports are of runs without shards. */
function orderOf(reports: readonly { name: string; report: JsonReport }[]): readonly string[] {
  const shards = reports.flatMap(({ name, report: { shard } }) => (shard ? [{ name, shard }] : []));
  const [first] = shards;
  if (!first) return [];
  const whole = reports.find(({ report }) => !report.shard);
  if (whole) throw new Error(`${whole.name}: not a shard, unlike ${first.name}`);
  const { count, charts } = first.shard;
  const seen = new Map<number, string>();
  for (const { name, shard } of shards) {
    if (shard.count !== count || shard.charts.join('\n') !== charts.join('\n'))
      throw new Error(`${name}: of another run than ${first.name}: it has other charts, or another number of shards`);
    const other = seen.get(shard.index);
    if (other !== undefined) throw new Error(`${name}: shard ${shard.index} of ${count} again, as ${other}`);
    seen.set(shard.index, name);
  }
  const missing = Array.from({ length: count }, (_, at) => at + 1).filter((index) => !seen.has(index));
  if (missing.length > 0)
    throw new Error(
      `${missing.length === 1 ? `shard ${missing[0]}` : `shards ${missing.join(', ')}`} of ${count} is missing, so not all charts were linted`.replace(
        /^(shards .*) is missing/,
        '$1 are missing',
      ),
    );
  return charts;
}

function read({ name, text }: ReportFile): JsonReport {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${name}: not JSON; merge-reports reads reports of --format json`);
  }
  const report = value as Partial<JsonReport> | null;
  const isReport =
    report?.version === 1 &&
    Array.isArray(report.charts) &&
    report.charts.every((one) => Array.isArray(one.findings) && Array.isArray(one.suppressed)) &&
    typeof report.summary === 'object';
  if (!isReport) throw new Error(`${name}: not a report of migrate-lint --format json`);
  return report as JsonReport;
}

function chart({ suppressed, ...rest }: JsonReport['charts'][number]): ChartResult {
  return {
    ...rest,
    suppressed: suppressed.map(({ suppression, ...finding }) => ({ finding, ...suppression! })),
    notes: [],
  };
}

/** Each shard names again what it could not find. */
function unique<T extends { path: string }>(all: readonly T[], text: (one: T) => string): T[] {
  const seen = new Set<string>();
  return all.filter((one) => {
    const key = `${one.path}\n${text(one)}`;
    return !seen.has(key) && seen.add(key);
  });
}
