// Hostile and malformed HelmReleases, kustomizations and helmfiles: each is left out with one clear line, nothing
// outside of the repository is read, and no password appears.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chart, deploymentsOf } from '../deployments/repository.ts';

const outside = join(tmpdir(), `migrate-lint-outside-${process.pid}`);
mkdirSync(join(outside, 'templates'), { recursive: true });
writeFileSync(join(outside, 'Chart.yaml'), 'apiVersion: v2\nname: stolen\nversion: 1.0.0\n');
writeFileSync(join(outside, 'values.yaml'), 'stolen: true\n');

const git = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: shop, namespace: prod }
spec: { url: ssh://git@git.example/acme/gitops }
`;
const release = (spec: string, path = './charts/shop') => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: shop, namespace: prod }
spec:
  chart: { spec: { chart: ${JSON.stringify(path)}, sourceRef: { kind: GitRepository, name: shop } } }
${spec.replace(/^/gm, '  ')}
`;
const helmfile = (text: string) => ({ 'helmfile.yaml': text });
const bomb = Array.from(
  { length: 30 },
  (_, at) => `  a${at}: &a${at} [${at === 0 ? 'x' : `*a${at - 1}, *a${at - 1}`}]`,
);

it.each<[string, Record<string, string>, string]>([
  [
    'a pattern with a range from back to front',
    helmfile('releases:\n  - name: shop\n    chart: ./charts/shop\n    values: ["x[z-a].yaml"]\n'),
    '"x[z-a].yaml" does not exist in this repository',
  ],
  ['a timeout that is a number', { 'r.yaml': release('timeout: 5') }, 'spec.timeout is not a text'],
  ['a timeout that is none', { 'r.yaml': release('timeout: soon') }, 'spec.timeout is not a duration like 5m0s'],
  ['values in a list', { 'r.yaml': release('values: [1]') }, 'spec.values is not a mapping'],
  ['a release name in a mapping', { 'r.yaml': release('releaseName: {}') }, 'spec.releaseName is not a text'],
  [
    'a flag in words',
    { 'r.yaml': release('install: { disableWait: "no" }') },
    'spec.install.disableWait is neither true nor false',
  ],
  ['install in a list', { 'r.yaml': release('install: [1]\nvaluesFrom: 5') }, 'spec.valuesFrom is not a list'],
  [
    'values from a Pod',
    { 'r.yaml': release('valuesFrom: [{ kind: Pod, name: x }]') },
    'spec.valuesFrom[0].kind is neither ConfigMap nor Secret',
  ],
  ['a dependency that is a text', { 'r.yaml': release('dependsOn: [db]') }, 'spec.dependsOn[0] is not a mapping'],
  [
    'both kinds of chart',
    { 'r.yaml': release('chartRef: { kind: HelmChart, name: x }') },
    'it has both spec.chart and spec.chartRef',
  ],
  [
    'a version of tomorrow',
    { 'r.yaml': release('').replace('/v2\n', '/v9\n') },
    'helm.toolkit.fluxcd.io/v9 is not a version that is known (v2, v2beta2, v2beta1)',
  ],
  [
    'a chart out of the repository',
    { 'r.yaml': release('', '../../../../etc') },
    'its chart "../../../../etc": it leads out of the repository',
  ],
  ['a chart behind a link', { 'r.yaml': release('', 'link') }, 'its chart "link": it leads out of the repository'],
  ['a chart in .git', { 'r.yaml': release('', '.git/hooks') }, 'its chart ".git/hooks": it leads into .git'],
  [
    'a chart that is none',
    { 'r.yaml': release('', 'empty'), 'empty/a.txt': '' },
    '"empty" is not a chart: it has no Chart.yaml',
  ],
  ['a YAML bomb', { 'r.yaml': release(`values:\n${bomb.join('\n')}`) }, 'it is not YAML'],
  [
    'a kustomization that includes itself',
    {
      'a/kustomization.yaml': 'resources: [../b]',
      'b/kustomization.yaml': 'resources: [../a]',
      'r.yaml': release('suspend: true'),
    },
    'a includes itself',
  ],
  [
    'a patch from outside',
    {
      'a/kustomization.yaml': 'resources: [r.yaml]\npatches: [{ path: /etc/passwd }]',
      'a/r.yaml': release('suspend: true'),
    },
    'a/kustomization.yaml: "/etc/passwd": it leads out of the repository',
  ],
  [
    'patches in a mapping',
    { 'a/kustomization.yaml': 'resources: [r.yaml]\npatches: { a: b }', 'a/r.yaml': release('suspend: true') },
    'patches of a/kustomization.yaml is not a list',
  ],
  [
    'resources in a text',
    { 'a/kustomization.yaml': 'resources: r.yaml', 'a/r.yaml': release('suspend: true') },
    'resources of a/kustomization.yaml is not a list of paths',
  ],
  [
    'a Flux Kustomization out of the repository',
    {
      'r.yaml': release('suspend: true'),
      'k.yaml':
        'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: k }\nspec: { path: ../../../etc, sourceRef: { kind: GitRepository, name: shop } }\n',
    },
    '"../../../etc": it leads out of the repository',
  ],
  ['releases in a text', helmfile('releases: all\n'), 'releases is not a list'],
  ['a release that is a number', helmfile('releases: [5]\n'), 'it is not a mapping'],
  ['a release without a chart', helmfile('releases: [{ name: a }]\n'), 'it has no chart'],
  ['a chart in a mapping', helmfile('releases: [{ name: a, chart: {} }]\n'), 'chart is not a text'],
  ['needs in a mapping', helmfile('releases: [{ name: a, chart: ./charts/shop, needs: {} }]\n'), 'needs is not a list'],
  [
    'a timeout in words',
    helmfile('releases: [{ name: a, chart: ./charts/shop, timeout: soon }]\n'),
    'timeout is not a number of seconds',
  ],
  [
    'templates that inherit from each other',
    helmfile(
      'templates: { a: { inherit: [{ template: b }] }, b: { inherit: [{ template: a }] } }\nreleases: [{ name: a, chart: ./charts/shop, inherit: [{ template: a }] }]\n',
    ),
    'its templates inherit from each other: a, b, a',
  ],
  [
    'a helmfile in itself',
    helmfile('helmfiles: [helmfile.yaml]\n'),
    'it includes itself: helmfile.yaml, helmfile.yaml',
  ],
  ['a base that is its own base', helmfile('bases: [helmfile.yaml]\n'), 'helmfile.yaml includes itself'],
  [
    'values out of the repository',
    helmfile('releases: [{ name: a, chart: ./charts/shop, set: [{ name: x, file: /etc/passwd }] }]\n'),
    '"/etc/passwd": it leads out of the repository',
  ],
  [
    "a chart out of the helmfile's repository",
    helmfile('releases: [{ name: a, chart: ../../../../../etc }]\n'),
    '"../../../../../etc": it leads out of the repository',
  ],
  [
    'a megabyte of braces',
    helmfile(`releases: [{ name: a, chart: ${JSON.stringify('{{'.repeat(500_000))} }]\n`),
    'it needs helmfile for the template',
  ],
])('%s', async (_, files, reason) => {
  const { deployments, leftOut } = await deploymentsOf(
    { ...chart('charts/shop'), 'git.yaml': git, ...files },
    (folder) => symlinkSync(outside, join(folder, 'link')),
  );
  expect(deployments).toEqual([]);
  const reasons = leftOut.map((one) => one.reason);
  expect(reasons).toContainEqual(expect.stringContaining(reason));
  for (const line of reasons) {
    expect(line).not.toContain('\n');
    expect(line.length).toBeLessThan(500);
  }
});

it('reads no file from outside as values, and says which ones', async () => {
  const { deployments } = await deploymentsOf(
    {
      ...chart('charts/shop'),
      'git.yaml': git,
      'r.yaml': release('valuesFrom: [{ kind: ConfigMap, name: stolen }]'),
      'kustomization.yaml': `resources: [git.yaml, r.yaml]\nconfigMapGenerator: [{ name: stolen, files: [values.yaml=${outside}/values.yaml] }]\n`,
      'helmfile.yaml': `releases: [{ name: a, chart: ./charts/shop, values: [${outside}/values.yaml, link/values.yaml] }]\n`,
    },
    (folder) => symlinkSync(outside, join(folder, 'link')),
  );
  expect(deployments.map(({ values }) => values)).toEqual([[], []]);
  expect(deployments.map(({ notApplied }) => notApplied)).toEqual([
    ['the values of ConfigMap stolen, whose generator has no values.yaml'],
    [
      `the values file "${outside}/values.yaml", which is not in this repository`,
      'the values file "link/values.yaml", which is not in this repository',
    ],
  ]);
});

it('shows no password of an address', async () => {
  const found = await deploymentsOf({
    ...chart('charts/shop'),
    'git.yaml': git.replace(
      'ssh://git@git.example/acme/gitops',
      'https://me:hunter2@other.example/acme/charts?private_token=hunter2',
    ),
    'r.yaml': release(''),
    'oci.yaml': `apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: { name: o, namespace: prod }
spec: { url: "oci://me:hunter2@ghcr.example/charts/shop" }
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: o, namespace: prod }
spec: { chartRef: { kind: OCIRepository, name: o } }
`,
    'kustomization.yaml': 'resources: [git.yaml, r.yaml, oci.yaml, "https://me:hunter2@other.example/base?ref=main"]\n',
    'helmfile.yaml': `repositories: [{ name: r, url: "https://me:hunter2@charts.example" }]
releases:
- { name: a, chart: r/shop }
- { name: b, chart: "oci://me:hunter2@ghcr.example/charts/shop" }
- { name: c, chart: ./charts/shop, values: ["https://me:hunter2@charts.example/values.yaml", "git::https://me:hunter2@git.example/x@values.yaml?ref=main"] }
`,
  });
  expect(found.deployments).toHaveLength(5);
  expect(JSON.stringify(found)).not.toContain('hunter2');
});

it('keeps a key like __proto__ a key', async () => {
  const { deployments } = await deploymentsOf({
    ...chart('charts/shop'),
    'git.yaml': git,
    'r.yaml': release(''),
    'kustomization.yaml': `resources: [git.yaml, r.yaml]
patches:
- patch: |
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata: { name: shop }
    spec: { values: { __proto__: { polluted: true } } }
- target: { kind: HelmRelease }
  patch: '[{ "op": "add", "path": "/spec/values/constructor", "value": 1 }]'
`,
  });
  expect(deployments).toHaveLength(1);
  expect(({} as { polluted?: true }).polluted).toBeUndefined();
});
