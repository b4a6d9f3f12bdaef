import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  findHelm,
  preload,
  template,
  type Helm,
  type HelmError,
  type TemplateLimits,
  type TemplateRequest,
  type TemplateResult,
} from '../src/helm/index.ts';
import { helmBinary, helmVersions } from './helm/binaries.ts';
import { chart, failure, scratch, script, write } from './helm/fakes.ts';
import { renders } from './program/renders.ts';

// How Helm is run is what is tested here.
renders.on = false;
const root = scratch();
const env = { PATH: process.env['PATH'], HOME: root };
const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

function render(
  helm: Helm,
  path: string,
  more: Partial<TemplateRequest> = {},
  limits: Partial<TemplateLimits> = {},
): Promise<TemplateResult> {
  return template(
    helm,
    { chart: path, releaseName: 'rel', valuesFiles: [], set: [], apiVersions: [], ...more },
    { env, ...limits },
  );
}

const dependencies =
  'dependencies:\n- {name: redis, version: 1.x, repository: "https://example.test"}\n- {name: pg, version: 1.x, repository: "https://example.test"}\n';
const nested =
  '{{- define "a" }}\n{{ include "b" . }}\n{{- end }}\n{{- define "b" }}\nx: {{ .Values.foo.bar.baz }}\n{{- end }}\n';

/** Charts that do not render: files, what the error must be, options. */
const failures: [
  string,
  Record<string, string>,
  Partial<Record<keyof HelmError, unknown>> & { message: unknown },
  Partial<TemplateRequest>?,
][] = [
  [
    'a nil pointer',
    { 'templates/x.yaml': 'a: 1\nb: {{ .Values.foo.bar.baz }}\n' },
    {
      kind: 'template',
      file: 'chart/templates/x.yaml',
      line: 2,
      column: 14,
      message: 'chart/templates/x.yaml:2: nil pointer evaluating interface {}.bar (at <.Values.foo.bar.baz>)',
    },
  ],
  [
    'nested includes',
    { 'templates/_h.tpl': nested, 'templates/x.yaml': 'k: v\n{{ include "a" . }}\n' },
    {
      kind: 'template',
      file: 'chart/templates/x.yaml',
      line: 2,
      column: 4,
      message:
        'chart/templates/x.yaml:2: nil pointer evaluating interface {}.bar (at <.Values.foo.bar.baz> in chart/templates/_h.tpl:5)',
    },
  ],
  [
    'endless includes',
    { 'templates/x.yaml': '{{ define "a" }}{{ include "a" . }}{{ end }}\n{{ include "a" . }}' },
    { kind: 'template', line: 2, message: expect.stringMatching(/nested reference name: a/) },
  ],
  [
    'tpl',
    { 'templates/x.yaml': 'a: {{ tpl "{{ .Values.q.r.s }}" . }}\n' },
    {
      kind: 'template',
      line: 1,
      message:
        'chart/templates/x.yaml:1: nil pointer evaluating interface {}.r (at <.Values.q.r.s> in text given to tpl)',
    },
  ],
  [
    'a missing define',
    { 'templates/x.yaml': 'a: {{ include "nothere" . }}\n' },
    {
      kind: 'template',
      line: 1,
      message:
        'chart/templates/x.yaml:1: no template "nothere" associated with template "gotpl" (at <include "nothere" .>)',
    },
  ],
  [
    'a function that fails',
    { 'templates/x.yaml': 'a: {{ index .Values.list 3 }}\n', 'values.yaml': 'list: [1]' },
    {
      kind: 'template',
      line: 1,
      message: 'chart/templates/x.yaml:1: error calling index: index out of range: 3 (at <index .Values.list 3>)',
    },
  ],
  [
    'required, in a subchart',
    {
      'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
      'charts/sub/templates/x.yaml': '\n\na: {{ required "foo is required!" .Values.foo }}\n',
    },
    {
      kind: 'template',
      file: 'chart/charts/sub/templates/x.yaml',
      line: 3,
      column: 7,
      message: 'chart/charts/sub/templates/x.yaml:3: foo is required!',
    },
  ],
  [
    'fail with several lines',
    { 'templates/x.yaml': '{{ fail "\\nVALUES:\\n  Error: no (way): x\\n" }}' },
    { kind: 'template', line: 1, message: 'chart/templates/x.yaml:1: VALUES: Error: no (way): x' },
  ],
  [
    'fail with a banner',
    {
      'templates/x.yaml': `{{ fail "\\n${'━'.repeat(40)}\\nERROR: no -- key -- set\\n${'━'.repeat(40)}\\n\\n===== a: b\\n" }}`,
    },
    { kind: 'template', line: 1, message: 'chart/templates/x.yaml:1: ERROR: no -- key -- set a: b' },
  ],
  [
    'fail with terminal escapes',
    { 'templates/x.yaml': '{{ fail "\\x1b[31mred\\x07\\x1b]0;title\\x07 \\u202eside\\u009b1m" }}' },
    {
      message: 'chart/templates/x.yaml:1: red side1m',
      detail: expect.not.stringMatching(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/),
    },
  ],
  [
    'an unknown function',
    { 'templates/x.yaml': 'a: 1\nb: {{ nofunc 1 }}\n' },
    {
      kind: 'template',
      line: 2,
      column: undefined,
      message: 'chart/templates/x.yaml:2: function "nofunc" not defined',
    },
  ],
  [
    'an action never closed',
    { 'templates/x.yaml': 'a: 1\nb: {{ .Values.x \n' },
    { kind: 'template', line: 2, message: 'chart/templates/x.yaml:2: {{ is never closed' },
  ],
  [
    'a block never closed',
    { 'templates/x.yaml': 'a: 1\n{{ if true }}\n' },
    { kind: 'template', line: 3, message: 'chart/templates/x.yaml:3: unexpected EOF' },
  ],
  [
    'invalid YAML, in the second document',
    { 'templates/x.yaml': `${map('a')}---\napiVersion: v1\nkind: X\n  bad\nfoo: [\n` },
    {
      kind: 'yaml',
      file: 'chart/templates/x.yaml',
      line: undefined,
      message: expect.stringMatching(
        /^chart\/templates\/x\.yaml: renders to invalid YAML: .* \(line \d of the rendered document\)$/,
      ),
    },
  ],
  [
    'a list as an annotation',
    { 'templates/x.yaml': `${map('a')}  annotations:\n    helm.sh/hook: [pre-install]\n` },
    {
      kind: 'yaml',
      message:
        'chart/templates/x.yaml: renders to invalid YAML: json: cannot unmarshal array into Go struct field .metadata.annotations of type string',
    },
  ],
  [
    'values against the schema',
    { 'values.schema.json': '{"required":["zz"],"properties":{"foo":{"type":"string"}}}', 'values.yaml': 'foo: 1' },
    {
      kind: 'schema',
      message: expect.stringMatching(
        /^the values break the chart's values\.schema\.json: chart: .*zz.*; .*foo.*string/,
      ),
    },
  ],
  [
    'another Kubernetes',
    { 'Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 0.1.0\nkubeVersion: ">=99.0.0"\n' },
    {
      kind: 'kube-version',
      message: expect.stringMatching(
        /^chart requires kubeVersion: >=99\.0\.0 which is incompatible with Kubernetes v1\.\d+\.\d+ \(--kube-version/,
      ),
    },
  ],
  [
    '--kube-version',
    {},
    { kind: 'kube-version', message: expect.stringMatching(/^invalid kube version 'abc'/) },
    { kubeVersion: 'abc' },
  ],
  [
    'missing dependencies',
    { 'Chart.yaml': `apiVersion: v2\nname: chart\nversion: 0.1.0\n${dependencies}` },
    {
      kind: 'dependencies',
      missingDependencies: ['redis', 'pg'],
      message: expect.stringMatching(
        /^missing in charts\/, though Chart\.yaml names them: redis, pg; run: helm dependency build \S+$/,
      ),
    },
  ],
  [
    'a library chart',
    { 'Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 0.1.0\ntype: library\n' },
    { kind: 'library-chart', message: 'a library chart has nothing to render by itself' },
  ],
  [
    "the chart's values",
    { 'values.yaml': 'a: [\n' },
    { kind: 'values', file: 'values.yaml', message: 'values.yaml: yaml: line 1: did not find expected node content' },
  ],
  [
    'Chart.yaml',
    { 'Chart.yaml': 'name: [\n' },
    { kind: 'yaml', file: 'Chart.yaml', message: 'Chart.yaml: yaml: line 1: did not find expected node content' },
  ],
  [
    'a missing values file',
    {},
    { kind: 'values', file: '/no/such.yaml', message: 'values file /no/such.yaml: no such file or directory' },
    { valuesFiles: ['/no/such.yaml'] },
  ],
  [
    'a folder as values file',
    {},
    { kind: 'values', file: '/', message: 'values file /: is a directory' },
    { valuesFiles: ['/'] },
  ],
  [
    'a values file from stdin',
    {},
    { kind: 'values', message: expect.stringMatching(/^values are read from files/) },
    { valuesFiles: ['-'] },
  ],
  [
    '--set',
    {},
    { kind: 'values', message: 'failed parsing --set data: key "a" has no value' },
    { set: [{ flag: '--set', value: 'a' }] },
  ],
  [
    'a release name',
    {},
    { kind: 'other', message: expect.stringMatching(/^release name "--debug" is not one Helm takes/) },
    { releaseName: '--debug' },
  ],
  [
    'a namespace',
    {},
    { kind: 'other', message: expect.stringMatching(/^namespace "A" is not a name/) },
    { namespace: 'A' },
  ],
];

describe.each(helmVersions)('Helm %s', (version) => {
  const folder = join(root, version);

  it.each(failures)('puts into one line: %s', async (name, files, wanted, more) => {
    const path = chart(folder, name.replace(/\W/g, '-'), { 'templates/ok.yaml': map('ok'), ...files });
    const error = await failure(render(await helmBinary(version), path, more));
    expect({
      kind: error.kind,
      file: error.file,
      line: error.line,
      column: error.column,
      detail: error.detail,
      missingDependencies: error.missingDependencies,
      message: error.message,
    }).toMatchObject(wanted);
    expect(error.message).not.toMatch(/[\n\x00-\x1f]/);
  });

  it('tells a folder without Chart.yaml, a missing chart and a file that is no chart', async () => {
    const helm = await helmBinary(version);
    const empty = write(join(folder, 'empty'), { 'x.txt': '', 'bad.tgz': 'junk' });
    expect((await failure(render(helm, empty))).message).toBe('no Chart.yaml in the chart');
    expect((await failure(render(helm, 'oci://example.test/x'))).message).toBe('no chart at ./oci://example.test/x');
    expect((await failure(render(helm, join(empty, 'bad.tgz')))).message).toMatch(
      /bad\.tgz' does not appear to be a gzipped archive/,
    );
  });

  it('renders, and tells the hooks Helm dropped', async () => {
    const hook = (types: string): string => `---\n${map('h')}  annotations:\n    helm.sh/hook: ${types}\n`;
    const text = `${map('{{ .Release.Name }}')}data: {ns: {{ .Release.Namespace }}, up: "{{ .Release.IsUpgrade }}", v: "{{ .Capabilities.KubeVersion }}", a: "{{ .Values.a }}"}\n`;
    const path = chart(folder, 'ok', { 'templates/x.yaml': text + hook('pre-instal') + hook('"pre-install,foo bar"') });
    const more: Partial<TemplateRequest> = {
      isUpgrade: true,
      kubeVersion: '1.27.3',
      apiVersions: ['x/v1'],
      includeCrds: true,
      skipTests: true,
      skipSchemaValidation: true,
      set: [{ flag: '--set-json', value: 'a=[1]' }],
    };
    const found = await render(await helmBinary(version), path, more);
    expect(found.stdout).toContain('# Source: chart/templates/x.yaml');
    expect(found.stdout).toContain('{ns: default, up: "true", v: "v1.27.3", a: "[1]"}');
    expect(found.droppedHooks).toEqual([{ hookTypes: 'pre-instal' }, { hookTypes: 'pre-install,foo bar' }]);
    expect((await render(await helmBinary(version), path, { namespace: 'other' })).stdout).toContain(
      '{ns: other, up: "false"',
    );
  });

  it('accepts a chart that renders to nothing', async () => {
    expect((await render(await helmBinary(version), chart(folder, 'nothing', {}))).stdout.trim()).toBe('');
  });

  it('does not take the namespace from a kubeconfig', async () => {
    const home = write(join(folder, 'home'), {
      '.kube/config':
        'apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {namespace: elsewhere, cluster: c, user: u}}]\n',
    });
    const path = chart(folder, 'namespace', { 'templates/x.yaml': map('{{ .Release.Namespace }}') });
    const withConfig = { ...env, HOME: home, KUBECONFIG: join(home, '.kube/config') };
    expect((await render(await helmBinary(version), path, {}, { env: withConfig })).stdout).toContain('name: default');
  });

  it('never takes a name for an option', async () => {
    const helm = await helmBinary(version);
    const place = chart(folder, 'place', { 'templates/x.yaml': map('{{ .Values.a }}') });
    write(folder, { '--set=a=b': 'a: from-file', 'x,"y".yaml': 'a: with-comma' });
    expect((await render(helm, place, { valuesFiles: [join(folder, 'x,"y".yaml')] })).stdout).toContain(
      'name: with-comma',
    );
    chart(folder, '-x', { 'templates/x.yaml': map('{{ .Values.a }}') });
    // Relative names only mean something in their folder.
    const here = script(join(folder, 'here'), `cd '${folder}' && exec '${helm.path}' "$@"`);
    const found = await render({ ...helm, path: here }, '-x', { valuesFiles: ['--set=a=b'] });
    expect(found.stdout).toContain('name: from-file');
  });

  it('stops a template without end', async () => {
    const loop = '{{ range until 1000 }}'.repeat(6) + '{{ end }}'.repeat(6);
    // Settled at all, it was stopped: the ranges take years.
    const error = await failure(
      render(await helmBinary(version), chart(folder, 'endless', { 'templates/x.yaml': loop }), {}, { timeoutMs: 700 }),
    );
    expect(error).toMatchObject({
      kind: 'timeout',
      message: 'Helm did not finish within 0.7 s and was stopped: a template may loop without end',
    });
  });

  it('stops at the bound of the output', async () => {
    const text = `{{ range until 100000 }}\n# ${'x'.repeat(100)}{{ end }}\n${map('x')}`;
    const path = chart(folder, 'large', { 'templates/x.yaml': text });
    const error = await failure(render(await helmBinary(version), path, {}, { maxBytes: 2 ** 20 }));
    expect(error).toMatchObject({
      kind: 'too-large',
      message: expect.stringMatching(/^Helm wrote more than 1 MiB/) as string,
    });
    expect((await render(await helmBinary(version), path)).stdout.length).toBeGreaterThan(10_000_000);
  });
});

describe('a program that is not Helm', () => {
  const path = chart(root, 'plain', { 'templates/x.yaml': map('x') });

  it.each([
    ['prints something else', 'echo hello'],
    ['prints nothing', 'exit 0'],
    ['fails', 'echo "unknown command: $1" >&2; exit 1'],
    ['says nothing and fails', 'exit 7'],
  ])('is named in one line when it %s', async (_what, body) => {
    const helm = await findHelm({ helm: script(join(root, 'not-helm'), body), env });
    const error = await failure(render(helm, path));
    expect(error.kind).toBe('not-helm');
    expect(error.message).toMatch(/not-helm is not Helm: asked for its version, it said /);
  });

  it('is named when it vanished', async () => {
    const helm = await findHelm({ helm: script(join(root, 'gone'), ''), env });
    expect(await failure(render({ ...helm, path: join(root, 'gone-now') }, path))).toMatchObject({
      kind: 'missing-helm',
      message: expect.stringMatching(/gone-now cannot be run \(ENOENT\)$/) as string,
    });
  });
});

describe('running', () => {
  const path = chart(root, 'run', { 'templates/x.yaml': map('x') });
  const source = 'echo "# Source: x"';

  it('passes on only what Helm needs', async () => {
    const helm = await findHelm({ helm: script(join(root, 'env'), `${source}; env`), env });
    const given = {
      ...env,
      KUBECONFIG: '/k',
      HELM_PLUGINS: '/p',
      HELM_DEBUG: '1',
      HELM_KUBETOKEN: 't',
      HELM_REPOSITORY_CONFIG: '/r',
      GITHUB_TOKEN: 's',
      XDG_DATA_HOME: '/x',
      https_proxy: 'http://p',
      LD_PRELOAD: 'z',
    };
    const seen = (await render(helm, path, {}, { env: given })).stdout.split('\n');
    expect(seen).toEqual(
      expect.arrayContaining([
        'KUBECONFIG=/dev/null',
        'HELM_PLUGINS=',
        'HELM_DATA_HOME=/nonexistent/helm',
        'XDG_DATA_HOME=/x',
        'https_proxy=http://127.0.0.1:9',
      ]),
    );
    expect(seen.join('\n')).not.toMatch(/HELM_DEBUG|HELM_KUBE|HELM_REPOSITORY_CONFIG|GITHUB_TOKEN|LD_PRELOAD/);
    const asked = (await render(helm, path, { valuesFiles: ['secrets://x.yaml'] }, { env: given })).stdout.split('\n');
    expect(asked).toEqual(
      expect.arrayContaining(['HELM_PLUGINS=/p', 'HELM_REPOSITORY_CONFIG=/r', 'https_proxy=http://p']),
    );
  });

  it.each(['timeout', 'abort'])('kills what a wrapper started, at the %s', async (how) => {
    const pid = join(root, `${how}.pid`);
    const helm = await findHelm({ helm: script(join(root, how), `sleep 300 & echo $! > '${pid}'; wait`), env });
    const stop = new AbortController();
    const call = failure(render(helm, path, {}, how === 'abort' ? { signal: stop.signal } : { timeoutMs: 500 }));
    await expect.poll(() => existsSync(pid) && readFileSync(pid, 'utf8') !== '').toBe(true);
    stop.abort();
    expect((await call).kind).toBe(how === 'abort' ? 'other' : 'timeout');
    const status = `/proc/${readFileSync(pid, 'utf8').trim()}/status`;
    await expect.poll(() => !existsSync(status) || /^State:\s+Z/m.test(readFileSync(status, 'utf8'))).toBe(true);
  });

  it('does not wait for a process that left the group and holds the output', async () => {
    const pid = join(root, 'daemon.pid');
    const helm = await findHelm({
      helm: script(join(root, 'daemon'), `setsid sleep 300 & echo $! > '${pid}'; wait`),
      env,
    });
    const stop = new AbortController();
    const call = failure(render(helm, path, {}, { signal: stop.signal }));
    await expect.poll(() => existsSync(pid) && readFileSync(pid, 'utf8') !== '').toBe(true);
    const daemon = Number(readFileSync(pid, 'utf8'));
    // Only once it has a session of its own does it survive.
    await expect.poll(() => Number(readFileSync(`/proc/${daemon}/stat`, 'utf8').split(' ')[5])).toBe(daemon);
    stop.abort();
    await call;
    expect(existsSync(`/proc/${daemon}`)).toBe(true);
    process.kill(daemon);
  });

  it.runIf(existsSync('/proc/self/status'))('stops at the bound of memory', async () => {
    const helm = await findHelm({ helm: script(join(root, 'hungry'), 'sleep 20'), env });
    const error = await failure(render(helm, path, {}, { maxMemory: 1024 }));
    expect(error).toMatchObject({
      kind: 'memory',
      message: expect.stringMatching(/^helm template took more than \S+ GiB of memory and was stopped: /) as string,
    });
  });

  it('starts nothing when stopped beforehand', async () => {
    await preload();
    const helm = await findHelm({ helm: script(join(root, 'never'), `echo x > '${root}/started'`), env });
    expect((await failure(render(helm, path, {}, { signal: AbortSignal.abort() }))).message).toBe('Helm was stopped');
    expect(existsSync(join(root, 'started'))).toBe(false);
  });

  it('tells a Helm that was killed and one that crashed', async () => {
    const killed = await findHelm({ helm: script(join(root, 'killed'), 'kill -9 $$'), env });
    expect(await failure(render(killed, path))).toMatchObject({
      kind: 'other',
      message: 'Helm was ended from outside by SIGKILL, as a system short of memory does',
    });
    // What `{{ tpl .Values.t . }}` with `t: "{{ tpl .Values.t . }}"` does to Helm 3.17.3 and 4.2.3, after ten seconds
    // and 4 GB: not for a test.
    const overflow =
      'runtime: goroutine stack exceeds 1000000000-byte limit\\nfatal error: stack overflow\\n\\nruntime stack:\\nruntime.throw({0x1, 0x2})\\n';
    for (const [text, wanted] of [
      [
        overflow,
        {
          kind: 'template',
          message: 'Helm ran out of stack: a template or a text given to tpl calls itself without end',
        },
      ],
      [
        'panic: runtime error: x\\n\\ngoroutine 1 [running]:\\nmain.main()\\n',
        { kind: 'other', message: 'Helm crashed: runtime error: x' },
      ],
    ] as const) {
      const crashed = script(
        join(root, 'crashed'),
        `test "$1" = version && echo v4.0.0 && exit; printf '${text}' >&2; exit 2`,
      );
      expect(await failure(render(await findHelm({ helm: crashed, env }), path))).toMatchObject(wanted);
    }
  });

  it("hands on Helm's warnings without control characters", async () => {
    const body = `printf 'coalesce.go:298: warning: cannot overwrite \\033[1mtable\\nlevel=WARN msg="old \\\\"x\\\\"" chart=a\\nlevel=INFO msg=fine\\n' >&2; ${source}`;
    const helm = await findHelm({ helm: script(join(root, 'warns'), body), env });
    expect((await render(helm, path)).warnings).toEqual(['cannot overwrite table', 'old "x" (chart a)']);
  });
});
