import { accessSync, constants, statSync } from 'node:fs';
import { platform } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { isInside, real } from '../paths.ts';
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

/**
 * The first executable `name` in the PATH of `env`. Empty and relative entries are skipped: they would mean the folder
 * that is linted. So is what really lies in one of the `linted` repositories: npm puts `node_modules/.bin` of the
 * checkout on PATH.
 */
export function onPath(name: string, env: Environment, linted: readonly string[] = []): string | undefined {
  const windows = platform() === 'win32';
  const path = windows ? Object.entries(env).find(([key]) => key.toUpperCase() === 'PATH')?.[1] : env['PATH'];
  const names = windows && !/\.\w+$/.test(name) ? [`${name}.exe`] : [name];
  for (const folder of (path ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    for (const each of names) {
      const file = join(folder, each);
      if (isProgram(file) && !lies(file, linted)) return file;
    }
  }
  return undefined;
}

/** Whether a file, or what it links to, is in one of these folders. */
function lies(file: string, folders: readonly string[]): boolean {
  return folders.some((folder) => [real(dirname(file)), real(file)].some((path) => isInside(real(folder), path)));
}
