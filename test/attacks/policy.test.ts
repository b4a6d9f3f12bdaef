// Promises about policies and baselines: what a change may not decide about itself, and what a policy that was only
// found may not read.
import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../chart/cli.ts';
import { chartYaml, goodJob, hookJob, Scratch } from './repository.ts';

const scratch = (files: Record<string, string> = {}) =>
  new Scratch().write({ 'charts/shop/Chart.yaml': chartYaml(), 'charts/shop/templates/job.yaml': goodJob, ...files });
const lint = (here: Scratch, ...args: string[]) => {
  const { code, stdout, stderr } = run(['charts', ...args], { cwd: here.root });
  return { code, said: stdout + stderr };
};

describe('does not read outside of the repository for a policy that was only found', () => {
  const cases: [string, string][] = [
    ['values', 'scenarios: [{ name: x, values: [../outside/secret.yaml] }]\n'],
    ['values behind a link', 'scenarios: [{ name: x, values: [link.yaml] }]\n'],
    ['values in .git', 'scenarios: [{ name: x, values: [.git/config] }]\n'],
    ['extends', 'extends: ../outside/secret.yaml\n'],
    ['extends behind a link', 'extends: ./link.yaml\n'],
    ['from', 'scenarios: [{ name: x, from: ../outside/secret.yaml }]\n'],
  ];
  it.each(cases)('%s', (_, text) => {
    const here = scratch({ '.migrate-lint.yaml': text });
    here.write({
      'charts/shop/templates/job.yaml': hookJob().replace('migrate\n', '{{ .Values.token | default "no" }}\n'),
    });
    writeFileSync(join(here.outside, 'secret.yaml'), 'token: token-1234\n');
    symlinkSync(join(here.outside, 'secret.yaml'), join(here.root, 'link.yaml'));
    const { code, said } = lint(here);
    expect(said).not.toContain('token');
    expect([code, said]).toEqual([
      2,
      expect.stringMatching(/is not read: it leads (?:out of the repository|into \.git)/),
    ]);
  });

  it('the policy itself, a link', () => {
    const here = scratch();
    writeFileSync(join(here.outside, 'secret.yaml'), 'token-1234: x\n');
    symlinkSync(join(here.outside, 'secret.yaml'), join(here.root, '.migrate-lint.yaml'));
    const { code, said } = lint(here);
    expect(said).not.toContain('token');
    expect([code, said]).toEqual([2, expect.stringContaining('is not read: it leads out of the repository')]);
  });
});

it("does not lose the repository's policy to a `.git` in the chart", () => {
  const here = scratch({ '.migrate-lint.yaml': 'rules: { backoff-limit: off }\n', 'charts/shop/.git/x': '' });
  here.write({ 'charts/shop/templates/job.yaml': hookJob() });
  expect(lint(here).code).toBe(0);
});

describe('does not let a change decide how it is judged', () => {
  const off = 'rules: { backoff-limit: off }\n';
  it.each([
    ['a new policy', {}, { '.migrate-lint.yaml': off }],
    ['a nearer policy', { '.migrate-lint.yaml': 'rules: {}\n' }, { 'charts/shop/.migrate-lint.yaml': off }],
    ['an edited policy', { '.migrate-lint.yaml': 'rules: {}\n' }, { '.migrate-lint.yaml': off }],
    [
      'an edited file that the policy extends',
      { '.migrate-lint.yaml': 'extends: ./team.yaml\n', 'team.yaml': 'rules: {}\n' },
      { 'team.yaml': off },
    ],
  ])('%s', (_, before, after) => {
    const here = scratch(before);
    const first = here.commit();
    here.write({ ...after, 'charts/shop/templates/job.yaml': hookJob() }).commit();
    const { code, said } = lint(here, '--changed-since', first);
    expect([code, said]).toEqual([1, expect.stringContaining('backoff-limit')]);
    expect(said).toMatch(/info +policy-changed/);
    // Who trusts the change says so.
    expect(lint(here, '--changed-since', first, '--policy-from', 'HEAD').code).toBe(0);
  });

  it('a policy that is the same is not reported, and holds', () => {
    const here = scratch({ '.migrate-lint.yaml': 'extends: ./team.yaml\n', 'team.yaml': off });
    const first = here.commit();
    here.write({ 'charts/shop/templates/job.yaml': hookJob() }).commit();
    const { code, said } = lint(here, '--changed-since', first);
    expect([code, said]).toEqual([0, expect.not.stringContaining('policy-changed')]);
  });

  it('a baseline of its own', () => {
    const here = scratch();
    const first = here.commit();
    here.write({ 'charts/shop/templates/job.yaml': hookJob() });
    lint(here, '--baseline', 'base.json', '--update-baseline');
    here.commit();
    expect(existsSync(join(here.root, 'base.json'))).toBe(true);
    const { code, said } = lint(here, '--changed-since', first, '--baseline', 'base.json');
    expect([code, said]).toEqual([1, expect.stringContaining(`base.json differs from ${first}; it is not there`)]);
    expect(lint(here, '--baseline', 'base.json', '--baseline-from', 'HEAD').code).toBe(0);
  });
});

describe('does not run a plugin of the change', () => {
  const rule = (effect: string) =>
    `import { writeFileSync } from 'node:fs';\n${effect}\nexport default { id: 'own', title: 'x', severity: 'error', *check() {} };\n`;
  it('but that of the base commit, with what it imports there', () => {
    const here = scratch({
      '.migrate-lint.yaml': 'plugins: [rules/own.mjs]\n',
      'rules/own.mjs': `import './more.mjs';\n${rule('')}`,
    });
    here.write({
      'rules/more.mjs': `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(join(here.outside, 'base'))}, '');\n`,
    });
    const first = here.commit();
    const bad = `writeFileSync(${JSON.stringify(here.marker)}, '');`;
    here
      .write({ 'rules/own.mjs': rule(bad), 'rules/more.mjs': rule(bad), 'charts/shop/values.yaml': 'a: 1\n' })
      .commit();
    const { code, said } = lint(here, '--changed-since', first);
    expect(here.attacked).toBe(false);
    expect(existsSync(join(here.outside, 'base'))).toBe(true);
    expect([code, said]).toEqual([0, expect.stringContaining('policy-changed')]);
  });
});

describe('does not pass over a change that the verdict depends on', () => {
  const values = {
    '.migrate-lint.yaml': 'scenarios: [{ name: x, values: [values/x.yaml] }]\n',
    'values/x.yaml': 'a: 1\n',
  };
  const cases: [string, Record<string, string>, (here: Scratch) => void][] = [
    ['the values of a scenario', values, (here) => here.write({ 'values/x.yaml': 'a: 2\n' })],
    [
      'the policy',
      { '.migrate-lint.yaml': 'rules: {}\n' },
      (here) => here.write({ '.migrate-lint.yaml': 'preset: all\n' }),
    ],
    [
      'what the policy extends',
      { '.migrate-lint.yaml': 'extends: ./a.yaml\n', 'a.yaml': 'rules: {}\n' },
      (here) => here.write({ 'a.yaml': 'extends: all\n' }),
    ],
    [
      'a policy that is gone',
      { '.migrate-lint.yaml': 'rules: {}\n' },
      (here) => rmSync(join(here.root, '.migrate-lint.yaml')),
    ],
    [
      'a file behind a link of the chart',
      { 'common/a.yaml': 'a: 1\n' },
      (here) => here.write({ 'common/a.yaml': 'a: 2\n' }),
    ],
    [
      'a chart behind a flow-style file:// dependency',
      {
        'charts/shop/Chart.yaml': `${chartYaml()}dependencies: [{name: lib, version: 1.0.0, repository: file://../../lib}]\n`,
        'lib/Chart.yaml': chartYaml('lib'),
        'charts/shop/charts/lib/Chart.yaml': chartYaml('lib'),
      },
      (here) => here.write({ 'lib/templates/a.yaml': 'a: 1\n' }),
    ],
  ];
  it.each(cases)('%s', (_, files, change) => {
    const here = scratch(files);
    if (files['common/a.yaml']) symlinkSync('../../common', join(here.root, 'charts/shop/files'));
    const first = here.commit();
    expect(lint(here, '--changed-since', first).said).toContain('no chart changed');
    change(here);
    expect(lint(here, '--changed-since', first).said).not.toContain('no chart changed');
  });

  it('a submodule that moved', () => {
    const library = scratch();
    library.commit();
    const here = new Scratch();
    here.git('submodule', 'add', '-q', library.root, 'charts');
    const first = here.commit();
    expect(lint(here, '--changed-since', first).said).toContain('no chart changed');
    library.write({ 'charts/shop/templates/job.yaml': hookJob() }).commit();
    here.gitIn('charts', 'pull', '-q');
    here.commit();
    const { code, said } = lint(here, '--changed-since', first);
    expect([code, said]).toEqual([1, expect.stringContaining('backoff-limit')]);
  });
});

it('--from finds a chart whose folder was renamed', () => {
  const job = goodJob.replace(/ {2}annotations:\n.*\n/, '');
  const here = scratch({ 'charts/shop/templates/job.yaml': job });
  const first = here.commit();
  here.git('mv', 'charts/shop', 'charts/store');
  here.write({ 'charts/store/templates/job.yaml': job.replace('1.0.0', '1.1.0') }).commit();
  const { code, said } = lint(here, '--changed-since', first, '--rule', 'immutable-job', '--verbose');
  expect([code, said]).toEqual([1, expect.stringContaining('immutable-job')]);
  expect(said).toContain('compared with charts/shop of');
});
