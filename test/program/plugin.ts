import { resolve } from 'node:path';
import type { Plugin } from 'esbuild';

const real = resolve('src/helm/run.ts');
const kept = resolve('test/program/renders.ts');

/**
 * The file that is loaded for an import: renders that are kept instead of Helm's, everywhere but in that file itself.
 */
export function instead(source: string, importer: string, folder: string): string | undefined {
  return importer !== kept && /(^|\/)run\.ts$/.test(source) && resolve(folder, source) === real ? kept : undefined;
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
