// A finding about a line of a script is at that line of the template, not at the `|` above it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from './chart/cli.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';

const script = (lines: string[], head = '|') =>
  `          command:\n            - sh\n            - -c\n            - ${head}\n${lines.map((line) => `              ${line}\n`).join('')}`;
const waiting = [
  'echo first',
  '# the database',
  'until nc -z db 5432; do',
  '  sleep 1',
  'done',
  'alembic upgrade head',
];
const service =
  'apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {selector: {app: db}, ports: [{port: 5432}]}\n';
const job = (text: string) =>
  migrationJob()
    .replace('spec:\n', 'spec:\n  backoffLimit: 1\n')
    .replace(/ {10}command: .*\n/, text);

function places(files: Record<string, string>) {
  const chart = scratchChart({ 'templates/db.yaml': service, ...files });
  const { stdout } = run(['.', '--rule', 'hook-deadlock', '--format', 'json'], { cwd: chart });
  const { charts } = JSON.parse(stdout) as {
    charts: { findings: { location: { file: string; line: number; column: number } }[] }[];
  };
  return charts[0]!.findings.map(({ location: { file, line, column } }) => {
    const lines = readFileSync(join(chart, file), 'utf8').split('\n');
    return lines[line - 1]!.slice(column - 1);
  });
}

it.each([
  ['a literal text', script(waiting), 'until nc -z db 5432; do'],
  ['one without its last line break', script(waiting, '|-'), 'until nc -z db 5432; do'],
  [
    'with an action in the line',
    script(waiting.map((line) => line.replace(' db ', ' {{ "db" }} '))),
    'until nc -z {{ "db" }} 5432; do',
  ],
  ['behind a condition', script(['{{- if true }}', ...waiting, '{{- end }}']), 'until nc -z db 5432; do'],
  [
    'a folded text, whose lines are others',
    script(
      waiting.slice(2, 5).map((line) => line.trim()),
      '>',
    ),
    '- >',
  ],
])('%s', (_, text, line) => expect(places({ 'templates/job.yaml': job(text) })).toEqual([line]));

it('a script in a named template', () =>
  expect(
    places({
      'templates/_job.tpl': `{{ define "job" }}\n${job(script(waiting))}{{ end }}\n`,
      'templates/job.yaml': '{{ include "job" . }}\n',
    }),
  ).toEqual(['until nc -z db 5432; do']));

it('a script that the values bring is at its head', () => {
  const chart = {
    'templates/job.yaml': job('          command: [sh, -c, {{ .Values.script | quote }}]\n'),
    'values.yaml': `script: |\n${waiting.map((line) => `  ${line}\n`).join('')}`,
  };
  expect(places(chart)).toEqual(['[sh, -c, {{ .Values.script | quote }}]']);
});
