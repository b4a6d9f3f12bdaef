// Findings are switched off where they stand: comments, annotations, baseline; in charts of every layout.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import type { ChartResult } from '../src/result.ts';
import { parseBaseline } from '../src/suppress/baseline.ts';
import { withBaseline } from '../src/with-baseline.ts';
import { Comments } from '../src/suppress/comments.ts';
import { directivesOf } from '../src/suppress/directives.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';
import { written } from './report/hostile.ts';

let env: Record<string, string | undefined>;
beforeAll(async () => {
  env = { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path };
});

async function run(chart: string, options: Partial<LintOptions> = {}): Promise<ChartResult> {
  const { charts, errors } = await lint({ paths: [chart], cwd: chart, env, only: ['backoff-limit'], ...options });
  expect(errors).toEqual([]);
  return charts[0]!;
}
const options = (cwd: string): LintOptions => ({ paths: [cwd], cwd, env, only: ['backoff-limit'] });
const rules = ({ findings }: ChartResult) => findings.map(({ rule, severity }) => `${rule} ${severity}`);

const layouts: [string, (text: string) => string][] = [
  ['plain', (text) => text],
  ['CRLF', (text) => text.replaceAll('\n', '\r\n')],
  ['tabs in comments', (text) => text.replaceAll('# ', '#\t')],
  ['a byte order mark', (text) => `\ufeff${text}`],
  [
    'wide indentation',
    (text) =>
      text.replace(/^( *)(- )?/gm, (_, indent: string, dash?: string) => indent + indent + (dash ? '-   ' : '')),
  ],
];

describe.each(layouts)('in a chart with %s', (_, layout) => {
  const off = '# migrate-lint-disable-next-line backoff-limit -- retries are set by a webhook\n';

  it('a comment above the line switches its finding off, with its reason', async () => {
    const result = await run(scratchChart({ 'templates/job.yaml': layout(migrationJob({ spec: off })) }));
    expect(rules(result)).toEqual([]);
    expect(result.suppressed).toMatchObject([
      {
        by: 'comment',
        at: { file: 'templates/job.yaml', line: 7 },
        reason: 'retries are set by a webhook',
        finding: { rule: 'backoff-limit' },
      },
    ]);
  });

  it('the same comment one line off does not', async () => {
    const result = await run(scratchChart({ 'templates/job.yaml': layout(off + migrationJob()) }));
    expect(rules(result).sort()).toEqual(['backoff-limit error', 'unused-directive info']);
  });

  it('in a subchart alike', async () => {
    const chart = scratchChart({
      'charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n',
      'charts/db/templates/job.yaml': layout(migrationJob({ spec: off })),
    });
    const result = await run(chart, { reportUnused: true });
    expect(rules(result)).toEqual([]);
    expect(result.suppressed[0]!.finding.location.file).toBe('charts/db/templates/job.yaml');
  });

  it('a baseline outlives moved lines, and lets a second finding of the kind through', async () => {
    const chart = scratchChart({ 'templates/job.yaml': layout(migrationJob()) });
    const accepted = async (update = false) =>
      (await withBaseline(options(chart), await lint(options(chart)), { file: 'b.json', update })).charts[0]!;
    await accepted(true);
    writeFileSync(join(chart, 'templates/job.yaml'), layout(`# one\n# two\n# three\n${migrationJob()}`));
    const moved = await accepted();
    expect([moved.findings, moved.suppressed.map(({ by }) => by)]).toEqual([[], ['baseline']]);
    writeFileSync(join(chart, 'templates/other.yaml'), layout(migrationJob().replace('-migrate', '-seed-migrate')));
    expect((await accepted()).findings).toHaveLength(1);
  });
});

it('a template comment works like a YAML comment', async () => {
  expect(
    rules(
      await run(
        scratchChart({
          'templates/job.yaml': migrationJob({
            spec: '{{- /* migrate-lint-disable-next-line backoff-limit -- why */}}\n',
          }),
        }),
      ),
    ),
  ).toEqual([]);
});

it('a block covers what stands between disable and enable', async () => {
  const job = migrationJob();
  const text = `# migrate-lint-disable backoff-limit\n${job}# migrate-lint-enable\n---\n${job.replace('-migrate', '-later-migrate')}`;
  const { findings, suppressed } = await run(scratchChart({ 'templates/job.yaml': text }));
  expect([findings.length, suppressed.length]).toEqual([1, 1]);
  expect(findings[0]!.resource.name).toBe('release-name-later-migrate');
});

it('a directive where a named template is included covers what stands in the template', async () => {
  const chart = scratchChart({
    'templates/_job.tpl': `{{- define "shop.spec" -}}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: migrate\n          image: x:1\n          command: [alembic, upgrade, head]\n{{- end }}\n`,
    'templates/job.yaml': `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\n# migrate-lint-disable-next-line backoff-limit\n{{ include "shop.spec" . }}\n`,
  });
  const { findings, suppressed } = await run(chart);
  expect([findings, suppressed.map(({ finding }) => finding.location.file)]).toEqual([[], ['templates/_job.tpl']]);
});

it('the annotation migrate-lint/ignore covers its resource', async () => {
  const { findings, suppressed } = await run(
    scratchChart({
      'templates/job.yaml': migrationJob({ annotations: '    migrate-lint/ignore: "backoff-limit, hook-deadlock"\n' }),
    }),
  );
  expect([findings, suppressed.map(({ by, at }) => [by, at])]).toEqual([
    [],
    [['annotation', { file: 'templates/job.yaml', line: 7 }]],
  ]);
});

it('tells of directives and annotations that name no rule', async () => {
  const text = migrationJob({
    spec: '# migrate-lint-disable-next-line backof-limit\n',
    annotations: '    migrate-lint/ignore: no-such\n',
  });
  const { findings } = await run(scratchChart({ 'templates/job.yaml': text }));
  expect(findings.map(({ rule, message }) => [rule, message])).toEqual([
    [
      'unknown-rule',
      'The annotation migrate-lint/ignore of Job/release-name-migrate names "no-such", which is not a rule',
    ],
    ['unknown-rule', 'The directive names "backof-limit", which is not a rule (did you mean backoff-limit?)'],
    ['backoff-limit', expect.stringContaining('sets no backoffLimit')],
  ]);
});

it('reports what switches nothing off as a warning when asked', async () => {
  const text = `# migrate-lint-disable-next-line hook-deadlock, backoff-limit\n${migrationJob({ spec: '', annotations: '    migrate-lint/ignore: backoff-limit\n' })}`;
  expect(rules(await run(scratchChart({ 'templates/job.yaml': text }), { reportUnused: true }))).toEqual([
    'unused-directive warning',
  ]);
});

it.each([
  ['# migrate-lint-disable-next-line a, b -- c -- d', { rules: ['a', 'b'], reason: 'c -- d', covers: 2 }],
  ['x: y # migrate-lint-disable-line a', { rules: ['a'], reason: undefined, covers: 1 }],
  ['{{/* migrate-lint-disable */}}', { word: 'disable', rules: [], covers: undefined }],
  ['{{- /* migrate-lint-disable-next-line a */ -}}', { rules: ['a'], covers: 2 }],
])('reads %s', (line, wanted) => {
  expect(directivesOf('f', `${line}\nnext\n`)).toMatchObject({ directives: [wanted], misspelt: [] });
});

it.each(['', '[]', '{"version":3,"charts":{}}', '{"version":2,"charts":{"a":[1]}}', 'null', '{'])(
  'refuses the baseline %j in one line',
  (text) => {
    expect(() => parseBaseline('b.json', text)).toThrow(/^b\.json: [^\n]+$/);
  },
);

it('leaves the chart alone', async () => {
  const chart = scratchChart({ 'templates/job.yaml': migrationJob() });
  mkdirSync(join(chart, 'empty'));
  await run(chart);
  expect(readFileSync(join(chart, 'templates/job.yaml'), 'utf8')).toBe(migrationJob());
});

it.each([
  ['# migrate-lint-disable-nextline x', 'migrate-lint-disable-nextline', 'migrate-lint-disable-next-line'],
  ['# migrate-lint: disable-next-line x', 'migrate-lint: disable-next-line', 'migrate-lint-disable-next-line'],
  ['# migrate-lint-disabled x', 'migrate-lint-disabled', 'migrate-lint-disable'],
  ['# migrate-lint-disable: x', 'migrate-lint-disable:', 'migrate-lint-disable'],
  ['# Migrate-Lint-Disable x', 'Migrate-Lint-Disable', 'migrate-lint-disable'],
  ['{{/* migrate-lint-ignore x */}}', 'migrate-lint-ignore', undefined],
])('reports the misspelt directive %s, which has no effect', async (comment, text, nearest) => {
  expect(directivesOf('f', `${comment}\nnext\n`)).toEqual({
    directives: [],
    misspelt: [{ file: 'f', line: 1, text, nearest }],
  });
  const { findings, suppressed } = await run(
    scratchChart({ 'templates/job.yaml': `${comment.replace(' x', ' backoff-limit')}\n${migrationJob()}` }),
  );
  expect([findings.map(({ rule, severity }) => `${rule} ${severity}`), suppressed]).toEqual([
    ['unknown-directive warning', 'backoff-limit error'],
    [],
  ]);
  expect(findings[0]!.message).toBe(
    `"${text}" is not a directive and has no effect${nearest ? ` (did you mean ${nearest}?)` : ''}`,
  );
});

it.each([
  '# migrate-lint: see docs/policy.md',
  '# migrate-lint checks this',
  '# migrate-lint-baseline.json holds the rest',
])('takes %s for prose', (comment) => expect(directivesOf('f', comment)).toEqual({ directives: [], misspelt: [] }));

describe('blocks', () => {
  const covered = (text: string, rule: string) => {
    const comments = new Comments([{ file: 'f', text }]);
    return text.split('\n').flatMap((_, index) => {
      const location = { file: 'f', line: index + 1, column: 1 };
      return comments.suppress({ ...written(), rule, location }) ? [index + 1] : [];
    });
  };
  const text = [
    '# migrate-lint-disable a, b', // 1
    'x',
    '# migrate-lint-enable a', // 3
    'x',
    '# migrate-lint-disable', // 5
    'x',
    '# migrate-lint-enable a', // 7
    'x',
    '# migrate-lint-disable a', // 9
    'x',
    '# migrate-lint-enable', // 11
    'x',
    '# migrate-lint-disable-next-line a', // 13
    '# a comment',
    'x', // 15
    'x # migrate-lint-disable-line', // 16
  ].join('\n');

  it.each([
    ['a', [1, 2, 3, 5, 6, 7, 9, 10, 11, 15, 16]],
    ['b', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16]],
    ['c', [5, 6, 7, 8, 9, 10, 11, 16]],
  ])('of rule %s cover their lines and no others', (rule, lines) => {
    expect(covered(text, rule)).toEqual(lines);
  });
});

it('reads 60,000 directives, and finds the one that covers a line, in linear time', () => {
  const text = `${'# migrate-lint-disable-next-line a\n'.repeat(30_000)}x\n${'# migrate-lint-disable a\n# migrate-lint-enable b\n'.repeat(15_000)}`;
  const comments = new Comments([{ file: 'f', text }]);
  for (let line = 1; line <= 60_001; line += 1)
    comments.suppress({ ...written(), rule: 'a', location: { file: 'f', line, column: 1 } });
  expect(comments.unused()).toHaveLength(29_999);
});
