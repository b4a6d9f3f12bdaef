// The advice of each finding, followed: the finding goes, and no other comes.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rules } from '../rules/index.ts';
import type { Finding } from '../src/finding.ts';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import { MarkedRender } from '../src/place/index.ts';
import { asked, follow, patchFiles, shape, writes, written } from './advice.ts';
import { ruleCharts } from './expectations.ts';
import { helmBinary } from './helm/binaries.ts';
import { settings } from './rule-pages.ts';

/** Rules whose advice is about the command line, or about a chart that is written otherwise altogether. */
const elsewhere = ['not-judged'];

let folder: string;
let helm: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'migrate-lint-advice-'));
  helm = (await helmBinary('4.2.3')).path;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** All findings of a chart, of every rule; `chart` has the options. */
async function findingsOf(path: string, chart: string, more: Partial<LintOptions> = {}): Promise<Finding[]> {
  const { charts, errors } = await lint({
    paths: [path],
    cwd: '.',
    env: { ...process.env, HELM_BIN: helm },
    preset: 'all',
    config: false,
    ...settings(chart),
    ...more,
  });
  expect(errors).toEqual([]);
  return charts.flatMap(({ findings }) => findings);
}

/** The same without their lines, which cost a render. */
async function countedIn(...of: Parameters<typeof findingsOf>): Promise<Finding[]> {
  vi.spyOn(MarkedRender.prototype, 'start').mockReturnValue();
  vi.spyOn(MarkedRender.prototype, 'lines').mockResolvedValue(new Map());
  try {
    return await findingsOf(...of);
  } finally {
    vi.restoreAllMocks();
  }
}

/** How many findings each rule has. */
function counts(findings: readonly Finding[]): Map<string, number> {
  const count = new Map<string, number>();
  for (const { rule } of findings) count.set(rule, (count.get(rule) ?? 0) + 1);
  return count;
}

describe.each(rules.filter(({ id }) => !elsewhere.includes(id)).map(({ id }) => id))('%s', (id) => {
  const charts = ruleCharts(join('fixtures/rules', id)).filter((chart) => basename(chart).startsWith('bad'));
  const shapes = new Map<string, string>();
  const tried = new Set<string>();

  it.each(charts)('%s', async (chart) => {
    const patches = patchFiles(chart);
    // Advice is followed at its line, a patch anywhere.
    const before = await (patches.length > 0 ? countedIn : findingsOf)(chart, chart);
    const mine = before.filter(({ rule }) => rule === id);
    for (const { help } of patches.length > 0 ? mine : [])
      if (written(help).length > 0)
        expect(
          patches.some((patch) => written(help).some((text) => writes(readFileSync(patch, 'utf8'), text))),
          help,
        ).toBe(true);
    const was = counts(before);
    for (const patch of patches.length > 0 ? patches : [undefined]) {
      const copy = join(folder, id, basename(patch ?? chart));
      const refused = follow(chart, mine, copy, patch);
      for (const { help } of mine) shapes.set(shape(help), `${chart}: ${refused ?? ''}`);
      if (refused !== undefined) return;
      for (const { help } of mine) tried.add(shape(help));
      const after = await countedIn(copy, chart, asked(mine));
      const is = counts(after);
      const more = after.filter(({ rule }) => rule === id || (is.get(rule) ?? 0) > (was.get(rule) ?? 0));
      expect(
        more.map(({ rule, message }) => `${rule}: ${message}`),
        patch,
      ).toEqual([]);
    }
  });

  it('has a chart for each advice on which it is followed', () => {
    expect([...shapes].filter(([one]) => !tried.has(one)).map(([one, chart]) => `${chart} (${one})`)).toEqual([]);
  });
});
