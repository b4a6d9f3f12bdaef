import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import process from 'node:process';
import { entry, isInside, real } from '../paths.ts';
import type { Pin } from './pins.ts';

const genuine = new Map<string, string>();

/**
 * Whether the file at `path` is the pinned program: its sha512 is compared, once in this process for a file of the same
 * inode, size and times. Nothing that an earlier run left on disk is believed.
 */
export async function isGenuine(path: string, { size, sha512 }: Pick<Pin, 'size' | 'sha512'>): Promise<boolean> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return false;
  try {
    const stat = await file.stat();
    if (!stat.isFile() || stat.size !== size || (stat.mode & 0o111) === 0) return false;
    const key = [stat.dev, stat.ino, stat.size, stat.mtimeMs, stat.ctimeMs, sha512].join();
    if (genuine.get(path) === key) return true;
    const hash = createHash('sha512').update(await file.readFile());
    if (hash.digest('hex') !== sha512) return false;
    genuine.set(path, key);
    return true;
  } finally {
    await file.close();
  }
}

/**
 * Why programs must not be run from a folder, in words that follow its name; `undefined` where they may. Others could
 * have put them there: it lies in a repository that is linted, or another user can write to it or to the three folders
 * above, which are ours too. Folders that do not exist yet are no objection.
 */
export function unsafe(folder: string, linted: readonly string[]): string | undefined {
  const path = real(folder);
  if (linted.some((root) => isInside(real(root), path))) return 'is inside of the repository that is linted';
  if (platform() === 'win32') return undefined;
  let at = path;
  for (let above = 0; above <= 3; above += 1, at = dirname(at)) {
    const stat = entry(at);
    if (!stat) continue;
    if (stat.uid !== 0 && stat.uid !== process.getuid?.()) return `belongs to another user${named(at, path)}`;
    const sticky = (stat.mode & 0o1000) !== 0;
    const group = (stat.mode & 0o020) !== 0 && stat.gid !== process.getgid?.();
    if (!sticky && ((stat.mode & 0o002) !== 0 || group)) return `can be written to by other users${named(at, path)}`;
  }
  return undefined;
}

function named(folder: string, path: string): string {
  return folder === path ? '' : ` (${folder})`;
}
