// Charts whose deployments could not be read: what is reported of their default values is in doubt.
import { rmSync } from 'node:fs';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { deploymentLines } from '../../src/cli/deployments.ts';
import { lint } from '../../src/lint.ts';
import type { LintOptions } from '../../src/options.ts';
import { helmBinary } from '../helm/binaries.ts';
import { origin, repository, waitingJob } from './repository.ts';

let helm: string;
beforeAll(async () => {
  helm = (await helmBinary('4.2.3')).path;
});

/** A hook that waits for a Service of its own chart; `host` as the template writes it. */
const chart = (host: string): Record<string, string> => ({
  'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'charts/shop/values.yaml': 'host: db\n',
  'charts/shop/templates/migrate.yaml': waitingJob({ host }),
  'charts/shop/templates/db.yaml':
    'apiVersion: v1\nkind: Service\nmetadata: { name: db }\nspec: { selector: { app: db }, ports: [{ port: 5432 }] }\n',
});
const ofValues = chart('{{ .Values.host }}');

async function linted(files: Readonly<Record<string, string>>, options: Partial<LintOptions> = {}) {
  const folder = repository(files);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return lint({ paths: ['.'], cwd: folder, env: { ...process.env, HELM_BIN: helm }, ...options });
}
const deadlock = async (files: Readonly<Record<string, string>>, options: Partial<LintOptions> = {}) => {
  const { charts } = await linted(files, options);
  const { severity, only } = charts[0]!.findings.find(({ rule }) => rule === 'hook-deadlock')!;
  return `${severity}: ${only ?? ''}`;
};

const v1 = (apiVersion: string, path = 'charts/shop') => `apiVersion: ${apiVersion}
kind: HelmRelease
metadata: { name: shop, namespace: prod }
spec:
  chart: { git: "${origin}", path: ${path}, ref: main }
  values: { host: elsewhere }
`;
const appSet = (path: string) => `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: shops }
spec:
  generators: [{ clusters: {} }]
  template:
    metadata: { name: 'shop-{{name}}' }
    spec:
      source: { repoURL: "${origin}", path: '${path}', helm: { parameters: [{ name: host, value: '{{server}}' }] } }
      destination: { namespace: prod }
`;

describe('HelmReleases of Flux v1', () => {
  it.each(['helm.fluxcd.io/v1', 'flux.weave.works/v1beta1'])('%s is left out, which is said', async (apiVersion) => {
    const { deployments, charts } = await linted({ ...ofValues, 'a.yaml': v1(apiVersion) });
    expect(deploymentLines(deployments!, charts, false)).toEqual([
      'migrate-lint: 0 deployments found, 1 left out (--verbose says why)',
    ]);
    expect(deploymentLines(deployments!, charts, true)).toEqual([
      `note: a.yaml:2: HelmRelease prod/shop was left out: HelmReleases of Flux v1 (${apiVersion}) are not read`,
    ]);
  });
  it('a HelmRelease of Flux v2 beside them is read', async () => {
    const { deployments } = await linted({
      ...ofValues,
      'a.yaml': v1('helm.fluxcd.io/v1'),
      'b.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: new, namespace: prod }
spec: { chart: { spec: { chart: ./charts/shop, sourceRef: { kind: GitRepository, name: g } } } }
`,
    });
    expect(deployments!.found.map(({ name }) => name)).toEqual(['prod/new']);
    expect(deployments!.leftOut).toHaveLength(1);
  });
});

describe('findings of default values', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a HelmRelease of Flux v1', { 'a.yaml': v1('helm.fluxcd.io/v1') }, 'HelmRelease prod/shop (a.yaml:2)'],
    ['a generator that is not read', { 'a.yaml': appSet('charts/shop') }, 'ApplicationSet shops (a.yaml:5)'],
    [
      'a path with a template',
      { 'a.yaml': appSet('charts/{{metadata.labels.app}}') },
      'ApplicationSet shops (a.yaml:5)',
    ],
    [
      'a helmfile that is not read',
      {
        'deploy/helmfile.yaml':
          'releases:\n{{ range $one := .Values.shops }}\n- name: {{ $one }}\n  chart: ../charts/shop\n{{ end }}\n',
      },
      'deploy/helmfile.yaml',
    ],
  ])('are in doubt after %s', async (_, files, named) => {
    const said = await deadlock({ ...ofValues, ...files });
    expect(said).toMatch(/^warning: with default values: /);
    expect(said).toContain(named);
    expect(said).toContain('deploys this chart, but was left out: ');
  });
  it('stay errors where the templates hold for any values', async () => {
    expect(await deadlock({ ...chart('db'), 'a.yaml': v1('helm.fluxcd.io/v1') })).toBe('error: ');
  });
  it.each<[string, Record<string, string>]>([
    ['another chart', { 'a.yaml': v1('helm.fluxcd.io/v1', 'charts/other') }],
    ['a chart whose name begins alike', { 'a.yaml': appSet('charts/shop-{{name}}') }],
    ['anything', { 'a.yaml': appSet('{{metadata.labels.path}}') }],
    [
      'a chart elsewhere',
      {
        'a.yaml': appSet('charts/shop').replace(
          / {6}source.*/,
          '      source: { repoURL: "https://charts.example", chart: shop, targetRevision: 1.0.0 }',
        ),
      },
    ],
  ])('stay errors where what is left out deploys %s', async (_, files) => {
    expect(await deadlock({ ...ofValues, ...files })).toBe('error: ');
  });
  it('stay errors with values of the command line, and with --deployments none', async () => {
    const files = { ...ofValues, 'a.yaml': v1('helm.fluxcd.io/v1') };
    expect(await deadlock(files, { set: [{ flag: '--set', value: 'host=db' }] })).toBe('error: ');
    expect(await deadlock(files, { deployments: 'none' })).toBe('error: ');
  });
  it('stay errors where another deployment of the chart is read', async () => {
    const read = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop }
spec: { source: { repoURL: "${origin}", path: charts/shop }, destination: { namespace: prod } }
`;
    // Argo CD runs hooks of its own phases; the finding is of the deployment.
    const { charts } = await linted({ ...ofValues, 'a.yaml': v1('helm.fluxcd.io/v1'), 'b.yaml': read });
    expect(JSON.stringify(charts[0]!.findings.map(({ only }) => only))).not.toContain('with default values');
  });
});
