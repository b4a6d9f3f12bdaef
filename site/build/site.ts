// `npm run site`: builds the site into site/dist. `npm run site -- --serve [--port N]` shows it on loopback.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'vitepress';
import { deadLinks } from './links.ts';
import { docPages } from './pages.ts';
import { playgroundPage, startPage } from './own-pages.ts';
import { serve } from './serve.ts';

const { values } = parseArgs({
  options: {
    serve: { type: 'boolean', default: false },
    port: { type: 'string', default: '4173' },
    /** Where the site is on its server: `/migrate-lint/`. */
    base: { type: 'string', default: '/' },
  },
});
const base = values.base.endsWith('/') ? values.base : `${values.base}/`;
const folder = 'site/.pages';

rmSync(folder, { recursive: true, force: true });
for (const { path, text } of [...docPages(), await startPage(), playgroundPage()]) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
await build('site', { base });
const dead = deadLinks('site/dist', base);
for (const link of dead) process.stderr.write(`dead link: ${link}\n`);
if (dead.length > 0) process.exit(1);
process.stdout.write('site/dist\n');
if (values.serve) process.stdout.write(`${await serve('site/dist', base, Number(values.port))}\n`);
