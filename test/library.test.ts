// The library's face is a list that somebody decided on: a name more or less is a change for those who use it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as library from '../src/index.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';

const values = [
  ...['annotation', 'contents', 'defineConfig', 'defineRule', 'deletePolicies', 'describe', 'describeAll', 'doubtOf'],
  ...['explainCause', 'explore', 'firstPolicy', 'fixCharts', 'formats', 'hookEvents', 'hooksOf', 'jobsOfService'],
  ...['lint', 'migrationsOf', 'needsOf', 'placeOfCause', 'report', 'rootOf', 'selects', 'tieOf', 'whenCreated'],
  ...['withBaseline', 'workloadsOfService'],
];
const types = [
  ...['Action', 'BaselineRequest', 'Block', 'Cause', 'ChartResult', 'Container', 'DeletePolicy', 'Edit', 'Engine'],
  ...['ExploreOptions', 'Finding', 'FirstPolicy', 'Fixed', 'FixedFile', 'Format', 'Hook', 'HookEvent', 'Lack'],
  ...['LintError', 'LintOptions', 'LintResult', 'Location', 'Need', 'OptionSchema', 'Path', 'Place', 'Pod'],
  ...['PolicyService', 'Reference', 'Release', 'Report', 'Resource', 'Rule', 'RuleContext', 'Service', 'Severity'],
  ...['Step', 'Suppressed', 'Suppression', 'Timeline', 'Workload', 'WorkloadMigration'],
];

it('exports these values', () => expect(Object.keys(library).sort()).toEqual([...values].sort()));

it('exports these types', () => {
  const text = ['src/index.ts', 'src/plugin-api.ts'].map((file) => readFileSync(file, 'utf8')).join('');
  const typed = [...text.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, all, names = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && (all !== undefined || name.startsWith('type ')))
      .map((name) => name.replace(/^type /, '')),
  );
  expect(typed.sort()).toEqual([...types].sort());
  expect(text.match(/export \*.*/g)).toEqual(["export * from './plugin-api.ts';"]);
});

describe('the example in docs/library.md', () => {
  const example = /```js\n([\s\S]*?)```/.exec(readFileSync('docs/library.md', 'utf8'))![1]!;
  const ran = (job: string) => {
    const chart = scratchChart({ 'templates/job.yaml': job });
    const folder = dirname(chart);
    mkdirSync(join(folder, 'charts'));
    renameSync(chart, join(folder, 'charts/shop'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(process.cwd(), join(folder, 'node_modules/migrate-lint'));
    writeFileSync(join(folder, 'example.mjs'), example);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['example.mjs'], { cwd: folder, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  it('prints the findings of a chart, and fails with its errors', () => {
    expect(ran(migrationJob())).toEqual({
      status: 1,
      stdout: expect.stringMatching(/^charts\/shop\/templates\/job\.yaml:\d+ error backoff-limit: Job\//m),
      stderr: '',
    });
    expect(ran(migrationJob().replace('spec:\n', 'spec:\n  backoffLimit: 1\n')).status).toBe(0);
    expect(ran('{{ fail "no" }}')).toMatchObject({ status: 2, stderr: expect.stringContaining('no') });
  });
});

it.each([
  [undefined, 'paths, cwd, env'],
  [{}, 'paths, cwd, env'],
  [{ paths: ['.'] }, 'cwd, env'],
  [{ paths: 'charts', cwd: '.', env: {} }, 'paths'],
])('lint(%j) names what is missing', async (options, missing) => {
  await expect(library.lint(options as never)).rejects.toThrow(new RegExp(`^lint needs ${missing}: lint\\(`));
});
