// Writes dist/index.d.ts: the types of the library in one file that imports nothing, so that they are checked wherever
// the package is installed.
import { readFileSync } from 'node:fs';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

const bundle = await rollup({
  input: 'src/index.ts',
  plugins: [dts({ tsconfig: 'tsconfig.json' })],
  external: (name) => !/^[./]/.test(name),
  // Of what is imported in the end, the check below speaks.
  onwarn: () => undefined,
});
await bundle.write({ file: 'dist/index.d.ts', format: 'es' });
await bundle.close();
const text = readFileSync('dist/index.d.ts', 'utf8');
const foreign = /^import\b.*|\bimport\('.*|\b(?:NodeJS\.\w+|Buffer)\b/m.exec(text)?.[0];
if (foreign !== undefined) throw new Error(`dist/index.d.ts needs types that the package does not bring: ${foreign}`);
process.stdout.write(`dist/index.d.ts: ${Math.round(text.length / 1024)} kB\n`);
