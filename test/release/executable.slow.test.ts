// The executable of this machine: that it needs no Node, prints what the package prints, and obeys nothing that a
// checkout brings.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../scripts/release/archive.ts';
import { migrationJob, scratchChart } from '../chart/scratch.ts';
import { helmBinary } from '../helm/binaries.ts';
import { command } from '../program/command.ts';
import { run, scratchFolder } from '../integrations/tools.ts';
import { executableHere } from './executable.ts';

let executable: string;
let helm: string;
beforeAll(async () => {
  executable = executableHere();
  helm = (await helmBinary('4.2.3')).path;
});
afterAll(() => rmSync(dirname(executable), { recursive: true, force: true }));

it('is the same, byte for byte, when it is built again', () => {
  const again = executableHere();
  try {
    expect(sha256(readFileSync(again))).toBe(sha256(readFileSync(executable)));
  } finally {
    rmSync(dirname(again), { recursive: true, force: true });
  }
});

it.each([
  [['fixtures/optscale'], 1],
  [['fixtures/sql-migrate'], 0],
  [['fixtures/optscale', '--format', 'sarif'], 1],
  [['plan', 'fixtures/optscale'], 0],
  [['rules'], 0],
  [['nowhere'], 2],
])('prints what the package prints: %j', (args, code) => {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], HELM_BIN: helm };
  const [node, ...first] = command();
  const ours = run(executable, args, { env });
  expect(ours.code).toBe(code);
  expect(ours).toEqual(run(node, [...first, ...args], { env }));
});

it('says what runs it', () => {
  const { stdout } = run(executable, ['--version', '--verbose'], { env: { HELM_BIN: helm } });
  expect(stdout).toMatch(/^migrate-lint \S+\nHelm 4\.2\.3 .*\nBun \d+\.\d+\.\d+ \(executable\)\n$/);
});

const rootless = process.platform !== 'linux' || process.getuid?.() !== 0;
it.skipIf(rootless)('lints OptScale in a root that holds nothing but the executable, Helm and their libraries', () => {
  const root = scratchFolder();
  for (const folder of ['bin', 'tmp', 'proc', 'dev']) mkdirSync(join(root, folder));
  writeFileSync(join(root, 'dev/null'), '');
  cpSync(executable, join(root, 'bin/migrate-lint'));
  cpSync(helm, join(root, 'bin/helm'));
  for (const [library] of execFileSync('ldd', [executable], { encoding: 'utf8' }).matchAll(/\/\S+/g)) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    cpSync(library, join(root, library), { dereference: true });
  }
  cpSync('fixtures/optscale', join(root, 'optscale'), { recursive: true });
  // What every container has: Bun reads /proc, and Helm's standard input is /dev/null.
  const script =
    'mount -t proc proc "$0/proc" && mount --bind /dev/null "$0/dev/null" && exec env -i PATH=/bin "$(command -v chroot)" "$0" /bin/migrate-lint "$@"';
  const inside = (...args: string[]) => run('unshare', ['-m', '-p', '-f', 'sh', '-c', script, root, ...args]);
  const { code, stdout, stderr } = inside('optscale');
  expect([code, stderr]).toEqual([1, '']);
  expect(stdout).toMatch(/hook-deadlock/);
  expect(inside('nowhere')).toMatchObject({ code: 2, stderr: expect.stringMatching(/^migrate-lint: [^\n]+\n$/) });
  rmSync(join(root, 'bin/helm'));
  expect(inside('optscale')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^migrate-lint: optscale: Helm is missing: [^\n]*no npm[^\n]*\n$/m),
  });
});

describe('obeys nothing of the checkout', () => {
  const marker = () => join(scratchFolder(), 'marker');
  const lintIn = (files: Record<string, string>) => {
    const chart = scratchChart({ 'templates/job.yaml': migrationJob(), ...files });
    return run(executable, ['.'], {
      cwd: chart,
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', HELM_BIN: helm },
    });
  };
  it('.env, bunfig.toml, tsconfig.json, package.json, node_modules', () => {
    const file = marker();
    const evil = `require('fs').writeFileSync(${JSON.stringify(file)}, '');`;
    const { code, stdout } = lintIn({
      '.env': `NO_COLOR=\nFORCE_COLOR=1\nHELM_BIN=./evil\nBUN_OPTIONS="--preload ./evil.js"\n`,
      'bunfig.toml': 'preload = ["./evil.js"]\n[run]\npreload = ["./evil.js"]\n',
      'tsconfig.json': '{ "compilerOptions": { "paths": { "*": ["./evil.js"] } } }',
      'package.json': '{ "name": "x", "imports": { "#x": "./evil.js" }, "main": "evil.js" }',
      'evil.js': evil,
      'node_modules/commander/index.js': evil,
      'node_modules/commander/package.json': '{ "name": "commander", "main": "index.js" }',
      'node_modules/execa/index.js': evil,
      'node_modules/yaml/index.js': evil,
    });
    expect(code).toBe(1);
    expect(stdout).not.toContain('\u001b[');
    expect(existsSync(file)).toBe(false);
  });
  it('but a plugin in TypeScript, where --plugins allows it', () => {
    const chart = scratchChart({
      'templates/job.yaml': migrationJob(),
      '.migrate-lint.yaml': 'plugins: [./rules.ts]\n',
      'rules.ts': `import { defineRule, type Rule } from 'migrate-lint';
export default defineRule({ id: 'team/x', title: 'x', severity: 'warning', preset: 'recommended', why: '', fix: '', off: '', see: [],
  *check({ release }): Generator<never> { for (const job of release.jobs) yield { at: job.resource.place('kind'), message: 'seen' as string } as never; } }) satisfies Rule;
`,
    });
    const env = { PATH: process.env['PATH'], HELM_BIN: helm };
    expect(run(executable, ['.', '--plugins', '--rule', 'team/x'], { cwd: chart, env })).toMatchObject({
      stderr: '',
      stdout: expect.stringContaining('team/x'),
    });
    writeFileSync(join(chart, 'rules.ts'), 'import missing from "left-pad"; export default missing;\n');
    expect(run(executable, ['.', '--plugins'], { cwd: chart, env })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/rules\.ts: Cannot find package 'left-pad'[^\n]*\n$/),
    });
  });
});

it('ends by the signal that it was sent', () => {
  const chart = scratchChart({ 'templates/job.yaml': migrationJob() });
  const slow = join(scratchFolder(), 'helm');
  writeFileSync(slow, '#!/bin/sh\nkill -TERM $PPID\nsleep 60\n', { mode: 0o755 });
  expect(spawnSync(executable, [chart, '--helm', slow], { env: { PATH: process.env['PATH'] } }).signal).toBe('SIGTERM');
});
