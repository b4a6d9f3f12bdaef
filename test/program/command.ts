// The command line as a process.
import { spawn, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Asked, Ran } from './index.ts';

/**
 * Another build that the tests run instead: the `dist/cli.js` of another checkout, or an executable.
 * `MIGRATE_LINT_CLI=release/… npx vitest run test/cli.test.ts`.
 */
export const otherCli: string | undefined = process.env['MIGRATE_LINT_CLI'] && resolve(process.env['MIGRATE_LINT_CLI']);

/** The program and its first arguments. `cli` is the bundle that is run where no other build is named. */
export function command(cli: string = resolve('dist/cli.js')): [file: string, ...args: string[]] {
  const file = otherCli ?? cli;
  return /\.m?js$/.test(file) ? [process.execPath, file] : [file];
}

/** The same as words of a shell. */
export const shellCommand = (cli?: string): string =>
  command(cli)
    .map((word) => `"${word}"`)
    .join(' ');

/** Runs a process in the folder `cwd`, and waits for it. */
export function processSync({ args, env, input }: Asked, cwd: string): Ran {
  const [file, ...first] = command();
  const { status, stdout, stderr, error } = spawnSync(file, [...first, ...args], {
    cwd,
    env: env as NodeJS.ProcessEnv,
    input,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status === null) throw new Error(`${file} ended without an exit code`, { cause: error });
  return { code: status, stdout, stderr };
}

/** As {@link processSync}, while this process goes on. */
export function processAsync({ args, env, input }: Asked, cwd: string): Promise<Ran> {
  const [file, ...first] = command();
  const child = spawn(file, [...first, ...args], { cwd, env: env as NodeJS.ProcessEnv });
  const out = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (out[name] += text));
  child.stdin.on('error', () => undefined).end(input);
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) =>
      code === null ? fail(new Error(`${file} ended without an exit code`)) : done({ code, ...out }),
    );
  });
}
