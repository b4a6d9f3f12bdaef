import { readFileSync, statSync } from 'node:fs';
import { whyOutside } from '../confine/boundary.ts';
import type { Overlay } from '../overlay.ts';

/** Where the files of a policy are read: the work tree, or a commit. Paths are absolute ones of the work tree. */
export interface PolicyFiles {
  kind(path: string): Promise<'file' | 'other' | undefined>;
  /** The bytes of a file. */
  read(path: string): Promise<Buffer>;
  /** Why a path may not be read; `undefined` where it may, or is not there. */
  refusal(path: string): string | undefined;
  /** The file to import for a plugin. */
  program(path: string): Promise<string>;
}

/** The files of the work tree; those within a folder only, by real path, where `boundary` is given. */
export function workTree(boundary?: string, unsaved?: Overlay): PolicyFiles {
  return {
    kind: (path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      return Promise.resolve(stat && (stat.isFile() ? 'file' : 'other'));
    },
    read: (path) => {
      const text = unsaved?.get(path);
      return Promise.resolve(text === undefined ? readFileSync(path) : Buffer.from(text));
    },
    refusal: (path) => (boundary === undefined ? undefined : whyOutside(path, boundary)),
    program: (path) => Promise.resolve(path),
  };
}
