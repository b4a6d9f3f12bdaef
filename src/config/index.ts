import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { boundaryOf } from '../confine/boundary.ts';
import type { GitEnvironment } from '../git/index.ts';
import { repositoryOf } from '../git/repository.ts';
import type { Overlay } from '../overlay.ts';
import { workTree } from './files.ts';
import type { ReadOptions } from './read-options.ts';
import type { Policy } from './policy.ts';

export { matchesPattern } from './pattern.ts';
export { PolicyError, type Dependencies, type Ignore, type Policy, type Preset, type Scenario } from './policy.ts';

const names = ['.migrate-lint.yaml', '.migrate-lint.yml'];

/**
 * The policy file of a chart: the nearest one from its folder up to the root of its repository, whatever calls itself
 * `.git` between.
 */
export function findPolicy(chart: string, cwd = chart): string | undefined {
  const root = repositoryOf(chart, cwd)?.root;
  for (let folder = resolve(chart); ; folder = dirname(folder)) {
    const found = names.map((name) => join(folder, name)).find((file) => existsSync(file));
    if (found || (root !== undefined && isRoot(folder, root)) || dirname(folder) === folder) return found;
  }
}

function isRoot(folder: string, root: string): boolean {
  return folder === root || (existsSync(folder) && realpathSync(folder) === root);
}

/** Which policy is asked for, and where it is read. */
export interface PolicyRequest extends Pick<ReadOptions, 'cwd' | 'rules' | 'plugins' | 'allowNetwork'> {
  /** The folder that it is to hold for. */
  folder: string;
  /** A named file; found upwards from the folder where absent. */
  config?: string;
  /** The git ref at which the policy is read instead of the work tree. */
  from?: string;
  env: GitEnvironment;
  /** Texts that count instead of files of the work tree. */
  unsaved?: Overlay;
}

/** A policy, and what was found out about it. */
export interface FoundPolicy {
  policy?: Policy;
  /** The file whose text is another one in the work tree than at the ref it was read at. */
  changed?: string;
}

/**
 * Reads and checks the policy that holds for a folder, with all that it extends. One that was only found may name
 * nothing outside of its repository; one that is named with `config` is trusted with that. Throws {@link PolicyError},
 * and `GitError` for a ref. Nothing of it is loaded before.
 */
export async function readPolicy(request: PolicyRequest): Promise<FoundPolicy> {
  const { folder, config, from, cwd } = request;
  if (from !== undefined) return readPolicyAt({ ...request, from });
  const file = config === undefined ? findPolicy(folder, cwd) : resolve(cwd, config);
  if (file === undefined) return {};
  const files = workTree(config === undefined ? boundaryOf(dirname(file), cwd) : undefined, request.unsaved);
  const { load } = await import('./load.ts');
  return { policy: await load(file, { ...request, files, values: files }) };
}

/** The policy as it is at a commit. Its plugins are files of that commit too, and run without being asked for. */
async function readPolicyAt(request: PolicyRequest & { from: string }): Promise<FoundPolicy> {
  const { folder, config, from, cwd, env } = request;
  const { commitAt } = await import('../git/index.ts');
  const { differs, filesAtCommit, findPolicyAt, namedInRepository } = await import('./at-commit.ts');
  const at = await commitAt(from, folder, cwd, env);
  try {
    const named = config === undefined ? undefined : namedInRepository(at, config, cwd);
    // A named file outside of the repository is no part of the change.
    if (config !== undefined && named === undefined) return await readPolicy({ ...request, from: undefined });
    const files = filesAtCommit(at, env);
    const here = named ?? findPolicy(folder, cwd);
    const there = named === undefined ? await findPolicyAt(at, folder, names) : named;
    if (there === undefined || (await files.kind(there)) === undefined)
      return here === undefined || !existsSync(here) ? {} : { changed: here };
    const { load } = await import('./load.ts');
    const policy = await load(there, {
      ...request,
      plugins: request.plugins === 'skip' ? 'skip' : 'run',
      files,
      values: workTree(boundaryOf(at.git.root, cwd)),
    });
    return { policy, ...((await differs(files, there, here, policy.files)) && { changed: there }) };
  } finally {
    at.git.close();
  }
}
