import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { GitError } from './error.ts';
import { Git } from './git.ts';
import { repositoriesOf } from './repository.ts';
import { blobsOf, isPlain, pathIn, treeOf, type TreeEntry } from './tree.ts';
import type { Environment } from './run.ts';

/** What a commit has below a path, written to a folder as regular files. */
export interface Snapshot {
  files: number;
  /**
   * Links that lead out of the repository or to nothing, and submodules that are not here: paths from the root of the
   * repository.
   */
  left: string[];
}

const maxLinks = 1_000;

/**
 * Writes what a commit has below a path of its repository (`''`: all of it) into a new folder. A link within the commit
 * is written as what it leads to, and a submodule as the commit that is recorded for it; no link is ever written.
 * Throws {@link GitError}.
 */
export async function writeTree(
  git: Git,
  commit: string,
  path: string,
  folder: string,
  env: Environment,
): Promise<Snapshot> {
  const { files, left } = await filesOf(git, commit, path, env);
  for (const [name, text] of files) {
    const file = join(folder, name);
    try {
      mkdirSync(dirname(file), { recursive: true });
      // Never over another file: on some file systems two names are one.
      writeFileSync(file, text, { flag: 'wx' });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new GitError(`${JSON.stringify(name)} of the commit cannot be written here (${code})`);
    }
  }
  return { files: files.size, left };
}

/** The files below a path by their path from there. */
async function filesOf(
  git: Git,
  commit: string,
  path: string,
  env: Environment,
  depth = 0,
): Promise<{ files: Map<string, Buffer>; left: string[] }> {
  const left: string[] = [];
  const found = new Map<string, TreeEntry>();
  let links = 0;
  const add = async (from: string, to: string, through: readonly string[]): Promise<void> => {
    for (const entry of await treeOf(git, commit, from)) {
      const name = posix.join(to, posix.relative(from, entry.path));
      if (entry.kind !== 'link') found.set(name, entry);
      else {
        const target = await targetOf(git, entry);
        const leads =
          target !== undefined && !through.includes(target) && through.length < 8 && (links += 1) <= maxLinks;
        const before = found.size;
        if (leads) await add(target, name, [...through, target]);
        if (found.size === before) left.push(entry.path);
      }
    }
  };
  await add(path, '', [path]);
  const blobs = await blobsOf(
    git,
    [...found.values()].filter(({ kind }) => kind === 'file'),
  );
  const files = new Map<string, Buffer>();
  for (const [name, { kind, object, path: inTree }] of found) {
    if (kind === 'file') files.set(name, blobs.get(object)!);
    else {
      const inner = depth < 4 ? await submoduleFiles(git, inTree, object, env, depth) : undefined;
      if (!inner) left.push(inTree);
      for (const [below, text] of inner?.files ?? []) files.set(posix.join(name, below), text);
    }
  }
  return { files, left };
}

async function targetOf(git: Git, link: TreeEntry): Promise<string | undefined> {
  if (link.bytes > 4096) return undefined;
  const text = (await blobsOf(git, [link])).get(link.object)!.toString();
  const target = posix.join(posix.dirname(link.path), text);
  return text.startsWith('/') || !isPlain(target.replace(/\/$/, '')) ? undefined : target.replace(/\/$/, '');
}

async function submoduleFiles(git: Git, path: string, commit: string, env: Environment, depth: number) {
  const repository = repositoriesOf(join(git.root, path), git.root).at(-1);
  if (!repository || pathIn(git, repository.root) !== path) return undefined;
  const inner = await Git.open(repository, env);
  try {
    return (await inner.commit(commit)) === undefined ? undefined : await filesOf(inner, commit, '', env, depth + 1);
  } finally {
    inner.close();
  }
}
