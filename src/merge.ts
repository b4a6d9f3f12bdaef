import type { Finding, Suppressed } from './finding.ts';
import { Ajv } from 'ajv';
import schema from '../schema/report.schema.json' with { type: 'json' };
import type { ChartResult, LintError, LintResult, ShardOfRun } from './result.ts';
import { distinct, summarize } from './summary.ts';

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
  const places = new Map(order.map((path, at) => [path, at]));
  // Charts inside of a library stand where it does.
  const place = (path: string) => places.get(path) ?? order.findIndex((one) => path.startsWith(`${one}/`));
  const sorted = <T extends { path: string }>(all: T[]): T[] =>
    all
      .map((one) => [place(one.path), one] as const)
      .sort(([a], [b]) => a - b)
      .map(([, one]) => one);
  const charts = sorted(reports.flatMap(({ report }) => report.charts.map(chart)));
  const errors = distinct(sorted(reports.flatMap(({ report }) => report.errors ?? [])));
  const passedOver = unique(sorted(reports.flatMap(({ report }) => report.passedOver ?? [])));
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
  if (missing.length > 0) {
    const which =
      missing.length === 1 ? `shard ${missing[0]} of ${count} is` : `shards ${missing.join(', ')} of ${count} are`;
    throw new Error(`${which} missing, so not all charts were linted`);
  }
  return charts;
}

function read({ name, text }: ReportFile): JsonReport {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${name}: not JSON; merge-reports reads reports of --format json`);
  }
  if (!isReport(value)) throw new Error(`${name}: not a report of migrate-lint --format json`);
  return value;
}

const isReport = new Ajv().compile<JsonReport>(schema);

function chart({ suppressed, ...rest }: JsonReport['charts'][number]): ChartResult {
  return {
    ...rest,
    suppressed: suppressed.map(({ suppression, ...finding }) => ({ finding, ...suppression! })),
    notes: [],
  };
}

/** Each shard passes over the same again. */
function unique(all: LintResult['passedOver']): LintResult['passedOver'] {
  return [...new Map(all.map((one) => [`${one.path}\n${one.reason}`, one])).values()];
}
