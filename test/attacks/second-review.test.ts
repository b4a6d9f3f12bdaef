// Promises that a second review, from scratch, found broken. Each test is the attack.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readSources } from '../../src/render/sources.ts';
import { foreignReference } from '../../src/helm/schema.ts';
import { copyChart } from '../../src/confine/index.ts';
import { matchesPattern } from '../../src/config/pattern.ts';
import { command, shellCommand } from '../program/command.ts';
import { chartFiles, Runner } from './attack.ts';

const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\n';
const upgradeHook = `apiVersion: batch/v1
kind: Job
metadata: { name: migrate, annotations: { helm.sh/hook: pre-upgrade } }
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: migrate, image: "migrate:1", command: [./migrate] }]
`;

describe('judges the upgrade, whatever the text of the templates looks like', () => {
  const guarded = `{{ if .Release.IsUpgrade }}\n${upgradeHook}{{ end }}\n`;
  const cases: [string, Record<string, string>][] = [
    [
      'text of another file given to tpl',
      { 'files/job': guarded, 'templates/job.yaml': '{{ tpl (.Files.Get "files/job") . }}' },
    ],
    [
      'names put together',
      {
        'templates/job.yaml': `{{ $release := index . "Release" }}{{ if index $release (printf "Is%s" "Upgrade") }}\n${upgradeHook}{{ end }}\n`,
      },
    ],
  ];
  it.each(cases)('%s', async (_, files) => {
    const runner = new Runner(chartFiles({ ...files, 'templates/map.yaml': configMap }));
    const { code, stdout } = await runner.lint(['shop', '--format', 'json']);
    expect([code, stdout]).toEqual([1, expect.stringContaining('backoff-limit')]);
  });
  it('a template behind a link', async () => {
    const runner = new Runner(chartFiles({ 'files/job': guarded, 'templates/map.yaml': configMap }));
    runner.link('shop/templates/job.yaml', '../files/job');
    expect((await runner.lint(['shop'])).code).toBe(1);
  });
});

describe('reads no file outside of the repository through a link that the command line names', () => {
  const options: [string, (link: string) => string[]][] = [
    ['-f', (link) => ['-f', link]],
    ['--set-file', (link) => ['--set-file', `stolen=${link}`]],
    ['--from', (link) => ['--from', link]],
    ['--baseline', (link) => ['--baseline', link]],
  ];
  it.each(options)('%s', async (_, args) => {
    const runner = new Runner(
      chartFiles({
        'templates/map.yaml': `${configMap}data: {}\n{{ if .Values }}{{ fail (toJson .Values) }}{{ end }}`,
      }),
    );
    writeFileSync(join(runner.outside, 'secret.yaml'), 'token: TOKEN-1234\n');
    runner.link('prod.yaml', join(runner.outside, 'secret.yaml'));
    const { code, stdout, stderr } = await runner.lint(['shop', ...args('prod.yaml')]);
    expect(stdout + stderr).not.toContain('TOKEN-1234');
    expect([code, stderr]).toEqual([2, expect.stringContaining('prod.yaml: not read: it leads out of the repository')]);
  });
  it('values by their real path are meant', async () => {
    const runner = new Runner(chartFiles({ 'templates/map.yaml': configMap }));
    writeFileSync(join(runner.outside, 'own.yaml'), 'a: 1\n');
    expect((await runner.lint(['shop', '-f', join(runner.outside, 'own.yaml')])).code).toBe(0);
  });
  it.skipIf(process.platform === 'win32')('a baseline without end', async () => {
    const runner = new Runner(chartFiles({ 'templates/map.yaml': configMap }));
    const { code, stderr } = await runner.lint(['shop', '--baseline', '/dev/zero']);
    expect([code, stderr]).toEqual([2, 'migrate-lint: /dev/zero: no regular file, so not a baseline\n']);
  });
});

/** A tar archive; `header` may spoil the header of the last member. */
function tarOf(files: Record<string, string | Buffer>, spoil?: (header: Buffer) => void): Buffer {
  const names = Object.keys(files);
  const blocks = names.flatMap((name, index) => {
    const data = Buffer.from(files[name]!);
    const header = Buffer.alloc(512);
    header.write(name);
    header.write('0000644\0', 100);
    header.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('0ustar\x0000', 156);
    if (index === names.length - 1) spoil?.(header);
    header.write('        ', 148);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    return [header, data, Buffer.alloc(-data.length & 511)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

describe('reads no file outside of the chart by a $ref, however the archive is written', () => {
  const schema = '{"$ref":"file:///etc/hostname"}';
  const files = {
    'shop/Chart.yaml': 'name: shop\nversion: 1.0.0\napiVersion: v2\n',
    'shop/values.schema.json': schema,
  };
  const plain = tarOf(files);
  const broken = gzipSync(plain);
  broken.fill(0, broken.length - 8);
  const cases: [string, Buffer][] = [
    ['as it is', gzipSync(plain)],
    ['a second stream that is none', Buffer.concat([gzipSync(plain), Buffer.from('\x1f\x8bgarbage', 'latin1')])],
    ['a checksum that is wrong', broken],
    ['more behind its end than is unpacked', gzipSync(Buffer.concat([plain, Buffer.alloc(257 * 1024 * 1024)]))],
    [
      'a size in base 256',
      gzipSync(
        tarOf(files, (header) => {
          header.fill(0, 124, 136).writeUInt8(0x80, 124);
          header.writeUInt32BE(schema.length, 132);
        }),
      ),
    ],
  ];
  it.each(cases)('%s', async (_, archive) => {
    const runner = new Runner();
    const file = join(runner.checkout, 'shop-1.0.0.tgz');
    writeFileSync(file, archive);
    expect(await foreignReference(file)).toBeDefined();
    mkdirSync(join(runner.checkout, 'parent/charts'), { recursive: true });
    writeFileSync(join(runner.checkout, 'parent/charts/shop-1.0.0.tgz'), archive);
    expect(await foreignReference(join(runner.checkout, 'parent'))).toBeDefined();
  });
});

describe('unpacks and copies no more than a bound', () => {
  it('archives in archives', async () => {
    let archive = gzipSync(tarOf({ 'x/pad': Buffer.alloc(8 * 1024 * 1024) }));
    for (const depth of [1, 2])
      archive = gzipSync(
        tarOf(Object.fromEntries([...Array(60).keys()].map((at) => [`x${depth}/charts/${at}.tgz`, archive]))),
      );
    const runner = new Runner();
    const file = join(runner.checkout, 'x.tgz');
    writeFileSync(file, archive);
    expect((await foreignReference(file))?.reference).toMatch(/too large/);
  });
  it('many copies of one archive', () => {
    const template = Buffer.alloc(4 * 1024 * 1024, ' ');
    const archive = gzipSync(tarOf(Object.fromEntries([1, 2, 3].map((at) => [`x/templates/${at}.yaml`, template]))));
    const runner = new Runner(chartFiles({ 'charts/README': '' }));
    for (const at of Array(40).keys()) writeFileSync(join(runner.checkout, `shop/charts/${at}.tgz`), archive);
    const read = readSources(join(runner.checkout, 'shop'), 'shop').reduce((sum, { text }) => sum + text.length, 0);
    expect(read).toBeGreaterThan(100 * 1024 * 1024);
    expect(read).toBeLessThanOrEqual(256 * 1024 * 1024);
  });
  it('many links to one file', () => {
    const runner = new Runner(chartFiles());
    const chart = join(runner.checkout, 'shop');
    writeFileSync(join(chart, 'large'), Buffer.alloc(64 * 1024 * 1024));
    for (const at of Array(8).keys()) symlinkSync('large', join(chart, `link${at}`));
    expect(() => copyChart(chart, join(runner.base, 'copy'), runner.checkout)).toThrow('too large to be copied');
  });
  it('a pattern of a policy', () => {
    expect(matchesPattern(`${'**/'.repeat(100_000)}shop`, 'charts/shop')).toBe(true);
    expect(matchesPattern('charts/*/**', 'charts')).toBe(false);
    expect(matchesPattern('charts/**/a*/**/z', 'charts/b/ab/c/z')).toBe(true);
  });
});

describe.skipIf(process.platform === 'win32')('is not green where nobody could see the report', () => {
  const bad = chartFiles({ 'templates/job.yaml': upgradeHook });
  it('a full disk', async () => {
    const runner = new Runner(bad);
    const [file, ...first] = command();
    const { status, stderr } = spawnSync(file, [...first, 'shop'], {
      cwd: runner.checkout,
      env: await runner.env(),
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([2, 'migrate-lint: ENOSPC: no space left on device, write\n']);
  });
  it('a reader that goes away', async () => {
    const runner = new Runner(bad);
    const said = execFileSync('bash', ['-c', `${shellCommand()} shop | true; echo "\${PIPESTATUS[0]}"`], {
      cwd: runner.checkout,
      env: await runner.env(),
      encoding: 'utf8',
    });
    expect(said).toBe('1\n');
  });
});
