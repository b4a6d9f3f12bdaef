import { relative } from 'node:path';
import { watch as watcher } from 'chokidar';
import type { LintOptions } from '../options.ts';
import { safeLine } from '../report/safe.ts';
import { warn } from './say.ts';

/** Milliseconds of quiet after a change: an editor writes several files, and one in several steps. */
const quietMs = 100;

/** What is watched, and what is done at each change. */
export interface Watched {
  /** Charts, folders and files of the command line, their policy, values and baseline. Absolute. */
  paths: readonly string[];
  cwd: LintOptions['cwd'];
  run: () => Promise<unknown>;
}

/**
 * `--watch`: runs once, and again after each change below the paths, one run at a time. Links are not followed, nor are
 * `.git` and `node_modules` entered. Never returns: Ctrl-C ends the process.
 */
export async function watch({ paths, cwd, run }: Watched): Promise<never> {
  let changed: string[] = [];
  let wake: (() => void) | undefined;
  const files = watcher([...paths], {
    followSymlinks: false,
    ignoreInitial: true,
    ignored: (path) => /[\\/](?:\.git|node_modules)(?:[\\/]|$)/.test(path),
  });
  files.on('all', (_, path) => {
    changed.push(path);
    wake?.();
  });
  files.on('error', (error) => warn(`migrate-lint: --watch: ${safeLine(String(error))}\n`));
  await new Promise<void>((resolve) => files.once('ready', resolve));
  for (;;) {
    if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[3J\u001b[H');
    await run();
    warn(
      `\nwatching ${paths.length === 1 ? safeLine(relative(cwd, paths[0]!) || '.') : `${paths.length} paths`}, press Ctrl-C to stop\n`,
    );
    if (changed.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    wake = undefined;
    for (let seen = -1; seen !== changed.length;) {
      seen = changed.length;
      await new Promise((resolve) => setTimeout(resolve, quietMs));
    }
    const [first] = changed;
    const others = new Set(changed).size - 1;
    changed = [];
    if (!process.stdout.isTTY)
      warn(`\n${safeLine(relative(cwd, first!))}${others > 0 ? ` and ${others} more` : ''} changed\n`);
  }
}
