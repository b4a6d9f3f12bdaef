// A team's own rules, through the built program: a test runner's own module loader would stand between.
import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './chart/cli.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';

const example = /```ts\n(\/\/ team-rules\.ts\n[\s\S]*?)```/.exec(readFileSync('docs/policy.md', 'utf8'))?.[1] ?? '';
const limited = migrationJob().replace('spec:\n', 'spec:\n  backoffLimit: 3\n');
const policy = 'plugins: [./team-rules.js]\n';
const chart = (plugin: string | undefined, files: Record<string, string> = {}) =>
  scratchChart({
    'templates/job.yaml': limited,
    '.migrate-lint.yaml': policy,
    ...(plugin !== undefined && { 'team-rules.js': plugin }),
    ...files,
  });

describe('the example of the docs', () => {
  const found = (folder: string, ...args: string[]) => {
    const { code, stdout, stderr } = run(['.', '--plugins', '--format', 'json', ...args], { cwd: folder });
    expect([stderr, code]).toEqual(['', expect.any(Number)]);
    return (
      JSON.parse(stdout) as { charts: { findings: { rule: string; severity: string; message: string }[] }[] }
    ).charts[0]!.findings.map(({ rule, severity, message }) => `${rule} ${severity}: ${message}`);
  };
  it('finds what it says, and is quiet where all is well', () => {
    expect(found(chart(example))).toEqual(['team/owner-label warning: Job/release-name-migrate has no label team']);
    expect(
      found(
        chart(example, {
          'templates/job.yaml': limited.replace('  annotations:', '  labels: {team: shop}\n  annotations:'),
        }),
      ),
    ).toEqual([]);
  });
  it('takes severity and options of the policy, and can be the only rule', () => {
    const strict = chart(example, {
      '.migrate-lint.yaml': `${policy}rules:\n  team/owner-label: [error, {label: owner}]\n`,
    });
    expect(found(strict)).toEqual(['team/owner-label error: Job/release-name-migrate has no label owner']);
    expect(found(strict, '--rule', 'team/owner-label')).toHaveLength(1);
    expect(found(strict, '--rule', 'backoff-limit')).toEqual([]);
    expect(run(['.', '--plugins', '--rule', 'team/owner-lable'], { cwd: strict })).toMatchObject({
      code: 2,
      stderr: 'migrate-lint: there is no rule team/owner-lable; did you mean team/owner-label?\n',
    });
  });
  it('is known to directives', () => {
    const quiet = chart(example, { 'templates/job.yaml': `# migrate-lint-disable team/owner-label\n${limited}` });
    expect(found(quiet, '--report-unused-disable-directives')).toEqual([]);
  });
  it('is well typed', () => {
    const folder = chart(undefined, {
      'team-rules.ts': example,
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          module: 'nodenext',
          target: 'es2023',
          skipLibCheck: true,
          types: ['node'],
          typeRoots: [resolve('node_modules/@types')],
          paths: { 'migrate-lint': [resolve('src/index.ts')] },
          allowImportingTsExtensions: true,
        },
        files: ['team-rules.ts'],
      }),
    });
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    expect(tsc(folder)).toBe('');
  });
});

function tsc(folder: string): string {
  return spawnSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' })
    .stdout;
}

it.each([
  [
    'that was only found is not run',
    'throw new Error("ran");',
    [],
    /^migrate-lint: \.migrate-lint\.yaml:1:1: plugins are programs, .*--plugins/,
  ],
  [
    'of a policy that --config names is not run',
    'throw new Error("ran");',
    ['--config', '.migrate-lint.yaml'],
    /^migrate-lint: \.migrate-lint\.yaml:1:1: plugins are programs, .*--plugins/,
  ],
  ['that is not there', undefined, ['--plugins'], /1:11: no such plugin/],
  ['with a fault in it', 'export default {;', ['--plugins'], /team-rules\.js: .*xpected/],
  ['that throws', '\nthrow new Error("ran");', ['--plugins'], /team-rules\.js: line 2: ran$/m],
  ['without a default', 'export const a = 1;', ['--plugins'], /exports a rule, or a list of rules, as default/],
  ['that is no rule', 'export default 3;', ['--plugins'], /exports number where a rule is expected/],
  ['without a check', 'export default { id: "a-b", title: "x" };', ['--plugins'], /rule a-b has no function check/],
  [
    'with an id of ours',
    'export default { id: "hook-deadlock", title: "x", *check() {} };',
    ['--plugins'],
    /there is a rule hook-deadlock already/,
  ],
  [
    'with a severity that is none',
    'export default { id: "a-b", title: "x", severity: "bad", *check() {} };',
    ['--plugins'],
    /severity is error, warning or info/,
  ],
  [
    'whose check throws',
    'export default { id: "a-b", title: "x", *check() { null.x; } };',
    ['--plugins'],
    /rule a-b: .*\bnull\b/,
  ],
  [
    'whose report is none',
    'export default { id: "a-b", title: "x", *check() { yield 3; } };',
    ['--plugins'],
    /rule a-b: yielded something/,
  ],
])('a plugin %s is one clear line and exit 2', (_, plugin, args, message) => {
  // Where the plugin fails in the middle, the findings of the other rules are reported too.
  const { code, stdout, stderr } = run(['.', ...args], { cwd: chart(plugin) });
  expect(code).toBe(2);
  const told = (stderr || stdout).split('\n').filter((line) => message.test(line));
  expect(told).toHaveLength(1);
  expect(stdout + stderr).not.toMatch(/\n {4}at /);
});

it('--no-plugins lints without them', () => {
  expect(run(['.', '--no-plugins'], { cwd: chart('throw new Error("ran");') })).toMatchObject({ code: 0, stderr: '' });
});
