import { dirname } from 'node:path';
import { defineConfig } from 'vitest/config';
import { browserTextVite } from './scripts/browser-text.mjs';
import { instead } from './test/program/plugin.ts';

// Tests that take programs from registries, or minutes; and each rule's places with every Helm.
const slow = 'test/**/*.slow.test.ts';
// Plays with the real Helm, generated input, each input of the cache.
const campaigns = ['test/proof/**/*.test.ts', 'test/{cache,fuzz,helm-yaml,places,regex}.test.ts'];
const all = ['test/**/*.test.ts'];

/** What `SUITE` runs: `npm test`, `npm run test:campaigns`, `npm run test:slow`; without it, the first two. */
const suites: Record<string, { include: string[]; exclude?: string[] }> = {
  tests: { include: all, exclude: [slow, ...campaigns] },
  campaigns: { include: campaigns, exclude: [slow] },
  slow: { include: [slow, 'test/rules.test.ts'] },
  all: { include: all, exclude: [slow] },
};

const suite = suites[process.env['SUITE'] ?? 'all'];
if (!suite) throw new Error(`SUITE is one of ${Object.keys(suites).join(', ')}.`);

export default defineConfig({
  // As `scripts/build.mjs` defines it.
  define: { BUILD: JSON.stringify('tests') },
  plugins: [
    browserTextVite,
    {
      name: 'renders',
      enforce: 'pre',
      resolveId: (source, importer) =>
        importer === undefined ? undefined : instead(source, importer, dirname(importer)),
    },
  ],
  test: {
    ...suite,
    globalSetup: 'test/setup.ts',
    testTimeout: 120_000,
    hookTimeout: 600_000,
    // Most of a test is waiting for a Helm.
    maxWorkers: 3,
  },
});
