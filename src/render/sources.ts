import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { membersOf } from '../helm/tar.ts';
import { unsavedBelow, type Overlay } from '../overlay.ts';

/** A file of a chart, or of one of its subcharts. */
export interface SourceFile {
  /**
   * As it lies on disk: `<chart>/templates/x.yaml`, `<chart>/charts/<sub>/templates/y.yaml`; as Helm's `# Source:`
   * names it behind {@link underHelmNames}.
   */
  path: string;
  /**
   * Path from the chart's folder; `undefined` for a file in an archive. It leads out of the folder to the source of a
   * `file://` dependency.
   */
  file: string | undefined;
  /**
   * Path in a copy of the chart in which its `file://` dependencies are built and unpacked, where that is not `file`.
   */
  marked?: string;
  /** The archive that holds it, relative to the chart's folder. */
  archive?: string;
  /** Path in that archive. */
  inside?: string;
  text: string;
}

const maxFileBytes = 5 * 1024 * 1024;
const maxArchiveBytes = 64 * 1024 * 1024;

/**
 * How much more may be unpacked of one chart's archives: many copies of one small archive cost a repository nothing.
 * And what came of reading the chart.
 */
export class Reading {
  /** Nothing that Helm reads as a template was left out. */
  whole = true;
  private left = 256 * 1024 * 1024;

  unpack(bytes: Uint8Array): Buffer {
    const most = Math.min(maxArchiveBytes, this.left);
    if (most <= 0) throw new Error('no room');
    // What does not unpack costs as much.
    this.left -= most;
    const tar = gunzipSync(bytes, { maxOutputLength: most });
    this.left += most - tar.length;
    return tar;
  }
}

/**
 * The templates, helpers and values of a chart and its subcharts, packed ones included. Symbolic links are not
 * followed: what they point to lies outside what the chart's author edits. Never throws: what cannot be read is left
 * out.
 */
export function readSources(folder: string, chart: string, depth = 0, reading = new Reading()): SourceFile[] {
  const out: SourceFile[] = [];
  const add = (relative: string) => {
    try {
      const stat = lstatSync(join(folder, relative));
      if (stat.isFile() && stat.size <= maxFileBytes)
        out.push({ path: `${chart}/${relative}`, file: relative, text: readFileSync(join(folder, relative), 'utf8') });
      else reading.whole = false;
    } catch (error) {
      // Gone or not readable: Helm will say so where it matters.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') reading.whole = false;
    }
  };
  for (const name of ['values.yaml', 'Chart.yaml', 'requirements.yaml']) add(name);
  for (const relative of filesBelow(folder, 'templates', () => (reading.whole = false))) add(relative);
  if (depth > 8) {
    reading.whole = false;
    return out;
  }
  for (const entry of entries(join(folder, 'charts'), () => (reading.whole = false))) {
    const below = `charts/${entry.name}`;
    if (entry.isDirectory()) {
      for (const file of readSources(join(folder, below), `${chart}/${below}`, depth + 1, reading))
        out.push({
          ...file,
          file: file.file && `${below}/${file.file}`,
          archive: file.archive && `${below}/${file.archive}`,
        });
    } else if (entry.isFile() && entry.name.endsWith('.tgz')) {
      try {
        for (const file of readArchive(readFileSync(join(folder, below)), `${chart}/charts`, chartFile, reading))
          out.push({ ...file, archive: below });
      } catch {
        // A broken archive: Helm says so.
      }
      // What was left out of an archive is not known.
      reading.whole = false;
    } else if (!entry.isFile()) reading.whole = false;
  }
  return out;
}

/** Files of a chart with the texts that an editor has not saved yet, those of new templates too. */
export function withUnsaved(
  sources: readonly SourceFile[],
  { absolute, name, unsaved }: { absolute: string; name: string; unsaved?: Overlay },
): SourceFile[] {
  const texts = new Map(unsavedBelow(absolute, unsaved).map(({ inside, text }) => [inside, text]));
  if (texts.size === 0) return [...sources];
  const known = new Set(sources.map(({ file }) => file));
  return [
    ...sources.map((source) => ({ ...source, text: texts.get(source.file ?? '') ?? source.text })),
    ...[...texts]
      .filter(([inside]) => !known.has(inside) && chartFile.test(inside))
      .map(([inside, text]) => ({ path: `${name}/${inside}`, file: inside, text })),
  ];
}

/** Whether Helm reads a file as a template, a helper or notes. */
export const isTemplate = ({ path }: SourceFile): boolean => path.split('/').includes('templates');

const chartFile = /(^|\/)(templates\/|(?:values|Chart|requirements)\.yaml$)/;

/**
 * What the `crds/` folders of a chart and its subcharts hold, packed ones included. Never throws: what cannot be read
 * is left out.
 */
export function readCrds(chart: { absolute: string; archive: boolean; name: string }): SourceFile[] {
  try {
    return chart.archive
      ? readArchive(readFileSync(chart.absolute), '', crdFile)
      : crdsBelow(chart.absolute, chart.name, 0);
  } catch {
    return [];
  }
}

const crdFile = /(^|\/)crds\/.*\.(ya?ml|json)$/;

function crdsBelow(folder: string, chart: string, depth: number, reading = new Reading()): SourceFile[] {
  const own = filesBelow(folder, 'crds')
    .filter((path) => crdFile.test(path))
    .flatMap((path): SourceFile[] => {
      const file = join(folder, path);
      const stat = lstatSync(file);
      if (!stat.isFile() || stat.size > maxFileBytes) return [];
      return [{ path: `${chart}/${path}`, file: path, text: readFileSync(file, 'utf8') }];
    });
  if (depth > 8) return own;
  const below = entries(join(folder, 'charts')).flatMap((entry) => {
    const file = join(folder, 'charts', entry.name);
    if (entry.isDirectory()) return crdsBelow(file, `${chart}/charts/${entry.name}`, depth + 1, reading);
    return entry.isFile() && entry.name.endsWith('.tgz')
      ? readArchive(readFileSync(file), `${chart}/charts`, crdFile, reading)
      : [];
  });
  return [...own, ...below];
}

/** The text files of a packed chart, named as Helm names them. Bounded in size; nothing is written to disk. */
export function readArchive(bytes: Uint8Array, prefix = '', files = chartFile, reading = new Reading()): SourceFile[] {
  return [...membersOf(reading.unpack(bytes))].flatMap(({ path, isFile, data }): SourceFile[] => {
    const inside = path.replace(/^(?:\.?\/)+/, '');
    if (!isFile || data.length > maxFileBytes || !files.test(inside)) return [];
    return [
      { path: prefix ? `${prefix}/${inside}` : inside, file: undefined, inside, text: new TextDecoder().decode(data) },
    ];
  });
}

/**
 * Regular files below a folder, or below one in it; relative to it. Links and `.git` are passed over, and what cannot
 * be read; `passedOver` is called for each.
 */
export function filesBelow(folder: string, relative = '', passedOver?: () => void, depth = 0): string[] {
  if (depth > 16) {
    passedOver?.();
    return [];
  }
  return entries(join(folder, relative), passedOver).flatMap((entry) => {
    const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
    const isGit = entry.name === '.git';
    if (entry.isFile() && !isGit) return [path];
    if (entry.isDirectory() && !isGit) return filesBelow(folder, path, passedOver, depth + 1);
    passedOver?.();
    return [];
  });
}

function entries(folder: string, failed?: () => void) {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') failed?.();
    return [];
  }
}
