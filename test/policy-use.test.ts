// Patterns of the policy that match nothing, through the built program.
import { spawnSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from './chart/cli.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';

const deployment =
  'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop-api}\nspec:\n  selector: {matchLabels: {app: shop}}\n  template:\n    metadata: {labels: {app: shop}}\n    spec: {containers: [{name: shop, image: "registry.example/shop:1.0.0"}]}\n';
const service =
  'apiVersion: v1\nkind: Service\nmetadata: {name: postgres}\nspec: {selector: {app: shop}, ports: [{port: 5432}]}\n';
const files = {
  'templates/job.yaml': migrationJob().replace('spec:\n', 'spec:\n  backoffLimit: 1\n'),
  'templates/api.yaml': deployment,
  'templates/db.yaml': service,
};
const policy = (text: string) => ({ ...files, '.migrate-lint.yaml': text });
const stderrOf = (text: string, ...args: string[]) => run(['.', ...args], { cwd: scratchChart(policy(text)) }).stderr;

it.each([
  [
    'workloads',
    'services: [{name: shop, job: "*migrate", workloads: [shop-apj]}]\n',
    'services: workloads: "shop-apj" matches no workload; did you mean shop-api?',
  ],
  [
    'commands.match',
    'commands: [{match: alembik upgrade, migrates: alembic}]\n',
    'commands: match: "alembik upgrade" matches no command; did you mean alembic upgrade?',
  ],
  [
    'commands.image',
    'commands: [{image: registry.example/shob, migrates: true}]\n',
    'commands: image: "registry.example/shob" matches no image; did you mean registry.example/shop?',
  ],
  [
    'needs',
    'services: [{name: shop, job: "*migrate", workloads: [shop-api], needs: [Service/postgras]}]\n',
    'services: needs: "Service/postgras" matches no resource; did you mean Service/postgres?',
  ],
  [
    'ignore.files',
    'ignore: [{files: [templates/jobs.yaml]}]\n',
    'ignore: files: "templates/jobs.yaml" matches no file; did you mean templates/job.yaml?',
  ],
  ['ignore.charts', 'ignore: [{charts: [charts/other]}]\n', 'ignore: charts: "charts/other" matches no chart'],
  [
    'overrides.charts',
    'overrides: [{charts: [charts/other], rules: {hook-event: off}}]\n',
    'overrides: charts: "charts/other" matches no chart',
  ],
])('%s', (_, text, message) => {
  expect(stderrOf(text)).toBe(`migrate-lint: .migrate-lint.yaml:1: ${message}\n`);
});

it('says nothing of what matches, in some scenario, nor of a needed resource that may be outside of the release', () => {
  expect(
    stderrOf(
      'services: [{name: shop, job: "*migrate", workloads: ["shop-*"], needs: [Service/postgres, Service/elsewhere, db:5432]}]\n' +
        'commands: [{match: alembic, migrates: alembic}]\nignore: [{files: ["templates/*"], rules: [hook-event], charts: [.]}]\n' +
        'overrides: [{charts: ["**"], rules: {hook-event: off}}]\n',
    ),
  ).toBe('');
  const chart = scratchChart({
    ...policy('services: [{name: shop, job: "*migrate", workloads: [shop-worker]}]\n'),
    'templates/worker.yaml': `{{ if .Values.worker }}${deployment.replace('shop-api', 'shop-worker')}{{ end }}`,
    'ci/worker-values.yaml': 'worker: true\n',
  });
  expect(run(['.'], { cwd: chart }).stderr).toBe('');
  expect(run(['.', '--no-scenarios'], { cwd: chart }).stderr).toBe('');
  expect(run(['.', '--no-scenarios', '--verbose'], { cwd: chart }).stderr).toMatch(/^note: .*"shop-worker" matches/m);
});

it('says nothing of a run over a part of the charts, but under --verbose', () => {
  const chart = scratchChart(files);
  const root = dirname(chart);
  cpSync(chart, join(root, 'other'), { recursive: true });
  writeFileSync(join(root, '.migrate-lint.yaml'), 'overrides: [{charts: [other], rules: {hook-event: off}}]\n');
  const text = 'overrides: charts: "other" matches no chart';
  expect(run(['shop'], { cwd: root }).stderr).toBe('');
  expect(run(['shop', '--verbose'], { cwd: root }).stderr).toContain(`note: .migrate-lint.yaml:1: ${text}`);
  expect(run(['.'], { cwd: root }).stderr).toBe('');
  writeFileSync(join(root, '.migrate-lint.yaml'), 'overrides: [{charts: [othre], rules: {hook-event: off}}]\n');
  expect(run(['.'], { cwd: root }).stderr).toContain(
    'migrate-lint: .migrate-lint.yaml:1: overrides: charts: "othre" matches no chart; did you mean other?',
  );
  expect(run(['--files', 'shop/templates/job.yaml'], { cwd: root }).stderr).toBe('');
  const git = (...args: string[]) =>
    spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: root });
  for (const args of [
    ['init', '-q'],
    ['add', '-A'],
    ['commit', '-qm', 'one'],
  ])
    git(...args);
  writeFileSync(join(root, 'shop/values.yaml'), 'a: 1\n');
  expect(run(['--changed-since', 'HEAD', '.'], { cwd: root }).stderr).not.toContain('matches no');
});

it('prints a fault of the policy once, however many charts it holds for', () => {
  const chart = scratchChart(files);
  const root = dirname(chart);
  cpSync(chart, join(root, 'other'), { recursive: true });
  writeFileSync(join(root, '.migrate-lint.yaml'), 'rules: {hook-event: of}\n');
  expect(run(['.'], { cwd: root })).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^migrate-lint: [^\n]*hook-event must be error, [^\n]*, not "of"\n$/),
  });
});
