// Builds dist/: the program as one file, what V8 makes of it, and two small files that load it, for the command line
// and for the library. `--split FOLDER` builds the program as modules that load each other instead, for executables.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, resolve } from 'node:path';
import { build } from 'esbuild';
import { browserTextPlugin } from './browser-text.mjs';

// Stands for the digest of what is built, by which results of another build are not taken for those of this one.
const placeholder = `build-${'0'.repeat(64)}`;
const options = {
  define: { BUILD: JSON.stringify(placeholder) },
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20.19',
  legalComments: 'external',
  metafile: true,
  plugins: [browserTextPlugin],
  logLevel: 'warning',
};
// Some bundled packages are CommonJS and call require for Node's own modules.
const banner = { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" };
const argument = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);

const folder = argument('--split');
if (folder !== undefined) {
  const { metafile } = await build({
    ...options,
    entryPoints: { cli: 'src/cli.ts' },
    outdir: folder,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    banner,
  });
  nameBuild(metafile);
} else await buildDist();

async function buildDist() {
  rmSync('dist', { recursive: true, force: true });
  const { metafile } = await build({
    ...options,
    entryPoints: { program: 'src/launch/program.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
  });
  nameBuild(metafile);
  const [{ bytes, inputs }] = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint);
  const early = beforeHelm(metafile.inputs, inputs);
  // The YAML parser alone is 110 kB, the model more: the bound notices either, and leaves some room for what has to be
  // there.
  if (early > 115)
    throw new Error(
      `${early} kB are evaluated before Helm starts: something imports the model or the YAML parser too early (src/settle.ts is evaluated while Helm runs)`,
    );
  await build({
    ...options,
    entryPoints: { cli: 'src/launch/cli.ts' },
    outdir: 'dist',
    format: 'esm',
    banner: { js: '#!/usr/bin/env node' },
  });
  chmodSync('dist/cli.js', 0o755);
  const names = Object.keys(await createRequire(import.meta.url)(resolve('dist/program.cjs')).library());
  await build({
    ...options,
    stdin: {
      contents: `import { load } from './src/launch/load.ts';
const library = await load(new URL('.', import.meta.url)).program.library();
${names.map((name) => `export const ${name} = library.${name};`).join('\n')}`,
      resolveDir: '.',
    },
    outfile: 'dist/index.js',
    format: 'esm',
  });
  // For this Node, and for those that are named: V8's code is of one version and machine.
  for (const node of [process.execPath, ...(process.env.CODE_FOR ?? '').split(delimiter).filter(Boolean)])
    if (spawnSync(node, ['scripts/code.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0)
      throw new Error(`${node} made no code of dist/program.cjs`);
  process.stdout.write(`dist: ${Math.round(bytes / 1024)} kB, ${early} kB of them evaluated before Helm starts\n`);
  if (process.argv.includes('--metafile')) {
    mkdirSync('node_modules/.cache/migrate-lint', { recursive: true });
    writeFileSync('node_modules/.cache/migrate-lint/bundle.json', JSON.stringify(Object.keys(metafile.inputs)));
  }
  if (process.argv.includes('--analyze'))
    for (const [file, { bytesInOutput }] of Object.entries(inputs)
      .sort((a, b) => b[1].bytesInOutput - a[1].bytesInOutput)
      .slice(0, 40))
      process.stdout.write(`${String(bytesInOutput).padStart(8)} ${file}\n`);
}

/** Writes the digest of all that was built into it. */
function nameBuild({ outputs }) {
  const files = Object.keys(outputs)
    .filter((file) => /\.c?js$/.test(file))
    .sort();
  const digest = createHash('sha256');
  for (const file of files) digest.update(readFileSync(file));
  const name = `build-${digest.digest('hex')}`;
  const named = files.filter((file) => readFileSync(file, 'latin1').includes(placeholder));
  if (named.length !== 1) throw new Error(`the build's digest belongs into one file, not into ${named.length}`);
  writeFileSync(named[0], readFileSync(named[0], 'latin1').replaceAll(placeholder, name), 'latin1');
}

/** Kilobytes that a run evaluates before it can start Helm. */
function beforeHelm(files, inOutput) {
  const seen = new Set();
  const walk = (file) => {
    if (seen.has(file) || !files[file]) return;
    seen.add(file);
    for (const { kind, path } of files[file].imports) if (kind !== 'dynamic-import') walk(path);
  };
  walk('src/cli/run.ts');
  return Math.round([...seen].reduce((sum, file) => sum + (inOutput[file]?.bytesInOutput ?? 0), 0) / 1024);
}
