// Charts that are not in the repository but were put there, or into Helm's cache: of the very version, and nothing else.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { lint } from '../../src/lint.ts';
import { helmBinary } from '../helm/binaries.ts';
import { repository } from './repository.ts';

let made: string;
beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'migrate-lint-vendored-'));
  mkdirSync(join(made, 'redis/templates'), { recursive: true });
  writeFileSync(join(made, 'redis/Chart.yaml'), 'apiVersion: v2\nname: redis\nversion: 1.2.3\n');
  writeFileSync(join(made, 'redis/templates/a.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n');
  execFileSync((await helmBinary('4.2.3')).path, ['package', 'redis', '-d', made], { cwd: made, stdio: 'ignore' });
});
afterAll(() => rmSync(made, { recursive: true, force: true }));

const application = (version: string, chart = 'redis') => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: cache }
spec:
  destination: { namespace: prod }
  source: { repoURL: "https://charts.example", chart: ${chart}, targetRevision: "${version}" }
`;
const folder = (to: string) => cpSync(join(made, 'redis'), to, { recursive: true });
const archive = (to: string) => cpSync(join(made, 'redis-1.2.3.tgz'), to);

it.each<[string, (root: string) => void, string, string | undefined]>([
  ['a folder beside the Application', (root) => folder(join(root, 'apps/charts/redis')), '1.2.3', 'apps/charts/redis'],
  [
    'an archive beside it',
    (root) => archive(join(root, 'apps/charts/redis-1.2.3.tgz')),
    '1.2.3',
    'apps/charts/redis-1.2.3.tgz',
  ],
  ['a folder above it', (root) => folder(join(root, 'charts/redis')), '1.2.3', 'charts/redis'],
  ['a folder of another version', (root) => folder(join(root, 'charts/redis')), '1.2.4', undefined],
  ['an archive of another version', (root) => archive(join(root, 'charts/redis-1.2.3.tgz')), '1.2.4', undefined],
  ['a range', (root) => folder(join(root, 'charts/redis')), '1.x', undefined],
  [
    'a link out of the repository',
    (root) => (mkdirSync(join(root, 'charts')), symlinkSync(join(made, 'redis'), join(root, 'charts/redis'))),
    '1.2.3',
    undefined,
  ],
  [
    "an archive in Helm's cache",
    (root) => archive(join(made, root.slice(-6), 'redis-1.2.3.tgz')),
    '1.2.3',
    'redis-1.2.3.tgz',
  ],
])('%s', async (_, put, version, expected) => {
  const root = repository({ 'apps/cache.yaml': application(version) });
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const cache = join(made, root.slice(-6));
  for (const path of [join(root, 'apps/charts'), cache]) mkdirSync(path, { recursive: true });
  put(root);
  const env = { ...process.env, HELM_REPOSITORY_CACHE: cache };
  const { charts, deployments } = await lint({ paths: ['apps'], cwd: root, env });
  expect(
    charts
      .filter(({ deployments: of = [] }) => of.length > 0)
      .map(({ path }) => path.replace(/^.*\/(?=redis-[^/]*$)/, path.includes('charts/') ? '$&' : '')),
  ).toEqual(expected === undefined ? [] : [expected]);
  expect(deployments?.leftOut.map(({ reason }) => reason) ?? []).toEqual(
    expected === undefined ? [`its chart is not in this repository: redis ${version} of https://charts.example`] : [],
  );
});

it('a name that leads elsewhere is nowhere', async () => {
  const root = repository({ 'apps/cache.yaml': application('1.2.3', '../../redis') });
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  folder(join(root, 'redis'));
  const { deployments } = await lint({ paths: ['apps'], cwd: root, env: process.env });
  expect(deployments ? deployments.found : []).toEqual([]);
});
