import { dirname } from 'node:path';
import { defineConfig } from 'vitest/config';
import { browserTextVite } from './scripts/browser-text.mjs';
import { instead } from './test/program/plugin.ts';

// Tests that take programs from registries, or minutes: `npm run test:slow`, which tries each rule's places with every Helm too.
const slow = 'test/**/*.slow.test.ts';

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
    ...(process.env['SLOW']
      ? { include: [slow, 'test/rules.test.ts'] }
      : { include: ['test/**/*.test.ts'], exclude: [slow] }),
    globalSetup: 'test/setup.ts',
    testTimeout: 120_000,
    hookTimeout: 600_000,
    // Most of a test is waiting for a Helm.
    maxWorkers: 3,
  },
});
