// Deployments that Git describes: what Argo CD's Applications and ApplicationSets mean, and how charts are judged in them.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findDeployments, type Deployment, type Deployments } from '../src/deployments/index.ts';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import { run as cli } from './chart/cli.ts';
import { helmBinary } from './helm/binaries.ts';

let env: Record<string, string | undefined>;
let repository: string;
let found: Deployments;
beforeAll(async () => {
  repository = mkdtempSync(join(tmpdir(), 'migrate-lint-test-'));
  cpSync('fixtures/gitops/argocd', repository, { recursive: true });
  mkdirSync(join(repository, '.git'));
  writeFileSync(join(repository, '.git/HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(repository, '.git/config'), '[remote "origin"]\n\turl = git@git.example:acme/deploy.git\n');
  found = (await findDeployments([repository], repository))!;
  env = { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path };
});
afterAll(() => rmSync(repository, { recursive: true, force: true }));

const named = (name: string): Deployment => {
  const one = found.deployments.find((deployment) => deployment.name === name);
  if (!one) throw new Error(`no deployment ${name}: ${found.deployments.map((other) => other.name).join(', ')}`);
  return one;
};
/** Values in few words: files from the repository's root, texts without the lines that only count. */
const valuesOf = (name: string) =>
  named(name).values.map((values) =>
    values.kind === 'file'
      ? relative(repository, values.path)
      : values.kind === 'inline'
        ? values.text.trim()
        : `${values.flag} ${values.value.replace(`${repository}/`, '')}`,
  );

describe('an Application', () => {
  it('deploys the chart of its path', () => {
    expect(named('plain')).toMatchObject({
      by: 'argocd',
      at: { file: 'apps/plain.yaml', line: 2 },
      chart: { kind: 'local', folder: join(repository, 'charts/shop') },
      releaseName: 'plain',
      namespace: 'shop',
      values: [],
      engine: 'argocd',
      wait: false,
      after: [],
      notApplied: [],
    });
  });
  it('reads values files from the chart, the repository and by globs, each once', () => {
    expect(valuesOf('value-files')).toEqual([
      'charts/shop/values-prod.yaml',
      'environments/common.yaml',
      'environments/eu/b.yaml',
      'environments/eu/z.yaml',
      'environments/eu/a.yaml',
    ]);
  });
  it('prefers parameters to valuesObject, that to values files, and ignores values beside valuesObject', () => {
    expect(valuesOf('precedence')).toEqual([
      'charts/shop/values-prod.yaml',
      'from: valuesObject\n        list: [1]',
      '--set from=parameter',
      '--set list={a,b}',
    ]);
  });
  it('escapes commas of parameters, keeps the last of a name, and knows forceString and files', () => {
    expect(valuesOf('parameters')).toEqual([
      String.raw`--set from=one\, two`,
      '--set-string text=true',
      '--set-file script=charts/shop/migrate.sh',
    ]);
  });
  it('knows the environment of Argo CD and no other', () => {
    expect(valuesOf('environment')).toEqual(['environments/eu/a.yaml', '--set text=environment costs 5$']);
  });
  it('names release, namespace and the capabilities of the cluster', () => {
    expect(named('release')).toMatchObject({
      releaseName: 'till',
      namespace: 'counter',
      kubeVersion: '1.30.2',
      apiVersions: ['monitoring.coreos.com/v1/ServiceMonitor'],
      skipCrds: true,
      skipSchemaValidation: true,
    });
  });
  it('has a deployment for each of its sources that is a chart', () => {
    expect(valuesOf('sources/redis')).toEqual(['environments/common.yaml']);
    expect(named('sources/redis').chart).toEqual({
      kind: 'elsewhere',
      source: 'repository',
      url: 'https://charts.example/stable',
      name: 'redis',
      version: '19.0.0',
    });
    expect(valuesOf('sources/shop')).toEqual(['environments/eu/b.yaml']);
    expect(valuesOf('sources/queue')).toEqual([]);
  });
  it('of a tag is judged as it is checked out, and says so', () => {
    expect(named('pinned').notApplied).toEqual(['targetRevision v1.2.3: the working tree is judged']);
  });
  it('of an app of apps comes after those of lower waves', () => {
    expect(['first', 'second', 'third'].map((name) => [named(name).wave, named(name).after])).toEqual([
      [-1, []],
      [0, ['first']],
      [2, ['second']],
    ]);
  });
});

describe('an ApplicationSet', () => {
  it('with a list', () => {
    expect(valuesOf('list-live')).toEqual([
      JSON.stringify({ from: 'live {{unknown}}', migrations: { deadline: '600' } }),
    ]);
    expect(named('list-test').values).toHaveLength(1);
    expect(found.deployments.map(({ name }) => name)).not.toContain('list-dev');
  });
  it('with directories of the repository', () => {
    expect(valuesOf('dir-shop')).toEqual(['--set from=directory shop charts']);
    expect(found.deployments.map(({ name }) => name)).not.toContain('dir-queue');
  });
  it('with files of the repository and Go templates', () => {
    expect(named('file-alpha').releaseName).toBe('pha');
    expect(valuesOf('file-alpha')).toEqual([JSON.stringify({ from: 'alpha-eu', migrations: { enabled: 'true' } })]);
    expect(valuesOf('file-beta')).toEqual([JSON.stringify({ from: 'beta-us', migrations: { enabled: 'false' } })]);
  });
  it('with a matrix whose second generator names parameters of the first', () => {
    expect(valuesOf('matrix-alpha')).toEqual(['--set from=alpha eu true']);
    expect(valuesOf('matrix-beta')).toEqual(['--set from=beta us false']);
  });
  it('with a merge, and a patch of its template', () => {
    expect(valuesOf('merge-dev')).toEqual(['--set from=base']);
    expect(valuesOf('merge-live')).toEqual(['--set from=over']);
    expect(named('merge-live').releaseName).toBe('patched-live');
    expect(found.deployments.map(({ name }) => name)).not.toContain('merge-other');
  });
});

describe('what cannot be judged', () => {
  it.each(readdirSync('fixtures/gitops/argocd/bad'))('bad/%s is left out, and says why at its line', (name) => {
    const lines = readFileSync(join('fixtures/gitops/argocd/bad', name), 'utf8').split('\n');
    const expected = lines.flatMap((line, index) => {
      const reason = /^\s*# left out: (.*)$/.exec(line)?.[1];
      return reason === undefined ? [] : [`${index + 2}: ${reason}`];
    });
    expect(
      found.leftOut.filter(({ at }) => at.file === `bad/${name}`).map(({ at, reason }) => `${at.line}: ${reason}`),
    ).toEqual(expected);
  });
  it('costs nothing of what is beside it', () => expect(named('beside-kept').chart.kind).toBe('local'));
});

describe('a chart', () => {
  const run = (options: Partial<LintOptions> = {}) => lint({ paths: ['.'], cwd: repository, env, ...options });

  it('is rendered by Helm as the deployments say', async () => {
    const rendered = new Map<string, string>();
    await run({
      onRender: (_, { install }) => {
        const text = install.manifests.map((manifest) => manifest.text).join('');
        rendered.set(/name: (\S+)-config/.exec(text)?.[1] ?? '', text);
      },
    });
    const values = (release: string) =>
      JSON.parse(JSON.parse(/values: (".*")/.exec(rendered.get(release)!)![1]!) as string) as unknown;
    expect(values('precedence')).toEqual({ from: 'parameter', list: ['a', 'b'], text: '', script: '' });
    expect(values('parameters')).toEqual({ from: 'one, two', list: [], text: 'true', script: 'echo "one, two"\n' });
    expect(values('value-files')).toMatchObject({ from: 'eu-a' });
    expect(values('values')).toMatchObject({ from: 'values' });
    expect(rendered.get('till')).toMatch(/namespace: counter[^]*kube: "v1.30.2"[^]*monitoring: "true"/);
  });

  it('that waits for a release of a later wave is told with the chain of waves', async () => {
    const { charts } = await run({ only: ['release-order', 'unread-value'] });
    const shown = charts.flatMap(({ findings }) =>
      findings.map(({ severity, rule, location, message, because, only }) => ({
        said: `${severity} ${rule} ${location.file}:${location.line} ${message}`,
        because: because.map((link) => `${link.location.file}:${link.location.line} ${link.message}`),
        only,
      })),
    );
    expect(shown.filter(({ said }) => said.includes('release-order'))).toEqual([
      {
        said: 'warning release-order charts/web/templates/migrate.yaml:17 Job/web-migrate of web waits for Service/queue of front-queue, which is deployed only after web: neither ever is, if Argo CD waits for the health of Applications',
        because: [
          'order/cache.yaml:2 cache comes after web (sync wave 1)',
          'order/queue.yaml:2 front-queue comes after cache (sync wave 2)',
        ],
        only: 'in web: order/web.yaml:2',
      },
    ]);
    expect(shown.filter(({ said }) => said.includes('misspelt'))).toEqual([
      {
        said: 'warning unread-value order/misspelt.yaml:19 misspelt sets queueName, which its chart never reads',
        because: [],
        only: 'in misspelt: order/misspelt.yaml:2',
      },
    ]);
  });
  it('that only deployments name is linted where it lies outside of what was given; others are not with --deployments only', async () => {
    const outside = await lint({ paths: ['apps'], cwd: repository, env, only: [] });
    expect(outside.errors).toEqual([]);
    expect(outside.charts.map(({ path }) => path)).toEqual(['charts/queue', 'charts/shop']);
    const only = await lint({ paths: ['apps', 'charts/web'], cwd: repository, env, only: [], deployments: 'only' });
    expect(only.charts.map(({ path }) => path)).toEqual(['charts/queue', 'charts/shop']);
    expect(only.passedOver).toContainEqual({
      path: 'charts/web',
      reason: 'no deployment names it (--deployments only)',
    });
    const none = await lint({ paths: ['apps'], cwd: repository, env, deployments: 'none' });
    expect(none.errors.map(({ message }) => message)).toEqual(['apps: no Chart.yaml in this folder or below it']);
    expect(none.deployments).toBeUndefined();
  });

  it('is listed with its deployments as scenarios, also from a folder of a copy without Git', () => {
    const copy = mkdtempSync(join(tmpdir(), 'migrate-lint-test-'));
    try {
      cpSync('fixtures/gitops/argocd', copy, { recursive: true });
      const listed = (option: string) => cli(['apps', option], { cwd: copy }).stdout.trim().split('\n');
      expect(listed('--list-charts')).toEqual(['charts/queue', 'charts/shop']);
      expect(listed('--list-scenarios')).toEqual(expect.arrayContaining(['sources/queue', 'sources/shop', 'plain']));
      expect(listed('--list-files')).toEqual(
        expect.arrayContaining(['apps/plain.yaml', 'environments/common.yaml', 'charts/shop/values-prod.yaml']),
      );
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
