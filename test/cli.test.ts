// The command line as people use it: the built file, run as a process.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './chart/cli.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';
import { shellCommand } from './program/command.ts';

let helm: string;
let folder: string;

beforeAll(async () => {
  helm = (await helmBinary('4.2.3')).path;
  folder = mkdtempSync(join(tmpdir(), 'migrate-lint-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const good = () =>
  scratchChart({ 'templates/job.yaml': migrationJob().replace('spec:\n', 'spec:\n  backoffLimit: 1\n') });
const bad = () => scratchChart({ 'templates/job.yaml': migrationJob() });

describe('exit codes', () => {
  it('0 for a chart with nothing to report', () =>
    expect(run([good()])).toMatchObject({ code: 0, stdout: '1 chart, nothing to report\n', stderr: '' }));
  it('1 for a finding at error', () =>
    expect(run([bad()])).toMatchObject({ code: 1, stdout: expect.stringContaining('backoff-limit') }));
  it('1 above --max-warnings', () => {
    const chart = scratchChart({
      'templates/job.yaml': migrationJob().replace('spec:\n', 'spec:\n  backoffLimit: 50\n'),
    });
    expect(run([chart]).code).toBe(0);
    expect(run([chart, '--max-warnings', '1']).code).toBe(0);
    expect(run([chart, '--max-warnings', '0']).code).toBe(1);
  });
  it('2 where one of several charts does not render, and the others are linted', () => {
    const { code, stdout } = run([bad(), scratchChart({ 'templates/x.yaml': '{{ fail "no" }}' })]);
    expect([code, stdout]).toEqual([2, expect.stringMatching(/backoff-limit[\s\S]*failed {2}.*no/)]);
  });
});

describe('places', () => {
  it('are found where the Chart.yaml needs a YAML parser and the folder has another name than the chart', () => {
    const chart = scratchChart({
      'Chart.yaml':
        'apiVersion: v2\nname: "another-name"\nversion: 1.0.0\ndescription: "Sells: things"\nkeywords: [a, b]\n',
      'templates/job.yaml': migrationJob().replace('spec:\n', '\nspec:\n  {{ "backoffLimit" }}: 50\n'),
    });
    const { charts } = JSON.parse(run([chart, '--format', 'json']).stdout) as {
      charts: { findings: { rule: string; location: { line: number; precision?: string } }[] }[];
    };
    const template = readFileSync(join(chart, 'templates/job.yaml'), 'utf8').split('\n');
    const line = template.findIndex((text) => text.includes('backoffLimit')) + 1;
    const { location } = charts[0]!.findings.find(({ rule }) => rule === 'backoff-limit')!;
    expect(location).toMatchObject({ line });
    expect(location.precision).toBeUndefined();
  });
});

describe('bad input gives one clear line and exit 2', () => {
  const cases: [string, () => { args: string[]; input?: string | Buffer }, RegExp][] = [
    [
      'an empty folder',
      () => (mkdirSync(join(folder, 'empty'), { recursive: true }), { args: [join(folder, 'empty')] }),
      /no Chart\.yaml in this folder or below it/,
    ],
    ['nothing at all', () => ({ args: [] }), /name a chart/],
    ['a path that leads nowhere', () => ({ args: ['no/such/chart'] }), /no such file or folder/],
    ['a glob that matches nothing', () => ({ args: ['no/such/*'] }), /matches no chart/],
    [
      'a template error',
      () => ({ args: [scratchChart({ 'templates/x.yaml': 'a: {{ .Values.b.c.d }}\n' })] }),
      /templates\/x\.yaml:1(:\d+)?: .*nil pointer/,
    ],
    [
      'YAML that does not parse',
      () => ({ args: [scratchChart({ 'templates/x.yaml': 'kind: Job\nmetadata:\n  name: a\n name: b\n' })] }),
      /templates\/x\.yaml: renders to invalid YAML/,
    ],
    ['a missing values file', () => ({ args: [bad(), '-f', 'no-such.yaml'] }), /no-such\.yaml/],
    ['binary data on standard input', () => ({ args: ['-'], input: Buffer.from([0, 1, 2, 255, 254]) }), /not text/],
    ['empty standard input', () => ({ args: ['-'] }), /holds no Kubernetes manifests/],
    [
      'missing dependencies',
      () => ({
        args: [
          scratchChart({
            'Chart.yaml':
              'apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n  - name: redis\n    version: 1.0.0\n    repository: https://charts.example.com\n',
          }),
        ],
      }),
      /redis.*helm dependency build/,
    ],
    ['--helm that is not Helm', () => ({ args: [bad(), '--helm', '/bin/true'] }), /\/bin\/true/],
    [
      'an unknown option',
      () => ({ args: ['--formt', 'json', '.'] }),
      /unknown option '--formt'; did you mean --format\?/,
    ],
    ['an unknown format', () => ({ args: [bad(), '--format', 'yaml'] }), /yaml.*stylish, json/],
    ['an unknown rule', () => ({ args: ['explain', 'hook-deadlok'] }), /did you mean hook-deadlock\?/],
    [
      'a baseline that is not there',
      () => ({ args: [bad(), '--baseline', join(folder, 'none.json')] }),
      /no such baseline/,
    ],
    ['--from that is nothing', () => ({ args: [bad(), '--from', 'no-such-ref'] }), /--from/],
  ];
  it.each(cases)('%s', (_, make, message) => {
    const { args, input } = make();
    const { code, stderr, stdout } = run(args, { input });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout + stderr).not.toMatch(/\n {4}at /);
  });
});

describe('the report for people', () => {
  it('says of OptScale how it ends, each cause once, and what shows the rollout, on one screen', () => {
    const { code, stdout } = run(['fixtures/optscale']);
    const lines = stdout.trimEnd().split('\n');
    expect(code).toBe(1);
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    expect(lines.slice(1, 3)).toEqual([
      '  ✗ install hangs: hook 1 of 11, Job/auth-migrations, waits for Service/elk (created later)',
      '  ✓ upgrade passes',
    ]);
    expect(lines.filter((line) => /error {2}hook-/.test(line))).toHaveLength(2);
    expect(stdout).toMatch(/and 10 more: diworker-migrations, .*, …\n/);
    expect(lines.at(-1)).toBe('The rollout: migrate-lint plan fixtures/optscale');
  });

  it('shows every finding with --verbose', () => {
    const { stdout } = run(['fixtures/optscale', '--verbose']);
    expect(stdout.match(/error {2}hook-deadlock/g)).toHaveLength(11);
    expect(stdout.match(/of Job\/.* needs Secret\/mariadb-secret \(env\)/g)).toHaveLength(6);
    expect(stdout).toContain('→ then init container wait-rabbitmq of Job/diworker-migrations waits for');
  });

  it('names the options that the rollout depends on, for a shell', () => {
    const { stdout } = run(['fixtures/optscale', '--set', 'a=b c', '-n', 'it']);
    expect(stdout).toContain("The rollout: migrate-lint plan --set 'a=b c' -n it fixtures/optscale\n");
  });

  it('does not say that a chart passes that has an error of another kind', () => {
    expect(run([bad()]).stdout).toContain('  ! install and upgrade meet no deadlock, but 1 error: backoff-limit\n');
  });
});

describe('reports', () => {
  const ajv = new Ajv({ allErrors: true });
  const valid = ajv.compile(JSON.parse(readFileSync('schema/report.schema.json', 'utf8')) as object);

  it.each([
    ['fixtures/optscale', 17],
    ['fixtures/sql-migrate', 0],
  ])('JSON of %s follows the schema', (chart, errors) => {
    const report = JSON.parse(run([chart, '--format', 'json']).stdout) as { summary: { errors: number } };
    expect(valid(report) || valid.errors).toBe(true);
    expect(report.summary.errors).toBe(errors);
  });

  it('go to files, several at once', () => {
    const [json, sarif] = [join(folder, 'a.json'), join(folder, 'a.sarif')];
    const { code, stdout } = run([
      bad(),
      '--format',
      'json',
      '-o',
      json,
      '--format',
      'sarif',
      '-o',
      sarif,
      '--format',
      'stylish',
    ]);
    expect([
      code,
      JSON.parse(readFileSync(json, 'utf8')).version,
      JSON.parse(readFileSync(sarif, 'utf8')).version,
      stdout,
    ]).toEqual([1, 1, '2.1.0', expect.stringContaining('backoff-limit')]);
  });

  it('annotate pull requests on GitHub by themselves, with a job summary', () => {
    const summary = join(folder, 'summary.md');
    const { stdout } = run(['.'], { cwd: bad(), env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary } });
    expect(stdout).toMatch(/^::error file=templates\/job\.yaml,line=7,col=1,title=migrate-lint%3A backoff-limit::/m);
    expect(readFileSync(summary, 'utf8')).toMatch(/^## migrate-lint: 1 error/);
  });

  it('hold no terminal escapes, commands or markup out of the chart', () => {
    const chart = scratchChart({
      'templates/job.yaml': migrationJob().replace(
        'name: {{ .Release.Name }}-migrate',
        'name: "a\\u001b]0;x\\u0007<b>\\n::error::x|`@me"',
      ),
    });
    for (const format of ['stylish', 'github', 'junit', 'checkstyle', 'markdown', 'gitlab', 'sarif']) {
      const { stdout } = run([chart, '--format', format]);
      expect(stdout, format).not.toMatch(/[\u001b\u0007]/);
      expect(stdout, format).not.toMatch(/^::error::x/m);
      if (/junit|checkstyle|markdown/.test(format)) expect(stdout, format).not.toContain('<b>');
    }
  });

  it('are in colour only where asked', () => {
    const chart = bad();
    expect(run([chart]).stdout).not.toContain('\u001b[');
    expect(run([chart, '--color']).stdout).toContain('\u001b[');
    expect(run([chart], { env: { FORCE_COLOR: '1' } }).stdout).toContain('\u001b[');
    expect(run([chart], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } }).stdout).not.toContain('\u001b[');
  });

  it('survive a reader that goes away', () => {
    const { status, stderr } = spawnSync('sh', ['-c', `${shellCommand()} fixtures/optscale --format json | head -1`], {
      env: { ...process.env, HELM_BIN: helm },
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe('inputs', () => {
  it('a file of a chart stands for the chart, as pre-commit hands it over', () => {
    const chart = bad();
    expect(
      JSON.parse(run([join(chart, 'templates/job.yaml'), join(chart, 'Chart.yaml'), '--format', 'json']).stdout).charts,
    ).toHaveLength(1);
  });
  it('--files passes over what belongs to no chart, and takes the parent for a subchart', () => {
    const chart = scratchChart({
      'templates/job.yaml': migrationJob(),
      'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
    });
    const cwd = join(chart, '..');
    for (const file of ['templates/mail.html', 'ci/deploy.yml', 'files/logo.png']) {
      mkdirSync(join(cwd, file, '..'), { recursive: true });
      writeFileSync(join(cwd, file), 'a: 1\n');
    }
    expect(run(['--files', 'templates/mail.html', 'ci/deploy.yml', 'files/logo.png'], { cwd })).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'migrate-lint: no chart changed\n',
    });
    const { charts, errors } = JSON.parse(
      run(['--files', 'ci/deploy.yml', 'shop/charts/sub/Chart.yaml', 'shop/values.yaml', '--format', 'json'], { cwd })
        .stdout,
    );
    expect([charts, errors]).toMatchObject([[{ path: 'shop', findings: [{ rule: 'backoff-limit' }] }], undefined]);
  });
  it('rendered manifests on standard input, each finding at its own line', () => {
    const input = migrationJob().replace('{{ .Release.Name }}', 'x');
    const { charts } = JSON.parse(run(['-', '--format', 'json'], { input: `\n${input}` }).stdout);
    expect(charts[0].findings[0].location).toMatchObject({ file: '<stdin>', line: 8 });
  });
  it('a folder of charts, a packed one', () => {
    const chart = bad();
    execFileSync(helm, ['package', chart, '-d', folder], { stdio: 'ignore' });
    expect(JSON.parse(run([join(folder, 'shop-1.0.0.tgz'), '--format', 'json']).stdout).summary.errors).toBe(1);
    expect(run(['fixtures/rules/backoff-limit', '--rule', 'backoff-limit', '--format', 'json']).code).toBe(1);
  });
  it('values as for helm, a list of files in one option too', () => {
    const chart = scratchChart({
      'templates/job.yaml': `{{- if and .Values.a .Values.b }}\n${migrationJob()}{{- end }}\n`,
    });
    writeFileSync(join(folder, 'a.yaml'), 'a: true\n');
    writeFileSync(join(folder, 'b.yaml'), 'b: true\n');
    expect(run([chart]).code).toBe(0);
    expect(run([chart, '-f', `${join(folder, 'a.yaml')},${join(folder, 'b.yaml')}`]).code).toBe(1);
    expect(run([chart, '--set', 'a=true', '--set-string', 'b=x']).code).toBe(1);
  });
});

describe('pull requests', () => {
  it('--changed-since lints what changed, against the merge base', () => {
    const repo = mkdtempSync(join(folder, 'repo-'));
    const git = (...args: string[]) =>
      execFileSync(
        'git',
        ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'init.defaultBranch=main', ...args],
        { cwd: repo, stdio: 'ignore' },
      );
    const write = (path: string, text: string) => (
      mkdirSync(join(repo, path, '..'), { recursive: true }),
      writeFileSync(join(repo, path), text)
    );
    for (const name of ['one', 'two']) {
      write(`${name}/Chart.yaml`, `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`);
      write(`${name}/templates/job.yaml`, migrationJob().replace(/ {2}annotations:\n.*\n/, ''));
    }
    git('init', '-q');
    git('add', '-A');
    git('commit', '-qm', 'first');
    git('checkout', '-qb', 'work');
    expect(run(['.', '--changed-since', 'main'], { cwd: repo })).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('no chart changed since main'),
    });
    write(
      'two/templates/job.yaml',
      migrationJob()
        .replace(/ {2}annotations:\n.*\n/, '')
        .replace('shop:1.0.0', 'shop:1.1.0'),
    );
    const { charts } = JSON.parse(
      run(['.', '--changed-since', 'main', '--rule', 'immutable-job', '--format', 'json'], { cwd: repo }).stdout,
    );
    expect(charts).toMatchObject([{ path: 'two', findings: [{ rule: 'immutable-job', severity: 'error' }] }]);
    expect(run(['.', '--changed-since', '--upload-pack=x'], { cwd: repo })).toMatchObject({ code: 2 });
    expect(run(['chrats', '--changed-since', 'main'], { cwd: repo })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('chrats: no such file or folder'),
    });
    rmSync(join(repo, 'two'), { recursive: true });
    expect(run(['two', '--changed-since', 'main'], { cwd: repo })).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('no chart changed'),
    });
  });
});

it('baseline and fix work from the command line', () => {
  const chart = bad();
  const baseline = join(folder, 'base.json');
  expect(run([chart, '--baseline', baseline, '--update-baseline']).code).toBe(0);
  expect(run([chart, '--baseline', baseline]).code).toBe(0);
  expect(run(['.', '--fix-dry-run'], { cwd: chart }).stdout).toContain('+  backoffLimit: 1\n');
  expect(run([chart, '--fix']).code).toBe(0);
  expect(readFileSync(join(chart, 'templates/job.yaml'), 'utf8')).toContain('  backoffLimit: 1\n');
});

it('--version, rules, explain and completion answer', () => {
  expect(run(['--version']).stdout).toMatch(
    /^migrate-lint \d+\.\d+\.\d+ \(Helm 4\.\d+\.\d+ where none is named or on PATH\)\n$/,
  );
  expect(run(['--version', '--verbose']).stdout).toMatch(
    /^migrate-lint \S+\nHelm v?4\.2\.3 \(HELM_BIN: .*\)\nNode v\d+\S*\n$/,
  );
  expect(JSON.parse(run(['rules', '--format', 'json']).stdout).length).toBeGreaterThan(20);
  expect(run(['explain', 'hook-deadlock']).stdout).toContain('## How to fix it');
  for (const shell of ['bash', 'zsh', 'fish']) expect(run(['completion', shell]).stdout).toContain('migrate-lint');
});

describe('commands', () => {
  it('take --help, and refuse options that are not theirs', () => {
    expect(run(['rules', '--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Usage: migrate-lint rules /),
    });
    expect(run(['explain', '--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('explain [options] [rule]'),
    });
    expect(run(['--help']).stdout).toMatch(/Commands:\n {2}init .*\n/);
    for (const [args, message] of [
      [['rules', '--quiet'], "unknown option '--quiet'"],
      [['rules', '--nosuch'], "unknown option '--nosuch'"],
      [['rules', '--format', 'markdown'], 'Allowed choices are text, json'],
      [['rules', 'more'], 'too many arguments'],
      [['completion'], "missing required argument 'shell'"],
      [['--quiet', 'rules'], 'rules: no such file or folder; as a command it is the first word'],
    ] as const)
      expect([args, run([...args], { cwd: folder })]).toEqual([
        args,
        { code: 2, stdout: '', stderr: expect.stringContaining(message) },
      ]);
  });

  it('are not taken for a folder of charts of their name, nor a folder for them', () => {
    const parent = mkdtempSync(join(folder, 'named-'));
    cpSync('fixtures/rules/backoff-limit/bad', join(parent, 'rules'), { recursive: true });
    expect(run(['rules'], { cwd: parent })).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^migrate-lint: rules is a command, .*: write \.\/rules to lint it.*\n$/),
    });
    const only = ['--rule', 'backoff-limit'];
    for (const args of [
      ['./rules', ...only],
      [...only, 'rules'],
      [...only, '--', 'rules'],
      ['rules', '--files', ...only],
    ])
      expect([args, run(args, { cwd: parent }).code]).toEqual([args, args.includes('--files') ? 0 : 1]);
  });

  it('run beside a folder of their name that holds no chart', () => {
    const parent = mkdtempSync(join(folder, 'named-'));
    mkdirSync(join(parent, 'rules'));
    expect(run(['rules'], { cwd: parent })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('hook-deadlock'),
    });
  });
});

it('takes no program from the folder that is linted', () => {
  const chart = bad();
  writeFileSync(join(chart, 'helm'), '#!/bin/sh\ntouch owned\n');
  chmodSync(join(chart, 'helm'), 0o755);
  run(['.'], { cwd: chart });
  expect(existsSync(join(chart, 'owned'))).toBe(false);
});
