// Flux: what HelmReleases of a repository mean, and what is found in them. The meanings are those of helm-controller
// 1.6 and source-controller 1.9; overlays are compared with kustomize in kustomize.slow.test.ts.
import { readFileSync, rmSync } from 'node:fs';
import { globbySync } from 'globby';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/finding.ts';
import { lint } from '../../src/lint.ts';
import type { LintResult } from '../../src/result.ts';
import { chart, deploymentsOf, repository } from './repository.ts';

describe('the repository of fixtures/gitops/flux', () => {
  let folder: string;
  let result: LintResult;
  beforeAll(async () => {
    folder = repository({}, 'fixtures/gitops/flux');
    result = await lint({ paths: ['.'], cwd: folder, env: process.env });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const nameAt = (file: string, line: number) =>
    result.deployments?.found.find(({ at }) => at.file === file && at.line === line)?.name;

  it('finds in each HelmRelease what is expected there', () => {
    expect(result.errors).toEqual([]);
    const expected = new Map<string, string[]>();
    for (const file of globbySync('apps/**/*.yaml', { cwd: folder }).sort())
      readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .forEach((text, index) => {
          const [, rules] = /# expect: (.*)$/.exec(text) ?? [];
          const patch = file === 'apps/staging/bundled.yaml' ? 1 : index + 1;
          if (rules !== undefined) expected.set(nameAt(file, patch) ?? `${file}:${patch}`, rules.split(', '));
        });
    const found = new Map([...expected].map(([name]) => [name, ['none']]));
    for (const { findings } of result.charts)
      for (const { rule, scenarios = [] } of findings as Finding[])
        for (const name of scenarios.map((one) => one.replace(/ \((?:install|upgrade)\)$/, ''))) {
          const known = found.get(name)?.filter((one) => one !== 'none') ?? [];
          found.set(name, [...new Set([...known, rule])].sort());
        }
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  });

  it('names the deployment and the line of its values', () => {
    const [deadlock] = result.charts[0]!.findings.filter(({ scenarios }) => scenarios?.includes('prod/shop'));
    expect(deadlock).toMatchObject({
      rule: 'hook-deadlock',
      location: { file: 'charts/shop/templates/migrate.yaml' },
      only: 'in prod/files, prod/shop: apps/bad/values-files.yaml:2',
    });
    const [late] = result.charts[0]!.findings.filter(({ rule }) => rule === 'job-deadline');
    expect(late).toMatchObject({ message: expect.stringContaining('Helm gives up after 300 s') as string });
    expect(late!.location.value).toMatchObject({ file: 'apps/bad/timeout.yaml', line: 22 });
  });

  it('leaves out what is not in the repository, with the reason and without credentials', () => {
    const reasons = result.deployments!.leftOut.map(
      ({ what, at, reason }) => `${at.file}:${at.line} ${what}: ${reason}`,
    );
    expect(reasons).toEqual([
      'apps/left-out/elsewhere.yaml:53 HelmRelease prod/sleeping: it is suspended',
      'apps/left-out/elsewhere.yaml:11 prod/podinfo: its chart is not in this repository: podinfo 6.x of https://charts.example/podinfo',
      'apps/left-out/elsewhere.yaml:37 prod/podinfo-oci: its chart is not in this repository: podinfo 6.9.0 of oci://ghcr.example/charts',
    ]);
    expect(JSON.stringify(result)).not.toContain('secret@');
  });
});

/** A HelmRelease of the chart `charts/shop`. */
const release = (spec: string, name = 'shop', version = 'v2') => `apiVersion: helm.toolkit.fluxcd.io/${version}
kind: HelmRelease
metadata:
  name: ${name}
  namespace: prod
spec:
  chart:
    spec:
      chart: ./charts/shop
      sourceRef:
        kind: GitRepository
        name: shop
${spec.replace(/^/gm, '  ')}
`;
const source = (url = 'ssh://git@git.example/acme/gitops') => `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: shop
  namespace: prod
spec:
  url: ${url}
`;
const map = (kind: string, name: string, data: string) => `apiVersion: v1
kind: ${kind}
metadata:
  name: ${name}
  namespace: prod
${data}
`;

async function one(spec: string, more: Record<string, string> = {}) {
  const { deployments, leftOut } = await deploymentsOf({
    ...chart('charts/shop'),
    'source.yaml': source(),
    'shop.yaml': release(spec),
    ...more,
  });
  return { deployment: deployments[0], leftOut: leftOut.map(({ reason }) => reason) };
}

describe('the release', () => {
  it.each([
    ['', 'shop', 'prod'],
    ['targetNamespace: team', 'team-shop', 'team'],
    ['targetNamespace: team\nreleaseName: web', 'web', 'team'],
    [
      'targetNamespace: some-front-appended-namespace\nreleaseName: release-name-with-very-long-name-which-is-longer-than-53-characters',
      'release-name-with-very-long-name-which-i-788ca0d0d7b0',
      'some-front-appended-namespace',
    ],
  ])('%j is the release %s in %s', async (spec, releaseName, namespace) => {
    expect((await one(spec)).deployment).toMatchObject({ releaseName, namespace });
  });

  it.each([
    ['', { engine: 'flux', wait: true, timeout: 300 }],
    ['timeout: 1h2m3s', { engine: 'flux', timeout: 3723 }],
    ['install: { disableWait: true }\nupgrade: { disableWait: true }', { engine: 'helm', wait: false }],
    [
      'install: { disableWait: true, timeout: 1m }',
      { wait: false, timeout: 60, atUpgrade: { engine: 'flux', wait: true, timeout: 300 } },
    ],
    ['install: { disableWaitForJobs: true }\nupgrade: { disableWaitForJobs: true }', { engine: 'helm', wait: true }],
    ['upgrade: { disableHooks: true }', { disabledHooks: ['upgrade'] }],
    ['install: { crds: Skip }', { skipCrds: true }],
    ['dependsOn: [{ name: a }, { name: b, namespace: other }]', { after: ['prod/a', 'other/b'] }],
    ['postRenderers: [{ kustomize: {} }]', { postRenderers: { strategy: 'combined', touches: [] } }],
  ])('%s', async (spec, wanted) => {
    expect((await one(spec)).deployment).toMatchObject(wanted);
  });

  it('waits for the HelmReleases of a Kustomization that another one depends on and waits for', async () => {
    const kustomization = (name: string, spec: string) => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: ${name}, namespace: flux-system }
spec: { path: ./${name}, sourceRef: { kind: GitRepository, name: shop }, ${spec} }
`;
    const { deployments } = await deploymentsOf({
      ...chart('charts/shop'),
      'source.yaml': source(),
      'flux.yaml': [
        kustomization('infra', 'wait: true'),
        kustomization('other', 'wait: false'),
        kustomization('apps', 'dependsOn: [{ name: infra }, { name: other }]'),
      ].join('---\n'),
      'infra/db.yaml': release('', 'db'),
      'other/cache.yaml': release('', 'cache'),
      'apps/shop.yaml': release(''),
    });
    expect(Object.fromEntries(deployments.map(({ name, after }) => [name, after]))).toEqual({
      'prod/db': [],
      'prod/cache': [],
      'prod/shop': ['prod/db'],
    });
  });
});

describe('the source', () => {
  it.each([
    ['ssh://git@git.example/acme/gitops', undefined],
    ['https://token:x@git.example/acme/gitops.git', undefined],
    // A fork or a mirror: the same name, and the chart is there.
    ['https://mirror.example/fork/gitops', 'GitRepository shop is taken for this repository'],
  ])('%s is this repository', async (url, assumed) => {
    const { deployment } = await one('', { 'source.yaml': source(url) });
    expect(deployment?.chart.kind).toBe('local');
    expect(deployment?.notApplied).toEqual([]);
    expect(deployment?.assumed ?? []).toEqual(assumed === undefined ? [] : [assumed]);
  });

  it('of another address is another repository', async () => {
    const { deployment } = await one('', { 'source.yaml': source('https://u:p@git.example/acme/charts?token=x') });
    expect(deployment?.chart).toMatchObject({ kind: 'elsewhere', url: 'https://git.example/acme/charts' });
  });

  it('that nobody wrote down is this repository where the chart is here', async () => {
    const { deployment } = await one('', { 'source.yaml': '' });
    expect(deployment).toMatchObject({
      chart: { kind: 'local' },
      assumed: ['GitRepository shop is taken for this repository'],
    });
  });
});

it('says that valuesFiles without values.yaml do not take its place here', async () => {
  const more = { 'charts/shop/values.yaml': 'x: 1', 'charts/shop/prod.yaml': 'y: 1' };
  const files = (list: string) =>
    release('').replace('      sourceRef', `      valuesFiles: [${list}]\n      sourceRef`);
  const only = await one('', { ...more, 'shop.yaml': files('charts/shop/prod.yaml') });
  expect(only.deployment?.notApplied).toEqual(["that valuesFiles take the place of the chart's values.yaml"]);
  const both = await one('', { ...more, 'shop.yaml': files('charts/shop/values.yaml, charts/shop/prod.yaml') });
  expect(both.deployment?.notApplied).toEqual([]);
  expect(short(both.deployment)).toEqual(['charts/shop/values.yaml', 'charts/shop/prod.yaml']);
});

/** What Helm is given, in short. */
function short(deployment: Awaited<ReturnType<typeof one>>['deployment']) {
  return deployment?.values.map((values) =>
    values.kind === 'set'
      ? `${values.flag} ${values.value}`
      : values.kind === 'file'
        ? values.path.replace(/.*migrate-lint-gitops-\w+\//, '')
        : values.text.trim(),
  );
}

describe('values', () => {
  it('are those of valuesFrom in order, then values', async () => {
    const { deployment } = await one(
      'valuesFrom:\n- { kind: ConfigMap, name: a }\n- { kind: Secret, name: b, valuesKey: prod }\nvalues:\n  x: 3',
      {
        'maps.yaml': [
          map('ConfigMap', 'a', 'data:\n  values.yaml: "x: 1"'),
          map('Secret', 'b', `data:\n  prod: ${Buffer.from('x: 2').toString('base64')}`),
        ].join('---\n'),
      },
    );
    expect(short(deployment)).toEqual(['x: 1', 'x: 2', 'x: 3']);
    expect(deployment?.values.at(-1)).toMatchObject({ at: { file: 'shop.yaml' }, sameLines: true });
  });

  it.each([
    ['wait.host', 'db', '', '--set wait.host=db'],
    ['wait.host', '"1"', '', '--set-string wait.host=1'],
    ['wait.host', 'a,b={c}', 'literal: true', '--set-string wait.host=a\\,b=\\{c\\}'],
  ])('targetPath %s with %s', async (path, text, more, wanted) => {
    const { deployment } = await one(
      `valuesFrom:\n- kind: ConfigMap\n  name: a\n  valuesKey: k\n  targetPath: ${path}\n  ${more}`,
      { 'maps.yaml': map('ConfigMap', 'a', `data:\n  k: ${JSON.stringify(text)}`) },
    );
    expect(short(deployment)).toEqual([wanted]);
  });

  it('with a targetPath give way to values of the same name at the top', async () => {
    const { deployment } = await one(
      'valuesFrom:\n- { kind: ConfigMap, name: a, valuesKey: k, targetPath: host }\nvalues:\n  host: own',
      { 'maps.yaml': map('ConfigMap', 'a', 'data:\n  k: theirs') },
    );
    expect(short(deployment)).toEqual(['host: own']);
  });

  it('that are not in the repository are said', async () => {
    const { deployment } = await one(
      'valuesFrom:\n- { kind: Secret, name: a }\n- { kind: ConfigMap, name: b, optional: true }\n- { kind: Secret, name: c }\n- { kind: ConfigMap, name: d }',
      {
        'maps.yaml': [
          map('Secret', 'c', 'stringData: { values.yaml: "ENC[AES256]" }\nsops: {}'),
          map('ConfigMap', 'd', 'data: { other: "" }'),
        ].join('---\n'),
      },
    );
    expect(deployment?.notApplied).toEqual([
      'the values of Secret a, which this repository does not have',
      'the values of ConfigMap b, which is optional and not in this repository',
      'the values of Secret c, which are encrypted (SOPS)',
      'the values of ConfigMap d, which has no values.yaml',
    ]);
  });
});
