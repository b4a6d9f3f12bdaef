import { beforeAll, describe, expect, it } from 'vitest';
import { coveringArray, switchesOf } from '../src/explore/index.ts';
import { explore } from '../src/explore-charts.ts';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';

let env: Record<string, string | undefined>;
beforeAll(async () => {
  env = { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path };
});

async function exploring(
  options: Partial<LintOptions> & { paths: string[] },
  limits = { strength: 2, maxRenders: 30, timeMs: 60_000 },
) {
  const all: LintOptions = { cwd: '.', env, ...options };
  return explore(all, await lint(all), limits);
}

describe('OptScale with elk off', () => {
  it('shows the elk deadlock within 30 renders, with the switch named', async () => {
    const { charts } = await exploring({
      paths: ['fixtures/optscale'],
      valuesFiles: ['fixtures/optscale/variants/no-elk-values.yaml'],
      only: ['hook-deadlock'],
    });
    const elk = charts[0]!.findings.filter(({ message }) => message.includes('waits for Service/elk'));
    expect(elk).toHaveLength(11);
    expect(new Set(elk.map(({ only }) => only))).toEqual(new Set(['only with elk.enabled=true']));
    expect(charts[0]!.notes).toContainEqual(
      expect.stringMatching(/^explored \d+ switches in ([1-9]|[12]\d|30) renders/),
    );
  });
});

it('names two switches where it takes two, and tells of settings that do not render', async () => {
  const chart = scratchChart({
    'values.yaml': 'a: false\nb: false\nc: false\nmode: plain\n',
    'templates/job.yaml': `{{- if and .Values.a .Values.b }}\n${migrationJob()}{{- end }}\n{{- if eq .Values.mode "broken" }}{{ fail "no such mode" }}{{ end }}\n{{ if .Values.c }}{{ end }}\n`,
  });
  const { charts } = await exploring({ paths: [chart], only: ['backoff-limit'] });
  expect(charts[0]!.findings.map(({ rule, only }) => [rule, only])).toEqual([
    ['not-judged', undefined],
    ['backoff-limit', 'only with a=true, b=true'],
  ]);
  expect(charts[0]!.findings[0]).toMatchObject({
    severity: 'warning',
    message: expect.stringMatching(
      /^\d settings? of --explore (?:was|were) not judged, such as mode=broken.*no such mode$/,
    ),
  });
});

it('gives a warning where a switch needs values that are not set, and an error where no value helps', async () => {
  const service = (name: string, rest: string) =>
    `---\napiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}-${name}\nspec:\n${rest}`;
  const chart = scratchChart({
    'values.yaml': 'open: false\nwrong: false\ntls: false\n',
    'templates/services.yaml': `{{- if .Values.open }}
${service('open', '  type: NodePort\n  ports:\n    {{- range .Values.ports }}\n    - port: {{ . }}\n    {{- end }}\n')}{{- end }}
{{- if .Values.wrong }}
${service('wrong', '  ports:\n    - port: 70000\n')}{{- end }}
{{- if .Values.tls }}{{ .Values.certificate.name }}{{ end }}
`,
  });
  const { charts } = await exploring({ paths: [chart] });
  expect(charts[0]!.findings.map(({ rule, severity, only, message }) => [rule, severity, only, message])).toEqual([
    ['not-judged', 'warning', undefined, expect.stringMatching(/such as tls=true: .*nil pointer/)],
    ['api-refused', 'warning', 'only with open=true', expect.stringContaining('Required value')],
    ['api-refused', 'error', 'only with wrong=true', expect.stringContaining('70000')],
  ]);
});

it('narrows a setting of many switches down within the renders, and says so where it cannot', async () => {
  const names = Array.from({ length: 24 }, (_, index) => `s${index}`);
  const chart = scratchChart({
    'values.yaml': names.map((name) => `${name}: false\n`).join(''),
    'templates/x.yaml': names.map((name) => `{{ if .Values.${name} }}{{ end }}\n`).join(''),
    'templates/job.yaml': `{{- if and .Values.s7 .Values.s19 }}\n${migrationJob()}{{- end }}\n`,
  });
  const onlyOf = async (maxRenders: number) => {
    const { charts } = await exploring(
      { paths: [chart], only: ['backoff-limit'] },
      { strength: 2, maxRenders, timeMs: 60_000 },
    );
    const renders = Number(/in (\d+) renders/.exec(charts[0]!.notes.join())?.[1]);
    expect(renders).toBeLessThanOrEqual(maxRenders);
    return charts[0]!.findings.filter(({ rule }) => rule === 'backoff-limit').map(({ only }) => only);
  };
  expect(await onlyOf(30)).toEqual(['only with s7=true, s19=true']);
  expect(await onlyOf(4)).toEqual([
    expect.stringMatching(
      /^seen with (?:s\d+=true,? ){6}and \d+ more switches \(a higher --max-renders narrows them down\)$/,
    ),
  ]);
});

it('is one finding where a setting shows the same cause in other resources', async () => {
  const config = (name: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-${name}\n  labels:\n    {{- include "labels" . | nindent 4 }}\n`;
  const chart = scratchChart({
    'values.yaml': 'first: true\nsecond: false\n',
    'templates/_labels.tpl': '{{- define "labels" }}\nversion: 1.0+build\n{{- end }}\n',
    'templates/a.yaml': `{{- if .Values.first }}\n${config('a')}{{- end }}\n`,
    'templates/b.yaml': config('b'),
    'templates/c.yaml': `{{- if .Values.second }}\n${config('c')}{{- end }}\n`,
  });
  const { charts } = await exploring({ paths: [chart], only: ['api-refused'] });
  expect(charts[0]!.findings.map(({ message, only }) => [message.slice(0, 46), only])).toEqual([
    ['Kubernetes refuses ConfigMap/release-name-a: m', undefined],
  ]);
});

it('is one finding where a setting moves an item in its list', async () => {
  const mount = (name: string) => `            - {name: ${name}, mountPath: /${name}}\n`;
  const chart = scratchChart({
    'values.yaml': 'first: false\nsecond: false\n',
    'templates/job.yaml': `${migrationJob().replace('pre-install,pre-upgrade', 'post-install').trimEnd()}
          volumeMounts:
{{- if .Values.first }}\n${mount('a')}{{- end }}\n{{- if .Values.second }}\n${mount('b')}{{- end }}\n${mount('nowhere')}      volumes:
        - {name: a, emptyDir: {}}
        - {name: b, emptyDir: {}}
`,
  });
  const { charts } = await exploring({ paths: [chart], only: ['api-refused'] });
  expect(charts[0]!.findings.map(({ message, only }) => [message.slice(-37), only])).toEqual([
    ['volumeMounts[0].name: Not found: "nowhere"'.slice(-37), undefined],
  ]);
});

it('gives a warning where a Secret has no key for a value that is not set', async () => {
  const chart = scratchChart({
    'values.yaml': 'tls: false\nca: ""\n',
    'templates/secret.yaml':
      'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}-db\nstringData:\n  user: shop\n  {{- with .Values.ca }}\n  ca: {{ . }}\n  {{- end }}\n',
    'templates/job.yaml': `${migrationJob().replace('pre-install,pre-upgrade', 'post-install')}{{- if .Values.tls }}
          env:
            - name: CA
              valueFrom: {secretKeyRef: {name: "{{ .Release.Name }}-db", key: ca}}
{{- end }}
`,
  });
  const { charts } = await exploring({ paths: [chart], only: ['missing-key'] });
  expect(charts[0]!.findings.map(({ severity, only }) => [severity, only])).toEqual([
    ['warning', 'only with tls=true'],
  ]);
});

it('gives a warning where a quantity or a mode is empty in a setting', async () => {
  const chart = scratchChart({
    'values.yaml': 'persistence:\n  enabled: false\n',
    'templates/claim.yaml': `{{- if .Values.persistence.enabled }}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .Release.Name }}-data
spec:
  accessModes: ["{{ .Values.persistence.mode }}"]
  resources:
    requests:
      storage: "{{ .Values.persistence.size }}"
{{- end }}
`,
  });
  const { charts } = await exploring({ paths: [chart], only: ['resource-schema', 'api-refused'] });
  expect(charts[0]!.findings.map(({ severity, only, message }) => [severity, only, message])).toEqual([
    ['warning', 'only with persistence.enabled=true', expect.stringContaining('Unsupported value: ""')],
    ['warning', 'only with persistence.enabled=true', expect.stringContaining('is the string ""')],
  ]);
});

it('keeps to the number of renders', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `s${index}`);
  const chart = scratchChart({
    'values.yaml': names.map((name) => `${name}: false\n`).join(''),
    'templates/x.yaml': `${names.map((name) => `{{ if .Values.${name} }}{{ end }}`).join('\n')}\n${migrationJob()}`,
  });
  const { charts } = await exploring({ paths: [chart] }, { strength: 3, maxRenders: 5, timeMs: 60_000 });
  expect(charts[0]!.notes).toEqual(['explored 12 switches in 5 renders']);
  expect(charts[0]!.findings.filter(({ rule }) => rule === 'not-judged')).toMatchObject([
    { severity: 'warning', message: expect.stringMatching(/^\d+ settings? and [1-9]\d* combinations? of switches/) },
  ]);
});

it.each([
  ['no switch', 'a: {{ .Values.a }}'],
  ['one switch', '{{ if .Values.on }}a: 1{{ end }}'],
])('explores a chart with %s', async (_, template) => {
  const chart = scratchChart({ 'values.yaml': 'a: 1\non: false\n', 'templates/x.yaml': `# ${template}\n` });
  const { charts, errors } = await exploring({ paths: [chart] });
  expect([errors, charts[0]!.findings]).toEqual([[], []]);
  expect(charts[0]!.notes[0]).toMatch(/^explored [01] switch/);
});

it('finds switches in conditions, comparisons and helpers, and not in comments', () => {
  const source = (path: string, text: string) => ({ path: `shop/${path}`, file: path, text });
  const given = { valuesTexts: [], set: [] };
  const switches = switchesOf(
    [
      source('values.yaml', 'a: {on: true}\nmode: x\nname: shop\nd: false\n'),
      source(
        'templates/t.yaml',
        '{{ if .Values.a.on }}{{ end }}{{- if eq .Values.mode "y" }}}}{{ end }}{{/* if .Values.name */}}{{ .Values.name }}',
      ),
      source(
        'templates/_h.tpl',
        '{{ define "h" }}{{ ternary "a" "b" $.Values.d }}{{ if eq "z" .Values.mode }}{{ end }}{{ end }}',
      ),
    ],
    given,
  );
  expect(switches.map(({ path, values }) => [path, values])).toEqual(
    expect.arrayContaining([
      ['a.on', ['true', 'false']],
      ['mode', ['x', 'y', 'z']],
      ['d', ['false', 'true']],
    ]),
  );
  expect(switches).toHaveLength(3);
});

it.each([
  [2, 6],
  [3, 6],
])('covers every combination of %i values among %i switches', (strength, count) => {
  const switches = Array.from({ length: count }, (_, index) => ({
    path: `s${index}`,
    values: index % 2 ? ['a', 'b', 'c'] : ['a', 'b'],
  }));
  const rows = coveringArray(switches, strength, 1000).settings.map((setting) =>
    switches.map(({ path, values }) => setting.get(path) ?? values[0]!),
  );
  const combinations = (from: number, chosen: number[]): number[][] =>
    chosen.length === strength
      ? [chosen]
      : switches.slice(from).flatMap((_, index) => combinations(from + index + 1, [...chosen, from + index]));
  for (const columns of combinations(0, [])) {
    const wanted = columns.reduce((product, column) => product * switches[column]!.values.length, 1);
    expect(new Set(rows.map((row) => columns.map((column) => row[column]).join()))).toHaveProperty('size', wanted);
  }
  expect(rows[0]).toEqual(switches.map(() => 'a'));
  expect(rows.length).toBeLessThan(2 ** count);
});
