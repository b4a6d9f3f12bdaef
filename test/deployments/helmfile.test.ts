// helmfile: what releases of helmfiles mean, and what is found in them. The meanings are those of helmfile 1.7; what it
// prints itself is compared in oracles.slow.test.ts.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { globbySync } from 'globby';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lint } from '../../src/lint.ts';
import type { LintResult } from '../../src/result.ts';
import { chart, deploymentsOf, repository } from './repository.ts';

describe('the repository of fixtures/gitops/helmfile', () => {
  let folder: string;
  let result: LintResult;
  beforeAll(async () => {
    folder = repository({}, 'fixtures/gitops/helmfile');
    result = await lint({ paths: ['.'], cwd: folder, env: process.env });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds in each release what is expected there', () => {
    expect(result.errors).toEqual([]);
    const expected: string[] = [];
    for (const file of globbySync('**/helmfile.yaml', { cwd: folder }).sort())
      readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .forEach((text, index) => {
          const [, rule] = /# expect: (.*)$/.exec(text) ?? [];
          if (rule !== undefined && rule !== 'none') expected.push(`${file}:${index + 1} ${rule}`);
        });
    const places = new Map(result.deployments!.found.map(({ name, at }) => [name, `${at.file}:${at.line}`]));
    const found = result.charts.flatMap(({ findings }) =>
      findings.flatMap(({ rule, scenarios = [] }) => scenarios.map((name) => `${places.get(name)} ${rule}`)),
    );
    expect([...new Set(found)].sort()).toEqual(expected.sort());
  });

  it('has a deadlock in one of two environments', () => {
    const [deadlock] = result.charts[0]!.findings.filter(({ scenarios }) =>
      scenarios?.includes('staging/shop-staging/shop'),
    );
    expect(deadlock).toMatchObject({
      rule: 'hook-deadlock',
      only: expect.not.stringContaining('prod/shop-prod') as string,
    });
    expect(result.deployments!.found.map(({ name }) => name)).toContain('prod/shop-prod/shop');
  });

  it('says where a value is written, wherever the working directory is', async () => {
    const { charts } = await lint({ paths: ['fixtures/gitops/helmfile'], cwd: process.cwd(), env: process.env });
    const [late] = charts[0]!.findings.filter(({ rule }) => rule === 'job-deadline');
    expect(late!.location.value).toMatchObject({
      path: '.Values.migration.deadline',
      file: 'fixtures/gitops/helmfile/helmfile.yaml',
    });
  });

  it('leaves out what only helmfile can render, and what is not in the repository', () => {
    expect(
      result.deployments!.leftOut.map(({ what, at, reason }) => `${at.file}:${at.line} ${what}: ${reason}`),
    ).toEqual([
      'helmfile.yaml:82 release disabled: it is not installed in the environment default',
      'templated/helmfile.yaml.gotmpl:1 templated/helmfile.yaml.gotmpl: it needs helmfile for the template {{- range list "a" "b" }}, and helmfile is not run: its templates can run programs',
      'helmfile.yaml:87 prod/podinfo: its chart is not in this repository: podinfo 6.9.0 of https://charts.example/podinfo',
    ]);
  });
});

async function one(release: string, more: Record<string, string> = {}, head = '') {
  const { deployments, leftOut } = await deploymentsOf({
    ...chart('charts/shop'),
    'helmfile.yaml': `${head}\nreleases:\n- name: shop\n  namespace: prod\n  chart: ./charts/shop\n${release.replace(/^/gm, '  ')}\n`,
    ...more,
  });
  return { deployment: deployments[0], leftOut: leftOut.map(({ reason }) => reason) };
}

describe('a release', () => {
  it.each([
    ['', { wait: false, timeout: 300, engine: 'helm' }],
    ['wait: true', { wait: true }],
    ['atomic: true', { wait: true }],
    ['rollbackOnFailure: true', { wait: true }],
    ['waitTemplate: "{{ eq 1 1 }}"', undefined],
    ['timeout: 20', { timeout: 20 }],
    ['needs: [a, other/b, context/third/c]', { after: ['prod/a', 'other/b', 'third/c'] }],
    ['skipSchemaValidation: true', { skipSchemaValidation: true }],
    ['kubeVersion: v1.29.0', { kubeVersion: 'v1.29.0' }],
    ['secrets: [a.yaml]\njsonPatches: [{}]', { notApplied: ['its secrets', 'its jsonPatches'] }],
    ['installedTemplate: "{{ .Environment.Name }}"', {}],
    ['installedTemplate: "false"', undefined],
    ['condition: "false"', undefined],
    ['installed: false', undefined],
  ])('with %j', async (text, wanted) => {
    const { deployment } = await one(text);
    if (wanted === undefined) expect(deployment).toBeUndefined();
    else expect(deployment).toMatchObject(wanted);
  });

  it.each([
    [
      'helmDefaults: { wait: true, timeout: 60, args: [--no-hooks] }',
      '',
      { wait: true, timeout: 60, disabledHooks: ['install', 'upgrade'] },
    ],
    ['helmDefaults: { wait: true }', 'wait: false', { wait: false }],
    ['helmDefaults: { args: [--atomic] }', '', { wait: true }],
    ['namespace: all', 'needs: [other]', { namespace: 'all', name: 'all/shop', after: ['all/other'] }],
  ])('after %j with %j', async (head, text, wanted) => {
    expect((await one(text, {}, head)).deployment).toMatchObject(wanted);
  });

  it('takes a value of its template before its own, as helmfile does', async () => {
    const { deployment } = await one(
      'inherit: [{ template: t }]\ntimeout: 20\nvalues: [{ x: 2 }]',
      {},
      'templates: { t: { timeout: 10, values: [{ x: 1 }] } }',
    );
    expect(deployment).toMatchObject({ timeout: 10 });
    expect(deployment?.values.map((value) => (value.kind === 'inline' ? value.text.trim() : ''))).toEqual([
      '{ x: 1 }',
      '{ x: 2 }',
    ]);
  });

  it('gets values that helmfile does not render as they are written', async () => {
    const { deployment } = await one(
      'valuesTemplate: [{ a: "{{ .Release.Name }}" }]\nvalues: [{ b: "{{ .Release.Name }}" }, "values-{{ .Release.Name }}.yaml"]\nset: [{ name: c, value: "x,y" }]',
      { 'values-shop.yaml': '{}' },
    );
    expect(deployment?.values).toMatchObject([
      { text: '{"a":"shop"}' },
      { text: expect.stringContaining('{{ .Release.Name }}') as string },
      { path: expect.stringMatching(/values-shop\.yaml$/) as string },
      { flag: '--set', value: 'c=x\\,y' },
    ]);
  });

  it('loses only the value that helmfile has to render', async () => {
    const { deployments } = await deploymentsOf({
      ...chart('charts/shop'),
      'helmfile.yaml.gotmpl': `releases:
- name: shop
  chart: ./charts/shop
  installed: {{ eq .Environment.Name "prod" }}
  values:
  - host: {{ requiredEnv "HOST" }}
    port: 5432
`,
    });
    expect(deployments[0]).toMatchObject({
      values: [{ text: '{"port":5432}' }],
      notApplied: [
        'its installed (the template {{ eq .Environment.Name "prod" }}), which is taken for true',
        'a value (the template {{ requiredEnv "HOST" }})',
      ],
    });
  });

  it('is read with the helmfile that includes it', async () => {
    const { deployments } = await deploymentsOf({
      ...chart('charts/shop'),
      'helmfile.yaml': 'environments: { a: {}, b: {} }\n---\nbases: [base.yaml]\nhelmfiles: [{ path: sub/*.yaml }]\n',
      'base.yaml': 'helmDefaults: { timeout: 9 }\n',
      'sub/helmfile.yaml': 'releases:\n- name: shop\n  chart: ../charts/shop\n',
    });
    expect(deployments.map(({ name }) => name)).toEqual(['a/shop', 'b/shop']);
  });
});
