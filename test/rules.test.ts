// Every rule on its own charts, through the real Helm: the findings are exactly where the charts expect them, and the
// terminal shows what is kept beside the chart.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { rules } from '../rules/index.ts';
import type { ManagedVersion } from '../src/helm/index.ts';
import { ruleText } from '../src/page.ts';
import { MarkedRender } from '../src/place/index.ts';
import { furtherChecks } from '../src/suppress/checks.ts';
import { lint } from '../src/lint.ts';
import type { LintResult } from '../src/result.ts';
import { expectations, ruleCharts } from './expectations.ts';
import { helmBinary, helmVersions } from './helm/binaries.ts';
import { rulePage, ruleTable, settings } from './rule-pages.ts';
import { cut, terminal } from './terminal.ts';

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
    let first: string[] | undefined;
    for (const version of helmVersions) {
      const placed = hasPlaces(chart, version);
      const result = await linted(chart, id, version, placed);
      const findings = result.charts.flatMap((one) => one.findings);
      // Whatever differs from Helm to Helm is said here; where, below.
      const found = findings.map(({ severity, message, help }) => cut(`${severity}: ${message}\n${help}`)).sort();
      expect(found, `Helm ${version}`).toEqual((first ??= found));
      if (findings.some(({ fix }) => fix)) expect(rule.fixable).toBe(true);
      if (!placed) continue;
      const places = findings.map(
        ({ location, severity }) => `${relative(chart, location.file)}:${location.line} ${severity}`,
      );
      expect([...new Set(places)].sort(), `Helm ${version}`).toEqual(wanted);
      expect(outputs.get(chart) ?? terminal(result), `Helm ${version}`).toBe(terminal(result));
      outputs.set(chart, terminal(result));
    }
    if (bad) await expect(outputs.get(chart)).toMatchFileSnapshot(join('..', outputFile(chart)));
  });

  it('has a page that says what the rule and its charts say', async () => {
    const output = (chart: string) => outputs.get(chart) ?? readFileSync(outputFile(chart), 'utf8');
    await expect(rulePage(rule, charts, output)).toMatchFileSnapshot(join('..', 'docs/rules', `${id}.md`));
  });
});

it.each(furtherChecks.map((check) => [check.id, check] as const))('has a page for the check %s', async (id, check) => {
  await expect(`${ruleText(check).trimEnd()}\n`).toMatchFileSnapshot(join('..', 'docs/rules', `${id}.md`));
});

it('has a table of all rules', async () => {
  await expect(ruleTable([...rules, ...furtherChecks])).toMatchFileSnapshot('../docs/rules/README.md');
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
  ).toEqual([...ids, ...furtherChecks.map(({ id }) => id)].sort());
});

/**
 * Whether places are asserted with that Helm: with one Helm for each chart here, and with all of them in `npm run
 * test:slow`. A place costs one more render or two.
 */
function hasPlaces(chart: string, version: ManagedVersion): boolean {
  return process.env['SUITE'] === 'slow' || helmVersions[chart.length % helmVersions.length] === version;
}

async function linted(chart: string, id: string, version: ManagedVersion, places: boolean): Promise<LintResult> {
  const { path } = await helmBinary(version);
  if (!places) {
    vi.spyOn(MarkedRender.prototype, 'start').mockReturnValue();
    vi.spyOn(MarkedRender.prototype, 'lines').mockResolvedValue(new Map());
  }
  const env = { ...process.env, HELM_BIN: path };
  const result = await lint({ paths: [chart], cwd: '.', env, only: [id], ...settings(chart) });
  vi.restoreAllMocks();
  expect(result.errors).toEqual([]);
  return result;
}

/** Where the output of a chart is kept: beside the chart, so that Helm does not read it. */
function outputFile(chart: string): string {
  return `${chart}.txt`;
}
