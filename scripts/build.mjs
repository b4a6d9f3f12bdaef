// Bundles the command line and the library. Split where something is loaded lazily, so that `--version` does not read
// the linter.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { browserTextPlugin } from './browser-text.mjs';

rmSync('dist', { recursive: true, force: true });
const result = await build({
  entryPoints: { cli: 'src/cli.ts', index: 'src/index.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  minify: true,
  keepNames: false,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  legalComments: 'external',
  metafile: true,
  plugins: [browserTextPlugin],
  logLevel: 'warning',
  // Some bundled packages are CommonJS and call require for Node's own modules.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
});
const early = beforeHelm(result.metafile.outputs);
// The YAML parser alone is 110 kB, the model more: the bound notices either, and leaves some room for what has to be there.
if (early > 115)
  throw new Error(
    `${early} kB are loaded before Helm starts: something imports the model or the YAML parser too early (src/settle.ts is loaded while Helm runs)`,
  );
const cli = readFileSync('dist/cli.js', 'utf8');
if (!cli.startsWith('#!')) writeFileSync('dist/cli.js', `#!/usr/bin/env node\n${cli}`);
chmodSync('dist/cli.js', 0o755);
const code = Object.entries(result.metafile.outputs).filter(([file]) => file.endsWith('.js'));
const size = code.reduce((sum, [, { bytes }]) => sum + bytes, 0);
process.stdout.write(
  `dist: ${code.length} files, ${Math.round(size / 1024)} kB, ${early} kB of them before Helm starts\n`,
);
if (process.argv.includes('--metafile')) {
  mkdirSync('node_modules/.cache/migrate-lint', { recursive: true });
  writeFileSync('node_modules/.cache/migrate-lint/bundle.json', JSON.stringify(Object.keys(result.metafile.inputs)));
}
if (process.argv.includes('--analyze')) {
  for (const [file, { bytes }] of code) process.stdout.write(`${file} ${Math.round(bytes / 1024)} kB\n`);
  const inputs = Object.values(result.metafile.outputs)
    .flatMap((output) => Object.entries(output.inputs))
    .sort((a, b) => b[1].bytesInOutput - a[1].bytesInOutput);
  for (const [file, { bytesInOutput }] of inputs.slice(0, 25))
    process.stdout.write(`${String(bytesInOutput).padStart(8)} ${file}\n`);
}

/** Kilobytes that a run loads before it can start Helm. */
function beforeHelm(outputs) {
  const seen = new Set();
  const walk = (path) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { kind, path: next } of outputs[path].imports)
      if (kind === 'import-statement' && outputs[next]) walk(next);
  };
  walk(Object.keys(outputs).find((path) => outputs[path].entryPoint === 'src/cli/run.ts'));
  return Math.round([...seen].reduce((sum, path) => sum + outputs[path].bytes, 0) / 1024);
}
