import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { helmEnvironment, type Environment } from './environment.ts';
import { HelmError } from './error.ts';
import { run, type RunResult } from './run.ts';
import { oneLine, plain } from './text.ts';

/** What `helm version` says. */
export interface HelmVersion {
  /** Helm's own text: `v4.2.3`. */
  raw: string;
  major: 3 | 4;
  /** Without the `v`: `4.2.3`. */
  version: string;
}

const timeoutMs = 15_000;
// Below this it is a script (asdf, a wrapper) that may start another Helm tomorrow.
const smallestProgram = 1024 * 1024;

/** Reads the text of `helm version`; throws `not-helm` for anything but Helm 3 or 4. */
export function parseVersion(raw: string, path: string): HelmVersion {
  const found = /^v?((\d+)\.\d+\.\d+\S*)$/.exec(raw.trim());
  const major = Number(found?.[2]);
  if (found && (major === 3 || major === 4)) return { raw: raw.trim(), major, version: found[1]! };
  if (found) throw new HelmError(`${path} is Helm ${found[1]!}; Helm 3 or 4 is needed`, { kind: 'not-helm' });
  throw new HelmError(`${path} is not Helm: asked for its version, it said ${said(raw)}`, { kind: 'not-helm' });
}

/**
 * Asks the program at `path` for its version, or remembers the answer given by the same file (path, time of change, size).
 * Throws `not-helm` or `missing-helm`.
 */
export async function askVersion(path: string, env: Environment, cache: string): Promise<HelmVersion> {
  const { createHash } = await import('node:crypto');
  const key = identity(path);
  const file = key && join(cache, 'versions', `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`);
  if (file) {
    try {
      const known = JSON.parse(readFileSync(file, 'utf8')) as { key?: unknown; raw?: unknown };
      if (known.key === key && typeof known.raw === 'string') return parseVersion(known.raw, path);
    } catch {
      // Not asked yet, or the note is damaged: ask.
    }
  }
  const result = await run(path, ['version', '--template={{.Version}}'], {
    env: helmEnvironment(env),
    timeoutMs,
    maxBytes: 64 * 1024,
  });
  if (result.ended !== 'exit' || result.exitCode !== 0) throw notHelm(path, result);
  const version = parseVersion(plain(result.stdout), path);
  if (file) remember(file, JSON.stringify({ key, raw: version.raw }));
  return version;
}

function identity(path: string): string | undefined {
  try {
    const real = realpathSync(path);
    const { mtimeMs, size } = statSync(real);
    // mise and snap link `helm` to a big program of another name, which picks the Helm at run time.
    return size >= smallestProgram && basename(real).startsWith('helm') ? `${real}\n${mtimeMs}\n${size}` : undefined;
  } catch {
    return undefined;
  }
}

function remember(file: string, text: string): void {
  const part = `${file}.${Math.random().toString(36).slice(2)}`;
  try {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(part, text);
    renameSync(part, file);
  } catch {
    rmSync(part, { force: true });
  }
}

/** The error for a program that does not answer as Helm would. */
export function notHelm(path: string, result: RunResult): HelmError {
  const detail = plain(result.stderr || result.stdout).trim();
  if (result.ended === 'failed') {
    return new HelmError(`${path} cannot be run (${result.code ?? 'unknown cause'})`, {
      kind: result.code === 'ENOENT' ? 'missing-helm' : 'not-helm',
      detail,
    });
  }
  if (result.ended === 'timeout')
    return new HelmError(`${path} is not Helm: it did not tell its version within ${timeoutMs / 1000} s`, {
      kind: 'not-helm',
      detail,
    });
  return new HelmError(`${path} is not Helm: asked for its version, it said ${said(result.stderr || result.stdout)}`, {
    kind: 'not-helm',
    detail,
  });
}

function said(text: string): string {
  const line = plain(text)
    .split('\n')
    .find((each) => each.trim() !== '');
  return line === undefined ? 'nothing' : `"${oneLine(line, 120)}"`;
}
