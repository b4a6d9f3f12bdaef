// Runs a TypeScript script of this repo: node scripts/ts.mjs scripts/corpus.ts ARGS…
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { browserTextPlugin } from './browser-text.mjs';

const [entry, ...args] = process.argv.slice(2);
const folder = resolve('node_modules/.cache/migrate-lint');
mkdirSync(folder, { recursive: true });
const outfile = join(folder, `${basename(entry, '.ts')}-${process.pid}.mjs`);
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  sourcemap: 'inline',
  plugins: [browserTextPlugin],
  logLevel: 'warning',
});
process.argv = [process.argv[0], resolve(entry), ...args];
process.on('exit', () => rmSync(outfile, { force: true }));
await import(pathToFileURL(outfile).href);
