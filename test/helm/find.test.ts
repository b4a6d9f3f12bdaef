import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findHelm } from '../../src/helm/index.ts';
import { failure, scratch, script } from './fakes.ts';
import { helmBinary, helmVersions } from './binaries.ts';

const version = 'echo v4.0.1';

describe('the order of finding', () => {
  const root = scratch();
  const flag = script(join(root, 'flag/helm'), version);
  const variable = script(join(root, 'variable/helm'), version);
  const path = script(join(root, 'path/helm'), version);
  const env = { PATH: join(root, 'path'), HELM_BIN: variable, HOME: root };

  it('takes --helm, then HELM_BIN, then PATH', async () => {
    expect(await findHelm({ helm: flag, env })).toMatchObject({ path: flag, origin: 'flag' });
    expect(await findHelm({ env })).toMatchObject({ path: variable, origin: 'HELM_BIN' });
    expect(await findHelm({ env: { ...env, HELM_BIN: undefined } })).toMatchObject({ path, origin: 'PATH' });
    expect(await findHelm({ env: { ...env, HELM_BIN: '' } })).toMatchObject({ path, origin: 'PATH' });
  });

  it('takes the managed copy in the cache last, even offline', async () => {
    const cache = join(root, 'cache');
    const file = script(join(cache, 'migrate-lint/helm/4.2.3/helm'), version);
    const bytes = readFileSync(file);
    const sha512 = createHash('sha512').update(bytes).digest('hex');
    const pin = { package: 'x@1', integrity: '', sha512, size: bytes.length, megabytes: 0 };
    const machine = { platform: 'linux', arch: 'x64' };
    const found = await findHelm({ env: { PATH: '', XDG_CACHE_HOME: cache }, offline: true, pin, machine });
    expect(found).toMatchObject({ path: file, origin: 'managed' });
    expect(await found.version()).toEqual({ raw: 'v4.2.3', major: 4, version: '4.2.3' });
  });

  it('passes over folders, files that are not executable, and PATH entries that are empty or relative', async () => {
    mkdirSync(join(root, 'a/helm'), { recursive: true });
    mkdirSync(join(root, 'b'), { recursive: true });
    writeFileSync(join(root, 'b/helm'), '');
    const PATH = ['', '.', 'test', join(root, 'a'), join(root, 'b'), join(root, 'nowhere'), join(root, 'path')].join(
      ':',
    );
    expect((await findHelm({ env: { PATH } })).path).toBe(path);
  });

  it('looks a bare name up on PATH, as Helm itself sets HELM_BIN for its plugins', async () => {
    expect(await findHelm({ env: { ...env, HELM_BIN: 'helm' } })).toMatchObject({ path, origin: 'HELM_BIN' });
    expect(await findHelm({ helm: 'helm', env })).toMatchObject({ path, origin: 'flag' });
    expect((await failure(findHelm({ env: { ...env, HELM_BIN: 'package.json' } }))).message).toBe(
      'HELM_BIN names package.json, which is not on PATH',
    );
  });

  it.each([
    ['a missing file', () => join(root, 'none'), 'does not exist'],
    ['a folder', () => root, 'is a folder'],
    ['a file that is not executable', () => join(root, 'b/helm'), 'is not executable'],
  ])('says in one line that --helm names %s', async (_what, file, why) => {
    const error = await failure(findHelm({ helm: file(), env }));
    expect(error.kind).toBe('missing-helm');
    expect(error.message).toBe(`--helm names ${file()}, which ${why}`);
  });
});

describe('nothing to be had', () => {
  const env = { PATH: '', XDG_CACHE_HOME: scratch() };

  it.each([
    [
      'offline',
      { offline: true, machine: { platform: 'linux', arch: 'x64' } },
      /^Helm is missing and must not be downloaded \(offline\): install it/,
    ],
    [
      'another platform',
      { machine: { platform: 'darwin', arch: 'arm64' } },
      /^Helm is missing and there is no managed copy for darwin arm64: install it .*HELM_BIN or --helm/,
    ],
  ])('%s: one line that says how to get it', async (_what, options, message) => {
    const error = await failure(findHelm({ env, ...options }));
    expect(error.kind).toBe('missing-helm');
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
  });

  it('names the missing npm', async () => {
    const error = await failure(
      findHelm({ env, nodePath: '/nowhere/node', machine: { platform: 'linux', arch: 'x64' } }),
    );
    expect(error.message).toMatch(/^Helm is missing: .*: no npm beside Node or on PATH; install it/);
  });
});

describe('the version', () => {
  const root = scratch();
  const env = { PATH: '/usr/bin:/bin', HOME: root };

  it('is asked once of a Helm that was found, and again of one that is found anew', async () => {
    const log = join(root, 'helm.log');
    const file = script(join(root, 'helm'), `echo x >> '${log}'; echo v3.15.2+g1; exit`);
    for (let asked = 1; asked <= 2; asked++) {
      const helm = await findHelm({ helm: file, env });
      expect(await helm.version()).toEqual({ raw: 'v3.15.2+g1', major: 3, version: '3.15.2+g1' });
      await helm.version();
      expect(readFileSync(log, 'utf8').length / 2).toBe(asked);
    }
  });

  it.each([
    ['another program', 'echo "hello $1"', /is not Helm: asked for its version, it said "hello version"$/],
    ['a silent program', 'exit 0', /is not Helm: asked for its version, it said nothing$/],
    ['a program that fails', 'printf "\\033[31musage: x\\n" >&2; exit 64', /it said "usage: x"$/],
    ['Helm 2', 'echo v2.17.0', /is Helm 2\.17\.0; Helm 3 or 4 is needed$/],
  ])('is refused for %s', async (_what, body, message) => {
    const error = await failure((await findHelm({ helm: script(join(root, 'other'), body), env })).version());
    expect(error.kind).toBe('not-helm');
    expect(error.message).toMatch(message);
  });

  it('is refused for a file that is no program', async () => {
    const file = join(root, 'garbage');
    writeFileSync(file, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1, 2, 3, 0, 0]));
    chmodSync(file, 0o755);
    expect((await failure((await findHelm({ helm: file, env })).version())).kind).toBe('not-helm');
  });

  it.each(helmVersions)('is told by the real %s', async (wanted) => {
    const managed = await helmBinary(wanted);
    expect(existsSync(managed.path)).toBe(true);
    const asked = await (await findHelm({ helm: managed.path, env })).version();
    expect(asked).toEqual(await managed.version());
    expect(asked).toEqual({ raw: `v${wanted}`, version: wanted, major: Number(wanted[0]) });
  });
});
