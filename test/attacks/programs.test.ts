import { chmodSync, chownSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { pins } from '../../src/helm/pins.ts';
import { migrationJob } from '../chart/scratch.ts';
import { shellCommand } from '../program/command.ts';
import { chartFiles, Runner } from './attack.ts';

const job = { 'templates/job.yaml': migrationJob() };
const noHelm = { HELM_BIN: '', PATH: '/usr/bin:/bin' };
/** What a program prints that wants to be taken for Helm. */
const rendered = "printf -- '---\\n# Source: shop/templates/x.yaml\\na: 1\\n'";

/** A file as large as the pinned Helm, which a comparison of sizes takes for it. */
function fakeHelm(runner: Runner, cache: string): string {
  const file = runner.program(join(cache, 'migrate-lint/helm/4.2.3/helm'), rendered);
  truncateSync(file, pins['4.2.3'].size);
  return file;
}

describe('runs no program that the checkout brings', () => {
  it('a helm in node_modules/.bin, which npm puts on PATH', async () => {
    const runner = new Runner(chartFiles(job));
    const helm = runner.program('node_modules/.bin/helm', rendered);
    const { code, stderr } = await runner.lint(['shop', '--offline'], {
      HELM_BIN: undefined,
      PATH: `${dirname(helm)}:/usr/bin:/bin`,
      XDG_CACHE_HOME: join(runner.base, 'cache'),
    });
    expect([runner.succeeded, code]).toEqual([false, 2]);
    expect(stderr).toMatch(/Helm is missing/);
  });

  it('a link on PATH to a helm of the checkout', async () => {
    const runner = new Runner(chartFiles(job));
    runner.program('bin/helm', rendered);
    runner.link('../outside/helm', '../checkout/bin/helm');
    await runner.lint(['shop', '--offline'], { ...noHelm, PATH: `${runner.outside}:/usr/bin:/bin` });
    expect(runner.succeeded).toBe(false);
  });

  it('a cached Helm, where the cache lies in the checkout', async () => {
    const runner = new Runner(chartFiles(job));
    fakeHelm(runner, '.cache');
    const { code, stderr } = await runner.lint(['shop'], {
      ...noHelm,
      XDG_CACHE_HOME: join(runner.checkout, '.cache'),
    });
    expect([runner.succeeded, code]).toEqual([false, 2]);
    expect(stderr).toMatch(/cache folder .* is not used, because it is inside of the repository that is linted/);
  });

  it('a cached Helm behind a link out of the checkout', async () => {
    const runner = new Runner(chartFiles(job)).link('../cache', 'checkout/.cache');
    fakeHelm(runner, '.cache');
    await runner.lint(['shop'], { ...noHelm, XDG_CACHE_HOME: join(runner.base, 'cache') });
    expect(runner.succeeded).toBe(false);
  });

  it('a Helm that its shim finds by a file of the working directory (asdf, mise)', async () => {
    const runner = new Runner({ ...chartFiles(job), '.tool-versions': 'helm path:./evil\n' });
    runner.program('evil/bin/helm', rendered);
    const shim = join(runner.outside, 'helm');
    writeFileSync(shim, `#!/bin/sh\nexec "$(sed -n 's/^helm path://p' .tool-versions)/bin/helm" "$@"\n`);
    chmodSync(shim, 0o755);
    const { code } = await runner.lint(['shop'], { HELM_BIN: shim });
    expect([runner.succeeded, code]).toEqual([false, 2]);
  });

  const plugin = { '.migrate-lint.yaml': 'plugins: [./evil.mjs]\n' };
  const evil = (runner: Runner) =>
    runner.write({
      'evil.mjs': `import { writeFileSync } from 'node:fs';\nwriteFileSync('${runner.marker}', '');\nexport default [];\n`,
    });

  it.each([[[]], [['--config', '.migrate-lint.yaml']], [['--no-plugins']]])(
    'a plugin of a policy, with %j',
    async (more) => {
      const runner = evil(new Runner({ ...chartFiles(job), ...plugin }));
      const { code, stderr } = await runner.lint(['shop', ...more]);
      expect([runner.succeeded, code]).toEqual([false, more.includes('--no-plugins') ? 1 : 2]);
      if (code === 2) expect(stderr).toMatch(/plugins are programs, and run only with --plugins/);
      await runner.lint(['shop', '--plugins']);
      expect(runner.succeeded).toBe(true);
    },
  );

  /** Downloader plugins are what Helm 3 and 4 ask for an address of values. */
  const downloader = (runner: Runner) => {
    const get = runner.program('.data/helm/plugins/evil/get.sh', 'echo "a: 1"');
    runner.write({
      '.data/helm/plugins/evil/plugin.yaml': `name: evil\nversion: 0.1.0\nusage: x\ndescription: x\ncommand: "${get}"\ndownloaders:\n  - command: "get.sh"\n    protocols: ["evil"]\n`,
    });
    return { XDG_DATA_HOME: join(runner.checkout, '.data') };
  };

  it('a downloader plugin of Helm, for values of a policy', async () => {
    const runner = new Runner({
      ...chartFiles(job),
      '.migrate-lint.yaml': 'scenarios:\n  - name: x\n    values: ["evil://x/values.yaml"]\n',
    });
    const env = downloader(runner);
    for (const named of [[], ['--config', '.migrate-lint.yaml']]) {
      const { code, stderr } = await runner.lint(['shop', ...named], env);
      expect([runner.succeeded, code]).toEqual([false, 2]);
      expect(stderr).toMatch(/plugins run only with --plugins/);
    }
    await runner.lint(['shop', '--plugins'], env);
    expect(runner.succeeded).toBe(true);
  });
});

describe('takes no file name for an option', () => {
  const names = () => {
    const runner = new Runner({ ...chartFiles(job), ...chartFiles({ ...job, 'x.yaml': '' }, '--config=evil') });
    runner.program('--helm=evil/templates/h', rendered);
    return runner;
  };

  it('of those that pre-commit hands over', async () => {
    const runner = names();
    const { code, stdout, stderr } = await runner.lint(['--files', '--helm=evil/templates/h', 'shop/Chart.yaml']);
    expect([runner.succeeded, code]).toEqual([false, 2]);
    expect(stdout).toMatch(/^shop\b[^]*templates\/job\.yaml:\d+:\d+ +error +backoff-limit/);
    expect(stderr).toMatch(/--helm=evil\/templates\/h is the name of a file/);
    expect((await runner.lint(['--files', '--config=evil/Chart.yaml'])).stdout).toMatch(
      /^--config=evil [^]*templates\/job\.yaml/,
    );
  });

  it('of those that a glob of the shell yields', async () => {
    const runner = new Runner(chartFiles(job)).write({ '--quiet': '', '--no-config': '' });
    const { code, stderr } = await runner.start('sh', ['-c', `exec ${shellCommand()} *`]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/is an option, and a file here has that name/)]);
  });

  it('behind --', async () => {
    const runner = names();
    const { code, stdout } = await runner.lint(['--', '--config=evil', 'shop']);
    expect([runner.succeeded, code]).toEqual([false, 1]);
    expect(stdout).toMatch(/^--config=evil [^]*templates\/job\.yaml/);
  });
});

describe('runs no Helm that another user can put into the cache', () => {
  it('one of the right size with other content', async () => {
    const runner = new Runner(chartFiles(job));
    fakeHelm(runner, join(runner.base, 'cache'));
    const { code } = await runner.lint(['shop', '--offline'], {
      ...noHelm,
      XDG_CACHE_HOME: join(runner.base, 'cache'),
    });
    expect([runner.succeeded, code]).toEqual([false, 2]);
  });

  it.each<[string, (folder: string) => void, RegExp]>([
    ['in a folder that all can write to', (folder) => chmodSync(folder, 0o777), /can be written to by other users/],
    [
      'below a folder that all can write to',
      (folder) => chmodSync(dirname(dirname(folder)), 0o777),
      /can be written to by other users/,
    ],
    ...(process.getuid?.() === 0
      ? ([
          ['in a folder of another user', (folder) => chownSync(folder, 65_534, 65_534), /belongs to another user/],
        ] as [string, (folder: string) => void, RegExp][])
      : []),
  ])('%s', async (_, change, message) => {
    const runner = new Runner(chartFiles(job));
    const file = fakeHelm(runner, join(runner.base, 'cache'));
    change(dirname(file));
    const { code, stderr } = await runner.lint(['shop', '--offline'], {
      ...noHelm,
      XDG_CACHE_HOME: join(runner.base, 'cache'),
    });
    expect([runner.succeeded, code, stderr]).toEqual([false, 2, expect.stringMatching(message)]);
  });
});
