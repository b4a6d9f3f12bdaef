// Parts of a run: every chart in exactly one, and the reports put together again are the report of the whole run, byte
// for byte.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inShard } from '../src/shard.ts';
import { callSync, type Ran } from './program/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-shard-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function migrateLint(...args: string[]): Ran {
  return callSync(
    { args, env: { ...process.env, GITHUB_ACTIONS: '', CI: '' }, input: '', keepRenders: true },
    process.cwd(),
  );
}

const rules = ['hook-deadlock', 'missing-key', 'not-judged', 'replicas-conflict'];
const charts = [...rules.map((rule) => `fixtures/rules/${rule}`), 'fixtures/sql-migrate', 'fixtures/nothing-there'];
const whole = join(folder, 'whole.json');
const parts = [1, 2, 3].map((index) => join(folder, `part-${index}.json`));

beforeAll(() => {
  expect(migrateLint(...charts, '--format', 'json', '-o', whole).code).toBe(2);
  for (const [index, part] of parts.entries()) {
    const { code, stderr } = migrateLint(...charts, '--shard', `${index + 1}/3`, '--format', 'json', '-o', part);
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`^migrate-lint: part ${index + 1} of 3: \\d+ of \\d+ charts$`, 'm'));
  }
});

it.each(['json', 'sarif', 'gitlab', 'junit', 'checkstyle', 'markdown', 'stylish'])(
  '%s of the parts is that of the whole run',
  (format) => {
    const wanted = migrateLint(...charts, '--format', format);
    for (const order of [parts, [...parts].reverse()]) {
      const merged = migrateLint('merge-reports', ...order, '--format', format);
      expect(merged.code).toBe(wanted.code);
      expect(merged.stdout).toBe(wanted.stdout);
    }
  },
);

it('every part has its share, and says whose it is', () => {
  const counts = parts.map((part) => {
    const { shard, charts: own } = JSON.parse(readFileSync(part, 'utf8')) as {
      shard: { index: number; count: number; charts: string[] };
      charts: unknown[];
    };
    expect(shard).toMatchObject({ index: parts.indexOf(part) + 1, count: 3 });
    return own.length;
  });
  const all = JSON.parse(readFileSync(whole, 'utf8')) as { charts: unknown[]; shard?: unknown };
  expect(all.shard).toBeUndefined();
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(all.charts.length);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
});

it('a path is in exactly one part, whatever the order and however many', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), (paths, count) => {
      const shards = Array.from({ length: count }, (_, at) => inShard(paths, { index: at + 1, count }));
      expect(shards.flatMap((shard) => [...shard]).sort()).toEqual([...paths].sort());
      const sizes = shards.map(({ size }) => size);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(inShard([...paths].reverse(), { index: 1, count })).toEqual(shards[0]);
    }),
  );
});

it('a policy that cannot be read is told once, as in one run', () => {
  const work = join(folder, 'faulty');
  for (const name of ['a', 'b', 'c']) cpSync('fixtures/sql-migrate', join(work, name), { recursive: true });
  writeFileSync(join(work, '.migrate-lint.yaml'), 'nosuch: 1\n');
  const reports = [1, 2].map((index) => {
    const file = join(work, `${index}.json`);
    migrateLint(work, '--shard', `${index}/2`, '--format', 'json', '-o', file);
    return file;
  });
  const wanted = migrateLint(work, '--format', 'json').stdout;
  expect(wanted.match(/nosuch/g)).not.toBeNull();
  expect(migrateLint('merge-reports', ...reports, '--format', 'json').stdout).toBe(wanted);
});

it('an empty part passes; a run without charts does not', () => {
  const good = 'fixtures/rules/backoff-limit/good';
  const codes = [1, 2].map((index) => migrateLint(good, '--shard', `${index}/2`).code);
  expect(codes).toEqual([0, 0]);
  const empty = join(folder, 'empty');
  expect(migrateLint(empty, '--shard', '1/2').code).toBe(2);
});

const broken: [string, string[], RegExp][] = [
  ['a missing part', [parts[0]!, parts[2]!], /shard 2 of 3 is missing, so not all charts were linted/],
  ['two missing parts', [parts[1]!], /shards 1, 3 of 3 are missing/],
  ['a part twice', [parts[0]!, parts[0]!, parts[1]!], /part-1\.json: shard 1 of 3 again, as .*part-1\.json/],
  ['a part and a whole', [parts[0]!, whole], /whole\.json: not a shard, unlike .*part-1\.json/],
  ['no file', [join(folder, 'no.json')], /no\.json: no such report/],
  ['a folder', [folder], /not a regular file/],
  ['no JSON', ['README.md'], /README\.md: not JSON; merge-reports reads reports of --format json/],
  ['other JSON', ['package.json'], /package\.json: not a report of migrate-lint --format json/],
  ['a chart that is none', [join(folder, 'null.json')], /null\.json: not a report of migrate-lint --format json/],
  ['a shard that is none', [join(folder, 'count.json')], /count\.json: not a report of migrate-lint --format json/],
  ['a part of another run', [parts[0]!, parts[1]!, join(folder, 'other.json')], /other\.json: of another run than/],
];

it.each(broken)('%s is one clear line and exit 2', (_, files, message) => {
  const other = JSON.parse(readFileSync(parts[2]!, 'utf8')) as { shard: { charts: string[] } };
  other.shard.charts.pop();
  writeFileSync(join(folder, 'other.json'), JSON.stringify(other));
  const summary = { errors: 0, warnings: 0, infos: 0, suppressed: { total: 0, by: {}, lowered: 0 } };
  const bare = { version: 1, summary };
  writeFileSync(join(folder, 'null.json'), JSON.stringify({ ...bare, charts: [null] }));
  const shard = { index: 1, count: 1e9, charts: [] };
  writeFileSync(join(folder, 'count.json'), JSON.stringify({ ...bare, charts: [], shard }));
  const { code, stdout, stderr } = migrateLint('merge-reports', ...files, '--format', 'json');
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(message);
});

it.each(['0/3', '4/3', '2', 'a/b', '1/0', '-1/2', '1/2/3'])('--shard=%s is refused', (shard) => {
  const { code, stderr } = migrateLint('fixtures/sql-migrate', `--shard=${shard}`);
  expect(code).toBe(2);
  expect(stderr).toMatch(/It is a part and the number of parts, such as 2\/5\./);
});

it('reports without a shard follow each other as they are given', () => {
  const [a, b] = ['hook-deadlock', 'missing-key'].map((rule) => {
    const file = join(folder, `${rule}.json`);
    migrateLint(`fixtures/rules/${rule}`, '--format', 'json', '-o', file);
    return file;
  });
  const both = migrateLint('fixtures/rules/hook-deadlock', 'fixtures/rules/missing-key', '--format', 'json');
  expect(migrateLint('merge-reports', a!, b!, '--format', 'json').stdout).toBe(both.stdout);
  expect(readdirSync(folder)).toContain('hook-deadlock.json');
});

it('merged findings fail as in one run: --fail-on, --max-warnings', () => {
  const file = join(folder, 'warnings.json');
  migrateLint('fixtures/sql-migrate-init', '--format', 'json', '-o', file);
  const code = (...args: string[]) => migrateLint('merge-reports', file, ...args).code;
  expect([code(), code('--fail-on', 'warning'), code('--max-warnings', '1'), code('--max-warnings', '9')]).toEqual([
    0, 1, 1, 0,
  ]);
});
