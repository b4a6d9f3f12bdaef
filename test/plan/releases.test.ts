// `migrate-lint plan` of a folder that says what is deployed: releases as lanes, in each format.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { unpacked, type Packed } from '../../src/plan/html/pack.ts';
import type { PlanRelease } from '../../src/plan/plan.ts';
import { run } from '../chart/cli.ts';

const release = (name: string, chart: string, after: readonly string[] = []) => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: ${name}, namespace: prod }
spec:
  chart: { spec: { chart: ${chart}, sourceRef: { kind: ${chart.startsWith('.') ? 'GitRepository, name: flux-system' : 'HelmRepository, name: far'} } } }
  dependsOn: [${after.map((one) => `{ name: ${one} }`).join(', ')}]
---
`;
const service = (name: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { ports: [{ port: 9200 }] }\n`;
const waits = (host: string) => `apiVersion: batch/v1
kind: Job
metadata: { name: migrate, annotations: { helm.sh/hook: pre-install } }
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: migrate, image: migrate:1, command: [sh, -c, 'until nc -z ${host} 9200; do sleep 1; done'] }]
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'migrate-lint-lanes-'));
  const files = {
    'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'charts/shop/templates/all.yaml': waits('search'),
    'charts/search/Chart.yaml': 'apiVersion: v2\nname: search\nversion: 2.0.0\n',
    'charts/search/templates/all.yaml': service('search'),
    'releases.yaml': [
      release('base', 'operator'),
      release('shop', './charts/shop', ['base']),
      release('search', './charts/search', ['shop']),
      release('alone', './charts/search'),
      release('one', './charts/search', ['two']),
      release('two', './charts/search', ['one']),
    ].join(''),
    'far.yaml':
      'apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: { name: far, namespace: prod }\nspec: { url: "https://charts.example" }\n',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const plan = (...args: string[]) => run(['plan', '.', ...args], { cwd: folder });

describe('the plan of a folder with deployments', () => {
  it('begins with its releases in their order, and the chain of those that never come', async () => {
    const { code, stdout, stderr } = plan();
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
    await expect(stdout).toMatchFileSnapshot('releases.txt');
    expect([code, stderr]).toEqual([
      0,
      'migrate-lint: 5 deployments found, 1 left out (--pull fetches 1 missing chart; --verbose says why)\n',
    ]);
  });

  it('as JSON follows the schema', () => {
    const made = JSON.parse(plan('--format', 'json').stdout) as { releases: PlanRelease[] };
    const valid = new Ajv({ allErrors: true }).compile(
      JSON.parse(readFileSync('schema/plan.schema.json', 'utf8')) as object,
    );
    expect([valid(made), valid.errors]).toEqual([true, null]);
    expect(made.releases.map(({ name, lane, state }) => [name, lane, state])).toEqual([
      ['prod/alone', 1, 'passes'],
      ['prod/base', 1, 'unknown'],
      ['prod/shop', 2, 'stops'],
      ['prod/search', 3, 'not-reached'],
      ['prod/one', undefined, 'stops'],
      ['prod/two', undefined, 'stops'],
    ]);
  });

  it('as Mermaid and dot has a group for each step', () => {
    const mermaid = plan('--format', 'mermaid').stdout;
    expect(mermaid).toContain('  subgraph releases["Releases"]\n');
    expect(mermaid).toContain('release2["prod/shop"]');
    expect(mermaid).toContain('release2 -->|"then"| release3');
    const dot = plan('--format', 'dot').stdout;
    expect(dot).toContain('subgraph "cluster_releases2"');
    expect(dot).toContain('release2 -> release3 [label="then", color="#cc0000"');
  });

  it('as a page holds them', () => {
    const page = plan('--format', 'html').stdout;
    const [, data] = /id="data">(.*?)<\/script>/s.exec(page)!;
    const { releases } = unpacked(JSON.parse(data!) as Packed) as unknown as { releases: PlanRelease[] };
    expect(releases).toHaveLength(6);
    expect(page).toContain('<nav id="releases"');
  });

  it('says where it ignores them', () => {
    for (const option of [['--deployments', 'none'], ['--no-scenarios']]) {
      const { stdout, stderr } = plan(...option);
      expect(stdout).not.toContain('releases');
      expect(stderr).toBe(`migrate-lint: there are deployments, which this plan ignores (${option.join(' ')})\n`);
    }
  });
});

it('a folder without deployments has the plan that it had', () => {
  const other = mkdtempSync(join(tmpdir(), 'migrate-lint-lanes-'));
  try {
    cpSync(join(folder, 'charts'), other, { recursive: true });
    const without = run(['plan', other, '--deployments', 'none', '--format', 'json']);
    expect(run(['plan', other, '--format', 'json'])).toEqual(without);
    expect(JSON.parse(without.stdout)).not.toHaveProperty('releases');
  } finally {
    rmSync(other, { recursive: true, force: true });
  }
});
