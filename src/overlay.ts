import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { isInside } from './paths.ts';

/** Texts that an editor has not saved yet, by absolute path: each counts instead of the file. */
export type Overlay = ReadonlyMap<string, string>;

/** A file's text, unsaved or on disk. Throws the system's error. */
export function readText(path: string, overlay: Overlay | undefined): string {
  return overlay?.get(path) ?? readFileSync(path, 'utf8');
}

/** The unsaved files below a folder, by their path in it, with `/` between its parts. */
export function unsavedBelow(folder: string, overlay: Overlay | undefined): { inside: string; text: string }[] {
  return [...(overlay ?? [])].flatMap(([path, text]) =>
    path !== folder && isInside(folder, path) ? [{ inside: relative(folder, path).split(sep).join('/'), text }] : [],
  );
}

/** Writes unsaved files of a folder into a copy of it that holds no links on the way to them. */
export function writeUnsaved(folder: string, copy: string, overlay: Overlay | undefined): void {
  for (const { inside, text } of unsavedBelow(folder, overlay)) {
    const file = join(copy, inside);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
