import { relative, sep } from 'node:path';
import { GitError } from './error.ts';
import type { Git } from './git.ts';
import type { Repository } from './repository.ts';

/** An entry of a commit's tree; `path` is from the root of the repository, with `/`. */
export interface TreeEntry {
  kind: 'file' | 'link' | 'submodule';
  /** For a submodule the commit. */
  object: string;
  bytes: number;
  path: string;
}

const maxBytes = 256 * 1024 * 1024;
const maxEntries = 50_000;

/**
 * What a commit has at paths and below them; all of it for `''`, or where none is given. Throws {@link GitError}, also
 * for names that git itself never writes and that would lead out of a folder (`..`, `.git`), which a repository made by
 * hand can hold.
 */
export async function treeOf(git: Git, commit: string, ...paths: readonly string[]): Promise<TreeEntry[]> {
  const out = await git.run(['ls-tree', '-r', '-z', '-l', '--full-tree', commit, '--', ...paths.filter(Boolean)]);
  return lines(out).map((line): TreeEntry => {
    const [, mode = '', object = '', bytes = '', name = ''] =
      /^(\d+) \w+ ([0-9a-f]+) +(\S+)\t([\s\S]*)$/.exec(line) ?? [];
    if (!isPlain(name)) throw new GitError(`the commit has a path that leads elsewhere: ${JSON.stringify(name)}`);
    return {
      kind: mode === '120000' ? 'link' : mode === '160000' ? 'submodule' : 'file',
      object,
      bytes: Number(bytes) || 0,
      path: name,
    };
  });
}

/** The paths of all files of a commit with this name. Throws {@link GitError}. */
export async function pathsOf(git: Git, commit: string, name: string): Promise<string[]> {
  const paths = lines(await git.run(['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit]));
  return paths.filter((path) => path === name || path.endsWith(`/${name}`));
}

/** The submodules of a commit: path and commit. Throws {@link GitError}. */
export async function submodulesOf(git: Git, commit: string): Promise<{ path: string; commit: string }[]> {
  // Sizes are not asked for: that opens each object of a large repository.
  return lines(await git.run(['ls-tree', '-r', '-z', '--full-tree', commit])).flatMap((line) => {
    const [, recorded, path] = /^160000 commit ([0-9a-f]+)\t([\s\S]*)$/.exec(line) ?? [];
    return recorded !== undefined && path !== undefined && isPlain(path) ? [{ path, commit: recorded }] : [];
  });
}

const lines = (out: Buffer) => out.toString().split('\0').filter(Boolean);

/**
 * Whether a path of a tree names something below the folder it starts from, whatever the file system makes of its
 * letters.
 */
export function isPlain(path: string): boolean {
  return path.split('/').every(
    (part) =>
      part !== '' &&
      part !== '.' &&
      part !== '..' &&
      !part.includes('\\') &&
      // macOS passes over some characters, Windows over dots and spaces at the end, and knows `GIT~1`.
      !/^(?:\.git|git~\d+)[. ]*(?::.*)?$/i.test(part.replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '')),
  );
}

/**
 * The texts of blobs by object id, as they are in the repository: no filter and no attribute applies. Throws {@link
 * GitError}.
 */
export async function blobsOf(git: Git, entries: readonly TreeEntry[]): Promise<Map<string, Buffer>> {
  const wanted = new Map(entries.map(({ object, bytes }) => [object, bytes]));
  const total = [...wanted.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (total > maxBytes || entries.length > maxEntries)
    throw new GitError(
      `the commit has more there than is read: ${entries.length} files, ${Math.round(total / 1048576)} MiB`,
    );
  const out = new Map<string, Buffer>();
  if (wanted.size === 0) return out;
  const bytes = await git.run(['cat-file', '--batch'], {
    input: [...wanted.keys()].map((object) => `${object}\n`).join(''),
    maxBytes: total + wanted.size * 200,
  });
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at);
    const [object = '', kind, size] = bytes.toString('latin1', at, end).split(' ');
    if (kind !== 'blob') throw new GitError(`object ${object} of the commit is missing${git.hint}`);
    out.set(object, bytes.subarray(end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return out;
}

/**
 * The text of one file at a commit; `undefined` where the commit has no file there. A link is none. Throws {@link
 * GitError}.
 */
export async function fileAt(git: Git, commit: string, path: string): Promise<Buffer | undefined> {
  const entry = (await treeOf(git, commit, path)).find((one) => one.path === path && one.kind === 'file');
  return entry && (await blobsOf(git, [entry])).get(entry.object);
}

/** The commit that a repository's commit records for a submodule. */
export async function recordedCommit(git: Git, commit: string, submodule: Repository): Promise<string | undefined> {
  const path = pathIn(git, submodule.root);
  return (await treeOf(git, commit, path)).find((one) => one.kind === 'submodule' && one.path === path)?.object;
}

/** A real path below the repository's root as trees have it. */
export function pathIn(git: Git, path: string): string {
  return relative(git.root, path).split(sep).join('/');
}
