// Plans as people see them: the built program on fixtures, compared with the text beside this file (`npm run docs`
// writes it anew).
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../chart/cli.ts';
import { migrationJob, scratchChart } from '../chart/scratch.ts';

describe('migrate-lint plan', () => {
  it.each([
    ['optscale', ['fixtures/optscale']],
    ['atlas', ['fixtures/atlas']],
    ['sql-migrate-all', ['fixtures/sql-migrate', '--all']],
    ['sql-migrate-flux', ['fixtures/sql-migrate', '--engine', 'flux']],
    ['wait-for-job', ['fixtures/wait-for-job']],
    ['readme', ['fixtures/readme']],
    ['cycle', ['fixtures/rules/dependency-cycle/bad']],
    ['condition', ['fixtures/rules/dependency-cycle/bad-condition', '--wait']],
    ['wait', ['fixtures/rules/wait-deadlock/bad', '--wait']],
    ['argocd', ['fixtures/rules/wait-deadlock/bad-five-workloads', '--engine', 'argocd']],
    ['in-vain', ['fixtures/rules/hook-deadlock/bad-in-vain']],
    ['scenarios', ['fixtures/rules/not-judged/good']],
  ])('of %s', async (name, args) => {
    const { code, stdout, stderr } = run(['plan', ...args]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
    expect(stdout).not.toContain('\u001b');
    await expect(stdout).toMatchFileSnapshot(`${name}.txt`);
  });

  it('is the same text in colour', () => {
    const plain = run(['plan', 'fixtures/optscale']).stdout;
    const colored = run(['plan', 'fixtures/optscale', '--color']).stdout;
    expect(colored).toContain('\u001b[31m✗ never finishes');
    // eslint-disable-next-line no-control-regex -- what a terminal takes for colour
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  it('exits 2 for a chart that does not render, with the plans of the others, and for nothing', () => {
    const broken = scratchChart({ 'templates/x.yaml': '{{ fail "no" }}' });
    const fine = scratchChart({ 'templates/job.yaml': migrationJob() });
    const { code, stdout, stderr } = run(['plan', broken, fine]);
    expect(code).toBe(2);
    expect(stdout).toContain('post-upgrade hooks');
    expect(stderr).toMatch(/^migrate-lint: .*no.*\n$/);
    expect(run(['plan', mkdtempSync(join(tmpdir(), 'migrate-lint-plan-'))])).toMatchObject({ code: 2, stdout: '' });
    expect(run(['plan'])).toMatchObject({ code: 2, stderr: "migrate-lint: missing required argument 'charts'\n" });
  });

  it('has a format for programs too, with what could not be planned', () => {
    const broken = scratchChart({ 'templates/x.yaml': '{{ fail "no" }}' });
    const { code, stdout } = run(['plan', broken, '--format', 'json']);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      2,
      { version: 1, plans: [], errors: [{ path: expect.stringMatching(/shop$/) }] },
    ]);
    expect(run(['plan', 'fixtures/readme', '--format', 'mermaid']).stdout).toMatch(/^flowchart LR\n/);
    expect(run(['plan', 'fixtures/readme', '--format', 'dot']).stdout).toMatch(/^digraph plan \{\n/);
  });

  it('writes to a file, and reads manifests', () => {
    const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-plan-'));
    const file = join(folder, 'plan.txt');
    expect(run(['plan', 'fixtures/readme', '-o', file])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(file, 'utf8')).toContain('✗ install hangs');
    writeFileSync(join(folder, 'all.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\n');
    expect(run(['plan', join(folder, 'all.yaml')])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 resource: 1 ConfigMap'),
    });
  });
});
