// The baseline through the built program: its keys, what an update keeps, what has become stale.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import type { Baseline, BaselineEntry } from '../src/suppress/baseline.ts';
import { run } from './chart/cli.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';

/** A folder with charts `shop` and `other` with a finding each, and a program that lints there. */
function folder() {
  const root = dirname(scratchChart({ 'templates/job.yaml': migrationJob() }));
  for (const [file, text] of Object.entries({
    'Chart.yaml': 'apiVersion: v2\nname: other\nversion: 1.0.0\n',
    'templates/job.yaml': migrationJob(),
  })) {
    mkdirSync(dirname(join(root, 'other', file)), { recursive: true });
    writeFileSync(join(root, 'other', file), text);
  }
  const lint = (args: string[], cwd = '.') => run(['--rule', 'backoff-limit', ...args], { cwd: join(root, cwd) });
  const baseline = () => JSON.parse(readFileSync(join(root, 'base.json'), 'utf8')) as Baseline;
  return { root, lint, baseline };
}
const fix = (root: string, chart: string) =>
  writeFileSync(
    join(root, chart, 'templates/job.yaml'),
    migrationJob().replace('spec:\n', 'spec:\n  backoffLimit: 1\n'),
  );

it('can be read, and holds from every working directory', () => {
  const { lint, baseline } = folder();
  expect(lint(['shop', '--baseline', 'base.json', '--update-baseline'])).toMatchObject({
    code: 0,
    stdout: '0 errors, 0 warnings in 1 chart\n1 finding suppressed: 1 by the baseline\n',
    stderr: 'migrate-lint: wrote base.json with 1 finding; runs with --baseline base.json suppress them\n',
  });
  expect(baseline()).toEqual({
    version: 2,
    charts: {
      shop: [
        {
          hash: expect.stringMatching(/^\w+$/),
          rule: 'backoff-limit',
          file: 'shop/templates/job.yaml',
          message: expect.stringContaining('sets no backoffLimit'),
        },
      ],
    },
  });
  expect(lint(['.', '--baseline', '../base.json'], 'shop').code).toBe(0);
  expect(lint(['shop']).code).toBe(1);
});

it('keeps the entries of charts that an update does not lint', () => {
  const { lint, baseline } = folder();
  lint(['shop', 'other', '--baseline', 'base.json', '--update-baseline']);
  const both = baseline();
  expect(Object.keys(both.charts)).toEqual(['other', 'shop']);
  expect(lint(['shop', '--baseline', 'base.json', '--update-baseline']).code).toBe(0);
  expect(baseline()).toEqual(both);
});

it('reports an entry that matches nothing at its line, and removes it on demand', () => {
  const { root, lint, baseline } = folder();
  lint(['shop', 'other', '--baseline', 'base.json', '--update-baseline']);
  fix(root, 'shop');
  const { charts } = JSON.parse(lint(['shop', '--baseline', 'base.json', '--format', 'json']).stdout);
  const lines = readFileSync(join(root, 'base.json'), 'utf8').split('\n');
  expect(charts[0].findings).toMatchObject([
    {
      rule: 'unused-baseline',
      severity: 'info',
      message: expect.stringMatching(
        /^The baseline accepts backoff-limit in shop\/templates\/job\.yaml \(.*\), which is no longer found$/,
      ),
      location: { file: 'base.json', line: lines.findLastIndex((line) => line.includes('"hash"')) + 1 },
    },
  ]);
  expect(
    lint(['shop', '--baseline', 'base.json', '--report-unused-disable-directives', '--max-warnings', '0']).code,
  ).toBe(1);
  expect(lint(['shop', '--baseline', 'base.json', '--prune-baseline']).stdout).toBe('1 chart, nothing to report\n');
  expect(Object.keys(baseline().charts)).toEqual(['other']);
});

it('takes no new findings when it is pruned', () => {
  const { root, lint, baseline } = folder();
  lint(['shop', '--baseline', 'base.json', '--update-baseline']);
  writeFileSync(join(root, 'shop/templates/more.yaml'), migrationJob().replace('-migrate', '-seed-migrate'));
  expect(lint(['shop', '--baseline', 'base.json', '--prune-baseline']).code).toBe(1);
  expect(baseline().charts['shop']).toHaveLength(1);
});

it('of version 1 is still read', () => {
  const { root, lint, baseline } = folder();
  lint(['shop', '--baseline', 'base.json', '--update-baseline']);
  const [{ hash }] = baseline().charts['shop'] as [BaselineEntry];
  writeFileSync(join(root, 'base.json'), JSON.stringify({ version: 1, charts: { shop: { [hash]: 1 } } }));
  expect(lint(['shop', '--baseline', 'base.json']).code).toBe(0);
});
