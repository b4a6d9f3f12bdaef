import { randomUUID } from 'node:crypto';
import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { entry, isInside, real } from './paths.ts';

/** How {@link writeWhole} writes. */
export interface WriteOptions {
  /** The file must not exist yet. */
  fresh?: boolean;
  /** Permissions of the file; where absent, an existing one keeps its own. */
  mode?: number;
}

/** A file that is not written; `message` is one line that names it and the reason. */
export class WriteError extends Error {}

/**
 * Writes a file in one step: a reader sees the old text or the new one. A path inside of a repository must stay inside
 * of it, links resolved, and out of `.git`: the repository's content may come from a stranger. Throws {@link
 * WriteError}, or the system's error.
 */
export function writeWhole(path: string, data: string | Uint8Array, { fresh, mode }: WriteOptions = {}): void {
  if (fresh && entry(path)) throw new WriteError(`${path} exists already; nothing was written`);
  const target = targetOf(path);
  if (fresh) return writeFileSync(target, data, { flag: 'wx', mode: mode ?? 0o666 });
  const old = statSync(target, { throwIfNoEntry: false });
  if (old && !old.isFile()) {
    if (old.isDirectory()) throw new WriteError(`${path} is a folder; nothing was written`);
    // A device or a pipe, outside of any repository.
    return writeFileSync(target, data);
  }
  const temporary = join(dirname(target), `.${basename(target).slice(0, 100)}.${randomUUID()}.tmp`);
  try {
    writeFileSync(temporary, data, { flag: 'wx', mode: mode ?? (old ? 0o600 : 0o666) });
    if (old && mode === undefined) chmodSync(temporary, old.mode & 0o7777);
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * The file that a path leads to. Throws {@link WriteError} where a link leads out of the repository that the path is
 * in.
 */
function targetOf(path: string): string {
  const absolute = resolve(path);
  const isLink = entry(absolute)?.isSymbolicLink() === true;
  const target = isLink ? linked(absolute, path) : join(real(dirname(absolute)), basename(absolute));
  // The repository of the path as it is written: a link on the way leads elsewhere.
  const root = writtenRoot(dirname(absolute));
  if (root === undefined) return target;
  if (!isInside(root, target))
    throw new WriteError(`${path} is a link that leaves the repository, to ${target}; nothing was written`);
  if (target.slice(root.length).split(sep).includes('.git'))
    throw new WriteError(`${path} leads into .git; nothing was written`);
  const stat = statSync(target, { throwIfNoEntry: false });
  if (stat && !stat.isFile() && !stat.isDirectory())
    throw new WriteError(`${path} is not a regular file; nothing was written`);
  return target;
}

function linked(link: string, shown: string): string {
  try {
    return realpathSync(link);
  } catch {
    throw new WriteError(`${shown} is a link to nothing; nothing was written`);
  }
}

/**
 * The folder that a path must not leave: the innermost repository that it is in by its name, but none behind a link
 * that stands in another one. Without a repository it is the working directory, for a path below it.
 */
function writtenRoot(folder: string): string | undefined {
  const candidates: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    if (entry(join(at, '.git'))) candidates.unshift(at);
    if (dirname(at) === at) break;
  }
  const [first, ...inner] = candidates;
  if (first === undefined) return isInside(resolve('.'), folder) ? real('.') : undefined;
  let root = first;
  for (const one of inner) {
    if (real(one) !== join(real(root), relative(root, one))) break;
    root = one;
  }
  return real(root);
}
