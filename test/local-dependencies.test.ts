// `file://` dependencies through the built program: missing, packed, unpacked and stale ones, and those that lead
// elsewhere.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from './chart/cli.ts';
import { migrationJob } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';

const made: string[] = [];
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const helper = `{{- define "common.job" -}}\n${migrationJob()}{{- end }}\n`;
const dependency = (name: string, repository: string, version = '0.1.0') =>
  `  - name: ${name}\n    version: ${version}\n    repository: ${repository}\n`;
const chartFile = (name: string, dependencies = '', more = '') =>
  `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n${more}${dependencies && `dependencies:\n${dependencies}`}`;

/** `shop` and the library `common` beside it, and more files. */
function charts(more: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-local-'));
  made.push(folder);
  const files = {
    'shop/Chart.yaml': chartFile('shop', dependency('common', 'file://../common')),
    'shop/templates/job.yaml': '{{ include "common.job" . }}\n',
    'common/Chart.yaml': chartFile('common', '', 'type: library\n'),
    'common/.helmignore': '*.bak\n',
    'common/templates/_job.tpl': helper,
    'common/templates/_job.tpl.bak': 'old',
    ...more,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

async function build(folder: string, version: '3.17.3' | '4.2.3' = '4.2.3') {
  const { path } = await helmBinary(version);
  const { status, stderr } = spawnSync(path, ['dependency', 'build', 'shop'], { cwd: folder, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, expect.any(String)]);
}

interface Found {
  rule: string;
  severity: string;
  message: string;
  location: { file: string; line: number; includedAt?: { file: string; line: number } };
}

function findings(folder: string, ...args: string[]): Found[] {
  const { stdout, stderr } = run(['shop', '--format', 'json', ...args], { cwd: folder });
  expect(stderr).not.toMatch(/error|failed/i);
  return (JSON.parse(stdout) as { charts: { findings: Found[] }[] }).charts.flatMap((chart) => chart.findings);
}

/** The line that the finding is about: the `spec:` without a backoffLimit. */
const line = helper.split('\n').indexOf('spec:') + 1;
const atSource = {
  rule: 'backoff-limit',
  location: expect.objectContaining({
    file: 'common/templates/_job.tpl',
    line,
    includedAt: { file: 'shop/templates/job.yaml', line: 1 },
  }),
};

describe('a file:// dependency', () => {
  it('that is missing is built for the run, and its findings are at the source', () => {
    const folder = charts();
    expect(findings(folder)).toEqual([expect.objectContaining(atSource)]);
    expect(readdirSync(join(folder, 'shop'))).toEqual(['Chart.yaml', 'templates']);
    expect(run(['shop', '--verbose'], { cwd: folder }).stderr).toContain(
      'charts/ does not have common: built from file://../common for this run',
    );
  });
  it('that is missing is built with its own', () => {
    const folder = charts({
      'common/Chart.yaml': chartFile('common', dependency('base', 'file://../deep/base')),
      'common/templates/_job.tpl': '{{- define "common.job" }}{{ include "base.job" . }}{{ end }}\n',
      'deep/base/Chart.yaml': chartFile('base', '', 'type: library\n'),
      'deep/base/templates/_job.tpl': helper.replace('common.job', 'base.job'),
    });
    expect(findings(folder)).toEqual([
      expect.objectContaining({
        location: expect.objectContaining({ file: 'deep/base/templates/_job.tpl', line }),
      }),
    ]);
  });
  it.each(['3.17.3', '4.2.3'] as const)('that Helm %s has packed is at its source', async (version) => {
    const folder = charts();
    await build(folder, version);
    expect(readdirSync(join(folder, 'shop/charts'))).toEqual(['common-0.1.0.tgz']);
    expect(findings(folder)).toEqual([expect.objectContaining(atSource)]);
  });
  it('that is packed and differs from its source is reported, and its findings are at the lines that Helm reads', async () => {
    const folder = charts();
    await build(folder);
    writeFileSync(join(folder, 'common/templates/_job.tpl'), `{{/* new */}}\n${helper}`);
    writeFileSync(join(folder, 'common/templates/_more.tpl'), '{{ define "more" }}{{ end }}\n');
    expect(findings(folder)).toEqual([
      expect.objectContaining({
        rule: 'stale-dependency',
        severity: 'warning',
        message:
          'Helm deploys charts/common-0.1.0.tgz, which differs from its source file://../common in templates/_job.tpl, templates/_more.tpl',
        location: { file: 'shop/Chart.yaml', line: 5, column: 1 },
      }),
      expect.objectContaining({
        rule: 'backoff-limit',
        location: expect.objectContaining({
          file: 'shop/charts/common-0.1.0.tgz:common/templates/_job.tpl',
          line,
          includedAt: { file: 'shop/templates/job.yaml', line: 1 },
        }),
      }),
    ]);
    const off = ['--ignore', 'stale-dependency'];
    expect(findings(folder, ...off).map(({ rule }) => rule)).toEqual(['backoff-limit']);
    expect(findings(folder, '--rule', 'backoff-limit').map(({ rule }) => rule)).toEqual(['backoff-limit']);
    expect(findings(folder, '--severity', 'stale-dependency=error')[0]).toMatchObject({ severity: 'error' });
    expect(run(['shop', '--add-disable'], { cwd: folder }).stderr).toMatch(
      /not suppressed: shop\/Chart\.yaml:5 stale-dependency: .*\nnot suppressed: .*it is in an archive/,
    );
  });
  it('that is unpacked in charts/ is compared too', () => {
    const folder = charts();
    cpSync(join(folder, 'common'), join(folder, 'shop/charts/common'), { recursive: true });
    expect(findings(folder)).toEqual([expect.objectContaining(atSource)]);
    writeFileSync(join(folder, 'shop/charts/common/templates/_job.tpl'), `{{/* old */}}\n${helper}`);
    expect(findings(folder)).toEqual([
      expect.objectContaining({ rule: 'stale-dependency', message: expect.stringContaining('deploys charts/common,') }),
      expect.objectContaining({
        location: expect.objectContaining({ file: 'shop/charts/common/templates/_job.tpl', line: line + 1 }),
      }),
    ]);
  });
  it('lets the chart be fixed, and is not changed itself', () => {
    const folder = charts({ 'shop/templates/own.yaml': migrationJob().replace('-migrate', '-migrate-own') });
    const { stderr } = run(['shop', '--fix'], { cwd: folder });
    expect(stderr).toMatch(/^1 of \d findings fixed in 1 file$/m);
    expect(readFileSync(join(folder, 'shop/templates/own.yaml'), 'utf8')).toContain('backoffLimit');
    expect(readFileSync(join(folder, 'common/templates/_job.tpl'), 'utf8')).toBe(helper);
    expect(existsSync(join(folder, 'shop/charts'))).toBe(false);
    expect(run(['shop', '--add-disable'], { cwd: folder }).stderr).toContain('it is in another chart');
  });
  it('is taken from the commit of --from', () => {
    const folder = charts();
    const git = (...args: string[]) =>
      spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: folder });
    for (const args of [
      ['init', '-q'],
      ['add', '-A'],
      ['commit', '-qm', 'one'],
    ])
      git(...args);
    writeFileSync(join(folder, 'common/templates/_job.tpl'), helper.replace('pre-install,pre-upgrade', 'post-install'));
    const { stdout, code } = run(['shop', '--from', 'HEAD', '--format', 'json'], { cwd: folder });
    expect([code, stdout]).toEqual([1, expect.not.stringContaining('not-judged')]);
  });
});

describe('a file:// dependency that is missing and cannot be built is one line and exit 2', () => {
  const cases: [string, (folder: string) => string, RegExp][] = [
    ['out of the repository', () => 'file://../../common', /it leads out of the repository/],
    ['absolute', () => 'file:///etc', /it leads out of the repository/],
    [
      'behind a link',
      (folder) => (symlinkSync(dirname(folder), join(folder, 'link')), 'file://../link'),
      /it leads out of the repository/,
    ],
    ['itself', () => 'file://.', /it depends on itself/],
    ['nowhere', () => 'file://../nosuch', /missing in charts\/.*: common; run: helm dependency build/],
  ];
  it.each(cases)('%s', (_, repository, message) => {
    const folder = join(charts(), 'repository');
    mkdirSync(folder);
    cpSync(join(folder, '../shop'), join(folder, 'shop'), { recursive: true });
    spawnSync('git', ['init', '-q'], { cwd: folder });
    writeFileSync(join(folder, 'shop/Chart.yaml'), chartFile('shop', dependency('common', repository(folder))));
    const { code, stderr, stdout } = run(['shop'], { cwd: folder });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
  it('with a link to a device in it', () => {
    const folder = charts();
    symlinkSync('/dev/zero', join(folder, 'common/requirements.yaml'));
    spawnSync('git', ['init', '-q'], { cwd: folder });
    const { code, stderr } = run(['shop'], { cwd: folder });
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^migrate-lint: .*requirements\.yaml is a link that may not be followed: .*\n$/),
    ]);
  });
  it('of another version', () => {
    const folder = charts();
    writeFileSync(
      join(folder, 'shop/Chart.yaml'),
      chartFile('shop', dependency('common', 'file://../common', '0.2.0')),
    );
    expect(run(['shop'], { cwd: folder })).toMatchObject({
      code: 2,
      stderr:
        'migrate-lint: shop: dependency common is not in charts/ and cannot be built from file://../common: its version is 0.1.0, not 0.2.0\n',
    });
  });
  it('and one that is in charts/ is linted as it is', async () => {
    const folder = charts();
    await build(folder);
    const repository = join(folder, 'repository');
    cpSync(join(folder, 'shop'), join(repository, 'shop'), { recursive: true });
    spawnSync('git', ['init', '-q'], { cwd: repository });
    writeFileSync(join(repository, 'shop/Chart.yaml'), chartFile('shop', dependency('common', 'file://../../common')));
    expect(findings(repository).map(({ rule }) => rule)).toEqual(['backoff-limit']);
  });
});
