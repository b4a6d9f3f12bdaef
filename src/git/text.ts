import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isInside } from '../paths.ts';
import { commitAt } from './commit-at.ts';
import type { Environment } from './run.ts';
import { fileAt, pathIn } from './tree.ts';

/** The text that a file of the work tree has at a commit; `undefined` where it has none. Throws `GitError`. */
export async function textAtCommit(
  ref: string,
  file: string,
  cwd: string,
  env: Environment,
): Promise<string | undefined | 'outside'> {
  const real = existsSync(dirname(file)) ? join(realpathSync(dirname(file)), basename(file)) : file;
  const { git, commit } = await commitAt(ref, cwd, cwd, env);
  try {
    return isInside(git.root, real) ? (await fileAt(git, commit, pathIn(git, real)))?.toString('utf8') : 'outside';
  } finally {
    git.close();
  }
}
