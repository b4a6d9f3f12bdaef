import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { browserTextPlugin } from '../../scripts/browser-text.mjs';

/** How a program is bundled for tests. */
interface Bundling {
  plugins?: Plugin[];
  /** The tree whose sources are bundled; this one where absent. */
  root?: string;
  /** JavaScript that runs before each file. */
  first?: string;
}

/** Bundles programs of this repository into a folder, lazy parts in files of their own as `dist/` has them. */
export async function bundle(
  entryPoints: Record<string, string>,
  folder: string,
  { plugins = [], root, first = '' }: Bundling = {},
): Promise<void> {
  await build({
    entryPoints,
    define: { BUILD: JSON.stringify('tests') },
    outdir: folder,
    ...(root !== undefined && { absWorkingDir: root }),
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    logLevel: 'warning',
    plugins: [...plugins, browserTextPlugin],
    banner: { js: `import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);${first}` },
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
}
