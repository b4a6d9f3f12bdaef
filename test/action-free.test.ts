// Templates that print the same for an install and for an upgrade are rendered once. Whether they do is decided without
// Helm; here Helm itself says who is right.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isActionFree } from '../src/template/action-free.ts';
import { helmBinary } from './helm/binaries.ts';

/** Each prints something else for an upgrade than for an install, by another way each. */
const leaks: Record<string, string> = {
  'by name': '{{ .Release.IsUpgrade }}',
  'the whole release': '{{ .Release | toJson }}',
  'the whole context': '{{ . | toJson }}',
  'the root variable': '{{ toYaml $ | quote }}',
  'printed as it is': '{{ $.Release }}',
  'the context printed as it is': '{{ . }}',
  'through a variable': '{{ $all := . }}{{ with "x" }}{{ $all | toJson }}{{ end }}',
  'through a variable that is declared later':
    '{{ define "later" }}{{ $x := .top }}{{ toJson $x }}{{ end }}{{ include "later" (dict "top" $) }}',
  'a range over the context': '{{ range $key, $value := . }}{{ $value }}{{ end }}',
  'a range over the context, by its dot': '{{ range . }}{{ toJson . }}{{ end }}',
  'through variables of which each is known after the one below':
    '{{ define "b" }}{{ $y := .second }}{{ toJson $y }}{{ end }}{{ define "a" }}{{ $x := .first }}{{ include "b" (dict "second" $x) }}{{ end }}{{ include "a" (dict "first" $) }}',
  'a range over the release': '{{ range .Release }}{{ . }} {{ end }}',
  'an index by a key that is put together': '{{ index . (print "Rel" "ease") (print "IsUp" "grade") }}',
  'an index by name': '{{ range values (index . "Release") }}{{ . }} {{ end }}',
  'an index by a name with an escape': '{{ range values (index . "Rele\\x61se") }}{{ . }} {{ end }}',
  'get by name': '{{ get . "Release" | toJson }}',
  'dig by name': '{{ dig "Release" "none" (omit . "Values" "Files" "Capabilities") | toJson }}',
  'all but some': '{{ omit . "Files" | toJson }}',
  'a dictionary': '{{ dict "all" . | toJson }}',
  'a dictionary as text': '{{ dict "all" . }}',
  'a value that is piped into a dictionary': '{{ . | dict "all" | toJson }}',
  'the context as a key of a dictionary': '{{ dict . "b" | toJson }}',
  'the context as the release of a dictionary':
    '{{ define "deep" }}{{ toJson .Release.Release }}{{ end }}{{ include "deep" (dict "Release" $) }}',
  'a key of a dictionary': '{{ . | dict "a" "b" | toJson }}',
  'a list': '{{ list 1 $ | toJson }}',
  'a part of a list': '{{ index (list 1 $) 1 | toJson }}',
  'the rest of a list': '{{ first (rest (list 1 $)) | toJson }}',
  'the rest of the rest': '{{ first (rest (rest (list 1 2 $))) | toJson }}',
  'a named template': '{{ define "all" }}{{ toJson . }}{{ end }}{{ include "all" $ }}',
  'a named template with a dictionary':
    '{{ define "below" }}{{ toJson .context.deeper }}{{ end }}{{ template "below" (dict "context" (dict "deeper" $)) }}',
  'a named template with a list':
    '{{ define "second" }}{{ toJson (index . 1) }}{{ end }}{{ include "second" (list "x" $) }}',
  'a named template with the release':
    '{{ define "of" }}{{ toJson .Release }}{{ end }}{{ include "of" (dict "Release" $.Release) }}',
  'the release under another name':
    '{{ define "other" }}{{ toJson .r }}{{ end }}{{ include "other" (dict "r" $.Release) }}',
  'a harmless name': '{{ define "named" }}{{ toJson .Values }}{{ end }}{{ include "named" (dict "Values" $) }}',
  'put into the values': '{{ $_ := set .Values "kept" (omit . "Values") }}{{ toJson .Values.kept }}',
  'merged into the values': '{{ $_ := merge .Values (pick . "Release") }}{{ toJson .Values }}',
  'a default': '{{ default . .Values.none | toJson }}',
  'the last of two': '{{ and .Values . | toJson }}',
  'a copy': '{{ deepCopy . | toJson }}',
  'a comparison':
    '{{ deepEqual .Release (dict "IsIn\\u0073tall" true "IsUp\\u0067rade" false "Name" "x" "Namespace" "default" "Revision" 1 "Service" "Helm") }}',
  with: '{{ with . }}{{ toJson . }}{{ end }}',
  else: '{{ with .Values.none }}{{ else }}{{ toJson . }}{{ end }}',
  'else with': '{{ with .Values.none }}{{ else with $ }}{{ toJson . }}{{ end }}',
  'a block': '{{ block "inner" $ }}{{ toJson . }}{{ end }}',
  'a block that is given a dictionary': '{{ block "given" (dict "k" $) }}{{ toJson .k }}{{ end }}',
  'a block that puts it into the values': '{{ block "kept" (set .Values "k" .Release) }}{{ toJson .k }}{{ end }}',
  'a block that puts it into a variable': '{{ block "assigned" ($x := $) }}{{ end }}{{ toJson $x }}',
  'a named template whose name holds quotes':
    '{{ define "a\\"b" }}{{ toJson .k }}{{ end }}{{ template "a\\"b" (dict "k" $) }}',
  'text that is run': '{{ tpl (printf "{{ .Release.Is%s }}" "Upgrade") . }}',
  'a hash': '{{ toJson . | sha256sum }}',
};

/** As charts write them. */
const harmless = [
  '{{ .Release.Name }}-{{ .Release.Namespace }}-{{ $.Release.Service }}-{{ .Release.Revision }}',
  '{{ with .Values.a }}{{ toYaml . | nindent 2 }}{{ end }}',
  '{{ range $key, $value := .Values.a }}{{ $key }}: {{ $value | quote }}, {{ $.Release.Name }}{{ end }}',
  '{{ define "labels" }}{{ .Chart.Name }}-{{ .Release.Name | trunc 63 }}{{ end }}{{ include "labels" . | nindent 4 }}',
  '{{ define "of-two" }}{{ $root := index . 0 }}{{ index . 1 }}{{ $root.Values.b }}{{ end }}{{ include "of-two" (list $ "x") }}',
  '{{ define "rest" }}{{ range rest . }}{{ . }}{{ end }}{{ end }}{{ include "rest" (list . "b" "c") }}',
  '{{ define "pair" }}{{ toYaml .value }}{{ .context.Release.Name }}{{ end }}{{ include "pair" (dict "value" .Values.a "context" $) }}',
  '{{ define "parts" }}{{ .Release.Name }}{{ toJson .Values.a }}{{ end }}{{ include "parts" (dict "Release" .Release "Values" .Values) }}',
  '{{ if and .Values.a (not .Values.c) }}{{ .Capabilities.KubeVersion.Version }}{{ else if .Values.b }}b{{ else }}{{ .Chart.Version }}{{ end }}',
  '{{ if .Capabilities.APIVersions.Has "batch/v1" }}{{ .Files.Get "none" }}{{ end }}{{ (.Files.Glob "*.txt").AsConfig }}',
  '{{ $list := list }}{{ $list = append $list "a" }}{{ join "," $list }}{{ $.Template.Name }}{{ toYaml .Values }}',
  '{{ default .Chart.Name .Values.none }}{{ get .Values.a "x" }}{{ index $.Values.a "x" }}{{ kindOf . }}{{ hasKey . "Values" }}',
  '{{ block "own" . }}{{ .Release.Name }}{{ toJson .Values }}{{ end }}',
  '{{- /* .Release as a whole */ -}}text of .Release and tplx {{ "}}" }}',
];

/** What each template prints for an action. */
async function printed(templates: readonly string[], ...options: string[]): Promise<string[]> {
  const { path } = await helmBinary('4.2.3');
  const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-action-'));
  try {
    mkdirSync(join(folder, 'templates'));
    writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: c\nversion: 1.0.0\n');
    writeFileSync(join(folder, 'values.yaml'), 'a: { x: 1 }\nb: 2\n');
    for (const [at, text] of templates.entries())
      writeFileSync(join(folder, `templates/x${at}.yaml`), `number: ${at}.\ntext: |-\n  a ${text}\n`);
    const output = execFileSync(path, ['template', 'x', folder, ...options], { encoding: 'utf8' });
    return templates.map((_, at) => output.split(/^---\n/m).find((text) => text.includes(`number: ${at}.\n`))!);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

it('takes no template for one that prints the same for each action, where Helm prints something else', async () => {
  const templates = Object.values(leaks);
  const [install, upgrade] = [await printed(templates), await printed(templates, '--is-upgrade')];
  for (const [at, name] of Object.keys(leaks).entries()) {
    expect.soft(install[at], `${name} is no leak`).not.toEqual(upgrade[at]);
    expect.soft(isActionFree([templates[at]!]), name).toBe(false);
  }
});

it('knows what charts write for the same in each action, and Helm agrees', async () => {
  for (const template of harmless) expect.soft(isActionFree([template]), template).toBe(true);
  expect(isActionFree(harmless)).toBe(true);
  expect(await printed(harmless)).toEqual(await printed(harmless, '--is-upgrade'));
});

it.each([
  '{{ randAlphaNum 5 }}',
  '{{ now | date "2006" }}',
  '{{ $x := uuidv4 }}',
  '{{ genCA "x" 1 }}',
  '{{ tpl "x" . }}',
])('decides nothing about %s, which may print something else each time', (template) =>
  expect(isActionFree([template])).toBe(false),
);

it.each([
  '{{ if }}',
  '{{ end }}',
  '{{ .Values.a',
  '{{ (.Values.a }}',
  '{{ .Values.a | }}',
  '{{ else }}',
  '{{ a.b.c }}',
  '{{ \u00e4 }}',
])('decides nothing about %s, which is no template', (template) => expect(isActionFree([template])).toBe(false));
