// --changed-since and --files: which deployments a changed file selects.
import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../chart/cli.ts';
import { repository } from './repository.ts';

const chart = (name: string) => ({
  [`charts/${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`,
  [`charts/${name}/templates/a.yaml`]:
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }} }\ndata: { a: "{{ .Values.a }}" }\n',
});
const release = (name: string, of: string) => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: ${name}, namespace: prod }
spec:
  chart:
    spec:
      chart: ./charts/${of}
      valuesFiles: [./values/${name}.yaml]
      sourceRef: { kind: GitRepository, name: flux-system }
`;
const application = (name: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name} }
spec:
  destination: { namespace: prod }
  source:
    repoURL: https://git.example/acme/gitops.git
    path: charts/web
    helm: { valueFiles: [/values/web.yaml] }
`;

let folder: string;
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t.example', ...args], { cwd: folder, stdio: 'pipe' });
beforeAll(() => {
  folder = repository({
    ...chart('shop'),
    ...chart('web'),
    'apps/one/release.yaml': release('one', 'shop'),
    'apps/two/release.yaml': release('two', 'shop'),
    'apps/two/kustomization.yaml': 'resources: [release.yaml]\n',
    'argo/web.yaml': application('web'),
    'values/one.yaml': 'a: 1\n',
    'values/two.yaml': 'a: 1\n',
    'values/web.yaml': 'a: 1\n',
    'notes/readme.md': 'x\n',
  });
  git('add', '-A');
  git('commit', '-qm', 'base');
});
afterEach(() => void git('checkout', '-q', '.'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The charts that are linted, each with its scenarios. */
function linted(...args: string[]): Record<string, string[]> | string {
  const { code, stdout, stderr } = run([...args, '--format', 'json', '--no-config'], { cwd: folder });
  if (stdout === '') return `${code} ${stderr}`;
  const { charts } = JSON.parse(stdout) as { charts: { path: string; scenarios?: string[] }[] };
  return Object.fromEntries(charts.map(({ path, scenarios = [] }) => [path, [...scenarios].sort()]));
}

describe.each<[string, (file: string) => string[]]>([
  ['--changed-since', () => ['.', '--changed-since', 'HEAD']],
  ['--files', (file) => [file, '--files']],
])('%s', (option, args) => {
  it.each<[string, string, ReturnType<typeof linted>]>([
    ['a values file: the deployment that uses it', 'values/one.yaml', { 'charts/shop': ['prod/one'] }],
    ['a HelmRelease: itself', 'apps/two/release.yaml', { 'charts/shop': ['prod/two'] }],
    ['an Application: itself', 'argo/web.yaml', { 'charts/web': ['web'] }],
    ['values of an Application', 'values/web.yaml', { 'charts/web': ['web'] }],
    [
      'a template: all deployments of its chart',
      'charts/shop/templates/a.yaml',
      { 'charts/shop': ['prod/one', 'prod/two'] },
    ],
    ['a kustomization: what is beside it', 'apps/two/kustomization.yaml', { 'charts/shop': ['prod/two'] }],
    [
      'another file: nothing',
      'notes/readme.md',
      option === '--files' ? '0 migrate-lint: no chart changed\n' : '0 migrate-lint: no chart changed since HEAD\n',
    ],
  ])('%s', (_, file, expected) => {
    appendFileSync(join(folder, file), '# changed\n');
    expect(linted(...args(file))).toEqual(expected);
  });
});

it('in a repository that holds deployments and no chart, nothing that changed is no error', () => {
  expect(linted('argo', '--changed-since', 'HEAD')).toBe('0 migrate-lint: no chart changed since HEAD\n');
  appendFileSync(join(folder, 'argo/web.yaml'), '# changed\n');
  expect(linted('argo', '--changed-since', 'HEAD')).toEqual({ 'charts/web': ['web'] });
});

it('without deployments, a chart is linted by its default values', () => {
  appendFileSync(join(folder, 'charts/shop/templates/a.yaml'), '# changed\n');
  expect(linted('.', '--changed-since', 'HEAD', '--deployments', 'none')).toEqual({ 'charts/shop': [] });
  appendFileSync(join(folder, 'values/one.yaml'), '# changed\n');
  git('checkout', '-q', 'charts');
  expect(linted('.', '--changed-since', 'HEAD', '--deployments', 'none')).toBe(
    '0 migrate-lint: no chart changed since HEAD\n',
  );
});
