// A slice of `npm run fuzz`, and what its campaigns found.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import { formats, report } from '../src/report/index.ts';
import { campaign } from './fuzz/campaign.ts';
import { scratchChart } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';

const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-fuzz-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function manifests(text: string, options: Partial<LintOptions> = {}) {
  const result = await lint({
    paths: ['-'],
    cwd: folder,
    env: {},
    config: false,
    preset: 'all',
    readStdin: () => Promise.resolve(Buffer.from(text)),
    ...options,
  });
  const reports = await Promise.all(
    formats.map((format) =>
      report(format, result, {
        version: '0',
        cwd: folder,
        color: false,
        width: 100,
        hyperlinks: false,
        showRendered: true,
      }),
    ),
  );
  return { ...result, reports };
}

/** A hook Job whose container has a line more. */
const job = (line: string, name = 'migrate') => `---
apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
  annotations: {helm.sh/hook: pre-install}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: registry.example/shop:1.0.0
          command: [alembic, upgrade, head]
          ${line}
`;

it('100 mutations, from a fixed seed', async () => {
  expect(await campaign(80, { manifests: 60, templates: 4, policies: 36 })).toEqual([]);
});

describe('manifests', () => {
  it.each([
    ['a value that holds itself', 'env: &a [*a]'],
    ['a mapping that merges itself', 'env: &a [{<<: *a}]'],
    ['lists as keys, one in the other', `env: ${'[{'.repeat(300)}${'}]'.repeat(300)}`],
    ['nesting without end', `env: ${'[{a: '.repeat(3_000)}1${'}]'.repeat(3_000)}`],
    [
      'the name of a method as a key of a ConfigMap',
      'env: [{name: A, valueFrom: {configMapKeyRef: {name: map, key: hasOwnProperty}}}]',
    ],
    [
      'thousands of anchors',
      `env: [${Array.from({ length: 20_000 }, (_, index) => `&a${index} x, *a${index}`).join(', ')}]`,
    ],
  ])('%s: told or passed over, in time', async (_, line) => {
    const { errors, charts } = await manifests(
      `${job(line)}${job('env: []', 'other')}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {A: b}\n`,
    );
    expect(errors).toEqual([]);
    expect(charts[0]!.findings.map(({ resource }) => resource.name)).toContain('other');
  });
  it('names that hold controls and marks of direction reach no report as such', async () => {
    const { reports, charts } = await manifests(job('env: []', '"a\\u009b1m\\u202eb\\u007f\\n::error::x"'));
    expect(charts[0]!.findings.length).toBeGreaterThan(0);
    for (const text of reports)
      expect(text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]|^::error::x/m);
  });
});

describe('policies', () => {
  it.each([
    'rules: {"a\\nb": off}',
    '"a\\u0006b": 1',
    'services: [{name: x, "a\\nb": 1}]',
    `rules: {${'x'.repeat(50_000)}: off}`,
    `rules: {${'[{'.repeat(300)}${'}]'.repeat(300)}: off}`,
    'rules: {[a]: off}',
    'rules: &a {x: *a}',
  ])('one plain line of bounded length: %.40s', async (text) => {
    writeFileSync(join(folder, 'policy.yaml'), text);
    const { errors } = await manifests(job(''), { config: 'policy.yaml' });
    expect(errors).toEqual([
      { path: '<stdin>', message: expect.stringMatching(/^policy\.yaml[^\n\x00-\x1f]{1,1000}$/) },
    ]);
  });
});

describe('charts', () => {
  const begin = async (files: Readonly<Record<string, string>>, options: Partial<LintOptions> = {}) => {
    const chart = scratchChart(files);
    const env = { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path };
    return lint({ paths: [chart], cwd: chart, env, config: false, preset: 'all', ...options });
  };
  it('that fail for install and for upgrade: one error, and nothing is left unhandled', async () => {
    const unhandled: unknown[] = [];
    const hear = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', hear);
    const { errors } = await begin({
      'templates/x.yaml': '{{ if .Release.IsUpgrade }}{{ fail "no" }}{{ end }}{{ fail "no" }}',
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    process.off('unhandledRejection', hear);
    expect([errors.length, unhandled]).toEqual([1, []]);
  });
  it('with 60,000 blank lines, and helpers that include each other by the thousand', async () => {
    const many = (name: string) => `{{ include "${name}" . }}`.repeat(1_000);
    const helpers = ['a', 'b', 'c', 'd']
      .map((name, index, all) => `{{ define "${name}" }}{{ if false }}${many(all[index + 1] ?? 'a')}{{ end }}{{ end }}`)
      .join('\n');
    await begin({
      'templates/_x.tpl': helpers,
      'templates/job.yaml': `${'\n'.repeat(60_000)}${job('env: []').replace('name: migrate', 'name: {{ include "a" . }}migrate')}${'\n'.repeat(60_000)}`,
    });
  });
});

it('patterns of a policy with five hundred stars take no time', async () => {
  writeFileSync(
    join(folder, 'stars.yaml'),
    `services: [{name: x, job: "${'*a'.repeat(500)}"}, {name: y, job: "x${'a'.repeat(60_000)}*"}]\n`,
  );
  expect((await manifests(job('env: []', 'a'.repeat(250)), { config: 'stars.yaml' })).errors).toEqual([]);
});
