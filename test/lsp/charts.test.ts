// What an editor does to charts of every kind: small ones, for each run renders.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Diagnostic } from 'vscode-languageserver-protocol';
import { Editor } from './editor.ts';

const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-lsp-'));
const other = mkdtempSync(join(tmpdir(), 'migrate-lint-lsp-'));
let editor: Editor;
let count = 0;
let chart = '';

beforeAll(async () => {
  editor = await Editor.start({ folders: [folder, other] });
});
afterAll(async () => {
  expect(await editor.stop()).toBe(0);
  expect(editor.stderr).toBe('');
  for (const one of [folder, other]) rmSync(one, { recursive: true, force: true });
});
beforeEach(() => {
  chart = copyOf('backoff-limit/bad', folder);
});

/** A chart of its own for a test: a copy of one of the rules' fixtures. */
function copyOf(fixture: string, into: string): string {
  const copy = join(into, `chart${(count += 1)}`);
  cpSync(join('fixtures/rules', fixture), copy, { recursive: true });
  return copy;
}
const job = () => join(chart, 'templates/job.yaml');
const brief = (all: readonly Diagnostic[]) => all.map(({ code, range }) => `${range.start.line + 1} ${code}`);

it('fixes what is certain, by an edit of the unsaved text', async () => {
  await editor.open(job());
  await editor.change(job(), (text) => `# first\n${text}`);
  expect(brief(await editor.settled(job()))).toEqual(['8 backoff-limit']);
  const [fix] = await editor.actions(job(), 8);
  expect(fix).toMatchObject({ isPreferred: true, kind: 'quickfix' });
  const fixed = editor.edited(job(), await editor.resolve(fix!));
  expect(fixed).toContain('\nspec: # expect: backoff-limit\n  backoffLimit: 1\n  template:\n');
  await editor.change(job(), () => fixed);
  expect(await editor.settled(job())).toEqual([]);
  await editor.close(job());
});

it('keeps what is known of a template that is half written, moved with its lines, and shows where Helm stops', async () => {
  await editor.open(job());
  expect(brief(await editor.settled(job()))).toEqual(['7 backoff-limit']);
  await editor.change(job(), (text) => text.replace('metadata:\n', 'metadata:\n  {{ .Values.x | nothing }}\n'));
  expect(brief(await editor.settled(job()))).toEqual(['8 backoff-limit', '4 helm']);
  expect(editor.of(job())[1]).toMatchObject({ severity: 1, message: expect.stringContaining('job.yaml:4') });
  await editor.change(job(), (text) => text.replace('  {{ .Values.x | nothing }}\n', ''));
  expect(brief(await editor.settled(job()))).toEqual(['7 backoff-limit']);
  await editor.close(job());
});

it('clears a file when it is closed, and a chart that is gone', async () => {
  await editor.open(job());
  expect(brief(await editor.settled(job()))).toEqual(['7 backoff-limit']);
  await editor.close(job());
  await editor.until(() => editor.of(job()).length === 0);
  await editor.open(job());
  expect(brief(await editor.settled(job()))).toEqual(['7 backoff-limit']);
  rmSync(chart, { recursive: true });
  await editor.watched(join(chart, 'Chart.yaml'), 3);
  await editor.until(() => editor.of(job()).length === 0);
  await editor.close(job());
});

it('forgets what was not saved of a file that is closed while another one of the chart is open', async () => {
  const chartFile = join(chart, 'Chart.yaml');
  await editor.open(chartFile);
  await editor.open(job());
  await editor.change(job(), (text) => text.replace('spec: #', 'spec:\n  backoffLimit: 1 #'));
  expect(await editor.settled(job())).toEqual([]);
  await editor.close(job());
  await editor.until(() => editor.of(job()).length === 1);
  await editor.close(chartFile);
});

it('reads values and policies as they stand in the editor', async () => {
  const values = join(chart, 'values.yaml');
  const policy = join(chart, '.migrate-lint.yaml');
  writeFileSync(values, 'retries: 1\n');
  writeFileSync(policy, 'rules:\n  backoff-limit: warning\n');
  writeFileSync(
    job(),
    readFileSync(job(), 'utf8').replace('spec: #', 'spec:\n  backoffLimit: {{ .Values.retries }} #'),
  );
  await editor.open(job());
  await editor.open(values);
  await editor.open(policy);
  expect(await editor.settled(job())).toEqual([]);
  await editor.change(values, () => 'retries: 50\n');
  expect(await editor.settled(job())).toMatchObject([{ code: 'backoff-limit', severity: 2 }]);
  await editor.change(policy, () => 'rules:\n  backoff-limit: info\n');
  expect(await editor.settled(job())).toMatchObject([{ code: 'backoff-limit', severity: 3 }]);
  await editor.change(values, () => 'retries: 50\na: [\n');
  await editor.settled(values);
  expect(editor.of(values)).toMatchObject([{ code: 'helm', range: { start: { line: 1 } } }]);
  expect(editor.of(job())).toMatchObject([{ code: 'backoff-limit' }]);
  await editor.change(values, () => 'retries: 1\n');
  await editor.change(policy, () => 'rules:\n  backoff-limit: quiet\n  hook-weight: loud\n');
  await editor.settled(policy);
  expect(editor.of(policy)).toMatchObject([
    { code: 'policy', range: { start: { line: 1 } }, message: expect.stringMatching(/^rules.backoff-limit must be/) },
    { code: 'policy', range: { start: { line: 2 } } },
  ]);
  for (const file of [job(), values, policy]) await editor.close(file);
});

it('lints the charts of a values file that a policy beside them names', async () => {
  const values = join(folder, 'production.yaml');
  writeFileSync(values, 'retries: 50\n');
  writeFileSync(
    join(folder, '.migrate-lint.yaml'),
    'scenarios:\n  - { name: production, values: [production.yaml] }\n',
  );
  writeFileSync(
    job(),
    readFileSync(job(), 'utf8').replace('spec: #', 'spec:\n  backoffLimit: {{ .Values.retries }} #'),
  );
  await editor.open(values);
  await editor.until(() => brief(editor.of(job())).includes('8 backoff-limit'));
  await editor.change(values, () => 'retries: 1\n');
  await editor.until(() => editor.of(job()).length === 0);
  await editor.close(values);
  rmSync(join(folder, '.migrate-lint.yaml'));
  rmSync(values);
});

it('counts as editors do: UTF-16 units, and lines that end with CR LF', async () => {
  const before = '{{/* 😀 é */}}\r\n';
  const key = '{{/* 😀 */}}';
  const text = `${before}${readFileSync(job(), 'utf8').replaceAll('\n', '\r\n').replace('spec: #', `spec:\r\n  backoffLimit: ${key} 50 #`)}`;
  writeFileSync(job(), text);
  await editor.open(job());
  expect(await editor.settled(job())).toMatchObject([
    { code: 'backoff-limit', range: { start: { line: 8 }, end: { line: 8 } } },
  ]);
  await editor.change(job(), (old) => old.replace(`${key} 50 #`, `😀 {{ .Values.a.b }} #`));
  await editor.settled(job());
  const fault = editor.of(job()).find(({ code }) => code === 'helm')!;
  const line = editor.text(job()).split('\r\n')[8]!;
  expect(line.slice(fault.range.start.character)).toMatch(/^\.Values\.a\.b|^\.?a\.b|^\.b/);
  await editor.close(job());
});

it('says nothing of files outside of any chart, of other schemes, and of folders that are no chart', async () => {
  const loose = join(folder, 'notes.yaml');
  await editor.open(loose, 'a: 1\n');
  await editor.connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri: 'untitled:job.yaml', languageId: 'helm', version: 1, text: 'a: {{' },
  });
  await editor.change(loose, () => 'a: {{\n');
  await editor.open(job());
  await editor.settled(job());
  expect(editor.of(loose)).toEqual([]);
  await editor.close(loose);
  await editor.close(job());
});

it('lints charts of every folder, and one that was not saved yet', async () => {
  const there = copyOf('backoff-limit/bad', other);
  const file = join(there, 'templates/job.yaml');
  const added = join(there, 'templates/jobs/second.yaml');
  await editor.open(file);
  expect(brief(await editor.settled(file))).toEqual(['7 backoff-limit']);
  await editor.open(added, readFileSync(file, 'utf8').replace('-migrate', '-migrate-too'));
  await editor.until(() => brief(editor.of(added)).includes('7 backoff-limit'));
  await editor.close(added);
  await editor.until(() => editor.of(added).length === 0);
  await editor.close(file);
});

it('marks what is superfluous as such', async () => {
  await editor.open(job());
  await editor.change(job(), (text) =>
    text.replace('metadata:', '# migrate-lint-disable-next-line hook-weight\nmetadata:'),
  );
  await editor.settled(job());
  expect(editor.of(job()).find(({ code }) => code === 'unused-directive')).toMatchObject({ tags: [1], severity: 3 });
  await editor.close(job());
});

it('takes a large file, and text that is no YAML', async () => {
  const large = join(chart, 'templates/large.yaml');
  await editor.open(large, `# ${'x'.repeat(80)}\n`.repeat(60_000));
  await editor.open(job(), '\u0000\ud800 not: [yaml');
  await editor.settled(job());
  expect(editor.of(job())).toMatchObject([{ code: expect.stringMatching(/helm|not-linted/) }]);
  await editor.close(large);
  await editor.close(job());
});

it('runs no plugin of a policy, and no Helm of the workspace', async () => {
  const mark = join(folder, 'it-ran');
  const helm = join(chart, 'helm');
  writeFileSync(helm, `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
  mkdirSync(join(chart, 'rules'));
  writeFileSync(
    join(chart, 'rules/own.mjs'),
    `import { writeFileSync } from 'node:fs';\nwriteFileSync('${mark}', '');\n`,
  );
  writeFileSync(join(chart, '.migrate-lint.yaml'), 'plugins: [./rules/own.mjs]\n');
  await editor.configure({ helm, run: 'sometimes' });
  await editor.open(job());
  await editor.settled(job());
  expect(brief(editor.of(job()))).toEqual(['7 backoff-limit']);
  expect(() => readFileSync(mark)).toThrow();
  expect(editor.messages.join('\n')).toContain('a program in the folder that is linted: it is not run');
  expect(editor.messages.join('\n')).toContain('migrateLint.run must be one of onType, onSave');
  await editor.configure({ run: 'onSave' });
  await editor.settled(job());
  await editor.change(job(), (text) => text.replace('spec: #', 'spec:\n  backoffLimit: 1 #'));
  await editor.save(job());
  expect(await editor.settled(job())).toEqual([]);
  await editor.configure({});
  await editor.close(job());
});
