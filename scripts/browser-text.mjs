// `import text from './main.ts?text'`: the bundle of a script or style for a browser, as a text.
import { dirname, resolve } from 'node:path';
import { build } from 'esbuild';

/** The bundle of the script or style at `path`. Throws where it could end the element that it is written into. */
export async function browserText(path) {
  const { outputFiles } = await build({
    entryPoints: [path],
    write: false,
    outdir: '/',
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'iife',
    target: ['es2023', 'chrome120', 'firefox126', 'safari17.5'],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
  });
  const text = outputFiles[0].text.trim();
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error(`${path} could end the element that it is written into`);
  return text;
}

/** For esbuild. */
export const browserTextPlugin = {
  name: 'browser-text',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?text$/ }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path.replace(/\?text$/, '')),
      namespace: 'browser-text',
    }));
    onLoad({ filter: /./, namespace: 'browser-text' }, async ({ path }) => ({
      contents: await browserText(path),
      loader: 'text',
    }));
  },
};

/** For Vitest, which would take a style that is named so for its own business. */
export const browserTextVite = {
  name: 'browser-text',
  enforce: 'pre',
  resolveId: (source, importer) =>
    importer !== undefined && source.endsWith('?text')
      ? `\0${resolve(dirname(importer), source.slice(0, -'?text'.length))}.browser-text`
      : undefined,
  load: async (id) =>
    id.endsWith('.browser-text')
      ? `export default ${JSON.stringify(await browserText(id.slice(1, -'.browser-text'.length)))}`
      : undefined,
};
