import { beforeAll } from 'vitest';
import { helmBinary } from '../helm/binaries.ts';
import { processSync } from '../program/command.ts';
import { callSync } from '../program/index.ts';

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
  return processSync({ args, env: environment(env), input, keepRenders: false }, cwd);
}
