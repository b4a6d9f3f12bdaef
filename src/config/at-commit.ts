import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, posix, resolve } from 'node:path';
import { fileAt, pathIn, treeOf, writeTree, type CommitAt, type GitEnvironment } from '../git/index.ts';
import { temporaryFolder } from '../helm/index.ts';
import { isInside } from '../paths.ts';
import type { PolicyFiles } from './files.ts';

/**
 * A policy's files as they are at a commit. A plugin runs out of a copy of its folder at that commit, so that nothing
 * of the work tree is imported. Links of the commit are not followed.
 */
export function filesAtCommit({ git, commit }: CommitAt, env: GitEnvironment): PolicyFiles {
  const inside = (path: string) => isInside(git.root, path);
  return {
    kind: async (path) => {
      if (!inside(path)) return undefined;
      const at = pathIn(git, path);
      const entries = await treeOf(git, commit, at);
      if (entries.length === 0) return undefined;
      return entries[0]!.path === at && entries[0]!.kind === 'file' ? 'file' : 'other';
    },
    read: async (path) => {
      const text = await fileAt(git, commit, pathIn(git, path));
      if (!text) throw new Error('not in that commit');
      return text;
    },
    refusal: (path) => (inside(path) ? undefined : 'it leads out of the repository'),
    program: async (path) => {
      const folder = temporaryFolder().path;
      const at = posix.dirname(pathIn(git, path));
      await writeTree(git, commit, at === '.' ? '' : at, folder, env);
      return join(folder, basename(path));
    },
  };
}

/** The policy file of a folder at a commit: the nearest one up to the root of the repository. */
export async function findPolicyAt({ git, commit }: CommitAt, folder: string, names: readonly string[]) {
  const folders: string[] = [];
  for (let above = realpathSync(folder); isInside(git.root, above); above = dirname(above)) {
    folders.push(above);
    if (dirname(above) === above) break;
  }
  const candidates = folders.flatMap((above) => names.map((name) => join(above, name)));
  const there = new Set(
    (await treeOf(git, commit, ...candidates.map((path) => pathIn(git, path)))).map(({ path }) => path),
  );
  return candidates.find((path) => there.has(pathIn(git, path)));
}

/**
 * Whether the work tree has other policy files than a commit. `there` and `here` are what each finds; `files` are all
 * that are read there.
 */
export async function differs(
  files: PolicyFiles,
  there: string | undefined,
  here: string | undefined,
  read: readonly string[],
): Promise<boolean> {
  const real = (path: string | undefined) => path && join(realpathSync(dirname(path)), basename(path));
  if (there !== real(here)) return true;
  for (const file of read) {
    if (!existsSync(file)) return true;
    const text = (bytes: Buffer) => bytes.toString('latin1').replaceAll('\r\n', '\n');
    if (text(await files.read(file)) !== text(readFileSync(file))) return true;
  }
  return false;
}

/**
 * A named policy file as the repository knows it; `undefined` where it is a file outside, which no change of the
 * repository edits.
 */
export function namedInRepository({ git }: CommitAt, file: string, cwd: string): string | undefined {
  const path = resolve(cwd, file);
  const real = existsSync(dirname(path)) ? join(realpathSync(dirname(path)), basename(path)) : path;
  return isInside(git.root, real) ? real : undefined;
}
