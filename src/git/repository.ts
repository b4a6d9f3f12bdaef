import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { isInside } from '../paths.ts';

/** A git repository with a work tree; all paths are real paths. */
export interface Repository {
  /** The folder that holds `.git`. */
  root: string;
  /**
   * The outermost repository that it is part of as a submodule or worktree; its own root else. Whatever lies in it was
   * checked out.
   */
  checkout: string;
  /** HEAD and the index: `.git`, or what a `.git` file of a worktree or submodule names. */
  gitDir: string;
  /** Objects and refs: the same, but for a linked worktree. */
  commonDir: string;
}

/**
 * The repository that a path lies in, found without asking git, which takes any folder with the right files for one.
 * Only `.git` counts: git never checks out an entry of that name. Archives can hold one, so below the repository of the
 * working directory (the one that whoever runs us has chosen) only its own submodules and worktrees are repositories:
 * those whose `.git` is a file that leads into that repository's git folder, which leads back. Any other `.git` there
 * is a folder like others.
 */
export function repositoryOf(path: string, cwd: string): Repository | undefined {
  return repositoriesOf(path, cwd).at(-1);
}

/**
 * All repositories that hold a path, the outermost first: that of the working directory, then its submodules down to
 * the path.
 */
export function repositoriesOf(path: string, cwd: string): Repository[] {
  const real = realFolder(path);
  const chosen = nearest(realFolder(cwd));
  if (!chosen || !isInside(chosen.root, real)) return [nearest(real)].filter((one) => one !== undefined);
  const out = [chosen];
  let folder = chosen.root;
  for (const part of relative(chosen.root, real).split(sep).filter(Boolean)) {
    folder = join(folder, part);
    const nested = repositoryAt(folder);
    if (nested && belongsTo(nested, out.at(-1)!)) out.push({ ...nested, checkout: chosen.checkout });
  }
  return out;
}

function nearest(start: string): Repository | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const found = repositoryAt(folder);
    if (found || dirname(folder) === folder) return found;
  }
}

function repositoryAt(folder: string): Repository | undefined {
  const entry = join(folder, '.git');
  try {
    const stat = statSync(entry);
    const gitDir = stat.isDirectory() ? realpathSync(entry) : realpathSync(resolve(folder, pathIn(entry, 'gitdir: ')));
    // An empty `.git` (a mount point, a leftover) is no repository for git either.
    if (!existsSync(join(gitDir, 'HEAD'))) return undefined;
    const common = join(gitDir, 'commondir');
    return {
      root: folder,
      checkout: folder,
      gitDir,
      commonDir: existsSync(common) ? realpathSync(resolve(gitDir, pathIn(common))) : gitDir,
    };
  } catch {
    return undefined;
  }
}

/** Whether a repository below another one is of its making: a submodule, or a linked worktree. */
function belongsTo(nested: Repository, outer: Repository): boolean {
  if (!statSync(join(nested.root, '.git')).isFile()) return false;
  const places = ['modules', 'worktrees'].map((name) => join(outer.commonDir, name));
  if (!places.some((place) => nested.gitDir !== place && isInside(place, nested.gitDir))) return false;
  try {
    // A worktree's `gitdir` names its `.git` file; a submodule's config has its work tree.
    if (nested.gitDir !== nested.commonDir)
      return realpathSync(resolve(nested.gitDir, pathIn(join(nested.gitDir, 'gitdir')))) === join(nested.root, '.git');
    const worktree = /^\s*worktree\s*=\s*"?(.*?)"?\s*$/m.exec(read(join(nested.gitDir, 'config')))?.[1];
    return worktree !== undefined && realpathSync(resolve(nested.gitDir, worktree)) === nested.root;
  } catch {
    return false;
  }
}

const maxBytes = 1024 * 1024;

function pathIn(file: string, prefix = ''): string {
  const text = read(file).trim();
  if (!text.startsWith(prefix.trim())) throw new Error('not such a file');
  return text.slice(prefix.trim().length).trim();
}

function read(file: string): string {
  const { size } = statSync(file);
  if (size > maxBytes) throw new Error('too large');
  return readFileSync(file, 'utf8');
}

function realFolder(path: string): string {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    try {
      return statSync(folder).isDirectory() ? realpathSync(folder) : realpathSync(dirname(folder));
    } catch {
      if (dirname(folder) === folder) return folder;
    }
  }
}
