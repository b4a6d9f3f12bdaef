// Fixes: only what is certain is edited, every other byte stays, and a fix that does not prove itself changes nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import { fixCharts, type Fixed } from '../src/fix-charts.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';

let env: Record<string, string | undefined>;
beforeAll(async () => {
  env = { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path };
});

async function fix(chart: string, dryRun = false, options: Partial<LintOptions> = {}): Promise<Fixed> {
  const all: LintOptions = {
    paths: [chart],
    cwd: chart,
    env,
    only: ['backoff-limit', 'hook-delete-policy'],
    ...options,
  };
  return fixCharts(all, await lint(all), { dryRun });
}
const read = (chart: string, file = 'templates/job.yaml') => readFileSync(join(chart, file), 'utf8');

const layouts: [string, (text: string) => string][] = [
  ['plain', (text) => text],
  ['CRLF', (text) => text.replaceAll('\n', '\r\n')],
  ['tabs in comments', (text) => text.replace('spec:', 'spec: #\tthe spec\t')],
  ['a byte order mark', (text) => `\ufeff${text}`],
  [
    'wide indentation',
    (text) =>
      text.replace(/^( *)(- )?/gm, (_, indent: string, dash?: string) => indent + indent + (dash ? '-   ' : '')),
  ],
  ['no newline at the end', (text) => text.trimEnd()],
];

describe.each(layouts)('in a chart with %s', (_, layout) => {
  it('inserts backoffLimit and keeps every other byte', async () => {
    const before = layout(migrationJob());
    const chart = scratchChart({ 'templates/job.yaml': before });
    expect(await fix(chart)).toMatchObject({ fixed: 1, refused: [] });
    const eol = before.includes('\r\n') ? '\r\n' : '\n';
    expect(read(chart)).toBe(before.replace(/^( +)template:/m, `$1backoffLimit: 1${eol}$1template:`));
  });

  it('fixes a misspelt delete policy and keeps the comment behind it', async () => {
    const before = layout(
      migrationJob({
        annotations: '    helm.sh/hook-delete-policy: "before-hook-create" # clean up\n',
        spec: '',
      }).replace('spec:\n', 'spec:\n  backoffLimit: 0\n'),
    );
    const chart = scratchChart({ 'templates/job.yaml': before });
    expect(await fix(chart)).toMatchObject({ fixed: 1, refused: [] });
    expect(read(chart)).toBe(before.replace('"before-hook-create"', 'before-hook-creation'));
  });

  it('fixes a subchart in place', async () => {
    const before = layout(migrationJob());
    const chart = scratchChart({
      'charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n',
      'charts/db/templates/job.yaml': before,
    });
    expect((await fix(chart)).fixed).toBe(1);
    expect(read(chart, 'charts/db/templates/job.yaml')).toContain('  backoffLimit: 1');
  });
});

it('edits a named template once for all that include it', async () => {
  const chart = scratchChart({
    'templates/_job.tpl': `{{- define "shop.job" -}}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: migrate\n          image: x:1\n          command: [alembic, upgrade, head]\n{{- end }}\n`,
    'templates/jobs.yaml':
      '{{- range list "a" "b" "c" }}\n---\napiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {{ . }}-migrate\n{{ include "shop.job" $ }}\n{{- end }}\n',
  });
  expect(await fix(chart)).toMatchObject({ fixed: 3, files: [{ file: 'templates/_job.tpl' }] });
  expect(read(chart, 'templates/_job.tpl')).toContain('spec:\n  backoffLimit: 1\n  template:');
});

it('leaves a value alone that an action writes', async () => {
  const text = migrationJob({ annotations: '    helm.sh/hook-delete-policy: {{ .Values.policy }}\n' }).replace(
    'spec:\n',
    'spec:\n  backoffLimit: 0\n',
  );
  const chart = scratchChart({ 'templates/job.yaml': text, 'values.yaml': 'policy: before-hook-create\n' });
  expect(await fix(chart)).toMatchObject({ fixed: 0, files: [] });
  expect(read(chart)).toBe(text);
});

it('fixes the value where a template prints values as a whole', async () => {
  const text = migrationJob()
    .replace(/ {2}annotations:\n.*\n/, '  annotations:\n    {{- toYaml .Values.annotations | nindent 4 }}\n')
    .replace('spec:\n', 'spec:\n  backoffLimit: 0\n');
  const chart = scratchChart({
    'templates/job.yaml': text,
    'values.yaml': 'annotations:\n  helm.sh/hook: pre-upgrade\n  helm.sh/hook-delete-policy: hook-success\n',
  });
  expect(await fix(chart)).toMatchObject({ fixed: 1, files: [{ file: 'values.yaml' }] });
  expect(read(chart, 'values.yaml')).toBe(
    'annotations:\n  helm.sh/hook: pre-upgrade\n  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded\n',
  );
});

it('refuses a fix that changes more of the render than the finding', async () => {
  const chart = scratchChart({
    'templates/job.yaml': migrationJob(),
    // Renders the length of the other template: any edit of that shows here.
    'templates/count.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: count\ndata:\n  length: {{ include (print $.Template.BasePath "/job.yaml") . | len | quote }}\n',
  });
  const before = read(chart);
  expect(await fix(chart)).toMatchObject({
    fixed: 0,
    files: [],
    refused: [{ why: 'it changes more of the render than the finding' }],
  });
  expect(read(chart)).toBe(before);
});

it('changes nothing in a dry run, and says what it would', async () => {
  const chart = scratchChart({ 'templates/job.yaml': migrationJob() });
  const { files } = await fix(chart, true);
  expect(files).toEqual([
    {
      file: 'templates/job.yaml',
      before: migrationJob(),
      after: migrationJob().replace('  template:', '  backoffLimit: 1\n  template:'),
    },
  ]);
  expect(read(chart)).toBe(migrationJob());
});

it('finds nothing more to fix the second time', async () => {
  const chart = scratchChart({
    'templates/job.yaml': migrationJob({ annotations: '    helm.sh/hook-delete-policy: hook-succeeded\n' }),
  });
  expect((await fix(chart)).fixed).toBe(2);
  expect((await fix(chart)).fixed).toBe(0);
  writeFileSync(join(chart, 'templates/job.yaml'), read(chart));
});

describe('a key that the template writes under a condition', () => {
  const conditional = migrationJob().replace(
    /^( +)template:/m,
    '$1{{- if not (kindIs "invalid" .Values.job.backoffLimit) }}\n$1backoffLimit: {{ .Values.job.backoffLimit }}\n$1{{- end }}\n$1template:',
  );
  const files = { 'templates/job.yaml': conditional, 'values.yaml': 'job:\n  backoffLimit:\n' };

  it('is not written a second time', async () => {
    const chart = scratchChart(files);
    expect(await fix(chart)).toMatchObject({ fixed: 0, files: [] });
    expect(read(chart)).toBe(conditional);
  });

  it('names the value to set', async () => {
    const chart = scratchChart(files);
    const { charts } = await lint({ paths: [chart], cwd: chart, env, only: ['backoff-limit'] });
    expect(charts[0]!.findings.map(({ help }) => help)).toEqual([
      expect.stringMatching(/^Set \.Values\.job\.backoffLimit: the template writes the key from it\./),
    ]);
  });

  it('is not written where an action prints keys into the same mapping', async () => {
    const open = migrationJob().replace(/^( +)template:/m, '$1{{- toYaml .Values.spec | nindent 2 }}\n$1template:');
    const chart = scratchChart({ 'templates/job.yaml': open, 'values.yaml': 'spec:\n  completions: 1\n' });
    expect(await fix(chart)).toMatchObject({ fixed: 0, files: [] });
  });
});

it('gives a misspelt key its name, and does not insert it a second time', async () => {
  const before = migrationJob().replace(/^( +)template:/m, '$1backOffLimit: 1\n$1template:');
  const chart = scratchChart({ 'templates/job.yaml': before });
  await fix(chart, false, { only: ['backoff-limit', 'job-schema'] });
  expect(read(chart)).toBe(before.replace('backOffLimit', 'backoffLimit'));
});

it('fixes a chart that makes a random value at each render', async () => {
  const secret =
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop-{{ randAlphaNum 5 | lower }}\nstringData:\n  port: {{ randInt 1000 9999 | quote }}\n';
  const chart = scratchChart({ 'templates/job.yaml': migrationJob(), 'templates/secret.yaml': secret });
  expect(await fix(chart)).toMatchObject({ fixed: 1, refused: [] });
});
