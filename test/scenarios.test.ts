// Scenarios, subcharts and missing dependencies: every way in which a team's chart is rendered.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';

let env: Record<string, string | undefined>;
beforeAll(async () => {
  env = { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path };
});

const limited = migrationJob({ spec: '' }).replace('spec:\n', 'spec:\n  backoffLimit: 3\n');
/** A hook Job without backoffLimit only where `.Values.bare`. */
const switched = `{{- if .Values.bare }}\n${migrationJob()}{{- else }}\n${limited}{{- end }}\n`;

async function run(chart: string, options: Partial<LintOptions> = {}) {
  const { charts, errors } = await lint({ paths: [chart], cwd: chart, env, ...options });
  return {
    errors: errors.map(({ message }) => message),
    notes: charts[0]?.notes ?? [],
    unjudged: (charts[0]?.findings ?? [])
      .filter(({ rule }) => rule === 'not-judged')
      .map(({ severity, location, message }) => `${location.file}:${location.line} ${severity} ${message}`),
    scenarios: charts[0]?.scenarios,
    findings: (charts[0]?.findings ?? []).map(({ rule, scenarios, only, dependency }) => ({
      rule,
      scenarios,
      only,
      dependency,
    })),
    suppressed: (charts[0]?.suppressed ?? []).map(({ by, finding }) => `${by} ${finding.rule}`),
  };
}

describe('scenarios', () => {
  const files = { 'values.yaml': 'bare: false\n', 'templates/job.yaml': switched, 'env/bare.yaml': 'bare: true\n' };
  const policy =
    'scenarios:\n  - name: production\n  - name: staging\n    values: [env/bare.yaml]\n  - name: laptop\n    set: {bare: true}\n';

  it('are linted each, and findings say in which they appear', async () => {
    const { findings, scenarios, errors } = await run(scratchChart({ ...files, '.migrate-lint.yaml': policy }));
    expect(errors).toEqual([]);
    expect(scenarios).toEqual(['production', 'staging', 'laptop']);
    expect(findings).toEqual([
      {
        rule: 'backoff-limit',
        scenarios: ['staging', 'laptop'],
        only: 'only in scenarios staging, laptop',
        dependency: undefined,
      },
    ]);
  });
  it('that all show a finding are not named one by one', async () => {
    const { findings } = await run(
      scratchChart({ ...files, 'templates/job.yaml': migrationJob(), '.migrate-lint.yaml': policy }),
    );
    expect(findings).toEqual([
      { rule: 'backoff-limit', scenarios: ['production', 'staging', 'laptop'], only: undefined, dependency: undefined },
    ]);
  });
  it('can be chosen, left out, and misspelt', async () => {
    const chart = scratchChart({ ...files, '.migrate-lint.yaml': policy });
    expect((await run(chart, { scenarios: ['production'] })).findings).toEqual([]);
    expect((await run(chart, { scenarios: ['laptop'] })).findings).toHaveLength(1);
    expect((await run(chart, { scenarios: false })).findings).toEqual([]);
    expect((await run(chart, { scenarios: ['stagng'] })).errors).toEqual([
      expect.stringContaining('there is no scenario stagng; there are production, staging, laptop'),
    ]);
  });
  it('come from ci/*-values.yaml as chart-testing has it', async () => {
    const { findings, scenarios } = await run(
      scratchChart({ ...files, 'ci/bare-values.yaml': 'bare: true\n', 'ci/README.md': '' }),
    );
    expect(scenarios).toEqual(['default', 'ci/bare-values.yaml']);
    expect(findings).toMatchObject([{ scenarios: ['ci/bare-values.yaml'] }]);
  });
  it('of ci/ stand for defaults that do not render', async () => {
    const { errors, unjudged, scenarios } = await run(
      scratchChart({
        'templates/job.yaml': `{{ required "tell db" .Values.db }}\n`,
        'ci/a-values.yaml': 'db: "# x"\n',
        'ci/b-values.yaml': 'db: "# y"\n',
      }),
    );
    expect(errors).toEqual([]);
    expect(scenarios).toEqual(['ci/a-values.yaml', 'ci/b-values.yaml']);
    expect(unjudged).toEqual([
      expect.stringMatching(/^Chart\.yaml:1 warning The default values were not judged: .*tell db$/),
    ]);
  });
  it('that fail are told, and the others go on', async () => {
    const { errors, findings, unjudged } = await run(
      scratchChart({
        ...files,
        '.migrate-lint.yaml': `${policy}  - name: broken\n    set: {"a.b.c": 1, a: 2}\n    kubeVersion: none\n`,
      }),
    );
    expect(errors).toEqual([]);
    expect(unjudged).toEqual([expect.stringMatching(/^\.migrate-lint\.yaml:7 error Scenario broken was not judged: /)]);
    expect(findings.map(({ rule }) => rule)).toEqual(['not-judged', 'backoff-limit']);
  });
  it('that are many are counted, and those without the finding are named', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const set = (bare: boolean) => names.map((name) => `  - name: ${name}\n    set: {bare: ${bare}}\n`).join('');
    const under = async (list: string) =>
      (await run(scratchChart({ ...files, '.migrate-lint.yaml': `scenarios:\n${list}` }))).findings[0]!.only;
    expect(await under(`${set(true)}  - name: plain\n`)).toBe('in 4 of 5 scenarios, not plain');
    expect(await under(`${set(true)}${set(false).replaceAll('name: ', 'name: x')}  - name: y\n`)).toBe(
      'only in 4 of 9 scenarios: a, b, c and 1 more',
    );
  });
  it('have an engine, a namespace and a last revision of their own', async () => {
    const chart = scratchChart({
      'templates/job.yaml': limited,
      '.migrate-lint.yaml':
        'scenarios:\n  - {name: helm}\n  - {name: argo, engine: argocd}\n  - {name: gone, from: nowhere/at-all}\n',
    });
    const { errors, unjudged } = await run(chart);
    expect(errors).toEqual([]);
    expect(unjudged).toEqual([
      expect.stringMatching(/^\.migrate-lint\.yaml:4 error Scenario gone was not judged: .*nowhere\/at-all/),
    ]);
  });
  it('keep a directive that does its work in one of them', async () => {
    const chart = scratchChart({
      ...files,
      'templates/job.yaml': switched.replace('spec:\n', 'spec: # migrate-lint-disable-line backoff-limit\n'),
      '.migrate-lint.yaml': policy,
    });
    expect(await run(chart, { reportUnused: true })).toMatchObject({
      findings: [],
      suppressed: ['comment backoff-limit'],
    });
  });
});

describe('subcharts', () => {
  const wait = limited.replace(
    '      containers:',
    '      initContainers:\n        - name: wait\n          image: busybox\n          command: [sh, -c, "until nc -z {{ .Release.Name }}-redis 6379; do sleep 1; done"]\n      containers:',
  );
  const redis = {
    'charts/redis/Chart.yaml': 'apiVersion: v2\nname: redis\nversion: 1.0.0\n',
    'charts/redis/templates/job.yaml': migrationJob().replace('-migrate', '-redis-init'),
    'charts/redis/templates/redis.yaml':
      'apiVersion: v1\nkind: Service\nmetadata: {name: "{{ .Release.Name }}-redis"}\nspec: {selector: {app: redis}, ports: [{port: 6379}]}\n',
  };
  const chartYaml = (repository: string) =>
    `apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n  - name: redis\n    version: 1.0.0\n    repository: ${repository}\n`;
  const thirdParty = { 'Chart.yaml': chartYaml('https://charts.example.com'), ...redis };

  it("of third parties are left out, and findings of one's own name theirs", async () => {
    const chart = scratchChart(thirdParty);
    expect(await run(chart)).toMatchObject({ findings: [], suppressed: ['subchart backoff-limit'] });
    expect((await run(chart, { dependencies: 'all' })).findings).toMatchObject([
      { rule: 'backoff-limit', dependency: 'redis' },
    ]);
    const own = scratchChart({ ...thirdParty, 'Chart.yaml': chartYaml('file://../redis') });
    expect((await run(own)).findings).toMatchObject([{ rule: 'backoff-limit', dependency: 'redis' }]);
    expect((await run(own, { dependencies: 'none' })).findings).toEqual([]);
    expect((await run(scratchChart(redis))).findings).toMatchObject([{ rule: 'backoff-limit', dependency: 'redis' }]);
  });
  it('are chosen by the policy too', async () => {
    expect(
      (await run(scratchChart({ ...thirdParty, '.migrate-lint.yaml': 'dependencies: all\n' }))).findings,
    ).toHaveLength(1);
    expect(
      (await run(scratchChart({ ...thirdParty, '.migrate-lint.yaml': 'dependencies: all\n' }), { dependencies: 'own' }))
        .findings,
    ).toEqual([]);
  });
  it.each(['all', 'own', 'none'] as const)(
    "whose Service a parent's hook waits for are the parent's finding (%s)",
    async (dependencies) => {
      const { findings } = await run(
        scratchChart({ ...thirdParty, 'charts/redis/templates/job.yaml': '', 'templates/job.yaml': wait }),
        { dependencies },
      );
      expect(findings).toMatchObject([{ rule: 'hook-deadlock', dependency: undefined }]);
    },
  );
  it('that are missing get one line with the command; --dependency-build runs it', async () => {
    const chart = scratchChart({
      'Chart.yaml': chartYaml('file://lib/redis'),
      ...Object.fromEntries(Object.entries(redis).map(([path, text]) => [path.replace('charts/', 'lib/'), text])),
    });
    const elsewhere = scratchChart({ 'Chart.yaml': chartYaml('https://charts.example.com') });
    const { errors } = await run(elsewhere);
    expect(errors).toEqual([expect.stringMatching(/redis.*helm dependency build/)]);
    expect(errors[0]).not.toContain('\n');
    expect((await run(chart)).findings).toMatchObject([{ rule: 'backoff-limit', dependency: 'redis' }]);
    expect(existsSync(join(chart, 'charts'))).toBe(false);
    expect((await run(chart, { dependencyBuild: true })).findings).toMatchObject([
      { rule: 'backoff-limit', dependency: 'redis' },
    ]);
    expect(existsSync(join(chart, 'charts/redis-1.0.0.tgz'))).toBe(true);
  });
  it('that cannot be built are one line too', async () => {
    const chart = scratchChart({ 'Chart.yaml': chartYaml('file://lib/none') });
    const { errors } = await run(chart, { dependencyBuild: true });
    expect(errors).toEqual([expect.stringMatching(/helm dependency build: /)]);
    expect(errors[0]).not.toContain('\n');
    writeFileSync(join(chart, 'Chart.yaml'), 'name: [');
    expect((await run(chart, { dependencyBuild: true })).errors).toHaveLength(1);
  });
});
