// The charts of the rules, linted for one fault. Run in a copy of the tree with switches in it (mutate.ts).
//
// `charts.js all FILE`: lints each chart without a fault, and writes to FILE what it does: its reports, the faults that
// were reached while it was judged, and those that were reached at all; to FILE.renders what it is judged by. Exit 1
// where a chart is not as it should be.
//
// `charts.js FILE CHART…`: judges charts with the fault that `MUTANT` turns on, and lints those whose reports are not as
// they were, and those with `!` before their name. Exit 1 at the first whose verdicts (test/verdicts.ts), findings or
// terminal output are not those that are kept.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { judgeChart } from '../../src/chart-stages.ts';
import { lint } from '../../src/lint.ts';
import type { LintOptions } from '../../src/options.ts';
import { expectations, ruleCharts } from '../expectations.ts';
import { helmBinary } from '../helm/binaries.ts';
import { settings } from '../rule-pages.ts';
import { terminal } from '../terminal.ts';
import { renderedChart, verdictsOf, type Rendered } from '../verdicts.ts';

/** What linting a chart without a fault does. */
export interface Kept {
  /** What all rules say of it, which test/verdicts.test.ts compares. */
  verdicts: string;
  /** What its own rule reports, before places are lines. */
  reports: string;
  /** Faults that were reached by loading the program, by judging the chart, and by linting it. */
  judging: number[];
  linting: number[];
}

const root = 'fixtures/rules';
const global = globalThis as { $reached?: Set<number> };
const env = { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path };

function options(chart: string): LintOptions {
  return { paths: [chart], cwd: '.', env, only: [basename(dirname(chart))], ...settings(chart) };
}

/** The reports of a chart's own rule before their places are lines, as text. */
function reportsOf({ id, options, renders, policy }: Rendered): string {
  const own = { ...renders, options: { ...options, preset: undefined, only: [id] } };
  return JSON.stringify(judgeChart(own, policy).reports, shown);
}

/** Resources by their names, places by their paths. */
function shown(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('kind' in value && 'place' in value) return `${String(value.kind)}/${String((value as { name?: string }).name)}`;
  return value;
}

/** Whether a chart's findings and its terminal output are those that are kept. */
async function isRight(chart: string): Promise<boolean> {
  const result = await lint(options(chart));
  const places = result.charts
    .flatMap((one) => one.findings)
    .map(({ location, severity }) => `${relative(chart, location.file)}:${location.line} ${severity}`);
  const kept = `${chart}.txt`;
  return (
    result.errors.length === 0 &&
    [...new Set(places)].sort().join() === expectations(chart, basename(dirname(chart))).join() &&
    (!basename(chart).startsWith('bad') || !existsSync(kept) || terminal(result) === readFileSync(kept, 'utf8'))
  );
}

function wrong(chart: string): never {
  console.log(chart);
  process.exit(1);
}

const [first = '', file = '', ...others] = process.argv.slice(2);
if (first === 'all') {
  const reached = (global.$reached ??= new Set());
  const loading = [...reached];
  const all: Record<string, Kept> = {};
  const charts: Record<string, Rendered> = {};
  for (const chart of readdirSync(root).flatMap((id) => ruleCharts(join(root, id)))) {
    const rendered = await renderedChart(chart, env);
    charts[chart] = plain(rendered);
    reached.clear();
    const verdicts = verdictsOf(rendered);
    const reports = reportsOf(rendered);
    const judging = [...loading, ...reached];
    if (!(await isRight(chart))) wrong(chart);
    all[chart] = { verdicts, reports, judging, linting: [...loading, ...reached] };
  }
  writeFileSync(file, JSON.stringify(all));
  writeFileSync(`${file}.renders`, serialize(charts));
} else {
  const kept = JSON.parse(readFileSync(first, 'utf8')) as Record<string, Kept>;
  const charts = deserialize(readFileSync(`${first}.renders`)) as Record<string, Rendered>;
  const changed: string[] = [];
  for (const name of [file, ...others]) {
    const chart = name.replace(/^!/, '');
    if (chart === name && verdictsOf(charts[chart]!) !== kept[chart]!.verdicts) wrong(chart);
    if (chart !== name || reportsOf(charts[chart]!) !== kept[chart]!.reports) changed.push(chart);
  }
  for (const chart of changed) if (!(await isRight(chart))) wrong(chart);
}
process.exit(0);

/** Without what judging does not need and no file can hold. */
function plain({ renders, ...what }: Rendered): Rendered {
  const { archive } = renders.chart;
  return { ...what, renders: { ...renders, chart: { archive }, helm: undefined } as unknown as Rendered['renders'] };
}
