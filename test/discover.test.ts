// What is linted where a folder is named: every chart that Helm can render, whatever lies above it.
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readChartFile } from '../src/discover/chart-file.ts';
import { lint } from '../src/lint.ts';
import { run as runCli } from './chart/cli.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';

let helm: string;
beforeAll(async () => {
  helm = (await helmBinary('4.2.3')).path;
});

const chartYaml = (name: string, more = '') => `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n${more}`;
/** A chart with one finding, in a folder of that name. */
const faulty = (path: string, yaml = chartYaml('shop')) => ({
  [`${path}/Chart.yaml`]: yaml,
  [`${path}/templates/job.yaml`]: migrationJob(),
});

const needsLibrary = 'dependencies:\n  - {name: common, version: 1.0.0, repository: "https://charts.example"}\n';

/** A folder that is no chart itself, with these files. */
function folder(files: Record<string, string>): string {
  const chart = scratchChart(files);
  rmSync(join(chart, 'Chart.yaml'));
  if (files['Chart.yaml'] !== undefined) return scratchChart(files);
  return chart;
}

async function linted(path: string, cwd = path) {
  const { charts, errors, passedOver } = await lint({
    paths: [path],
    cwd,
    env: { ...process.env, HELM_BIN: helm },
    only: ['backoff-limit'],
  });
  return {
    charts: charts
      .map((chart) => `${chart.path} ${chart.findings.map(({ rule, severity }) => `${rule} ${severity}`).join()}`)
      .sort(),
    errors: errors.map(({ message }) => message),
    passedOver: passedOver.map(({ path: at, reason }) => `${at}: ${reason}`),
  };
}

const found = (...paths: string[]) => paths.map((path) => `${path} backoff-limit error`);

describe('a Chart.yaml does not hide the charts below it', () => {
  it.each([
    ['a library', 'type: library\n'],
    ['a library by its last type', 'type: application\ntype: library\n'],
    ['a library by a line of its description', 'description: "a\n\ntype: library\n\n b"\n'],
    ['an application', ''],
  ])('%s', async (_, more) => {
    const result = await linted(
      folder({ 'Chart.yaml': chartYaml('all', more), ...faulty('one'), ...faulty('group/two') }),
    );
    expect(result.errors).toEqual([]);
    expect(result.charts.filter((chart) => !chart.startsWith('. '))).toEqual(found('group/two', 'one'));
  });
  it('a library in front of its own charts/', async () => {
    const result = await linted(folder({ 'Chart.yaml': chartYaml('all', 'type: library\n'), ...faulty('charts/one') }));
    expect(result.charts).toEqual(found('charts/one'));
    expect(result.passedOver).toEqual(['.: a library chart has nothing to render by itself']);
  });
  it('what says library, and is none to Helm, is linted', async () => {
    const yaml = chartYaml('shop', 'description: "a\n  type: library"\n');
    expect((await linted(folder(faulty('one', yaml)))).charts).toEqual(found('one'));
  });
  it('in folders that begin with a dot, or lie in charts/ without being subcharts to Helm', async () => {
    const result = await linted(
      folder({
        'Chart.yaml': chartYaml('all'),
        '.helmignore': 'charts/hidden\n',
        ...faulty('.deploy/one'),
        ...faulty('charts/_two'),
        ...faulty('charts/hidden'),
        'charts/three/Chart.yaml': chartYaml('three'),
        ...faulty('charts/three/examples/four'),
      }),
    );
    expect(result.errors).toEqual([]);
    expect(result.charts).toEqual([
      '. ',
      ...found('.deploy/one', 'charts/_two', 'charts/hidden', 'charts/three/examples/four'),
    ]);
  });
});

describe('a folder of charts', () => {
  it('is searched outside of .git, installed packages and links', async () => {
    const path = folder({
      'package.json': '{}',
      ...faulty('node_modules/one'),
      ...faulty('lib/node_modules/two'),
      ...faulty('.git/three'),
      ...faulty('four'),
    });
    symlinkSync(join(path, 'four'), join(path, 'five'));
    const result = await linted(path);
    expect(result.charts).toEqual(found('four', 'lib/node_modules/two'));
    expect(result.passedOver).toEqual([
      'five: a link to a chart; name it to lint it',
      'node_modules: installed packages are not searched; name a chart there to lint it',
    ]);
  });
  it('passes over a Chart.yaml that is a template or a part, and reports what a test folder holds', async () => {
    const result = await linted(
      folder({
        ...faulty('one'),
        ...faulty('skeleton', chartYaml('{{ cookiecutter.name }}')),
        'overlay/Chart.yaml': 'appVersion: "2"\n',
        'tests/broken/Chart.yaml': chartYaml('broken'),
        'tests/broken/templates/x.yaml': '{{ fail "on purpose" }}',
        ...faulty('testdata/two'),
      }),
    );
    expect(result).toEqual({
      charts: ['one backoff-limit error', 'testdata/two backoff-limit error', 'tests/broken not-judged warning'],
      errors: [],
      passedOver: [
        'overlay: its Chart.yaml has no apiVersion and no name and no version',
        'skeleton: its Chart.yaml is a template',
      ],
    });
  });
  it('lints the test chart of a library, also where the library is vendored, and --verbose tells it apart', async () => {
    const library = (at: string) => ({
      [`${at}/Chart.yaml`]: chartYaml('common', 'type: library\n'),
      [`${at}/templates/_names.tpl`]: '{{- define "common.name" }}shop{{ end }}',
      ...faulty(`${at}/tests`, chartYaml('common-tests')),
    });
    const path = folder({
      ...library('charts/common'),
      ...faulty('charts/shop'),
      ...library('charts/shop/charts/common'),
      ...faulty('charts/common/tests/unbuilt', chartYaml('unbuilt', needsLibrary)),
    });
    expect(await linted(path)).toEqual({
      charts: [
        ...found('charts/common/tests'),
        'charts/common/tests/unbuilt not-judged warning',
        ...found('charts/shop', 'charts/shop/charts/common/tests'),
      ],
      errors: [],
      passedOver: ['charts/common: a library chart has nothing to render by itself'],
    });
    const { stdout, stderr } = runCli(['.', '--rule', 'backoff-limit', '--verbose'], { cwd: path });
    const notes = stderr.split('\n').filter((line) => line.startsWith('note: '));
    const test = 'a chart in a folder of tests: where it does not render, that is a warning';
    expect(notes.sort()).toEqual([
      `note: charts/common/tests/unbuilt: ${test}`,
      `note: charts/common/tests: ${test}`,
      'note: charts/common: passed over: a library chart has nothing to render by itself',
      `note: charts/shop/charts/common/tests: ${test}`,
    ]);
    // The place is the chart as a whole, and no template computes it.
    const unjudged = /^ {2}Chart\.yaml:1:1 .*\n(?: {4}.*\n)+/m.exec(stdout)?.[0];
    expect(unjudged).toContain('1 │ apiVersion: v2');
    expect(unjudged).not.toContain('a template computes the line');
    expect(unjudged).toContain('fix: Run again with --dependency-build');
    // Named, it is as any chart.
    const named = runCli(['charts/common/tests', '--rule', 'backoff-limit', '--verbose'], { cwd: path });
    expect(named.stderr).not.toContain(`note: charts/common/tests: ${test}`);
  });
  it('fails where a chart that is named does not render', async () => {
    const path = folder({
      'tests/broken/Chart.yaml': chartYaml('broken'),
      'tests/broken/templates/x.yaml': '{{ fail "on purpose" }}',
      'one/Chart.yaml': 'name: [',
    });
    expect((await linted(join(path, 'tests/broken'), path)).errors).toEqual([expect.stringContaining('on purpose')]);
    expect((await linted(path)).errors).toEqual([expect.stringMatching(/^one: .*Chart\.yaml/)]);
  });
});

it('nothing linted is no success, unless --allow-empty says so', () => {
  const library = scratchChart({ 'Chart.yaml': chartYaml('all', 'type: library\n') });
  expect(runCli([library])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^migrate-lint: nothing was linted: .*library.*--allow-empty accepts that\n$/),
  });
  expect(runCli([library, '--allow-empty'])).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('nothing was linted'),
  });
  expect(runCli([relative('.', join(dirname(library), 'shop', 'none')), '--allow-empty']).code).toBe(2);
  const empty = folder({ 'README.md': '' });
  expect(runCli([empty])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no Chart.yaml in this folder or below it'),
  });
  expect(runCli([empty, '--allow-empty']).code).toBe(0);
  expect(runCli(['--files', join(library, 'Chart.yaml')], { cwd: dirname(library) }).code).toBe(0);
});

describe('Chart.yaml', () => {
  it.each([
    ['plain', 'apiVersion: v2\nname: shop\nversion: 1.2.3\n', 'shop 1.2.3'],
    ['quoted, with a comment', 'apiVersion: v2\nname: "shop" # x\nversion: \'1.2.3\'\n', 'shop 1.2.3'],
    [
      'with a list and a block',
      'apiVersion: v2\ndescription: |\n  name: no\nname: shop\nkeywords:\n- name\nversion: 1.0.0\n',
      'shop 1.0.0',
    ],
    ['given twice', 'apiVersion: v2\nname: one\nversion: 1.0.0\nname: two\n', 'two 1.0.0'],
    [
      'within a quoted text',
      'apiVersion: v2\nname: shop\ndescription: "a\n name: no\n b"\nversion: 1.0.0\n',
      'shop 1.0.0',
    ],
    ['by an anchor', 'apiVersion: v2\nname: &n shop\nversion: 1.0.0\nsources: [*n]\n', 'shop 1.0.0'],
    ['in flow style', '{apiVersion: v2, name: shop, version: 1.0.0}', 'shop 1.0.0'],
    ['with a number for a version', 'apiVersion: v2\nname: shop\nversion: 1\n', 'shop 1'],
  ])('is read %s', async (_, text, wanted) => {
    const { name, version, noChart } = await readChartFile(text, '/x/folder');
    expect([`${name} ${version}`, noChart]).toEqual([wanted, undefined]);
  });
  it('of 8,000 spaces is read at once', async () => {
    expect(
      await readChartFile(`apiVersion: v2\nname: shop\nversion: 1.0.0\ntype:${' '.repeat(8_000)}x y z"\n`, '/x'),
    ).toBeDefined();
  });
});

it('ends, whatever a .helmignore says', async () => {
  const deep = 'a'.repeat(60);
  const path = folder({
    ...faulty('shop'),
    'shop/.helmignore': `${'*a'.repeat(25)}b\n`,
    [`shop/charts/${deep}/Chart.yaml`]: chartYaml('inner'),
  });
  expect((await linted(path)).charts).toContain('shop backoff-limit error');
});

it('--files: any file below a chart stands for it, since a template can read it', () => {
  const path = folder({ ...faulty('shop'), 'shop/sql/001.sql': 'create table a ();', 'shop/rendered/a.yaml': '' });
  expect(runCli(['--files', 'shop/sql/001.sql', '--rule', 'backoff-limit'], { cwd: path }).code).toBe(1);
  expect(runCli(['--files', 'shop/rendered/a.yaml'], { cwd: path }).code).toBe(0);
});

it('lists a link to a chart that it does not follow', async () => {
  const path = folder({ ...faulty('charts/shop'), ...faulty('elsewhere/other') });
  symlinkSync('../elsewhere/other', join(path, 'charts/other'));
  const { passedOver } = await linted(join(path, 'charts'), path);
  expect(passedOver).toEqual(['charts/other: a link to a chart; name it to lint it']);
});

it('lists a folder that it cannot search, since its name is not UTF-8', async () => {
  const path = folder({ ...faulty('shop'), ...faulty('other') });
  renameSync(join(path, 'shop'), Buffer.from(`${path}/sh\xffp`, 'latin1'));
  mkdirSync(join(path, 'sh\ufffdp'));
  const { passedOver } = await linted(path);
  expect(passedOver).toContain('sh\ufffdp: its name is not plain UTF-8: not searched');
});
