// Puts the extension together in a folder of its own: the client, the built server, and what the archive shows.
// node editors/vscode/build.mjs FOLDER; `npm run build` first.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder: node editors/vscode/build.mjs FOLDER');
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
mkdirSync(folder, { recursive: true });
await build({
  entryPoints: [join(here, 'src/extension.ts')],
  outfile: join(folder, 'out/extension.js'),
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  external: ['vscode'],
  legalComments: 'inline',
  logLevel: 'warning',
});
cpSync(join(root, 'dist'), join(folder, 'server'), {
  recursive: true,
  filter: (path) => !/\.(?:d\.ts|bin)$|[\\/]dist[\\/](?:index\.js|types)/.test(path),
});
// The server is made of modules, the client is not.
writeFileSync(join(folder, 'server/package.json'), '{ "type": "module" }\n');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const manifest = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ ...manifest, version }, undefined, 2)}\n`);
for (const name of ['README.md', '.vscodeignore']) cpSync(join(here, name), join(folder, name));
cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
