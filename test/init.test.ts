// The first policy that `migrate-lint init` writes.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { firstPolicy } from '../src/init.ts';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import { run } from './chart/cli.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';

const limited = migrationJob().replace('spec:\n', 'spec:\n  backoffLimit: 3\n');
const deployment =
  'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  selector: {matchLabels: {app: shop}}\n  template:\n    metadata: {labels: {app: shop}}\n    spec: {containers: [{name: shop, image: "registry.example/shop:1.0.0"}]}\n';

describe('migrate-lint init', () => {
  it('writes what it sees, and its own file lints', () => {
    const chart = scratchChart({
      'templates/job.yaml': limited,
      'templates/shop.yaml': deployment,
      'templates/odd.yaml': limited
        .replace('-migrate', '-seed')
        .replace('[alembic, upgrade, head]', '["seed, it", --all]')
        .replace('name: migrate', 'name: main'),
      'templates/need.yaml': '{{ if .Values.broken }}{{ fail "no" }}{{ end }}',
      'values-production.yaml': 'a: 1\n',
      'values-broken.yaml': 'broken: true\n',
    });
    expect(run(['init'], { cwd: chart })).toMatchObject({
      code: 0,
      stdout: 'wrote .migrate-lint.yaml: 1 migrating service, 1 scenario of 1 chart\n',
      stderr: '',
    });
    const text = readFileSync(join(chart, '.migrate-lint.yaml'), 'utf8');
    expect(parse(text)).toEqual({
      extends: 'recommended',
      services: [{ name: 'shop', job: '*migrate', workloads: ['shop'] }],
      scenarios: [{ name: 'default' }, { name: 'production', values: ['values-production.yaml'] }],
    });
    expect(text).toMatch(/# {3}- match: "seed, it --all" {3}# Job\/seed/);
    expect(text).toMatch(/# .*values-broken|# - name: broken/);
    expect(run(['.'], { cwd: chart })).toMatchObject({ code: 0, stdout: '1 chart (2 scenarios), nothing to report\n' });
  });
  it('writes samples that hold when their comment signs are taken away', () => {
    const chart = scratchChart({
      'templates/job.yaml': 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n',
      'deploy/values-production.yaml': '',
    });
    const sample = run(['init', '--stdout'], { cwd: chart })
      .stdout.replace(/^# (\w+:| {2})/gm, '$1')
      .replaceAll('values-production', 'deploy/values-production');
    expect(Object.keys(parse(sample) as object)).toEqual([
      'extends',
      'rules',
      'services',
      'commands',
      'external',
      'scenarios',
    ]);
    writeFileSync(join(chart, '.migrate-lint.yaml'), sample);
    const { code, stderr } = run(['.'], { cwd: chart });
    expect([code, stderr.replace(/^.*: "[^"]*" matches no command\n/gm, '')]).toEqual([0, '']);
  });
  it('gives each of several charts its scenarios', () => {
    const chart = scratchChart({ 'templates/job.yaml': limited, 'env/prod.yaml': '' });
    const other = join(dirname(chart), 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'Chart.yaml'), 'apiVersion: v2\nname: other\nversion: 1.0.0\n');
    const { stdout } = run(['init', '--stdout'], { cwd: dirname(chart) });
    expect(parse(stdout)).toMatchObject({
      overrides: [
        { charts: ['shop'], scenarios: [{ name: 'default' }, { name: 'prod', values: ['shop/env/prod.yaml'] }] },
      ],
    });
  });
  it('keeps a file that is there, and tells what does not render', () => {
    const chart = scratchChart({ 'templates/x.yaml': '{{ fail "no" }}', '.migrate-lint.yaml': '# mine\n' });
    expect(run(['init'], { cwd: chart })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^migrate-lint: \.migrate-lint\.yaml is there already; nothing was written.*\n$/),
    });
    expect(readFileSync(join(chart, '.migrate-lint.yaml'), 'utf8')).toBe('# mine\n');
    expect(run(['init', '--stdout'], { cwd: chart })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/no/),
    });
    expect(run(['init', '--bad'], { cwd: chart })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^migrate-lint: .*--bad.*\n$/),
    });
  });
  it('reads the values of ci/ too, and names each command once', () => {
    const odd = limited
      .replace('[alembic, upgrade, head]', '["seed-it", "{{ .Release.Name }}-db"]')
      .replace('name: migrate', 'name: main');
    const chart = scratchChart({
      'templates/need.yaml': '{{ if not .Values.url }}{{ fail "url" }}{{ end }}',
      'templates/job.yaml': limited,
      'templates/odd.yaml': odd.replace('-migrate', '-seed'),
      'templates/odder.yaml': odd.replace('-migrate', '-seed-more'),
      'ci/a-values.yaml': 'url: x\n',
    });
    const { stdout, code } = run(['init', '--stdout'], { cwd: chart });
    expect(code).toBe(0);
    expect(parse(stdout)).toMatchObject({ services: [{ job: '*migrate' }] });
    expect(stdout.match(/match: .*seed-it.*/g)).toEqual(['match: "seed-it *-db*"   # Job/seed']);
    expect(stdout).not.toContain('release-name');
  });
  it('writes what is accepted on the same charts, with no error that was not there', { timeout: 300_000 }, async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'migrate-lint-init-'));
    const root = join(import.meta.dirname, '../fixtures');
    const folders = process.env['SMOKE']
      ? ['.']
      : [
          'rules/job-name',
          'rules/one-hook-job',
          'rules/concurrent-migrations',
          'atlas',
          'sql-migrate',
          'sql-migrate-init',
        ];
    for (const folder of folders) cpSync(join(root, folder), join(cwd, 'fixtures', folder), { recursive: true });
    const options = { paths: ['fixtures'], cwd, env: process.env };
    const errorsOf = async (more: Partial<LintOptions>) => {
      const { charts, errors } = await lint({ ...options, ...more });
      expect(errors).toEqual([]);
      return charts.flatMap(({ path, findings }) =>
        findings
          .filter(({ severity }) => severity === 'error')
          .map(({ rule, message }) => `${path} ${rule} ${message}`),
      );
    };
    const { text, services, errors } = await firstPolicy(options);
    expect(errors).toEqual([]);
    expect(services).toBeGreaterThan(10);
    writeFileSync(join(cwd, '.migrate-lint.yaml'), text);
    expect(await errorsOf({})).toEqual(await errorsOf({ config: false }));
  });
});
