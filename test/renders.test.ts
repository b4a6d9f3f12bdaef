// Renders that are kept are those of the same program, options, environment and files, and of nothing that differs from
// render to render.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { scratchChart } from './chart/scratch.ts';
import { script } from './helm/fakes.ts';
import { Renders } from './program/renders.ts';

const root = mkdtempSync(join(tmpdir(), 'migrate-lint-renders-'));
afterAll(() => rmSync(root, { recursive: true }));
// Counts its runs, and prints what it is given.
const helm = script(
  join(root, 'migrate-lint/helm/4.2.3/helm'),
  `echo x >> '${root}/runs'; wc -l < '${root}/runs'; echo "$@"`,
);
const env = { PATH: process.env['PATH']! };
let renders: Renders;
beforeEach(() => (renders = new Renders(join(root, `kept-${Math.random()}`))));

const render = async (chart: string, more: string[] = [], given: Record<string, string> = env, by = renders) => {
  const { stdout } = await by.run(helm, ['template', ...more, '--', 'shop', chart], {
    env: given,
    timeoutMs: 10_000,
    maxBytes: 10_000,
  });
  const [run, args] = stdout.split('\n');
  return { run: Number(run), args };
};
const chart = (text: string) => scratchChart({ 'templates/x.yaml': text });

it('are those of the same content, with the path of the chart that was asked for', async () => {
  const [one, two] = [chart('a: 1'), chart('a: 1')];
  const { run } = await render(one);
  expect(await render(two)).toEqual({ run, args: `template -- shop ${two}` });
  const elsewhere = new Renders(renders.folder);
  expect(await render(one, [], env, elsewhere)).toEqual({ run, args: `template -- shop ${one}` });
});

it('are not those of another file, option, environment or values', async () => {
  const values = join(root, 'values.yaml');
  writeFileSync(values, 'a: 1\n');
  const here = chart('a: 1');
  const runs = [
    await render(here),
    await render(chart('a: 2')),
    await render(here, ['--debug']),
    await render(here, [], { ...env, LANG: 'C' }),
    await render(here, [`--values=${values}`]),
  ];
  writeFileSync(values, 'a: 2\n');
  runs.push(await render(here, [`--values=${values}`]));
  expect(new Set(runs.map(({ run }) => run)).size).toBe(6);
});

it('are those of the install for an upgrade, where the chart does not ask which it is', async () => {
  const plain = chart('a: {{ .Release.Name }}');
  const { run } = await render(plain);
  expect((await render(plain, ['--is-upgrade'])).run).toBe(run);
});

it.each([
  '{{ .Release.IsUpgrade }}',
  '{{ .Release.IsInstall }}',
  '{{ .Release.Revision }}',
  '{{ .Release | toYaml }}',
  '{{ index . "Release" }}',
  '{{ toYaml . }}',
  '{{ with $.Release }}{{ .Name }}{{ end }}',
  '{{ lookup "v1" "Secret" "a" "b" }}',
])('of an upgrade are its own with %s', async (text) => {
  const here = chart(`a: ${text}`);
  const { run } = await render(here);
  expect((await render(here, ['--is-upgrade'])).run).not.toBe(run);
});

it.each(['{{ randAlpha 3 }}', '{{ now }}', '{{ genCA "x" 1 }}', '{{ uuidv4 }}'])(
  'are not kept with %s',
  async (text) => {
    const here = chart(`a: ${text}`);
    expect((await render(here)).run).not.toBe((await render(here)).run);
  },
);
