// Every rule on its own charts, through the real Helm: the findings are exactly where the charts expect them, and the terminal shows what
// is kept beside the chart.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rules } from '../rules/index.ts';
import { ruleText } from '../src/page.ts';
import { suppressionChecks } from '../src/suppress/checks.ts';
import { lint } from '../src/lint.ts';
import { stylish } from '../src/report/stylish.ts';
import type { LintResult } from '../src/result.ts';
import { expectations, ruleCharts } from './expectations.ts';
import { helmBinary, helmVersions } from './helm/binaries.ts';
import { rulePage, ruleTable, settings } from './rule-pages.ts';

const root = 'fixtures/rules';

/** What the terminal shows of each chart. */
const outputs = new Map<string, string>();

describe.each(rules.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  const charts = ruleCharts(join(root, id));

  it('has charts that are wrong and charts that are right', () => {
    expect(charts.some((chart) => basename(chart).startsWith('bad'))).toBe(true);
    expect(charts.some((chart) => basename(chart).startsWith('good'))).toBe(true);
  });

  it.each(charts)('%s', async (chart) => {
    const wanted = expectations(chart, id);
    const bad = basename(chart).startsWith('bad');
    expect(wanted.length > 0).toBe(bad);
    for (const version of helmVersions) {
      const { path } = await helmBinary(version);
      const result = await lint({
        paths: [chart],
        cwd: '.',
        env: { ...process.env, HELM_BIN: path },
        only: [id],
        ...settings(chart),
      });
      expect(result.errors).toEqual([]);
      const found = result.charts
        .flatMap(({ findings }) => findings)
        .map(({ location, severity }) => `${relative(chart, location.file)}:${location.line} ${severity}`);
      expect([...new Set(found)].sort(), `Helm ${version}`).toEqual(wanted);
      expect(outputs.get(chart) ?? terminal(result), `Helm ${version}`).toBe(terminal(result));
      outputs.set(chart, terminal(result));
      if (result.charts.some(({ findings }) => findings.some(({ fix }) => fix))) expect(rule.fixable).toBe(true);
    }
    if (bad) await expect(outputs.get(chart)).toMatchFileSnapshot(join('..', outputFile(chart)));
  });

  it('has a page that says what the rule and its charts say', async () => {
    const output = (chart: string) => outputs.get(chart) ?? readFileSync(outputFile(chart), 'utf8');
    await expect(rulePage(rule, charts, output)).toMatchFileSnapshot(join('..', 'docs/rules', `${id}.md`));
  });
});

it.each(suppressionChecks.map((check) => [check.id, check] as const))(
  'has a page for the check %s',
  async (id, check) => {
    await expect(`${ruleText(check).trimEnd()}\n`).toMatchFileSnapshot(join('..', 'docs/rules', `${id}.md`));
  },
);

it('has a table of all rules', async () => {
  await expect(ruleTable([...rules, ...suppressionChecks])).toMatchFileSnapshot('../docs/rules/README.md');
});

it('has one file, one entry, one fixture folder and one page for each rule', () => {
  const ids = rules.map(({ id }) => id);
  expect(ids).toEqual([...ids].sort());
  expect(
    readdirSync('rules')
      .filter((file) => file !== 'index.ts')
      .map((file) => basename(file, '.ts')),
  ).toEqual(ids);
  expect(readdirSync(root).sort()).toEqual(ids);
  expect(
    readdirSync('docs/rules')
      .filter((file) => file !== 'README.md')
      .map((file) => basename(file, '.md'))
      .sort(),
  ).toEqual([...ids, ...suppressionChecks.map(({ id }) => id)].sort());
});

/** The report for people as a pipe gets it, and the exit code. Names that differ at each render are cut. */
function terminal(result: LintResult): string {
  const drawn = { color: false, width: 100, hyperlinks: false, showRendered: false, cwd: process.cwd() };
  const text = stylish(result, drawn).replace(/\b(shop-migrate)-(?:\d{14}|[a-z]{6})\b/g, '$1-…');
  return `${text}exit code ${result.summary.errors > 0 ? 1 : 0}\n`;
}

/** Where the output of a chart is kept: beside the chart, so that Helm does not read it. */
function outputFile(chart: string): string {
  return `${chart}.txt`;
}
