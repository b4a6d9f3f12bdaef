// A stranger's way to a gate: the commands of the tutorial, then what runs them on GitHub and GitLab. `npm pack` stands in
// for the registry.
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { helmBinary } from '../helm/binaries.ts';
import { checkoutCopy, blocksIn, must, npmTools, packageJson, packed, run, scratchFolder, shellEnv } from './tools.ts';

const folder = scratchFolder();
const shop = join(folder, 'shop');
const { version } = packageJson();
const [setUp, breakIt, mendIt] = blocksIn(readFileSync('docs/tutorial.md', 'utf8'), 'sh');
let env: NodeJS.ProcessEnv;
let archive: string;

const bash = (script: string, cwd: string, more: NodeJS.ProcessEnv = {}) =>
  run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], { cwd, env: { ...env, ...more } });

beforeAll(async () => {
  env = shellEnv({ HELM_BIN: (await helmBinary('4.2.3')).path });
  archive = packed(checkoutCopy());
  // Programs, pre-commit before 4.6 among them, read the name out of the output of `npm pack`.
  expect(basename(archive)).toBe(`migrate-lint-${version}.tgz`);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  must('npm', ['install', '--offline', '--no-audit', '--no-fund', archive], { cwd: folder, env });
  env['PATH'] = [join(folder, 'node_modules/.bin'), env['PATH']].join(delimiter);
});

describe('from nothing to a gate', () => {
  it('a chart on main', () => expect(bash(setUp!, folder)).toMatchObject({ code: 0 }));

  it('a branch with a hook that hangs exits 1 and says why', () => {
    const { code, stdout } = bash(breakIt!, shop);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^charts\/shop [^]*^ +templates\/migrate\.yaml:\d+:\d+ +error +hook-deadlock/m);
    expect(stdout).toContain('Job/shop-migrate waits for Service/shop-db, but Helm creates it only after the hook');
    must('git', ['clone', '--quiet', '--branch', 'migrations', shop, join(folder, 'bad')], { env });
  });

  it('the mended one exits 0', () => {
    const { code, stdout } = bash(mendIt!, shop);
    expect([code, stdout]).toEqual([0, expect.stringContaining('1 chart, nothing to report\n')]);
    must('git', ['clone', '--quiet', '--branch', 'migrations', shop, join(folder, 'good')], { env });
  });
});

interface Action {
  inputs: Record<string, { default: string }>;
  runs: { steps: { run?: string; env?: Record<string, string> }[] };
}

describe('the GitHub action', () => {
  const action = parse(readFileSync('action.yml', 'utf8')) as Action;
  /** Its step as the runner calls it; the runner itself runs on GitHub only. */
  const step = (repo: string, inputs: Record<string, string>, summary: string) => {
    const { run: script, env: names } = action.runs.steps.find(({ run }) => run !== undefined)!;
    const input = (name: string) => inputs[name] ?? action.inputs[name]!.default;
    const values = Object.fromEntries(
      Object.entries(names!).map(([name, value]) => [
        name,
        value
          .replace(/\$\{\{ inputs\.([\w-]+) \}\}/, (_, id: string) => input(id))
          .replace('${{ github.action_path }}', resolve('.')),
      ]),
    );
    return bash(script!, join(folder, repo), { ...values, GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary });
  };

  it('fails the check, annotates the line and writes the summary', () => {
    const summary = join(folder, 'summary.md');
    const { code, stdout } = step('bad', { charts: 'charts', 'changed-since': 'origin/main' }, summary);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^::error file=charts\/shop\/templates\/migrate\.yaml,line=17,col=\d+,title=migrate-lint%3A hook-deadlock::Job\/shop-migrate waits for Service\/shop-db/m,
    );
    expect(readFileSync(summary, 'utf8')).toMatch(/^## migrate-lint: 1 error/);
  });

  it('passes a good branch, and takes more options', () => {
    const { code, stdout } = step(
      'good',
      {
        charts: 'charts/shop\n\ncharts\n',
        'changed-since': 'origin/main',
        args: '--rule hook-deadlock\n--format json\n',
      },
      join(folder, 'none.md'),
    );
    expect([code, (JSON.parse(stdout) as { charts: { path: string }[] }).charts.map(({ path }) => path)]).toEqual([
      0,
      ['charts/shop'],
    ]);
  });
});

// The newest that runs on Node 20.
const gitlab = npmTools('gitlab-ci-local', ['gitlab-ci-local@4.61.0']);

describe.skipIf(!gitlab)('the GitLab template, run by gitlab-ci-local', () => {
  const pipeline = (repo: string, source: string) => {
    const cwd = join(folder, repo);
    // It copies the tree for jobs in containers with rsync, which not every machine has; this job has none and runs in
    // the tree itself.
    const programs = join(folder, 'programs');
    mkdirSync(programs, { recursive: true });
    writeFileSync(join(programs, 'rsync'), '#!/bin/sh\n');
    chmodSync(join(programs, 'rsync'), 0o755);
    // Instead of the registry's package, this one.
    writeFileSync(
      join(programs, 'npm'),
      `#!/bin/bash\nexec '${join(dirname(process.execPath), 'npm')}' "\${@/#migrate-lint@*/${archive}}"\n`,
    );
    chmodSync(join(programs, 'npm'), 0o755);
    mkdirSync(join(cwd, 'ci'), { recursive: true });
    cpSync('ci/gitlab.yml', join(cwd, 'ci/gitlab.yml'));
    writeFileSync(join(cwd, '.gitlab-ci.yml'), 'include:\n  - local: ci/gitlab.yml\n');
    const variables = [
      `CI_PIPELINE_SOURCE=${source}`,
      'CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main',
      'MIGRATE_LINT_CHARTS=charts',
    ];
    return run(
      join(gitlab!, '.bin/gitlab-ci-local'),
      ['--force-shell-executor', ...variables.flatMap((variable) => ['--variable', variable])],
      { cwd, env: { ...env, PATH: [programs, env['PATH']].join(delimiter) } },
    );
  };

  it('fails a merge request with a finding and leaves a code quality report', () => {
    const { code, stdout } = pipeline('bad', 'merge_request_event');
    expect([code, stdout]).toEqual([1, expect.stringContaining('hook-deadlock')]);
    const report = JSON.parse(readFileSync(join(folder, 'bad/gl-code-quality-report.json'), 'utf8')) as unknown;
    expect(report).toMatchObject([
      {
        check_name: 'hook-deadlock',
        severity: 'critical',
        location: { path: 'charts/shop/templates/migrate.yaml', lines: { begin: 17 } },
      },
    ]);
  });

  it('passes a good one, and stays away from other pipelines', () => {
    expect(pipeline('good', 'merge_request_event')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 chart, nothing to report'),
    });
    expect(pipeline('bad', 'push').stdout).not.toContain('hook-deadlock');
  });
});
