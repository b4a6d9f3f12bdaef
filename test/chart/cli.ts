import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { beforeAll } from 'vitest';
import { helmBinary } from '../helm/binaries.ts';

const cli = resolve('dist/cli.js');
let helm: string;
beforeAll(async () => {
  helm = (await helmBinary('4.2.3')).path;
});

/** Runs the built command line as a process, as people do. */
export function run(
  args: string[],
  options: { input?: string | Buffer; cwd?: string; env?: Record<string, string | undefined> } = {},
) {
  const env = {
    ...process.env,
    HELM_BIN: helm,
    NO_COLOR: undefined,
    FORCE_COLOR: undefined,
    GITHUB_ACTIONS: undefined,
    ...options.env,
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    input: options.input ?? '',
    cwd: options.cwd ?? '.',
    env: env as NodeJS.ProcessEnv,
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}
