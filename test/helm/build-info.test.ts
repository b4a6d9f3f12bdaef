// The major version out of a Helm program itself.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { majorInBuildInfo } from '../../src/helm/build-info.ts';
import { findHelm } from '../../src/helm/index.ts';
import { helmBinary } from './binaries.ts';

function file(content: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-build-info-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'helm'), content, { mode: 0o755 });
  return join(folder, 'helm');
}

it.each([
  ['3.17.3', 3],
  ['4.1.4', 4],
  ['4.2.3', 4],
] as const)('Helm %s shows that it is Helm %i', async (version, major) => {
  expect(majorInBuildInfo((await helmBinary(version)).path)).toBe(major);
});

it('is not known of a script, of another program, of half a program, and of nothing', async () => {
  const whole = readFileSync((await helmBinary('4.2.3')).path);
  for (const path of [
    file('#!/bin/sh\necho v4.2.3\n'),
    process.execPath,
    file(whole.subarray(0, 1_000_000)),
    file(whole.subarray(0, 10)),
    join(tmpdir(), 'migrate-lint-no-such-helm'),
  ])
    expect(majorInBuildInfo(path), path).toBeUndefined();
});

it('asks a Helm that does not show it', async () => {
  const script = file('#!/bin/sh\necho v3.99.0\n');
  expect(await (await findHelm({ env: { HELM_BIN: script } })).major()).toBe(3);
});
