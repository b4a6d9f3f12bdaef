import { GitError } from './error.ts';
import { Git } from './git.ts';
import { repositoriesOf } from './repository.ts';
import type { Environment } from './run.ts';
import { recordedCommit } from './tree.ts';

/** A commit in the repository that holds a path. */
export interface CommitAt {
  git: Git;
  commit: string;
}

/**
 * The commit that `ref` names, in the repository that holds a path: a ref is one of the working directory's repository,
 * and in a submodule it stands for the commit that it records there; or else it is a ref of the submodule itself. The
 * caller closes `git`. Throws {@link GitError}.
 */
export async function commitAt(ref: string, path: string, cwd: string, env: Environment): Promise<CommitAt> {
  const repositories = repositoriesOf(path, cwd);
  if (repositories.length === 0)
    throw new GitError(`${JSON.stringify(ref)} is no commit: this is not in a git repository`);
  let hint = '';
  // From the outermost repository that knows the ref, down.
  for (const [start, repository] of repositories.entries()) {
    let git = await Git.open(repository, env);
    try {
      let commit = await git.commit(ref);
      hint ||= git.hint;
      for (const inner of commit === undefined ? [] : repositories.slice(start + 1)) {
        const recorded = await recordedCommit(git, commit!, inner);
        git.close();
        git = await Git.open(inner, env);
        commit = recorded === undefined ? undefined : await git.commit(recorded);
        hint ||= git.hint;
      }
      if (commit !== undefined) return { git, commit };
    } catch (error) {
      git.close();
      throw error;
    }
    git.close();
  }
  throw new GitError(`${JSON.stringify(ref)} is not a commit of the git repository${hint}`);
}
