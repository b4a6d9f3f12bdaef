import { accessSync, constants, statSync } from 'node:fs';
import { platform } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Environment } from './environment.ts';

/** Why the file at `path` cannot be started, in words; `undefined` when it can, as far as the file system tells. */
export function whyNotProgram(path: string): string | undefined {
  try {
    const found = statSync(path);
    if (found.isDirectory()) return 'is a folder';
    if (!found.isFile()) return 'is not a file';
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
    return code === 'EACCES' ? 'is not executable' : `cannot be read (${code ?? 'unknown cause'})`;
  }
}

/** True for an executable regular file (links are followed). */
export function isProgram(path: string): boolean {
  return whyNotProgram(path) === undefined;
}

/** The first executable `name` in the PATH of `env`. Empty and relative entries are passed over: they would mean the folder being linted. */
export function onPath(name: string, env: Environment): string | undefined {
  const windows = platform() === 'win32';
  const path = windows ? Object.entries(env).find(([key]) => key.toUpperCase() === 'PATH')?.[1] : env['PATH'];
  const names = windows && !/\.\w+$/.test(name) ? [`${name}.exe`] : [name];
  for (const folder of (path ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    for (const each of names) {
      const file = join(folder, each);
      if (isProgram(file)) return file;
    }
  }
  return undefined;
}

/** True for a complete managed copy. Complete is the right size: its checksum was compared before it got there. */
export function isComplete(path: string, bytes: number): boolean {
  try {
    const found = statSync(path);
    return found.isFile() && found.size === bytes && (found.mode & 0o111) !== 0;
  } catch {
    return false;
  }
}
