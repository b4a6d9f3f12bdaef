// What is read of a packed chart, as the tar program packs it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readArchive } from '../src/render/sources.ts';
import { helmBinary } from './helm/binaries.ts';

const long = `shop/templates/${'a'.repeat(60)}/${'b'.repeat(60)}.yaml`;

it.each(['ustar', 'gnu', 'pax'])(
  'reads the templates of an archive of format %s, those with long paths too',
  (format) => {
    const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-sources-'));
    try {
      mkdirSync(join(folder, long, '..'), { recursive: true });
      writeFileSync(join(folder, long), 'kind: Job\n');
      writeFileSync(join(folder, 'shop/values.yaml'), 'a: b\n');
      writeFileSync(join(folder, 'shop/README.md'), 'no template\n');
      symlinkSync('/etc/hostname', join(folder, 'shop/templates/link.yaml'));
      execFileSync('tar', [`--format=${format}`, '-czf', 'shop.tgz', './shop'], { cwd: folder });
      const read = readArchive(readFileSync(join(folder, 'shop.tgz')), 'parent/charts');
      expect(read.map(({ path, inside, text }) => [path, inside, text]).sort()).toEqual([
        [`parent/charts/${long}`, long, 'kind: Job\n'],
        ['parent/charts/shop/values.yaml', 'shop/values.yaml', 'a: b\n'],
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

/** A member; `spoil` writes into its header before that is summed up. */
function member(name: string, text: string, spoil?: (header: Buffer) => void): Buffer {
  const data = Buffer.from(text);
  const header = Buffer.alloc(512);
  header.write(name);
  header.write('0000644\0', 100);
  header.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  spoil?.(header);
  header.write('        ', 148);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, data, Buffer.alloc(-data.length & 511)]);
}
const pax = (records: string) => member('pax', records, (header) => header.write('x', 156));
const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`;
const benign = 'shop/README.md';
const template = 'shop/templates/a.yaml';

describe('an archive that Go reads otherwise than it looks is read as Go does, or not at all', async () => {
  const { path: helm } = await helmBinary('4.2.3');
  it.each<[string, Buffer[]]>([
    ['a file of type 7', [member(template, map('a'), (header) => header.write('7', 156))]],
    ['a second file behind the end', [member(template, map('a')), Buffer.alloc(1024), member(template, map('b'))]],
    [
      'a path within the value of a comment',
      [pax(`43 comment=x\n${`23 path=${benign}\n`}......\n`), member(template, map('a'))],
    ],
    ['two paths', [pax(`23 path=${benign}\n30 path=${template}\n`), member(benign, map('a'))]],
    ['two extended headers', [pax(`23 path=${benign}\n`), pax('5 a=\n'), member(template, map('a'))]],
    [
      "a prefix in GNU's format",
      [member('a.yaml', map('a'), (header) => (header.write('ustar  \0', 257), header.write('shop/templates', 345)))],
    ],
    [
      'a file that is a folder by its mode',
      [
        member(template, map('a')),
        member('shop/templates/b.yaml', map('b'), (header) => header.write('0040755\0', 100)),
      ],
    ],
  ])('%s', (_, members) => {
    const archive = gzipSync(
      Buffer.concat([
        member('shop/Chart.yaml', 'apiVersion: v2\nname: shop\nversion: 1.0.0\n'),
        ...members,
        Buffer.alloc(1024),
      ]),
    );
    const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-sources-'));
    try {
      writeFileSync(join(folder, 'shop.tgz'), archive);
      const rendered = execFileSync(helm, ['template', 'x', join(folder, 'shop.tgz')], { encoding: 'utf8' });
      expect(rendered).toContain('name: a');
      expect(rendered).not.toContain('name: b');
      let read: string[] | undefined;
      try {
        read = readArchive(archive).flatMap(({ inside = '', text }) => (/\/templates\//.test(inside) ? text : []));
      } catch {
        // Not read at all.
      }
      expect(read ?? [map('a')]).toEqual([map('a')]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
