// Every rule on its own charts, through the real Helm: the findings stand exactly where the charts expect them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rules } from '../rules/index.ts';
import { rulePage, ruleText } from '../src/page.ts';
import { suppressionChecks } from '../src/suppress/checks.ts';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import { expectations, ruleCharts } from './expectations.ts';
import { helmBinary, helmVersions } from './helm/binaries.ts';

const root = 'fixtures/rules';

describe.each(rules.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  const charts = ruleCharts(join(root, id));

  it('has charts that are wrong and charts that are right', () => {
    expect(charts.some((chart) => basename(chart).startsWith('bad'))).toBe(true);
    expect(charts.some((chart) => basename(chart).startsWith('good'))).toBe(true);
  });

  it.each(charts)('%s', async (chart) => {
    const wanted = expectations(chart, id);
    expect(wanted.length > 0).toBe(basename(chart).startsWith('bad'));
    for (const version of helmVersions) {
      const { path } = await helmBinary(version);
      const { charts: results, errors } = await lint({
        paths: [chart],
        cwd: '.',
        env: { ...process.env, HELM_BIN: path },
        only: [id],
        ...settings(chart),
      });
      expect(errors).toEqual([]);
      const found = results
        .flatMap(({ findings }) => findings)
        .map(({ location, severity }) => `${relative(chart, location.file)}:${location.line} ${severity}`);
      expect([...new Set(found)].sort(), `Helm ${version}`).toEqual(wanted);
    }
  });

  it('has a page that says what the rule and its charts say', async () => {
    await expect(rulePage(rule, charts)).toMatchFileSnapshot(join('..', 'docs/rules', `${id}.md`));
  });
});

it.each(suppressionChecks.map((check) => [check.id, check] as const))(
  'has a page for the check %s',
  async (id, check) => {
    await expect(`${ruleText(check).trimEnd()}\n`).toMatchFileSnapshot(join('..', 'docs/rules', `${id}.md`));
  },
);

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

/** What a chart wants to be linted with: `lint.json` beside its Chart.yaml. */
function settings(chart: string): Partial<LintOptions> {
  const file = join(chart, 'lint.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<LintOptions>) : {};
}
