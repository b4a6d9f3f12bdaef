// What a team writes down: extended files, commands, needs, overrides.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';

let env: Record<string, string | undefined>;
beforeAll(async () => {
  env = { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path };
});

async function run(chart: string, options: Partial<LintOptions> = {}) {
  const { charts, errors } = await lint({ paths: [chart], cwd: chart, env, ...options });
  return {
    errors: errors.map(({ message }) => message),
    found: (charts[0]?.findings ?? []).map(({ rule, severity, message }) => `${rule} ${severity}: ${message}`),
  };
}
const rulesOf = async (chart: string, options: Partial<LintOptions> = {}) => {
  const { errors, found } = await run(chart, options);
  expect(errors).toEqual([]);
  return found.map((line) => line.split(' ')[0]);
};

const limited = migrationJob().replace('spec:\n', 'spec:\n  backoffLimit: 3\n');
const service =
  'apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {selector: {app: db}, ports: [{port: 5432}]}\n';

describe('extends', () => {
  const files = {
    'templates/job.yaml': migrationJob(),
    'base.yaml': 'rules: {backoff-limit: warning}\n',
    'team/more.yaml': 'extends: ../base.yaml\nexternal: [db]\n',
  };
  it('takes files, and this file wins', async () => {
    expect((await run(scratchChart({ ...files, '.migrate-lint.yaml': 'extends: base.yaml\n' }))).found).toEqual([
      expect.stringMatching(/^backoff-limit warning/),
    ]);
    expect(
      (await run(scratchChart({ ...files, '.migrate-lint.yaml': 'extends: [strict, ./team/more.yaml]\n' }))).found,
    ).toContainEqual(expect.stringMatching(/^backoff-limit warning/));
    expect(
      await rulesOf(
        scratchChart({ ...files, '.migrate-lint.yaml': 'extends: ./team/more.yaml\nrules: {backoff-limit: off}\n' }),
      ),
    ).toEqual([]);
  });
  it.each([
    [
      'a circle',
      { 'a.yaml': 'extends: ./b.yaml\n', 'b.yaml': 'extends: ./a.yaml\n', '.migrate-lint.yaml': 'extends: ./a.yaml\n' },
      /b\.yaml:1:10: extends forms a cycle: a\.yaml → b\.yaml → a\.yaml/,
    ],
    ['itself', { '.migrate-lint.yaml': 'extends: ./.migrate-lint.yaml\n' }, /cycle/],
    [
      'a missing file',
      { '.migrate-lint.yaml': 'rules: {}\nextends: ./none.yaml\n' },
      /\.migrate-lint\.yaml:2:10: no such policy file: none\.yaml/,
    ],
    ['a folder', { 'x.yaml/y': '', '.migrate-lint.yaml': 'extends: ./x.yaml\n' }, /1:10: no such policy file/],
    ['a URL', { '.migrate-lint.yaml': 'extends: https://example.com/p.yaml\n' }, /1:10: there is no preset https/],
    [
      'a fault in the other file',
      { 'b.yaml': 'rulez: {}\n', '.migrate-lint.yaml': 'extends: ./b.yaml\n' },
      /^b\.yaml:1:1: the policy has no key rulez/,
    ],
    [
      'more than fifty files',
      {
        ...Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`p${n}.yaml`, `extends: ./p${n + 1}.yaml\n`])),
        'p60.yaml': '',
        '.migrate-lint.yaml': 'extends: ./p0.yaml\n',
      },
      /more than 50 files/,
    ],
    [
      'a huge one',
      { 'b.yaml': `# ${'x'.repeat(1_100_000)}\n`, '.migrate-lint.yaml': 'extends: ./b.yaml\n' },
      /larger than 1 MiB/,
    ],
  ])('%s is one clear line', async (_, policies, message) => {
    const { errors } = await run(scratchChart({ ...files, ...(policies as object) }));
    expect(errors).toEqual([expect.stringMatching(message)]);
    expect(errors[0]).not.toContain('\n');
  });
});

describe('rules', () => {
  it('one-hook-job: error gives an error for each service that is not migrated by exactly one Job', async () => {
    const pod = (name: string, containers: string) =>
      `---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: ${name}}}\n  template:\n    metadata: {labels: {app: ${name}}}\n    spec:\n${containers}`;
    const image = (name: string) => `image: "registry.example/${name}:1"`;
    const migrate = 'command: [alembic, upgrade, head]';
    const chart = scratchChart({
      'templates/pods.yaml': [
        pod(
          'init',
          `      initContainers: [{name: first, ${image('init')}, ${migrate}}]\n      containers: [{name: main, ${image('init')}}]\n`,
        ),
        pod(
          'start',
          `      containers: [{name: main, ${image('start')}, command: [sh, -c, "alembic upgrade head && serve"]}]\n`,
        ),
        pod('listed', `      containers: [{name: main, ${image('listed')}}]\n`),
        pod('fine', `      containers: [{name: main, ${image('fine')}}]\n`),
      ].join(''),
      'templates/twice.yaml': `${limited.replace('-migrate', '-one')}---\n${limited.replace('-migrate', '-two').replace('[alembic, upgrade, head]', '[sh, -c, "alembic upgrade head"]')}`,
      'templates/fine.yaml': limited.replace('-migrate', '-fine').replaceAll('shop:', 'fine:'),
    });
    const services = 'services: [{name: listed}, {name: fine}]\n';
    const found = async (rules: string) => {
      writeFileSync(join(chart, '.migrate-lint.yaml'), `${rules}${services}`);
      return (await run(chart, { only: ['one-hook-job'] })).found.map((line) => line.slice(0, 60)).sort();
    };
    expect(await found('rules: {one-hook-job: error}\n')).toEqual([
      expect.stringMatching(/^one-hook-job error: Deployment\/init migrates in its init/),
      expect.stringMatching(/^one-hook-job error: Deployment\/start migrates in its start/),
      expect.stringMatching(/^one-hook-job error: Job\/release-name-two runs the same/),
      expect.stringMatching(/^one-hook-job error: The service listed/),
    ]);
    // Without the setting it is an error for Jobs and listed services only.
    const usual = await found('');
    expect(usual.filter((line) => line.includes(' error: '))).toHaveLength(2);
    expect(usual.filter((line) => line.includes(' warning: '))).toHaveLength(2);
  });
  it('backoff-limit looks at hooks that do not migrate in the preset strict only', async () => {
    const files = {
      'templates/job.yaml': migrationJob()
        .replace('[alembic, upgrade, head]', '[shop, warm-cache]')
        .replaceAll('migrate', 'warm'),
    };
    expect(await rulesOf(scratchChart(files))).not.toContain('backoff-limit');
    const { found } = await run(scratchChart({ ...files, '.migrate-lint.yaml': 'extends: strict\n' }));
    expect(found).toContainEqual(expect.stringMatching(/^backoff-limit warning/));
  });
});

describe('commands', () => {
  // One replica that migrates in an init container is `one-hook-job`, where it is certain that it migrates.
  const deployment = (command: string) =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: shop}}\n  template:\n    metadata: {labels: {app: shop}}\n    spec:\n      initContainers: [{name: first, image: "registry.example/shop:1", command: ${command}}]\n      containers: [{name: shop, image: "registry.example/shop:1"}]\n`;
  it('make a command migrate', async () => {
    const job = deployment('[uv, run, db, sync-schema]');
    expect(await rulesOf(scratchChart({ 'templates/job.yaml': job }))).toEqual([]);
    for (const match of ['uv run db sync-schema', 'db sync-schema', '"*sync-schema"']) {
      expect(
        await rulesOf(
          scratchChart({
            'templates/job.yaml': job,
            '.migrate-lint.yaml': `commands: [{match: ${match}, migrates: alembic}]\n`,
          }),
        ),
      ).toEqual(['one-hook-job']);
    }
    expect(
      await rulesOf(
        scratchChart({
          'templates/job.yaml': job,
          '.migrate-lint.yaml': 'commands: [{match: db other, migrates: true}]\n',
        }),
      ),
    ).toEqual([]);
  });
  it('unmake one, of an image too', async () => {
    const job = deployment('[alembic, upgrade, head]');
    const found = (policy: string) =>
      rulesOf(scratchChart({ 'templates/job.yaml': job, '.migrate-lint.yaml': policy }));
    expect(await found('commands: [{match: alembic upgrade, migrates: false}]\n')).toEqual([]);
    expect(await found('commands: [{image: "registry.example/*", migrates: false}]\n')).toEqual([]);
    expect(await found('commands: [{image: "other/*", migrates: false}]\n')).toEqual(['one-hook-job']);
  });
  it('wait: wait_configured means Job/pre-configurator', async () => {
    const job = limited.replace(
      '      containers:',
      '      initContainers:\n        - {name: wait, image: "shop:1", command: [wait_configured]}\n      containers:',
    );
    const configurator =
      'apiVersion: batch/v1\nkind: Job\nmetadata: {name: pre-configurator}\nspec: {backoffLimit: 3, template: {spec: {restartPolicy: Never, containers: [{name: c, image: "c:1", command: [setup]}]}}}\n';
    const text = `${job}---\n${configurator}`;
    expect(await rulesOf(scratchChart({ 'templates/job.yaml': text }), { only: ['hook-deadlock'] })).toEqual([]);
    const { found } = await run(
      scratchChart({
        'templates/job.yaml': text,
        '.migrate-lint.yaml': '# ours\ncommands:\n  - {match: wait_configured, waits: [Job/pre-configurator]}\n',
      }),
      { only: ['hook-deadlock'] },
    );
    expect(found).toEqual([expect.stringMatching(/^hook-deadlock error: .*pre-configurator/)]);
  });
});

it('needs of a service are needs of its migration Job', async () => {
  const text = `${limited}---\n${service}`;
  expect(await rulesOf(scratchChart({ 'templates/job.yaml': text }))).toEqual([]);
  const { found } = await run(
    scratchChart({
      'templates/job.yaml': text,
      '.migrate-lint.yaml': 'services:\n  - name: shop\n    job: "*-migrate"\n    needs: [Service/db]\n',
    }),
  );
  expect(found).toEqual([expect.stringMatching(/^hook-deadlock error: .*db/)]);
});

it('overrides hold for the charts that their pattern names', async () => {
  const policy = (pattern: string) => `overrides:\n  - charts: ["${pattern}"]\n    rules: {backoff-limit: off}\n`;
  const chart = scratchChart({ 'templates/job.yaml': migrationJob() });
  const policyFile = join(dirname(chart), '.migrate-lint.yaml');
  for (const [pattern, rules] of [
    ['shop', []],
    ['sh*', []],
    ['**/shop', []],
    ['shop/', []],
    ['other', ['backoff-limit']],
  ] as const) {
    writeFileSync(policyFile, policy(pattern));
    expect(await rulesOf(chart)).toEqual(rules);
  }
});

it.each([
  [
    'an option that a rule has not',
    'rules:\n  backoff-limit: [error, {maximum: 3}]',
    /2:27: rule backoff-limit has no option maximum/,
  ],
  [
    'an option of a wrong type',
    'rules: {backoff-limit: [error, {max: many}]}',
    /option max of backoff-limit is "many" where a whole number/,
  ],
  ['two scenarios of one name', 'scenarios: [{name: a}, {name: a}]', /1:31: there are two scenarios a/],
  [
    'a values file that is not there',
    'scenarios:\n  - name: a\n    values: [none.yaml]',
    /3:14: no such values file: none\.yaml/,
  ],
  ['an engine that is none', 'scenarios: [{name: a, engine: spinnaker}]', /helm, argocd, flux are possible/],
  ['a need that is none', 'services: [{name: a, needs: ["Job/"]}]', /needs\.0 is "Job\/" where Job\/NAME/],
  ['a command without a match', 'commands: [{migrates: true}]', /a mapping with match or image/],
  ['an override without charts', 'overrides: [{rules: {}}]', /overrides\.0 needs the key charts/],
  ['an unknown rule in an override', 'overrides: [{charts: [a], rules: {nope: off}}]', /there is no rule nope/],
  ['dependencies of nobody', 'dependencies: mine', /all, own, none are possible/],
  ['__proto__ as a rule', 'rules: {__proto__: off}', /there is no rule __proto__/],
])('%s gives one clear line', async (_, policy, message) => {
  const { errors } = await run(scratchChart({ 'templates/job.yaml': migrationJob(), '.migrate-lint.yaml': policy }));
  expect(errors).toEqual([expect.stringMatching(message)]);
  expect(errors[0]).not.toContain('\n');
});
