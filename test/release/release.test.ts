// What a release is made of, without building it: names, checksums, plugin.yaml, formula, notes.
import { readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseTar } from 'nanotar';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { archive, sha256 } from '../../scripts/release/archive.ts';
import { formula } from '../../scripts/release/formula.ts';
import { notes } from '../../scripts/release/notes.ts';
import { helm3Plugin, helm4Plugin, provenanceMessage, repository } from '../../scripts/release/plugin.ts';
import { locked } from '../../scripts/release/runtime.ts';
import { bundled } from '../../scripts/release/sbom.ts';
import { programName, targetHere, targets } from '../../scripts/release/targets.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const target = (name: string) => targets.find((one) => one.name === name)!;

describe('targets', () => {
  it('are each pinned by the lock file, all at one version', () => {
    const runtimes = targets.map(({ runtime }) => locked(runtime));
    expect(new Set(runtimes.map((one) => one.version)).size).toBe(1);
    expect(new Set(runtimes.map((one) => one.integrity)).size).toBe(targets.length);
    for (const { integrity } of runtimes) expect(integrity).toMatch(/^sha512-\S{86}==$/);
  });
  it('have the names of the docs', () => {
    const docs = readFileSync('docs/install.md', 'utf8');
    for (const { name } of targets) expect(docs).toContain(`\`${name}\``.replace('`linux-amd64`', 'linux-amd64'));
    for (const [, named] of docs.matchAll(/migrate-lint-0\.1\.0-(?:helm4-)?([\w-]+)\.t(?:ar\.)?gz/g))
      expect(targets.map(({ name }) => name)).toContain(named);
    expect(docs.match(/v?\d+\.\d+\.\d+(?=\/migrate-lint-)/g)).toEqual([`v${version}`, `v${version}`, `v${version}`]);
  });
  it('have this machine among them', () => expect(targets).toContain(targetHere()));
});

describe('archives', () => {
  const members = [
    { name: 'migrate-lint', data: 'x', executable: true },
    { name: 'plugin.yaml', data: 'name: y\n' },
  ];
  it('are the same for the same content', () =>
    expect(sha256(archive(members, 1_700_000_000))).toBe(sha256(archive(members, 1_700_000_000))));
  it('hold no folders, end as tar wants it, and belong to root', () => {
    const tar = gunzipSync(archive(members, 1_700_000_000));
    expect(tar.length % 512).toBe(0);
    expect(tar.subarray(-1024).every((byte) => byte === 0)).toBe(true);
    expect(parseTar(tar).map(({ name, type, attrs }) => [name, type, attrs?.mode, attrs?.uid])).toEqual([
      ['migrate-lint', 'file', expect.stringContaining('755'), 0],
      ['plugin.yaml', 'file', expect.stringContaining('644'), 0],
    ]);
  });
});

describe('plugin.yaml', () => {
  const files = {
    'of the repository': readFileSync('plugin.yaml', 'utf8'),
    'of Helm 3': helm3Plugin(version, target('linux-amd64')),
    'of Helm 4': helm4Plugin(version, target('linux-amd64')),
  };
  it.each(Object.entries(files))('%s has this version, and runs nothing when it is installed', (_, text) => {
    const plugin = parse(text) as Record<string, unknown>;
    expect(plugin).toMatchObject({ name: 'migrate-lint', version });
    expect(text).not.toMatch(/hooks:/i);
  });
  it('names the program of Windows', () => {
    expect(programName(target('windows-amd64'))).toBe('migrate-lint.exe');
    expect(helm3Plugin(version, target('windows-amd64'))).toContain('$HELM_PLUGIN_DIR/migrate-lint.exe\n');
  });
  it('of the repository starts a script that can be started', () =>
    expect(statSync('scripts/helm-plugin.sh').mode & 0o111).toBe(0o111));
  it('is what is signed, with the checksum', () =>
    expect(provenanceMessage('name: x\n', 'x.tgz', 'abc')).toBe('name: x\n\n...\nfiles:\n  x.tgz: sha256:abc\n'));
});

it('the formula names each archive with its checksum', () => {
  const assets = targets.map(({ name }) => ({
    name: `migrate-lint-${version}-${name}.tar.gz`,
    sha256: sha256(name),
  }));
  const text = formula(version, assets);
  for (const name of ['darwin-arm64', 'darwin-amd64', 'linux-arm64', 'linux-amd64'])
    expect(text).toContain(
      `url "${repository}/releases/download/v${version}/migrate-lint-${version}-${name}.tar.gz"\n      sha256 "${sha256(name)}"`,
    );
  expect(() => formula(version, assets.slice(1))).toThrow(
    `the formula needs migrate-lint-${version}-linux-amd64.tar.gz`,
  );
});

describe('notes', () => {
  const changelog = '# Changelog\n\n## [Unreleased]\n\n- c\n\n## [1.1.0] - 2026-01-02\n\n- b\n\n## [1.0.0]\n\n- a\n';
  it('are the section of the version', () =>
    expect(notes(changelog, '1.1.0')).toEqual({ text: '- b', released: true }));
  it('are what is not released yet for a version without one', () =>
    expect(notes(changelog, '1.2.0')).toEqual({ text: '- c', released: false }));
  it('are missed', () => expect(() => notes('# Changelog\n', '1.0.0')).toThrow('neither [1.0.0] nor [Unreleased]'));
});

it('the SBOM lists the packages of the bundle', () =>
  expect(bundled(['src/cli.ts', 'node_modules/yaml/a.js', 'node_modules/yaml/b.js', 'node_modules/@a/b/c.js'])).toEqual(
    ['@a/b', 'yaml'],
  ));
