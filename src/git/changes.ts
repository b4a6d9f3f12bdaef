import { join, resolve } from 'node:path';
import { Git } from './git.ts';
import { repositoriesOf } from './repository.ts';
import { submodulesOf } from './tree.ts';
import type { Environment } from './run.ts';

/**
 * Real paths of what differs between a commit and the work tree, deleted and untracked files included, those of
 * `.gitignore` not. In a submodule that is here its files count against the commit that is recorded for it; one that
 * cannot be looked into is named itself. A folder stands for all that it holds. Throws `GitError`.
 */
export async function changesSince(git: Git, commit: string, env: Environment, depth = 0): Promise<string[]> {
  const { root } = git;
  const [diff, fresh, before] = await Promise.all([
    git.run([
      'diff',
      '--no-ext-diff',
      '--no-textconv',
      '--ignore-submodules=dirty',
      '--name-only',
      '-z',
      '--no-renames',
      commit,
      '--',
    ]),
    git.run(['ls-files', '--others', '--exclude-standard', '-z']),
    submodulesOf(git, commit),
  ]);
  const changed = [diff, fresh]
    .flatMap((out) => out.toString().split('\0').filter(Boolean))
    .map((file) => resolve(root, file));
  for (const { path, commit: recorded } of depth < 4 ? before : []) {
    const inside = await submoduleChanges(join(root, path), root, recorded, env, depth);
    if (!inside) continue;
    // Its own files say more than that it moved.
    const at = changed.indexOf(join(root, path));
    if (at >= 0 && inside.length > 0) changed.splice(at, 1);
    changed.push(...inside);
  }
  return changed;
}

async function submoduleChanges(folder: string, outer: string, commit: string, env: Environment, depth: number) {
  const repository = repositoriesOf(folder, outer).at(-1);
  if (repository?.root !== folder) return undefined;
  const inner = await Git.open(repository, env);
  try {
    // Without the old commit there is nothing to compare with: the submodule as a whole has moved, if it has.
    return (await inner.commit(commit)) === undefined ? undefined : await changesSince(inner, commit, env, depth + 1);
  } finally {
    inner.close();
  }
}
