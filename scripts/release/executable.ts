import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runtimeOf } from './runtime.ts';
import { programName, targetHere, type Target } from './targets.ts';

const modules = resolve('node_modules/.cache/migrate-lint/modules');

/**
 * Makes an executable: the program's modules as bytecode, and the runtime. `file` is where it goes. What a checkout
 * brings must not change how it runs, so it reads no `.env`, `bunfig.toml`, `tsconfig.json` or `package.json` of the
 * working directory.
 */
export function buildExecutable(target: Target, file: string): void {
  rmSync(modules, { recursive: true, force: true });
  execFileSync(process.execPath, ['scripts/build.mjs', '--split', modules], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync(
    runtimeOf(targetHere()),
    [
      'build',
      '--compile',
      `--target=${target.bun}`,
      `--compile-executable-path=${runtimeOf(target)}`,
      '--no-compile-autoload-dotenv',
      '--no-compile-autoload-bunfig',
      '--no-compile-autoload-tsconfig',
      '--no-compile-autoload-package-json',
      // Lazy chunks stay lazy; bytecode is what makes the start short.
      '--splitting',
      '--bytecode',
      '--format=esm',
      // Paths of this machine in comments would make each build another.
      '--minify-whitespace',
      `--outfile=${resolve(file)}`,
      'cli.js',
    ],
    { cwd: modules, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, BUN_OPTIONS: '' } },
  );
}

/** Builds the executable of this machine in a cache of this checkout; gives its path. */
export function executableHere(): string {
  const folder = resolve('node_modules/.cache/migrate-lint/executable');
  mkdirSync(folder, { recursive: true });
  execFileSync(process.execPath, ['scripts/ready.mjs', '--build'], { stdio: 'inherit' });
  const file = join(folder, programName(targetHere()));
  buildExecutable(targetHere(), file);
  return file;
}
