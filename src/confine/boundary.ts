import { realpathSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { repositoriesOf } from '../git/repository.ts';
import { home, isInside } from '../paths.ts';

/** What is linted leads to something that it may not read; `message` is one line. */
export class ConfineError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfineError';
  }
}

/**
 * The folder that nothing read for `folder` may leave, a real path: its repository (for a submodule, the one it is part
 * of); outside of one the working directory, where that holds it and is no place for everything (`/`, the home); or
 * else the folder itself.
 */
export function boundaryOf(folder: string, cwd: string): string {
  const real = realpathSync(folder);
  const root = repositoriesOf(real, cwd)[0]?.root;
  if (root !== undefined) return root;
  const here = realpathSync(cwd);
  return isInside(here, real) && dirname(here) !== here && here !== home() ? here : real;
}

/** Whether a real path is within the boundary, and no part of a `.git` there. */
export function isWithin(boundary: string, real: string): boolean {
  return isInside(boundary, real) && !relative(boundary, real).split(sep).some(isGit);
}

/** Whether a file or folder of this name is git's. */
export const isGit = (name: string): boolean => name.toLowerCase() === '.git';

/**
 * Why a path may not be read: its real path leaves the boundary, or is git's. `undefined` where it may, or leads to
 * nothing.
 */
export function whyOutside(path: string, boundary: string): string | undefined {
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    return undefined;
  }
  if (isWithin(boundary, real)) return undefined;
  return isInside(boundary, real) ? 'it leads into .git' : 'it leads out of the repository';
}

/**
 * Why a file that was named may not be read: by its name it is in the repository of the working directory, and a link
 * leads out of there, or into `.git`. A name that is outside itself is meant.
 */
export function whyMisled(path: string, cwd: string): string | undefined {
  const root = repositoriesOf(cwd, cwd)[0]?.root;
  const written = resolve(realpathSync(cwd), relative(cwd, resolve(cwd, path)));
  return root !== undefined && isInside(root, written) ? whyOutside(written, root) : undefined;
}

/** The path, absolute. Throws {@link ConfineError} for one that is misled. */
export function unmisled(path: string, cwd: string): string {
  const why = whyMisled(path, cwd);
  if (why !== undefined) throw new ConfineError(`${path}: not read: ${why}; name the real path where that is meant`);
  return resolve(cwd, path);
}
