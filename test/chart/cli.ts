import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { beforeAll } from 'vitest';
import { helmBinary } from '../helm/binaries.ts';
import { callSync } from '../program/index.ts';

const cli = resolve('dist/cli.js');
let helm: string;
beforeAll(async () => {
  helm = (await helmBinary('4.2.3')).path;
});

interface RunOptions {
  input?: string | Buffer;
  cwd?: string;
  env?: Record<string, string | undefined>;
}

const environment = (more: RunOptions['env']) => ({
  ...process.env,
  HELM_BIN: helm,
  NO_COLOR: undefined,
  FORCE_COLOR: undefined,
  GITHUB_ACTIONS: undefined,
  ...more,
});

/** Runs the command line with these arguments; {@link start} where it matters that it is a process. */
export function run(args: string[], { input = '', cwd = '.', env }: RunOptions = {}) {
  return callSync({ args, env: environment(env), input, keepRenders: true }, cwd);
}

/** Runs the built command line as a process, as people do. */
export function start(args: string[], { input = '', cwd = '.', env }: RunOptions = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    input,
    cwd,
    env: environment(env) as NodeJS.ProcessEnv,
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}
