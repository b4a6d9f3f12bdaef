// Line maps: a spelling that a mark disturbs costs the lines of its own document at most, and those of subcharts lead
// to real files.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lint } from '../src/lint.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';
import { helmBinary, helmVersions } from './helm/binaries.ts';

/** Where the missing backoffLimit of a chart's Jobs is reported; `~` where only the block is known. */
async function places(chart: string, version = helmVersions.at(-1)!): Promise<string[]> {
  const { charts, errors } = await lint({
    paths: [chart],
    cwd: chart,
    env: { ...process.env, HELM_BIN: (await helmBinary(version)).path },
    only: ['backoff-limit'],
  });
  expect(errors).toEqual([]);
  return charts
    .flatMap(({ findings }) => findings)
    .map(({ location: { file, line, precision } }) => `${file}:${line}${precision ? '~' : ''}`);
}

const job = migrationJob();
const specLine = (text: string) => text.split('\n').indexOf('spec:') + 1;
const configMap = (data: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-notes\ndata:\n${data}`;

describe.each(helmVersions)('Helm %s', (version) => {
  it('a plain scalar over two lines leaves every line of the chart where it is', async () => {
    const chart = scratchChart({
      'templates/notes.yaml': configMap('  note: one\n    two\n  other: three\n'),
      'templates/job.yaml': job.replace(
        'command: [alembic, upgrade, head]',
        'command: [alembic, upgrade, head]\n          workingDir: /srv\n            shop',
      ),
    });
    expect(await places(chart, version)).toEqual([`templates/job.yaml:${specLine(job)}`]);
  });
});

it('a plain scalar over two lines in a file of several documents', async () => {
  const text = `${configMap('  note: one\n    two\n')}---\n${job}---\n${job.replace('-migrate', '-again')}`;
  const at = text.split('\n').flatMap((line, index) => (line === 'spec:' ? [index + 1] : []));
  expect(await places(scratchChart({ 'templates/all.yaml': text }))).toEqual(
    at.map((line) => `templates/all.yaml:${line}`),
  );
});

it.each([
  ['a last line that prints blanks', `${job}{{ "" | indent 8 }}`],
  ['a last line that prints blanks, and a newline', `${job}          {{- "" | nindent 8 }}\n{{ "" | indent 8 }}\n`],
  ['a leading template without text', `{{- template "nothing" . }}\n${job}`],
  ['a leading template with a comment', `{{- template "remark" . }}\n${job}`],
  ['a leading include', `{{ include "nothing" . }}\n${job}`],
  [
    'annotations from a variable, before spec',
    job
      .replace(/ {2}annotations:\n.*\n/, '  annotations:\n{{ toYaml $annotations | indent 4 }}\n')
      .replace(/^/, '{{- $annotations := .Values.annotations }}\n'),
  ],
  [
    'annotations that trim what follows',
    job
      .replace(/ {2}annotations:\n.*\n/, '  annotations: {{- toYaml $annotations | nindent 4 }}\n')
      .replace(/^/, '{{- $annotations := .Values.annotations }}\n'),
  ],
  [
    'annotations that end in a block',
    job
      .replace(/ {2}annotations:\n.*\n/, '  annotations:\n{{ toYaml $annotations | indent 4 }}\n')
      .replace(/^/, '{{- $annotations := .Values.blocks }}\n'),
  ],
])('%s', async (_, text) => {
  const chart = scratchChart({
    'templates/_helpers.tpl': '{{- define "nothing" }}{{ end }}\n{{- define "remark" }}\n# a remark\n{{ end }}\n',
    'templates/job.yaml': text,
    'values.yaml':
      'annotations:\n  helm.sh/hook: pre-install,pre-upgrade\nblocks:\n  helm.sh/hook: pre-install,pre-upgrade\n  note: |\n    one\n\n    two\n',
  });
  expect(await places(chart)).toEqual([`templates/job.yaml:${specLine(text)}`]);
});

it('a document that counts its own text costs its own lines only', async () => {
  const counted = job.replace('-migrate', '-{{ include "body" . | len }}');
  const chart = scratchChart({
    'templates/_helpers.tpl': '{{- define "body" }}\nx: 1\n{{ end }}\n',
    'templates/all.yaml': `${configMap('{{ range until (include "body" . | len) }}  k{{ . }}: v\n{{ end }}')}---\n${job}`,
    'templates/counted.yaml': counted,
  });
  const text = `${configMap('{{ range until (include "body" . | len) }}  k{{ . }}: v\n{{ end }}')}---\n${job}`;
  expect(await places(chart)).toEqual([
    `templates/all.yaml:${specLine(text)}`,
    `templates/counted.yaml:${specLine(counted)}`,
  ]);
});

describe('a subchart under an alias', () => {
  const parent = (dependencies: string) => `apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n${dependencies}`;
  const subchart = (name: string, version: string) => `apiVersion: v2\nname: ${name}\nversion: ${version}\n`;

  it('is its folder', async () => {
    const chart = scratchChart({
      'Chart.yaml': parent('  - { name: store, version: 1.0.0, alias: orders }\n'),
      'charts/store/Chart.yaml': subchart('store', '1.0.0'),
      'charts/store/templates/job.yaml': job,
    });
    expect(await places(chart)).toEqual([`charts/store/templates/job.yaml:${specLine(job)}`]);
  });

  it('is its folder under each of its names, whatever the folder is called', async () => {
    const chart = scratchChart({
      'Chart.yaml': parent('  - { name: store, version: 1.x.x, alias: orders }\n  - { name: store, version: 2.x.x }\n'),
      'charts/store-one/Chart.yaml': subchart('store', '1.0.0'),
      'charts/store-one/templates/job.yaml': `\n\n${job.replace('-migrate', '-first')}`,
      'charts/store-two/Chart.yaml': subchart('store', '2.0.0'),
      'charts/store-two/templates/job.yaml': job,
    });
    expect((await places(chart)).sort()).toEqual([
      `charts/store-one/templates/job.yaml:${specLine(job) + 2}`,
      `charts/store-two/templates/job.yaml:${specLine(job)}`,
    ]);
  });

  it('is its archive', async () => {
    const chart = scratchChart({
      'Chart.yaml': parent('  - { name: store, version: 1.0.0, alias: orders, repository: file://../store }\n'),
      'charts/store/Chart.yaml': subchart('store', '1.0.0'),
      'charts/store/templates/job.yaml': job,
    });
    execFileSync('tar', ['-czf', 'store-1.0.0.tgz', 'store'], { cwd: join(chart, 'charts') });
    rmSync(join(chart, 'charts/store'), { recursive: true });
    const [place] = await places(chart);
    // No marks go into an archive.
    expect(place).toBe('charts/store-1.0.0.tgz:store/templates/job.yaml:2~');
  });

  it('in a subchart', async () => {
    const chart = scratchChart({
      'Chart.yaml': parent('  - { name: store, version: 1.0.0, alias: orders }\n'),
      'charts/store/Chart.yaml': `${subchart('store', '1.0.0')}dependencies:\n  - { name: base, version: 1.0.0, alias: ground }\n`,
      'charts/store/charts/base/Chart.yaml': subchart('base', '1.0.0'),
      'charts/store/charts/base/templates/job.yaml': job,
    });
    expect(await places(chart)).toEqual([`charts/store/charts/base/templates/job.yaml:${specLine(job)}`]);
  });
});
