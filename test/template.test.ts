// The scanner of template actions against the real Helm: what it takes for text is printed as it stands, and what it
// takes for an action is not.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { actionsOf, definitionsOf, replaceActions } from '../src/template/index.ts';
import { helmBinary } from './helm/binaries.ts';

/** Each prints `<>` and nothing else between `a` and `b`. */
const printing = [
  '{{ "<>" }}',
  '{{"<>"}}',
  '{{ `<>` }}',
  '{{ printf "%s%s" "<" ">" }}',
  '{{ "<>" | replace "}}" "{{" }}',
  '{{ "<>" | replace `}}` `"` }}',
  '{{ "<>" | replace "\\"}}" "" }}',
  "{{ if eq '}' 125 }}<>{{ end }}",
  '{{/* }} comment */}}{{ "<>" }}',
  '{{- /* {{ "no" }} */ -}}{{ "<>" }}',
  '{{ $x := "}}" }}{{ if $x }}<>{{ end }}',
  '{{-  "<>"  -}}',
  '{{\n  "<>"\n}}',
  '{{ "<>" }}{{- /* two */}}',
];

it.each(printing)('finds where the actions of %j end, as Helm does', async (template) => {
  const { path } = await helmBinary('4.2.3');
  const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-template-'));
  try {
    mkdirSync(join(folder, 'templates'));
    writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: c\nversion: 1.0.0\n');
    writeFileSync(join(folder, 'templates/x.yaml'), `kind: ConfigMap\n# a${template}b\n`);
    const printed = execFileSync(path, ['template', folder], { encoding: 'utf8' });
    expect(printed).toContain('# a<>b');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const actions = actionsOf(`a${template}b`);
  expect(actions.every(({ closed }) => closed)).toBe(true);
  const text = replaceActions(`a${template}b`, ({ kind }) => (kind === 'output' ? '<>' : ''));
  expect(text.replace('<><>', '<>')).toBe('a<>b');
});

it('tells what an action does', () => {
  const kinds = (text: string) => actionsOf(text).map(({ kind, code }) => `${kind} ${code}`);
  expect(kinds('{{- if .x }}{{ else if $y }}{{ end -}}')).toEqual([
    'control if .x',
    'control else if $y',
    'control end',
  ]);
  expect(kinds('{{ $a := 1 }}{{ $a = 2 }}{{ $a }}{{ $.x }}')).toEqual([
    'assignment $a := 1',
    'assignment $a = 2',
    'output $a',
    'output $.x',
  ]);
  expect(kinds('{{/* if */}}{{- /* x */ -}}{{ template "x" . }}{{-3}}')).toEqual([
    'comment /* if */',
    'comment /* x */',
    'output template "x" .',
    'output -3',
  ]);
  expect(actionsOf('{{ a -}}{{ b- }}{{ c }}').map(({ trimsAfter }) => trimsAfter)).toEqual([true, false, false]);
  expect(actionsOf('x {{ include "a" (dict')).toMatchObject([{ start: 2, end: 22, closed: false }]);
});

it('finds named templates, to the end of their own', () => {
  const text =
    '{{ define "a" }}{{ if x }}1{{ end }}{{ range y }}{{ with z }}{{ end }}{{ end }}2{{ end }}3{{- define `b` -}}4{{ end }}{{ define "c" }}5';
  expect(
    definitionsOf(text).map(({ name, start, end }) => [name, text.slice(start, end).replace(/\{\{.*?\}\}/g, '')]),
  ).toEqual([
    ['a', '12'],
    ['b', '4'],
    ['c', '5'],
  ]);
});
