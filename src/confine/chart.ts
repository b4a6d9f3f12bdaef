import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfineError, isGit, whyOutside } from './boundary.ts';

/** What Helm would read of a chart beyond its own files. */
export interface ChartReach {
  /** Real paths that links of the chart lead to; as it is written where that is nowhere. */
  linked: string[];
  /** The `.git` in it, by path from the chart's folder: Helm would load its config as a file of the chart. */
  git: string[];
}

/**
 * Helm 3 and 4 follow links in a chart's folder (`sympath.Walk`), and so do these walks; deeper than this is a loop or
 * a trap.
 */
const maxDepth = 64;
const maxEntries = 200_000;
/** Bytes of a copy: a thousand links to one large file, which Helm need not read (.helmignore), would fill the disk. */
const maxCopied = 256 * 1024 * 1024;

/** What is in a chart's folder, as Helm walks it. */
interface Entry {
  /** From the chart's folder. */
  path: string;
  real: string;
  kind: 'file' | 'folder' | 'other' | 'missing';
  linked: boolean;
}

/**
 * Looks at a chart's folder as Helm walks it. Throws {@link ConfineError} for a link whose real path leaves the
 * boundary or enters a `.git`, and for one that leads back into a folder that holds it, which Helm follows until it
 * gives up.
 */
export function reachOf(chart: string, boundary: string, shown: string): ChartReach {
  const linked: string[] = [];
  const git: string[] = [];
  for (const { path, real, linked: isLink } of entriesOf(chart, boundary, shown)) {
    if (isLink) linked.push(real);
    else if (isGit(path.split('/').at(-1)!)) git.push(path);
  }
  return { linked, git };
}

/**
 * Copies a chart's folder: links are followed within the boundary and become regular files, so that nothing that is
 * written to the copy goes elsewhere; `.git` and `node_modules` are left out. Throws {@link ConfineError}, also for
 * more than 256 MiB.
 */
export function copyChart(chart: string, copy: string, boundary: string, shown = chart): void {
  for (const [to, real] of copiesOf(chart, copy, boundary, shown)) writeFileSync(to, readRegular(real), { flag: 'wx' });
}

/**
 * Copies as {@link copyChart} does, with other `texts` for some files, by path from the chart's folder. Writes many files
 * at a time, and lets others work meanwhile: to make a file costs a millisecond on some systems.
 */
export async function copyWith(
  texts: ReadonlyMap<string, string>,
  ...[chart, copy, boundary, shown = chart]: Parameters<typeof copyChart>
): Promise<void> {
  const files = [...copiesOf(chart, copy, boundary, shown)];
  while (files.length > 0)
    await Promise.all(
      files
        .splice(0, 64)
        .map(([to, real, path]) => writeFile(to, texts.get(path) ?? readRegular(real), { flag: 'wx' })),
    );
}

/** Makes the folders of a copy, and says which file goes where: the target, what it is read from, its path in the chart. */
function* copiesOf(
  chart: string,
  copy: string,
  boundary: string,
  shown: string,
): Generator<[to: string, real: string, path: string]> {
  mkdirSync(copy, { recursive: true });
  let left = maxCopied;
  for (const { path, real, kind } of entriesOf(chart, boundary, shown, /^(?:\.git|node_modules)$/i)) {
    const to = join(copy, path);
    if (kind === 'folder') mkdirSync(to, { recursive: true });
    else if (kind === 'file') {
      if ((left -= statSync(real).size) < 0) throw new ConfineError(`${shown}: too large to be copied`);
      yield [to, real, path];
    }
  }
}

/**
 * Makes a folder that Helm reads as the chart's, without some of its entries: links to the chart's own, and folders
 * only on the way to what is left out.
 */
export function linkChart(chart: string, copy: string, without: readonly string[]): void {
  mkdirSync(copy, { recursive: true });
  for (const name of readdirSync(chart)) {
    if (without.includes(name)) continue;
    const inner = without.filter((path) => path.startsWith(`${name}/`)).map((path) => path.slice(name.length + 1));
    if (inner.length > 0) linkChart(join(chart, name), join(copy, name), inner);
    else symlinkSync(realpathSync(join(chart, name)), join(copy, name));
  }
}

/**
 * All entries of a chart's folder, those behind links too, and what is in folders; of a `.git` itself nothing. Throws as
 * {@link reachOf}, and for a name that is not UTF-8: nothing of what it leads to could be known.
 */
export function* entriesOf(chart: string, boundary: string, shown: string, without?: RegExp): Generator<Entry> {
  let count = 0;
  const walk = function* (folder: string, path: string, above: readonly string[], through: boolean): Generator<Entry> {
    let entries;
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch {
      // Helm says what it cannot read.
      return;
    }
    for (const entry of entries) {
      if (without?.test(entry.name)) continue;
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      // Helm reads it; here its name leads to nothing, or to another file.
      if (entry.name.includes('\ufffd'))
        throw new ConfineError(`${shown}: not read: ${below} has a name that is not plain UTF-8`);
      if ((count += 1) > maxEntries || above.length > maxDepth)
        throw new ConfineError(`${shown}: holds more files, or deeper folders, than a chart does`);
      const isLink = entry.isSymbolicLink();
      const at = join(folder, entry.name);
      if (through && isGit(entry.name))
        throw new ConfineError(`${shown}: ${below} is git's own folder, reached by a link: not read`);
      if (isLink) {
        const why = whyOutside(at, boundary);
        if (why !== undefined) throw new ConfineError(`${shown}: ${below} is a link that may not be followed: ${why}`);
      }
      let real: string;
      let stat;
      try {
        real = isLink ? realpathSync(at) : at;
        stat = statSync(real);
      } catch {
        if (isLink) yield { path: below, real: resolve(folder, readlinkSync(at)), kind: 'missing', linked: true };
        continue;
      }
      if (stat.isDirectory() && isLink && (above.includes(real) || real === folder))
        throw new ConfineError(`${shown}: ${below} is a link to a folder that holds it, without end`);
      yield {
        path: below,
        real,
        kind: stat.isDirectory() ? 'folder' : stat.isFile() ? 'file' : 'other',
        linked: isLink,
      };
      if (stat.isDirectory() && !(isGit(entry.name) && !isLink))
        yield* walk(real, below, [...above, real], through || isLink);
    }
  };
  const root = realpathSync(chart);
  yield* walk(root, '', [root], false);
}

/** A file's bytes, never through a link that came in its place, and never of a pipe. */
export function readRegular(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    return fstatSync(file).isFile() ? readFileSync(file) : Buffer.alloc(0);
  } finally {
    closeSync(file);
  }
}
