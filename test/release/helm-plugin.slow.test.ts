// The Helm plugin as people have it: installed, run, updated and removed by the real Helm 3 and Helm 4.
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository as repositoryAddress } from '../../scripts/release/plugin.ts';
import { targetHere } from '../../scripts/release/targets.ts';
import { helmBinary, helmVersions } from '../helm/binaries.ts';
import { checkoutCopy, must, packageJson, run, scratchFolder, shellEnv } from '../integrations/tools.ts';

const { version } = packageJson();
const signer = 'release@migrate-lint.example';
let assets: string;
let keys: string;
let server: Server;
let address: string;

beforeAll(async () => {
  keys = scratchFolder();
  const env = { ...process.env, GNUPGHOME: keys };
  must('gpg', ['--batch', '--passphrase', '', '--quick-gen-key', signer, 'rsa2048', 'sign', 'never'], { env });
  // Helm reads the old form of a keyring.
  must('gpg', ['--batch', '--output', join(keys, 'pubring.old'), '--export', signer], { env });
  assets = scratchFolder();
  const wanted = ['--target', targetHere().name, '--out', assets, '--sign', signer];
  must(process.execPath, ['scripts/ts.mjs', 'scripts/release/release.ts', ...wanted], { env });
  // As GitHub serves what `gh release` uploads.
  const types: [RegExp, string][] = [
    [/\.t(ar\.)?gz$/, 'application/x-gtar'],
    [/$/, 'text/plain'],
  ];
  server = createServer(({ url }, response) => {
    const name = basename(url ?? '');
    if (!readdirSync(assets).includes(name)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types.find(([pattern]) => pattern.test(name))![1] });
    return response.end(readFileSync(join(assets, name)));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server?.close();
  run('gpgconf', ['--kill', 'gpg-agent'], { env: { ...process.env, GNUPGHOME: keys } });
});

const plain = () => `migrate-lint-${version}-${targetHere().name}.tar.gz`;
const helm4 = () => `migrate-lint-${version}-helm4-${targetHere().name}.tgz`;

const git = (folder: string, ...args: string[]) => must('git', args, { cwd: folder, env: shellEnv() });
const withNode = `${dirname(process.execPath)}:/usr/bin:/bin`;

/** This repository with a commit and a tag as `npm run release:tag` makes them; `release` adds another. */
function repository() {
  const origin = join(scratchFolder(), 'migrate-lint');
  renameSync(checkoutCopy(), origin);
  must('cp', ['-r', 'dist', join(origin, 'dist')]);
  const release = (name: string) => {
    const file = join(origin, 'plugin.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^version: .*$/m, `version: ${name}`));
    git(origin, 'add', '--all', '--force', 'plugin.yaml', 'dist');
    git(origin, 'commit', '--quiet', '--allow-empty', `--message=Release ${name}`);
    git(origin, 'tag', '--force', `v${name}`);
  };
  release(version);
  return { origin, release };
}

/** A Helm with folders of its own, in a shell whose PATH has nothing but that Helm and what a clone is run with. */
async function newHelm(helmVersion: (typeof helmVersions)[number], more: Readonly<Record<string, string>> = {}) {
  const home = scratchFolder();
  const { path: helm } = await helmBinary(helmVersion);
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: home,
    GIT_CONFIG_GLOBAL: '/dev/null',
    NO_COLOR: '1',
    ...Object.fromEntries(['DATA', 'CACHE', 'CONFIG'].map((name) => [`HELM_${name}_HOME`, join(home, name)])),
    ...more,
  };
  return async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await execa(helm, args, { env, extendEnv: false, reject: false });
    return { code: exitCode, stdout, stderr };
  };
}
type CalledHelm = Awaited<ReturnType<typeof newHelm>>;

async function works(helm: CalledHelm, helmVersion: string, runtime: RegExp) {
  expect((await helm('plugin', 'list')).stdout).toMatch(new RegExp(`^migrate-lint\\s+${version}\\s`, 'm'));
  const { code, stdout } = await helm('migrate-lint', resolve('fixtures/optscale'));
  expect([code, stdout]).toEqual([1, expect.stringContaining('hook-deadlock')]);
  expect((await helm('migrate-lint', resolve('fixtures/sql-migrate'))).code).toBe(0);
  expect((await helm('migrate-lint', resolve('fixtures/nowhere'))).code).toBe(2);
  const told = (await helm('migrate-lint', '--version', '--verbose')).stdout;
  expect(told).toContain(`\nHelm ${helmVersion} (HELM_BIN: `);
  expect(told).toMatch(runtime);
}

async function isRemoved(helm: CalledHelm) {
  expect(await helm('plugin', 'uninstall', 'migrate-lint')).toMatchObject({ code: 0 });
  expect((await helm('plugin', 'list')).stdout).not.toContain('migrate-lint');
  expect(await helm('migrate-lint', 'x')).toMatchObject({ stderr: expect.stringContaining('unknown command') });
}

describe.each(helmVersions)('Helm %s', { timeout: 300_000 }, (helmVersion) => {
  it('takes the archive of a release from its address', async () => {
    const helm = await newHelm(helmVersion);
    const unsigned = helmVersion.startsWith('3') ? [] : ['--verify=false'];
    const install = () => helm('plugin', 'install', `${address}/${plain()}`, ...unsigned);
    expect(await install()).toMatchObject({ code: 0 });
    await works(helm, helmVersion, /^Bun /m);
    await isRemoved(helm);
    // What was fetched is still in the cache.
    expect(await install()).toMatchObject({ code: 0 });
    await works(helm, helmVersion, /^Bun /m);
  });

  it('takes the tag of a release from the repository, and another one in its place', async () => {
    const { origin, release } = repository();
    // The address of the docs leads to a repository here.
    const config = join(scratchFolder(), 'gitconfig');
    writeFileSync(
      config,
      `[url "${origin}"]\n\tinsteadOf = ${repositoryAddress}\n[protocol "file"]\n\tallow = always\n`,
    );
    const helm = await newHelm(helmVersion, { PATH: withNode, GIT_CONFIG_GLOBAL: config });
    const unsigned = helmVersion.startsWith('3') ? [] : ['--verify=false'];
    const install = (wanted: string) => helm('plugin', 'install', repositoryAddress, '--version', wanted, ...unsigned);
    expect(await install(version)).toMatchObject({ code: 0 });
    await works(helm, helmVersion, /^Node /m);
    release('99.0.0');
    // Helm stays at a tag, and says that it updated.
    expect(await helm('plugin', 'update', 'migrate-lint')).toMatchObject({ code: 0 });
    expect((await helm('plugin', 'list')).stdout).toMatch(new RegExp(`^migrate-lint\\s+${version}\\s`, 'm'));
    await isRemoved(helm);
    expect(await install('99.0.0')).toMatchObject({ code: 0 });
    expect((await helm('plugin', 'list')).stdout).toMatch(/^migrate-lint\s+99\.0\.0\s/m);
  });

  it('takes a folder, and updates the clone in it', async () => {
    const { origin, release } = repository();
    const clone = join(scratchFolder(), 'migrate-lint');
    git('.', 'clone', '--quiet', origin, clone);
    const helm = await newHelm(helmVersion, { PATH: withNode });
    expect(await helm('plugin', 'install', clone)).toMatchObject({ code: 0 });
    await works(helm, helmVersion, /^Node /m);
    release('99.0.0');
    expect(await helm('plugin', 'update', 'migrate-lint')).toMatchObject({ code: 0 });
    expect((await helm('plugin', 'list')).stdout).toMatch(/^migrate-lint\s+99\.0\.0\s/m);
    rmSync(join(clone, 'dist'), { recursive: true });
    expect(await helm('migrate-lint', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^migrate-lint: this commit has no dist: [^\n]+(\n|$)/),
    });
    await isRemoved(helm);
  });

  it('gives -n to the plugin', async () => {
    const helm = await newHelm(helmVersion);
    const folder = join(scratchFolder(), 'migrate-lint');
    must('mkdir', [folder]);
    must('tar', ['-xzf', join(assets, plain()), '-C', folder]);
    expect(await helm('plugin', 'install', folder)).toMatchObject({ code: 0 });
    const chart = join(scratchFolder(), 'told');
    must('mkdir', ['-p', join(chart, 'templates')]);
    writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: told\nversion: 1.0.0\n');
    writeFileSync(join(chart, 'templates/x.yaml'), '{{ fail .Release.Namespace }}');
    expect((await helm('migrate-lint', chart, '-n', 'prod')).stderr).toMatch(/x\.yaml:1: prod$/m);
  });
});

describe.each(helmVersions.filter((name) => name.startsWith('4')))('Helm %s', { timeout: 300_000 }, (helmVersion) => {
  it.each([
    ['a file', () => join(assets, helm4())],
    ['its address', () => `${address}/${helm4()}`],
  ])('takes the signed plugin from %s, and no other', async (_, source) => {
    const helm = await newHelm(helmVersion);
    const keyring = ['--keyring', join(keys, 'pubring.old')];
    expect(await helm('plugin', 'install', source(), '--keyring', '/dev/null')).toMatchObject({ code: 1 });
    const installed = await helm('plugin', 'install', source(), ...keyring);
    expect([installed.code, installed.stdout + installed.stderr]).toEqual([0, expect.stringContaining(signer)]);
    await works(helm, helmVersion, /^Bun /m);
    expect((await helm('plugin', 'list')).stdout).toMatch(/^migrate-lint\s.*\bv1\b/m);
    await isRemoved(helm);
  });

  it('finds nothing wrong with the provenance file', async () => {
    const helm = await newHelm(helmVersion);
    const verify = () => helm('plugin', 'verify', join(assets, helm4()), '--keyring', join(keys, 'pubring.old'));
    expect(await verify()).toMatchObject({ code: 0 });
    const file = join(assets, `${helm4()}.prov`);
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replace(/sha256:./, (found) => `sha256:${found.endsWith('0') ? '1' : '0'}`),
    );
    try {
      expect(await verify()).toMatchObject({ code: 1 });
    } finally {
      writeFileSync(file, text);
    }
  });
});
