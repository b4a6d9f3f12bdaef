// Charts that mean harm: through the built command line, each in a folder of its own whose every file is counted
// afterwards.
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { createTar } from 'nanotar';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { formats } from '../src/report/index.ts';
import { migrationJob } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';
import { script, write } from './helm/fakes.ts';
import { bundle } from './program/bundle.ts';
import { command, shellCommand } from './program/command.ts';

const root = mkdtempSync(join(tmpdir(), 'hostile-'));
const program = join(root, 'program');
const secret = 'correct-horse-battery';
let helm: string;
let serial = 0;

beforeAll(async () => {
  helm = (await helmBinary('4.2.3')).path;
  await bundle({ cli: 'src/cli.ts' }, program);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A working directory with a temporary folder beside it. */
function place(files: Readonly<Record<string, string>> = {}) {
  const base = join(root, String((serial += 1)));
  const work = join(base, 'work');
  for (const folder of ['work/.git', 'tmp', 'home']) mkdirSync(join(base, folder), { recursive: true });
  write(base, { 'outside/secret.yaml': `${migrationJob().replace('{{ .Release.Name }}', 'x')}# ${secret}\n` });
  write(work, files);
  const env = {
    SECRET: secret,
    PATH: process.env['PATH'],
    HOME: join(base, 'home'),
    TMPDIR: join(base, 'tmp'),
    HELM_BIN: helm,
  };
  return { work, tmp: join(base, 'tmp'), env };
}
type Place = ReturnType<typeof place>;

const chartYaml = 'apiVersion: v2\nname: shop\nversion: 1.0.0\n';
const shop = (files: Readonly<Record<string, string>> = {}, folder = 'shop') =>
  Object.fromEntries(
    Object.entries({ 'Chart.yaml': chartYaml, ...files }).map(([name, text]) => [`${folder}/${name}`, text]),
  );
const link = ({ work }: Place, target: string, at: string) => (
  mkdirSync(dirname(join(work, at)), { recursive: true }),
  symlinkSync(target, join(work, at))
);

async function start({ work, env }: Pick<Place, 'work' | 'env'>, file: string, args: readonly string[], input = '') {
  const { exitCode, signal, stdout, stderr } = await execa(file, args, {
    cwd: work,
    env,
    extendEnv: false,
    input,
    reject: false,
    stripFinalNewline: false,
    // Only a guard: a busy machine takes its time.
    timeout: 110_000,
  });
  return { status: exitCode ?? null, signal: signal ?? null, stdout, stderr };
}

/** All names below a folder; links are not followed. */
function below(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => [join(folder, entry.name), ...(entry.isDirectory() ? below(join(folder, entry.name)) : [])])
    .sort();
}

/** Runs the command line, and looks for everything that it must not do. */
async function run({ work, tmp, env }: Place, args: readonly string[], input = '') {
  const before = below(work);
  const [file, ...first] = command(join(program, 'cli.js'));
  const { status, signal, stdout, stderr } = await start({ work, env }, file, [...first, ...args], input);
  expect([status, signal], stderr).toEqual([expect.toBeOneOf([0, 1, 2]), null]);
  expect(stderr).toMatch(/^(?:[^\n]+\n)?$/);
  expect(stdout + stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]|\n {4}at /);
  expect(stdout + stderr).not.toMatch(new RegExp(`${secret}|root:x?:0:0`));
  expect(below(work)).toEqual(before);
  expect(readdirSync(tmp)).toEqual([]);
  return { code: status, stdout, stderr, said: stdout + stderr };
}

describe('links', () => {
  const job = { 'templates/job.yaml': migrationJob() };
  const source = (name: string) => ({
    'templates/job.yaml': `${migrationJob()}#\u2028---\n# Source: ${name}\n${migrationJob().replace('-migrate', '-again')}`,
  });
  it.concurrent.each<[string, Record<string, string>, [target: string, at: string][], code: number, said?: RegExp]>([
    ['a template that is /etc/passwd', job, [['/etc/passwd', 'shop/templates/x.yaml']], 2, /templates\/x\.yaml/],
    [
      'a template that lies outside',
      {},
      [['../../../outside/secret.yaml', 'shop/templates/x.yaml']],
      2,
      /templates\/x\.yaml is a link that may not be followed: it leads out of the repository/,
    ],
    [
      'a comment that names a file outside',
      source('shop/../../../../../../../../proc/self/environ'),
      [],
      1,
      /backoff-limit/,
    ],
    ['a comment that names an absolute path', source('/proc/self/environ'), [], 1, /backoff-limit/],
    [
      'a comment that names a link',
      source('shop/templates/_x.tpl'),
      [['/proc/self/environ', 'shop/templates/_x.tpl']],
      2,
      /templates\/_x\.tpl is a link that may not be followed: it leads out of the repository/,
    ],
    ['a policy that is /etc/passwd', job, [['/etc/passwd', 'shop/.migrate-lint.yaml']], 2, /migrate-lint\.yaml/],
    ['a policy that leads to itself', job, [['.migrate-lint.yaml', 'shop/.migrate-lint.yaml']], 2, /symlink/],
    [
      'a policy without an end',
      job,
      [['/dev/zero', 'shop/.migrate-lint.yaml']],
      2,
      /is not read: it leads out of the repository/,
    ],
    ['values without an end', job, [['/dev/zero', 'shop/values.yaml']], 2, /irregular file|values\.yaml/],
    [
      'charts/ that lies outside',
      job,
      [['../../outside', 'shop/charts']],
      2,
      /charts is a link that may not be followed/,
    ],
    ['a subchart that is the chart', job, [['..', 'shop/charts/shop']], 2],
    [
      'templates/ that lies outside',
      {},
      [['../../outside', 'shop/templates']],
      2,
      /templates is a link that may not be/,
    ],
  ])('%s', async (_, files, links, code, said = /./) => {
    const here = place(shop(files));
    for (const [target, at] of links) link(here, target, at);
    expect(await run(here, ['shop'])).toMatchObject({ code, said: expect.stringMatching(said) });
  });

  it.concurrent('a Chart.yaml without an end, or that leads to itself', async () => {
    const here = place({ 'a/templates/job.yaml': migrationJob(), 'b/templates/job.yaml': migrationJob() });
    link(here, '/dev/zero', 'a/Chart.yaml');
    link(here, 'Chart.yaml', 'b/Chart.yaml');
    expect(await run(here, ['a'])).toMatchObject({ code: 2, stderr: 'migrate-lint: a/Chart.yaml: no regular file\n' });
    expect(await run(here, ['b'])).toMatchObject({ code: 2, stderr: 'migrate-lint: b: cannot be read (ELOOP)\n' });
  });
  it.concurrent('a chart folder that is one, an archive without an end, a folder in circles', async () => {
    const here = place(shop(job));
    link(here, 'shop', 'other');
    link(here, '/dev/zero', 'x-1.0.0.tgz');
    link(here, 'loop', 'loop');
    expect(await run(here, ['other'])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^other [^]*templates\/job\.yaml:7/),
    });
    expect(await run(here, ['x-1.0.0.tgz'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('neither a file nor a folder'),
    });
    expect(await run(here, ['loop'])).toMatchObject({
      code: 2,
      stderr: 'migrate-lint: loop: cannot be read (ELOOP)\n',
    });
    link(here, '..', 'shop/up');
    expect((await run(here, ['.'])).code).toBe(2);
  });
});

describe('archives', () => {
  const files = [
    { name: 'shop/Chart.yaml', data: chartYaml },
    { name: 'shop/templates/job.yaml', data: migrationJob() },
  ];
  const pack = (...more: { name: string; data?: string | Uint8Array; attrs?: object }[]) =>
    Buffer.from(createTar([...files, ...more]));
  /** Makes an entry a symbolic link. */
  const linked = (tar: Buffer, name: string, target: string) => {
    const at = tar.indexOf(name);
    tar.write('2', at + 156);
    tar.write(target, at + 157);
    return resum(tar, at);
  };
  const resum = (tar: Buffer, at: number) => {
    tar.fill(' ', at + 148, at + 156);
    const sum = tar.subarray(at, at + 512).reduce((all, byte) => all + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148);
    return tar;
  };
  const sized = (tar: Buffer, size: string) => {
    const at = tar.indexOf('shop/templates/job.yaml');
    tar.write(size.padEnd(12, '\0'), at + 124);
    return resum(tar, at);
  };
  // Helm takes 100 MiB.
  const zeros = () => new Uint8Array(101 * 1024 * 1024);
  it.concurrent.each<[string, () => Buffer, code: number]>([
    ['with ../', () => gzipSync(pack({ name: 'shop/../../pwned', data: 'x' })), 2],
    ['with an absolute path', () => gzipSync(pack({ name: '/tmp/hostile-pwned', data: 'x' })), 1],
    [
      'with a link to the outside',
      () => gzipSync(linked(pack({ name: 'shop/templates/x.yaml', data: '' }), 'shop/templates/x.yaml', '/etc/passwd')),
      1,
    ],
    ['that is a bomb', () => gzipSync(pack({ name: 'shop/templates/x.txt', data: zeros() })), 2],
    [
      'whose subchart is a bomb',
      () =>
        gzipSync(
          pack({
            name: 'shop/charts/x-1.0.0.tgz',
            data: gzipSync(
              createTar([
                { name: 'x/Chart.yaml', data: chartYaml },
                { name: 'x/templates/x.txt', data: zeros() },
              ]),
            ),
          }),
        ),
      2,
    ],
    ['with a size below zero', () => gzipSync(sized(pack(), '-0000000001')), 2],
    ['with a size that is none', () => gzipSync(sized(pack(), 'x')), 2],
    ['with a size beyond its end', () => gzipSync(sized(pack(), '77777777777')), 2],
    ['cut short', () => gzipSync(pack()).subarray(0, 150), 2],
    ['of zeros', () => gzipSync(Buffer.alloc(10_000)), 2],
    ['that is none', () => Buffer.from('no archive'), 2],
  ])('%s', async (_, make, code) => {
    const here = place();
    writeFileSync(join(here.work, 'shop-1.0.0.tgz'), make());
    expect((await run(here, ['shop-1.0.0.tgz'])).code).toBe(code);
    expect(existsSync('/tmp/hostile-pwned')).toBe(false);
  });
  it.concurrent('a bomb of a subchart in a folder', async () => {
    const here = place(shop({ 'templates/job.yaml': migrationJob(), 'charts/x': '' }));
    writeFileSync(
      join(here.work, 'shop/charts/x-1.0.0.tgz'),
      gzipSync(
        createTar([
          { name: 'x/Chart.yaml', data: chartYaml },
          { name: 'x/templates/x.txt', data: zeros() },
        ]),
      ),
    );
    expect((await run(here, ['shop'])).code).toBe(2);
  });
});

describe('bombs and loops', () => {
  const bomb = Array.from(
    { length: 12 },
    (_, level) =>
      `l${level}: &l${level} [${Array.from({ length: 9 }, () => (level ? `*l${level - 1}` : 'x')).join(', ')}]\n`,
  ).join('');
  it.concurrent.each<[string, Record<string, string>, code: number, said?: RegExp]>([
    ['values.yaml multiplies', { 'values.yaml': bomb, 'templates/job.yaml': migrationJob() }, 2],
    ['Chart.yaml multiplies', { 'Chart.yaml': chartYaml + bomb, 'templates/job.yaml': migrationJob() }, 2],
    [
      'a policy multiplies',
      { '.migrate-lint.yaml': bomb, 'templates/job.yaml': migrationJob() },
      2,
      /\.migrate-lint\.yaml: .*alias/,
    ],
    [
      'a range of a hundred million',
      { 'templates/x.yaml': 'a: b\n{{ range until 100000000 }}{{ end }}' },
      2,
      /helm template took more than 2 GiB of memory and was stopped/,
    ],
    [
      'a text that renders itself',
      { 'values.yaml': 't: "{{ tpl .Values.t . }}"', 'templates/x.yaml': 'a: {{ tpl .Values.t . }}' },
      2,
      /helm template took more than 2 GiB of memory and was stopped/,
    ],
    [
      'a template that includes itself',
      { 'templates/x.yaml': '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}' },
      2,
      /nested reference name/,
    ],
  ])('%s', async (_, files, code, said = /./) =>
    expect(await run(place(shop(files)), ['shop'])).toMatchObject({ code, said: expect.stringMatching(said) }),
  );
  it.concurrent('manifests on standard input that multiply, or never end', async () => {
    expect(await run(place(), ['-'], `kind: Job\nmetadata: {name: x}\n${bomb}`)).toMatchObject({
      code: 2,
      said: expect.stringContaining('not read as YAML: aliases that expand to too much'),
    });
    const here = place();
    const endless = await start(here, 'sh', ['-c', `yes "kind: Job" | ${shellCommand(join(program, 'cli.js'))} -`]);
    expect([endless.status, endless.stderr]).toEqual([2, 'migrate-lint: <stdin>: larger than 64 MiB\n']);
  });
});

describe('words', () => {
  const escapes = '\\u001b]0;x\\u0007\\u001b[31m\\u009b1m\\u202e\\r\\b\\u007f';
  it.concurrent.each(formats)('terminal escapes reach no report: %s', async (format) => {
    const here = place({
      ...shop({
        'templates/a\u001b[31m.yaml': migrationJob()
          .replace('name: {{ .Release.Name }}-migrate', `name: "a${escapes}\\n::error::x"`)
          .replace('registry.example/shop:1.0.0', `"${escapes}"`),
      }),
      ...shop({ 'templates/x.yaml': `{{ fail "${escapes.replaceAll('\\b', '')}" }}` }, 'bad\u001b[1m\n::error::y'),
    });
    expect((await run(here, ['.', '--format', format, '--show-rendered'])).said).not.toMatch(/^::error::[xy]/m);
  });
  it.concurrent('nor notes and what Helm said', async () => {
    const here = place(shop({ 'templates/x.yaml': `{{ fail "${escapes.replaceAll('\\b', '')}" }}` }));
    const [file, ...first] = command(join(program, 'cli.js'));
    const { stdout, stderr } = await start(here, file, [...first, 'shop', '--verbose']);
    expect(stdout + stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
    const noted = await run(
      place(),
      ['-', '--format', 'json'],
      `kind: "${escapes}"\nmetadata: {name: "${escapes}"}\n---\nkind: Job\nmetadata: {name: x}\n`,
    );
    expect(noted.code).toBe(0);
  });

  const names = [
    '-x',
    '--help',
    '$(touch pwned)',
    '`touch pwned`',
    ';touch pwned;',
    "it's",
    'a\nb',
    '|touch pwned',
    '%41',
    'a b',
    '#',
    '__proto__',
  ];
  it.concurrent.each(names)('a chart folder named %j', async (name) => {
    expect((await run(place(shop({ 'templates/job.yaml': migrationJob() }, name)), ['--', name])).code).toBe(1);
  });
  it.concurrent('files with such names', async () => {
    const files = Object.fromEntries(
      names.map((name) => [
        `templates/${name}.yaml`,
        migrationJob().replace('-migrate', `-${Buffer.from(name).toString('hex')}`),
      ]),
    );
    const { code, stdout } = await run(place(shop(files)), ['shop', '--format', 'json']);
    // Helm prints a name with a newline over two lines, and refuses the second as YAML.
    expect([code, stdout.length > 0]).toEqual([expect.toBeOneOf([1, 2]), true]);
  });
  it.concurrent.each([
    [['--release-name', '$(touch pwned)']],
    [['--release-name=-x']],
    [['--release-name', 'a\nb']],
    [['--namespace', ';touch pwned']],
    [['--namespace=--debug']],
    [['--set', 'a=$(touch pwned)']],
    [['--set-string', '`touch pwned`=x']],
    [['--set', '--post-renderer=/bin/true']],
    [['--set-file', 'a=/etc/passwd']],
    [['--values', '--post-renderer=/bin/true']],
    [['--values', '$(touch pwned)']],
    [['--kube-version', '--post-renderer']],
    [['--api-versions', '--post-renderer']],
    [['--from', '--output=pwned']],
    [['--from', '$(touch pwned)']],
    [['--config', '$(touch pwned)']],
    [['--baseline', '\u001b[1m']],
    [['--rule', '\u001b[1m']],
    [['--\u001b[1m']],
    [['--engine', '\u001b[1m']],
    [['\u001b[1m']],
    [['a\nb']],
    [['x'.repeat(5000)]],
  ])('options that are orders: %j', async (args) => {
    await run(place(shop({ 'templates/job.yaml': migrationJob() })), ['shop', ...args]);
  });
});

describe('a signal while Helm runs', () => {
  /** The files of running processes that were started with a path. */
  const running = (path: string) =>
    readdirSync('/proc').filter(
      (id) =>
        /^\d+$/.test(id) &&
        read(`/proc/${id}/cmdline`).includes(path) &&
        !/^State:\s+Z/m.test(read(`/proc/${id}/status`)),
    );
  const read = (file: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  // Renders of copies, in the order in which they start; 0 is the chart itself.
  const cases: [NodeJS.Signals, string, string[], number][] = [
    ['SIGTERM', 'the render', [], 0],
    ['SIGINT', 'the render', [], 0],
    ['SIGHUP', 'the render', [], 0],
    ['SIGTERM', 'the marked render', [], 1],
    ['SIGINT', 'a proof of --fix', ['--fix-dry-run'], 2],
    ['SIGTERM', 'a marked proof of --fix', ['--fix-dry-run'], 4],
    ['SIGTERM', 'the render of --from', ['--from', 'HEAD'], 1],
  ];
  it.runIf(existsSync('/proc/self/cmdline')).concurrent.each(cases)(
    '%s in %s leaves neither Helm nor files behind',
    async (signal, _, args, call) => {
      const here = place(shop({ 'templates/job.yaml': migrationJob() }));
      if (args.includes('HEAD')) {
        rmSync(join(here.work, '.git'), { recursive: true });
        for (const words of [
          ['init', '-q'],
          ['add', '-A'],
          ['-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qm', 'x'],
        ])
          execFileSync('git', words, { cwd: here.work });
      }
      // At the call that is meant, a sleep stands for Helm.
      const slow = join(here.env.HOME, 'slow');
      const count = join(here.env.HOME, 'count');
      const wrapper = script(
        join(here.env.HOME, 'helm'),
        [
          `case "$*" in template*${here.tmp}*) kind=copy;; template*) kind=chart;; *) exec '${helm}' "$@";; esac`,
          `n=${call === 0 ? 0 : 1}; while ! mkdir "${count}.$kind.$n" 2> /dev/null; do n=$((n + 1)); done`,
          `test "$kind.$n" = ${call === 0 ? 'chart.0' : `copy.${call}`} || exec '${helm}' "$@"`,
          `ln -s "$(command -v sleep)" '${slow}'; exec '${slow}' 300`,
        ].join('\n'),
      );
      const [file, ...first] = command(join(program, 'cli.js'));
      const child = spawn(file, [...first, 'shop', ...args], {
        cwd: here.work,
        env: { ...here.env, HELM_BIN: wrapper },
        stdio: 'ignore',
      });
      const end = new Promise((resolve) => child.on('exit', (code, by) => resolve(by ?? code)));
      await vi.waitFor(() => expect(running(slow)).toHaveLength(1), { timeout: 15_000, interval: 20 });
      if (call > 0) expect(readdirSync(here.tmp).length).toBeGreaterThan(0);
      child.kill(signal);
      expect(await end).toBe(signal);
      await vi.waitFor(() => expect(running(slow)).toEqual([]), { timeout: 5_000 });
      expect(readdirSync(here.tmp)).toEqual([]);
    },
  );
});
