import { helmEnvironment, type Environment } from './environment.ts';
import { onPath } from './lookup.ts';
import { run } from './run.ts';
import { oneLine, plain } from './text.ts';

const timeoutMs = 30_000;
const maxBytes = 64 * 1024 * 1024;
const maxMemory = 1024 ** 3;

/** The kustomize on PATH, unless it is in a repository that is linted. */
export function findKustomize(env: Environment, linted: readonly string[]): string | undefined {
  return onPath('kustomize', env, linted);
}

/**
 * Runs `kustomize build` in a folder of ours: without plugins, without the network as far as proxies keep it away, and
 * within bounds. Throws an `Error` of one line.
 */
export async function runKustomize(
  program: string,
  folder: string,
  { env, signal }: { env: Environment; signal?: AbortSignal },
): Promise<string> {
  const { ended, exitCode, stdout, stderr, code } = await run(program, ['build', folder], {
    env: helmEnvironment(env),
    cwd: folder,
    timeoutMs,
    maxBytes,
    maxMemory,
    signal,
  });
  if (ended === 'exit' && exitCode === 0) return stdout;
  const said = plain(stderr)
    .replaceAll(folder, '.')
    .replace(/^Error: /, '');
  if (ended === 'exit') throw new Error(oneLine(said, 300) || `kustomize ended with ${exitCode ?? 'no code'}`);
  throw new Error(
    ended === 'timeout' ? `kustomize did not finish within ${timeoutMs / 1000} s` : `kustomize: ${code ?? ended}`,
  );
}
