// The charts of the rules, linted for one fault. Run in a copy of the tree with switches in it (mutate.ts).
//
// `charts.js all FILE`: lints each chart without a fault, and writes to FILE what it does: its reports, the faults that
// were reached while it was judged, and those that were reached at all. Exit 1 where a chart is not as it should be.
//
// `charts.js FILE CHART…`: judges charts with the fault that `MUTANT` turns on, and lints those whose reports are not as
// they were, and those with `!` before their name. Exit 1 at the first whose verdicts (test/verdicts.ts), findings or
// terminal output are not those that are kept.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { lint } from '../../src/lint.ts';
import type { LintOptions } from '../../src/options.ts';
import { expectations, ruleCharts } from '../expectations.ts';
import { helmBinary } from '../helm/binaries.ts';
import { settings } from '../rule-pages.ts';
import { terminal } from '../terminal.ts';
import { verdictsOf } from '../verdicts.ts';

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
const global = globalThis as { $reached?: Set<number>; $noMarks?: boolean };
const env = { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path };

function options(chart: string): LintOptions {
  return { paths: [chart], cwd: '.', env, only: [basename(dirname(chart))], ...settings(chart) };
}

/** The reports of a chart before their places are lines, as text. */
async function judged(chart: string): Promise<string> {
  const seen: string[] = [];
  global.$noMarks = true;
  const result = await lint({
    ...options(chart),
    onJudged: ({ reports, scenario }) => {
      seen.push(JSON.stringify({ scenario, reports }, shown));
      throw new Error('seen');
    },
  });
  global.$noMarks = false;
  // The errors of a chart that gets no further.
  return [...seen.sort(), ...(seen.length > 0 ? [] : result.errors.map(({ message }) => message))].join('\n');
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
  for (const chart of readdirSync(root).flatMap((id) => ruleCharts(join(root, id)))) {
    reached.clear();
    const verdicts = await verdictsOf(chart, env);
    const reports = await judged(chart);
    const judging = [...loading, ...reached];
    if (!(await isRight(chart))) wrong(chart);
    all[chart] = { verdicts, reports, judging, linting: [...loading, ...reached] };
  }
  writeFileSync(file, JSON.stringify(all));
} else {
  const kept = JSON.parse(readFileSync(first, 'utf8')) as Record<string, Kept>;
  for (const name of [file, ...others]) {
    const chart = name.replace(/^!/, '');
    if (chart === name) {
      if ((await verdictsOf(chart, env)) !== kept[chart]!.verdicts) wrong(chart);
      if ((await judged(chart)) === kept[chart]!.reports) continue;
    }
    if (!(await isRight(chart))) wrong(chart);
  }
}
process.exit(0);
