import { readCause } from './cause.ts';
import { helmEnvironment, neutralFolder, type Environment } from './environment.ts';
import { HelmError } from './error.ts';
import type { Helm } from './find.ts';
import { run } from './run.ts';

const timeoutMs = 300_000;

/**
 * Runs `helm dependency build CHART`, which may go to the network and writes `charts/` of that chart. Throws {@link
 * HelmError}.
 */
export async function buildDependencies(helm: Helm, chart: string, env: Environment): Promise<void> {
  const { ended, exitCode, stderr } = await run(helm.path, ['dependency', 'build', '--', chart], {
    env: helmEnvironment(env, { network: true }),
    cwd: neutralFolder,
    timeoutMs,
    maxBytes: 16 * 1024 * 1024,
  });
  if (ended === 'exit' && exitCode === 0) return;
  if (ended === 'timeout')
    throw new HelmError(`helm dependency build did not finish within ${timeoutMs / 1000} s`, { kind: 'timeout' });
  const cause = readCause(stderr, chart);
  throw new HelmError(`helm dependency build: ${cause.message}`, { kind: 'dependencies', detail: cause.detail });
}
