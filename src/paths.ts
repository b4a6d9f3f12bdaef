import { lstatSync, realpathSync, type Stats } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join, parse, relative, resolve, sep } from 'node:path';

/** Whether `path` is `folder` or below it. Both are absolute. */
export function isInside(folder: string, path: string): boolean {
  const below = relative(folder, path);
  return below === '' || (below !== '..' && !below.startsWith(`..${sep}`) && !isAbsolute(below));
}

/**
 * A path as reports name it: from the working directory, with `/` on every system. Annotations, SARIF and baselines of
 * one system are read on others.
 */
export function shownPath(cwd: string, path: string): string {
  return relative(cwd, path).split(sep).join('/');
}

/** Paths of files from a folder, for files that are named from the working directory. */
export function seenFrom(cwd: string): (folder: string, file: string) => string {
  return (folder, file) => relative(folder, resolve(cwd, file));
}

/** As {@link shownPath}; the absolute path of what is far away: a name that begins with `../../..` helps nobody. */
export function nearPath(cwd: string, path: string): string {
  const short = shownPath(cwd, path);
  return short.startsWith('../../..') ? path : short;
}

/** The real path of what may not exist yet: its nearest existing folder resolved, with the rest behind it. */
export function real(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(real(parent), absolute.slice(parent.length));
  }
}

/** What is at a path itself, links not followed; `undefined` where there is nothing, or nothing that can be seen. */
export function entry(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/**
 * The user's home; the root for a user who has none: in a container whose user is not in `/etc/passwd`, without `HOME`,
 * the system knows no home and Node throws.
 */
export function home(): string {
  try {
    return homedir();
  } catch {
    return parse(tmpdir()).root;
  }
}
