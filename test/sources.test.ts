// What is read of a packed chart, as the tar program packs it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readArchive } from '../src/render/sources.ts';

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
