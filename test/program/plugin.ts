import { resolve } from 'node:path';
import type { Plugin } from 'esbuild';

const real = '/src/helm/run.ts';
const kept = '/test/program/renders.ts';

/**
 * The file that is loaded for an import: renders that are kept instead of Helm's, everywhere but in that file itself.
 * The tree may be a copy.
 */
export function instead(source: string, importer: string, folder: string): string | undefined {
  if (importer.endsWith(kept) || !/(^|\/)run\.ts$/.test(source)) return undefined;
  const file = resolve(folder, source);
  return file.endsWith(real) ? `${file.slice(0, -real.length)}${kept}` : undefined;
}

/** Puts kept renders into a bundle. */
export const withRenders: Plugin = {
  name: 'renders',
  setup({ onResolve }) {
    onResolve({ filter: /(^|\/)run\.ts$/ }, ({ path, importer, resolveDir }) => {
      const file = instead(path, importer, resolveDir);
      return file === undefined ? undefined : { path: file };
    });
  },
};
