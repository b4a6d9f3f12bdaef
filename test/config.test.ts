// The policy file: what it changes, and one clear line for everything that is wrong with it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findPolicy, matchesPattern, readPolicy } from '../src/config/index.ts';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';

let env: Record<string, string | undefined>;
beforeAll(async () => {
  env = { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path };
});

const withPolicy = (policy: string, job = migrationJob()) =>
  scratchChart({ '.migrate-lint.yaml': policy, 'templates/job.yaml': job });
async function found(chart: string, options: Partial<LintOptions> = {}) {
  const { charts, errors } = await lint({ paths: [chart], cwd: chart, env, ...options });
  expect(errors).toEqual([]);
  return charts[0]!.findings.map(({ rule, severity }) => `${rule} ${severity}`);
}

describe('a policy', () => {
  it('gives rules a severity, options, or switches them off', async () => {
    expect(await found(withPolicy(''))).toEqual(['backoff-limit error']);
    expect(await found(withPolicy('rules: {backoff-limit: warning}'))).toEqual(['backoff-limit warning']);
    expect(await found(withPolicy('rules: {backoff-limit: off}'))).toEqual([]);
    expect(
      await found(
        withPolicy(
          'rules: {backoff-limit: [error, {max: 2}]}',
          migrationJob().replace('spec:\n', 'spec:\n  backoffLimit: 3\n'),
        ),
      ),
    ).toEqual(['backoff-limit warning']);
  });
  it('switches on what the preset leaves out', async () => {
    const job = migrationJob()
      .replace('spec:\n', 'spec:\n  backoffLimit: 3\n')
      .replace(
        '      containers:',
        '      initContainers:\n        - name: w\n          image: busybox\n          command: [sh, -c, "until nc -z db.example.com 5432; do sleep 1; done"]\n      containers:',
      );
    expect(await found(withPolicy('', job))).not.toContain('bounded-wait warning');
    expect(await found(withPolicy('extends: strict', job))).toContain('bounded-wait warning');
    expect(await found(withPolicy('rules: {bounded-wait: error}', job))).toContain('bounded-wait error');
  });
  it('ignores files, for all rules or some', async () => {
    expect(
      await found(withPolicy('ignore: [{files: ["templates/*.yaml"], rules: [backoff-limit], reason: later}]')),
    ).toEqual([]);
    expect(await found(withPolicy('ignore: [{files: ["**/job.yaml"]}]'))).toEqual([]);
    expect(await found(withPolicy('ignore: [{files: ["other/**"]}]'))).toEqual(['backoff-limit error']);
  });
  it('knows hosts that are outside of the release', async () => {
    const job = migrationJob()
      .replace('spec:\n', 'spec:\n  backoffLimit: 3\n')
      .replace(
        '      containers:',
        '      initContainers:\n        - name: w\n          image: busybox\n          command: [sh, -c, "until nc -z db 5432; do sleep 1; done"]\n      containers:',
      );
    const text = `${job}---\napiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {selector: {app: db}, ports: [{port: 5432}]}\n`;
    expect(await found(withPolicy('', text))).toContain('hook-deadlock error');
    expect(await found(withPolicy('external: [db]', text))).toEqual([]);
  });
  it('is found upwards to the root of the repository, named, or left out', async () => {
    const chart = scratchChart({ 'templates/job.yaml': migrationJob() });
    writeFileSync(join(dirname(chart), '.migrate-lint.yaml'), 'rules: {backoff-limit: off}\n');
    expect(await found(chart)).toEqual([]);
    expect(await found(chart, { config: false })).toEqual(['backoff-limit error']);
    mkdirSync(join(chart, '.git'));
    writeFileSync(join(chart, '.git/HEAD'), 'ref: refs/heads/main\n');
    expect(findPolicy(chart)).toBeUndefined();
  });
  it('lists services: eleven without a Job give eleven findings, with Jobs none', async () => {
    const config = 'fixtures/optscale/policies/services.yaml';
    const count = async (variant: string) => {
      const { charts } = await lint({
        paths: ['fixtures/optscale'],
        cwd: '.',
        env,
        config,
        only: ['one-hook-job'],
        valuesFiles: [`fixtures/optscale/variants/${variant}-values.yaml`],
      });
      return charts[0]!.findings.map(({ message }) => /^The service (\w+)\b/.exec(message)?.[1]);
    };
    const names = await count('none');
    expect([names.length, new Set(names).size]).toEqual([11, 11]);
    expect(await count('jobs')).toEqual([]);
    expect(await count('post-hooks')).toEqual([]);
  });
});

const malformed: [string, string, RegExp][] = [
  ['a list', '- a', /1:1: a policy is a mapping/],
  ['a word', 'recommended', /a policy is a mapping/],
  ['broken YAML', 'rules: [a', /:1.*not YAML/],
  ['a tab as indentation', 'rules:\n\thook-deadlock: off', /:2.*not YAML/],
  ['a key twice', 'rules: {}\nrules: {}', /not YAML/],
  ['an unknown key', 'rulez: {}', /1:1: the policy has no key rulez; did you mean rules\?/],
  [
    'an unknown rule',
    'rules:\n  hook-deadlok: off',
    /2:3: there is no rule hook-deadlok; did you mean hook-deadlock\?/,
  ],
  ['an unknown severity', 'rules:\n  hook-deadlock: fatal', /2:18: .*error, warning, info or off/],
  ['a number as severity', 'rules: {hook-deadlock: 2}', /error, warning, info or off/],
  ['a severity alone in a list', 'rules: {hook-deadlock: [error]}', /error, warning, info or off/],
  ['options that are none', 'rules: {hook-deadlock: [error, 3]}', /error, warning, info or off/],
  ['three entries', 'rules: {hook-deadlock: [error, {}, {}]}', /error, warning, info or off/],
  ['rules as a list', 'rules: [hook-deadlock]', /1:8: rules is a (?:list|text) where a mapping is expected/],
  ['rules as a word', 'rules: all', /1:8: rules is a (?:list|text) where a mapping is expected/],
  ['an unknown preset', 'extends: strictest', /1:10: there is no preset strictest; did you mean strict\?/],
  [
    'an unknown preset in a list',
    'extends:\n  - strict\n  - recomended',
    /3:5: there is no preset recomended; did you mean recommended\?/,
  ],
  ['services as a mapping', 'services: {a: {}}', /1:11: services is a mapping where a list is expected/],
  ['a service without a name', 'services:\n  - job: x', /2:5: services\.0 needs the key name/],
  ['a service with an empty name', 'services: [{name: ""}]', /services\.0\.name is empty where a text is expected/],
  ['a service that is a word', 'services: [auth]', /services\.0 is a text where a mapping is expected/],
  [
    'an unknown key of a service',
    'services:\n  - name: a\n    workload: [x]',
    /3:5: services\.0 has no key workload; did you mean workloads\?/,
  ],
  [
    'workloads as a word',
    'services: [{name: a, workloads: x}]',
    /services\.0\.workloads is a text where a list is expected/,
  ],
  [
    'a number among workloads',
    'services: [{name: a, workloads: [1]}]',
    /services\.0\.workloads\.0 is a number where a text is expected/,
  ],
  ['external as a word', 'external: db', /external is a text where a list is expected/],
  ['a mapping among hosts', 'external: [{}]', /external\.0 is a mapping where a text is expected/],
  ['a severity that is none', 'rules: {backoff-limit: of}', /rules\.backoff-limit must be error, .*, not "of"$/],
  ['ignore as a word', 'ignore: "*"', /ignore is a text where a list is expected/],
  [
    'ignore without files',
    'ignore: [{rules: [hook-deadlock]}]',
    /ignore\.0 must be a mapping with files, charts, subcharts or resources/,
  ],
  ['an unknown rule in ignore', 'ignore: [{files: [a], rules: [nope]}]', /there is no rule nope/],
  ['an unknown key of ignore', 'ignore: [{file: [a]}]', /ignore\.0/],
  [
    'a YAML bomb',
    `a0: &a0 [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join()}]`).join('\n')}\n`,
    /YAML bomb/,
  ],
  ['deep nesting', `rules: ${'['.repeat(20_000)}`, /nested more than 100 levels/],
  ['a huge file', `# ${'x'.repeat(1_100_000)}\n`, /larger than 1 MiB/],
];

it.each(malformed)('%s gives one clear line', async (_, text, message) => {
  const chart = withPolicy(text);
  const { errors } = await lint({ paths: [chart], cwd: chart, env });
  expect(errors).toHaveLength(1);
  expect(errors[0]!.message).toMatch(message);
  expect(errors[0]!.message).not.toContain('\n');
});

it('several faults are all told, each at its line', async () => {
  const shape = withPolicy(
    'rules:\n  hook-deadlock: fatal\nservces: []\nservices:\n  - name: ""\n    needs: x\nignore: [{fils: [x]}]\n',
  );
  const told = async (chart: string) =>
    (await lint({ paths: [chart], cwd: chart, env })).errors.map(({ message }) => message);
  expect(await told(shape)).toEqual([
    expect.stringMatching(/^\.migrate-lint\.yaml:2:18: .*error, warning, info or off/),
    expect.stringMatching(/^\.migrate-lint\.yaml:3:1: .*did you mean services\?/),
    expect.stringMatching(/^\.migrate-lint\.yaml:5:11: services\.0\.name is empty/),
    expect.stringMatching(/^\.migrate-lint\.yaml:6:12: services\.0\.needs is a text where a list/),
    expect.stringMatching(/^\.migrate-lint\.yaml:7:11: ignore\.0 has no key fils; did you mean files\?/),
  ]);
  const names = withPolicy(
    'rules:\n  hook-evnt: off\n  job-deadline: [error, {nosuch: 1}]\nscenarios:\n  - {name: a, values: [no.yaml]}\n  - {name: a}\nignore: [{files: [x], until: 2027-02-31}]\n',
  );
  expect(await told(names)).toEqual([
    expect.stringMatching(/^\.migrate-lint\.yaml:2:3: there is no rule hook-evnt/),
    expect.stringMatching(/^\.migrate-lint\.yaml:3:26: rule job-deadline has no option nosuch/),
    expect.stringMatching(/^\.migrate-lint\.yaml:5:24: no such values file: no\.yaml/),
    expect.stringMatching(/^\.migrate-lint\.yaml:6:12: there are two scenarios a/),
    expect.stringMatching(/^\.migrate-lint\.yaml:7:30: until is 2027-02-31/),
  ]);
  const many = withPolicy(`rules:\n${Array.from({ length: 30 }, (_, index) => `  nosuch-${index}: off\n`).join('')}`);
  const lines = await told(many);
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toBe('.migrate-lint.yaml: and 10 more');
});

it('the compiled validator is the one of the schema', async () => {
  const { generate, target } = (await import('../scripts/policy-schema.mjs' as string)) as {
    generate(): Promise<string>;
    target: string;
  };
  expect(readFileSync(target, 'utf8'), 'run node scripts/policy-schema.mjs').toBe(await generate());
});

it('a policy that is named and not there is told', async () => {
  await expect(
    readPolicy({ config: '/no/such.yaml', folder: '/', cwd: '/', rules: [], plugins: 'skip', env: {} }),
  ).rejects.toThrow(/no such policy file/);
});

it.each([
  ['templates/*.yaml', 'templates/a.yaml', true],
  ['templates/*.yaml', 'templates/b/a.yaml', false],
  ['**/a.yaml', 'a.yaml', true],
  ['**/a.yaml', 'x/y/a.yaml', true],
  ['db*', 'db.example', true],
  ['*a*b*', 'xxaxxbxx', true],
  ['*a*b*', 'xxbxxaxx', false],
  [`${'*a'.repeat(200)}`, 'a'.repeat(5000) + 'b', false],
])('%s against %s', (pattern, text, wanted) => expect(matchesPattern(pattern, text)).toBe(wanted));
