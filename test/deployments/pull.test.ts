// `--pull`: charts that are not in the repository, by the real `helm pull` from a repository and a registry on loopback.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploymentLines, pullLines } from '../../src/cli/deployments.ts';
import { lint } from '../../src/lint.ts';
import type { LintOptions } from '../../src/options.ts';
import { portableResult } from '../../src/portable.ts';
import { report } from '../../src/report/index.ts';
import { updatedBaseline } from '../../src/suppress/baseline.ts';
import { helmBinary } from '../helm/binaries.ts';
import { serveCharts, type ChartsServer } from './charts-server.ts';
import { repository } from './repository.ts';

/** A tar archive of one member. */
function tar(name: string, text: string, type = '0', link = ''): Buffer {
  const header = Buffer.alloc(512);
  const put = (value: string, at: number) => header.write(value, at, 'latin1');
  put(name, 0);
  put('0000644\0', 100);
  put(`${(type === '0' ? text.length : 0).toString(8).padStart(11, '0')}\0`, 124);
  put('00000000000\0', 136);
  put('        ', 148);
  put(type, 156);
  put(link, 157);
  put('ustar\0' + '00', 257);
  put(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  const data = type === '0' ? Buffer.from(text) : Buffer.alloc(0);
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}
const archive = (...members: Buffer[]) => gzipSync(Buffer.concat([...members, Buffer.alloc(1024)]));
const chartFile = tar('odd/Chart.yaml', 'apiVersion: v2\nname: odd\nversion: 1.0.0\n');

let server: ChartsServer;
let cache: string;
let helm: string;
const folders: string[] = [];
beforeAll(async () => {
  helm = (await helmBinary('4.2.3')).path;
  server = await serveCharts(helm, {
    '0.1.0': Buffer.from('no archive'),
    '0.2.0': archive(chartFile, tar('odd/../../../evil.yaml', 'x')),
    '0.3.0': archive(chartFile, tar('odd/templates/passwd.yaml', '', '2', '/etc/passwd')),
    '0.4.0': archive(tar('odd/values.yaml', 'a: 1\n')),
    '0.6.0': archive(chartFile, tar('odd/templates/.hidden.yaml', 'x')),
    '0.7.0': archive(chartFile, tar('odd/values.yaml', 'a: 1\n'), tar('odd/values.yaml', '', '2', 'x')),
    '0.5.0': gzipSync(Buffer.alloc(110 * 1024 * 1024)),
  });
  cache = mkdtempSync(join(tmpdir(), 'migrate-lint-cache-'));
});
afterAll(() => {
  server.close();
  for (const folder of [cache, ...folders]) rmSync(folder, { recursive: true, force: true });
});

/** Lints a repository with these files. */
async function linted(files: Readonly<Record<string, string>>, options: Partial<LintOptions> = {}) {
  const folder = repository(files);
  folders.push(folder);
  const env = { ...process.env, HELM_BIN: helm, XDG_CACHE_HOME: cache, HELM_CACHE_HOME: join(cache, 'of-helm') };
  return lint({ paths: ['.'], cwd: folder, env, pull: true, ...options });
}

const application = (name: string, source: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name} }
spec:
  destination: { namespace: prod }
  source: ${source}
`;
const flux = (kind: string, spec: string, chart: string) => `apiVersion: source.toolkit.fluxcd.io/v1
kind: ${kind}
metadata: { name: charts, namespace: prod }
spec: ${spec}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: shop, namespace: prod }
spec:
  ${chart}
`;
const ofRepository = (url: string, rest = '') =>
  flux(
    'HelmRepository',
    `{ url: "${url}"${rest} }`,
    'chart: { spec: { chart: shop, version: ">=1.0.0", sourceRef: { kind: HelmRepository, name: charts } } }',
  );
/** What was found in which version, and what could not be done. */
const told = ({ charts, errors }: Awaited<ReturnType<typeof linted>>) => [
  ...charts.flatMap(({ version, findings }) =>
    findings
      .filter(({ rule }) => rule === 'hook-deadlock')
      .map(
        ({ location }) =>
          `${version} ${location.file.replace(/^.*(shop-\d)/, '$1').replace(/-[0-9a-f]{12}\//, '/')}:${location.line}`,
      ),
  ),
  ...errors.map(({ message }) => message.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')),
];

describe('a chart is pulled', () => {
  it.each<[string, () => Record<string, string>, string]>([
    ['of a HelmRepository, by a range', () => ({ 'a.yaml': ofRepository(server.repository) }), '1.2.0'],
    [
      'of a HelmRepository that is a registry',
      () => ({ 'a.yaml': ofRepository(`oci://${server.registry}`, ', type: oci, insecure: true') }),
      '1.2.0',
    ],
    [
      'of an OCIRepository, by a tag',
      () => ({
        'a.yaml': flux(
          'OCIRepository',
          `{ url: "oci://${server.registry}/shop", insecure: true, ref: { tag: 1.0.0 } }`,
          'chartRef: { kind: OCIRepository, name: charts }',
        ),
      }),
      '1.0.0',
    ],
    [
      'of an OCIRepository, by a range',
      () => ({
        'a.yaml': flux(
          'OCIRepository',
          `{ url: "oci://${server.registry}/shop", insecure: true, ref: { semver: 1.x } }`,
          'chartRef: { kind: OCIRepository, name: charts }',
        ),
      }),
      '1.2.0',
    ],
    [
      'of an Application',
      () => ({
        'a.yaml': application('shop', `{ repoURL: "${server.repository}", chart: shop, targetRevision: 1.0.0 }`),
      }),
      '1.0.0',
    ],
    [
      'of a helmfile',
      () => ({
        'helmfile.yaml': `repositories:\n- { name: acme, url: "${server.repository}" }\nreleases:\n- { name: shop, namespace: prod, chart: acme/shop, version: ~1.0.0 }\n`,
      }),
      '1.0.0',
    ],
    [
      'of a helmfile that names a registry',
      () => ({
        'helmfile.yaml': `repositories:\n- { name: acme, url: "${server.registry}", oci: true, plainHttp: true }\nreleases:\n- { name: shop, namespace: prod, chart: acme/shop, version: 1.0.0 }\n`,
      }),
      '1.0.0',
    ],
  ])('%s', async (_, files, version) => {
    expect(told(await linted(files()))).toEqual([`${version} shop-${version}/shop/templates/migrate.yaml:14`]);
  });
});

describe('what is not pulled is an error, and costs nothing of the rest', () => {
  const odd = (version: string) => ({
    'a.yaml': application('odd', `{ repoURL: "${server.repository}", chart: odd, targetRevision: ${version} }`),
  });
  it.each<[string, () => Record<string, string>, string]>([
    [
      'a version that is not there',
      () => ({
        'a.yaml': application('shop', `{ repoURL: "${server.repository}", chart: shop, targetRevision: 9.0.0 }`),
      }),
      'a.yaml:2: shop: its chart was not pulled: shop 9.0.0 of http://HOST/charts: helm pull: chart "shop" version "9.0.0" not found in http://HOST/charts repository',
    ],
    [
      'a registry without the tag',
      () => ({
        'a.yaml': flux(
          'OCIRepository',
          `{ url: "oci://${server.registry}/shop", insecure: true, ref: { tag: 3.0.0 } }`,
          'chartRef: { kind: OCIRepository, name: charts }',
        ),
      }),
      'a.yaml:7: prod/shop: its chart was not pulled: shop 3.0.0 of oci://HOST/team: helm pull: ',
    ],
    [
      'a repository that does not answer',
      () => ({ 'a.yaml': application('shop', '{ repoURL: "http://127.0.0.1:9/charts", chart: shop }') }),
      'a.yaml:2: shop: its chart was not pulled: shop of http://HOST/charts: helm pull: looks like "http://HOST/charts" is not a valid chart repository or cannot be reached: Get "http://HOST/charts/index.yaml": dial tcp HOST: connect: connection refused',
    ],
    ['what is no archive', () => odd('0.1.0'), 'its archive is not a gzip archive'],
    ['an archive that leads out of itself', () => odd('0.2.0'), 'its archive holds a path that leads out of it'],
    ['an archive without a Chart.yaml', () => odd('0.4.0'), 'its archive is not that of a chart'],
    [
      'an archive with a template that no folder has',
      () => odd('0.6.0'),
      'its archive holds a template whose name begins with a dot',
    ],
    ['an archive that holds a file and a link of one name', () => odd('0.7.0'), 'its archive holds a path twice'],
    ['an archive that unpacks to very much', () => odd('0.5.0'), 'its archive unpacks to more than 100 MiB'],
    [
      'an address of another kind',
      () => ({ 'a.yaml': ofRepository('file:///etc') }),
      'a.yaml:7: prod/shop: its chart was not pulled: shop >=1.0.0 of file:///etc: its address is neither http, https nor oci',
    ],
    [
      'a name that would be an option',
      () => ({ 'a.yaml': application('shop', `{ repoURL: "${server.repository}", chart: --post-renderer=evil }`) }),
      'its name is not one of a chart',
    ],
    [
      'a version that would be an option',
      () => ({
        'a.yaml': application(
          'shop',
          `{ repoURL: "${server.repository}", chart: shop, targetRevision: "1 --untar\\n" }`,
        ),
      }),
      'its version is not one',
    ],
  ])('%s', async (_, files, message) => {
    const result = await linted({
      ...files(),
      'charts/kept/Chart.yaml': 'apiVersion: v2\nname: kept\nversion: 1.0.0\n',
      'kept.yaml': application('kept', '{ repoURL: "https://git.example/acme/gitops.git", path: charts/kept }'),
    });
    expect(result.charts.map(({ name }) => name)).toEqual(['kept']);
    const [error, ...more] = told(result);
    expect(more).toEqual([]);
    expect(error).toContain(message);
    expect(error).not.toContain('\n');
  });
});

it('links of an archive are not unpacked', async () => {
  const { charts, errors, deployments } = await linted({
    'a.yaml': application('odd', `{ repoURL: "${server.repository}", chart: odd, targetRevision: 0.3.0 }`),
  });
  expect(errors).toEqual([]);
  expect(charts.map(({ name }) => name)).toEqual(['odd']);
  expect(readdirSync(deployments!.pulled[0]!.folder)).toEqual(['Chart.yaml']);
});

it('a password of an address is in no output, and is not sent', async () => {
  const url = server.repository.replace('//', '//robot:hunter2@');
  const result = await linted({
    'a.yaml': ofRepository(`${url}?token=hunter2`),
    'b.yaml': application('b', `{ repoURL: "${url}", chart: shop, targetRevision: 7.0.0 }`),
  });
  expect(result.charts).toHaveLength(1);
  expect(JSON.stringify(result.errors)).toContain('7.0.0');
  const lines = [...deploymentLines(result.deployments!, result.charts, true), ...pullLines(result.deployments, true)];
  expect(JSON.stringify([result, lines])).not.toContain('hunter2');
});

describe('without anything to pull', () => {
  const here = {
    'charts/kept/Chart.yaml': 'apiVersion: v2\nname: kept\nversion: 1.0.0\n',
    'kept.yaml': application('kept', '{ repoURL: "https://git.example/acme/gitops.git", path: charts/kept }'),
  };
  const lines = async (files: Record<string, string>) => pullLines((await linted(files)).deployments, true);
  it('says so', async () => {
    expect(await lines(here)).toEqual(['migrate-lint: --pull: no chart was pulled: those of all deployments are here']);
    expect(await lines({ 'shop/Chart.yaml': here['charts/kept/Chart.yaml'] })).toEqual([
      'migrate-lint: --pull: no deployments were found, so no chart was pulled',
    ]);
  });
  it('a chart of another Git repository is not one of them', async () => {
    const result = await linted({
      ...here,
      'b.yaml': application('b', '{ repoURL: "https://git.example/acme/other.git", path: charts/b }'),
    });
    expect(result.errors).toEqual([]);
    expect(deploymentLines(result.deployments!, result.charts, true).at(-1)).toBe(
      'note: charts/b of https://git.example/acme/other.git (b): it is in another Git repository, which --pull does not fetch: clone that one, and put the chart in charts/',
    );
  });
});

it('nothing is asked for without the flag; a note for each chart says how to get it', async () => {
  const before = server.asked.length;
  const source = `{ repoURL: "${server.repository}", chart: shop, targetRevision: 1.0.0 }`;
  const result = await linted(
    {
      'a.yaml': application('a', source),
      'b.yaml': application('b', source),
      'c.yaml': ofRepository(`oci://${server.registry}`),
    },
    { pull: false },
  );
  expect(server.asked).toHaveLength(before);
  const short = deploymentLines(result.deployments!, result.charts, false);
  expect(short).toEqual([
    'migrate-lint: 0 deployments found, 3 left out (--pull fetches 2 missing charts; --verbose says why)',
  ]);
  const notes = deploymentLines(result.deployments!, result.charts, true).slice(3);
  expect(notes.map((note) => note.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST'))).toEqual([
    "note: shop 1.0.0 of http://HOST/charts (a, b): --pull fetches it; by hand: helm pull shop --repo http://HOST/charts --version '1.0.0' --untar --untardir charts",
    "note: shop >=1.0.0 of oci://HOST/team (prod/shop): --pull fetches it; by hand: helm pull oci://HOST/team/shop --version '>=1.0.0' --untar --untardir charts",
  ]);
});

it('reports name it by its repository and version, whatever the cache and the folder of the checkout', async () => {
  const reports = async (cacheHome: string) => {
    const folder = repository({
      'a.yaml': application('shop', `{ repoURL: "${server.repository}", chart: shop, targetRevision: 1.0.0 }`),
    });
    folders.push(folder, cacheHome);
    const env = { ...process.env, HELM_BIN: helm, XDG_CACHE_HOME: cacheHome, HELM_CACHE_HOME: join(cache, 'of-helm') };
    const result = portableResult(await lint({ paths: ['.'], cwd: folder, env, pull: true }), folder);
    const options = { version: '1', cwd: folder, color: false, width: 100, hyperlinks: false, showRendered: false };
    const drawn = await Promise.all((['stylish', 'json', 'sarif'] as const).map((one) => report(one, result, options)));
    return { result, drawn, baseline: updatedBaseline(undefined, result.charts, { file: 'b.json', cwd: folder }) };
  };
  const one = await reports(mkdtempSync(join(tmpdir(), 'migrate-lint-cache-a-')));
  const other = await reports(mkdtempSync(join(tmpdir(), 'migrate-lint-other-cache-')));
  const name = `${server.repository.replace('http://', '').replace(':', '_')}/shop-1.0.0`;
  expect(one.result.charts.map(({ path }) => path)).toEqual([name]);
  expect(Object.keys(one.baseline.charts)).toEqual([name]);
  expect(one.baseline).toEqual(other.baseline);
  for (const text of one.drawn) {
    expect(text).toContain(`${name}/templates/migrate.yaml`);
    expect(text).not.toContain('migrate-lint-cache-a-');
  }
  // The line of the template, which is read in the cache.
  expect(one.drawn[0]).toMatch(/>\s+14 │ .*\S/);
});

it('has the policy of the folder in which it is deployed', async () => {
  const { charts } = await linted({
    'a.yaml': application('shop', `{ repoURL: "${server.repository}", chart: shop, targetRevision: 1.0.0 }`),
    '.migrate-lint.yaml': 'rules: { hook-deadlock: off }\n',
  });
  expect(charts[0]!.findings.filter(({ rule }) => rule === 'hook-deadlock')).toEqual([]);
});
