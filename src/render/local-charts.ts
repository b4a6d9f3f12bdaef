import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { LineCounter, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { copyChart, whyOutside } from '../confine/index.ts';
import { HelmError } from '../helm/index.ts';
import { wildcard } from '../model/index.ts';
import { filesBelow, readArchive, readSources, type SourceFile } from './sources.ts';

/** A dependency whose `repository` is a folder beside the chart (`file://../common`). */
export interface LocalDependency {
  name: string;
  /** As it is written: `file://../common`. */
  repository: string;
  /** The folder that it leads to, a real path. */
  source: string;
  /** Where Chart.yaml (or requirements.yaml) names it. */
  at: { file: string; line: number };
  /**
   * Where it is in the chart's folder: `charts/common-0.1.0.tgz`, `charts/common`; where a copy of the chart gets it if
   * it is missing.
   */
  inside: string;
  /** It is not in `charts/`, and a copy of the chart gets it from its source, with what that lacks of its own. */
  built?: { dependencies: readonly LocalDependency[] };
}

const scheme = 'file://';

/** Dependencies of one chart that are built; dependencies of dependencies multiply. */
const mostBuilt = 50;

interface Declared {
  name: string;
  version?: string;
  repository: string;
  at: LocalDependency['at'];
}

/**
 * The `file://` dependencies of a chart's folder, as far as they lead to a chart within the boundary. Helm is not
 * called. `shown` is what messages call the chart. Throws `HelmError` for one that is missing in `charts/` and cannot
 * be built: it leads out of the boundary, or its version is another one (`helm dependency build`: "can't get a valid
 * version"). What leads nowhere is left to Helm, which says so.
 */
export function localDependencies(
  chart: string,
  boundary: string,
  shown: string,
  above: readonly string[] = [realpathSync(chart)],
  budget = { left: mostBuilt },
): LocalDependency[] {
  const out: LocalDependency[] = [];
  for (const { name, version, repository, at } of declaredIn(chart)) {
    const inside = insideOf(chart, name);
    const refuse = (why: string) =>
      new HelmError(`${shown}: dependency ${name} is not in charts/ and cannot be built from ${repository}: ${why}`, {
        kind: 'dependencies',
        missingDependencies: [name],
      });
    const folder = resolve(chart, repository.slice(scheme.length));
    const why = whyOutside(folder, boundary);
    if (why !== undefined) {
      if (inside !== undefined) continue;
      throw refuse(why);
    }
    if (!lstatSync(join(folder, 'Chart.yaml'), { throwIfNoEntry: false })?.isFile()) continue;
    const source = realpathSync(folder);
    if (out.some((other) => other.name === name && other.source === source)) continue;
    const found = { name, repository, source, at };
    if (inside !== undefined) {
      out.push({ ...found, inside });
      continue;
    }
    if (above.includes(source)) throw refuse('it depends on itself');
    if ((budget.left -= 1) < 0) throw refuse(`more than ${mostBuilt} dependencies would have to be built`);
    const own = wordOf(source, 'version');
    if (version !== undefined && exact.test(version) && own !== undefined && bare(version) !== bare(own))
      throw refuse(`its version is ${own}, not ${version}`);
    out.push({
      ...found,
      inside: `charts/${freeName(name, chart, out)}`,
      built: { dependencies: localDependencies(source, boundary, shown, [...above, source], budget) },
    });
  }
  return out;
}

/** The folders that a chart names as `file://` dependencies, whether or not they are there. */
export function declaredFolders(chart: string): string[] {
  return declaredIn(chart).map(({ repository }) => resolve(chart, repository.slice(scheme.length)));
}

/**
 * The `file://` dependencies of a chart that `charts/` does not have, with the folder that each names, from the
 * chart's.
 */
export function missingLocal(chart: string): { name: string; folder: string; inside: string }[] {
  return declaredIn(chart)
    .filter(({ name }) => insideOf(chart, name) === undefined)
    .map(({ name, repository }) => ({
      name,
      folder: repository.slice(scheme.length),
      inside: `charts/${freeName(name, chart, [])}`,
    }));
}

const exact = /^v?\d+\.\d+\.\d+[\w.+-]*$/;
const bare = (version: string) => version.replace(/^v/, '').replace(/\+.*$/, '');

/** Puts the dependencies that are built into a copy of the chart. Throws `ConfineError` as {@link copyChart} does. */
export function buildInto(copy: string, dependencies: readonly LocalDependency[], boundary: string): void {
  for (const { built, inside, source } of dependencies) {
    if (!built) continue;
    const to = join(copy, inside);
    copyChart(source, to, boundary);
    buildInto(to, built.dependencies, boundary);
  }
}

/** Unpacks the archives of `file://` dependencies in a copy of the chart, where its templates are written to. */
export function unpackInto(copy: string, dependencies: readonly LocalDependency[]): void {
  for (const { inside } of dependencies) {
    const archive = join(copy, inside);
    if (!inside.endsWith('.tgz') || !statSync(archive, { throwIfNoEntry: false })?.isFile()) continue;
    const folder = join(copy, unpacked(inside));
    for (const { inside: name = '', text } of readArchive(readFileSync(archive), '', /[^/]$/)) {
      const file = resolve(folder, name.split('/').slice(1).join('/'));
      if (!file.startsWith(folder + sep)) continue;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    rmSync(archive);
  }
}

const unpacked = (archive: string) => archive.replace(/\.tgz$/, '');

/** What `charts/` holds differs from the folder that it was made of. */
export interface StaleDependency {
  dependency: LocalDependency;
  /** Files that differ, by path in the dependency. */
  files: string[];
}

/**
 * A chart's sources with those of its `file://` dependencies led back to where they are edited: a file that reads the
 * same there stands for the one in `charts/`. Those of dependencies that are built are added. `stale` are dependencies
 * that differ from their source.
 */
export function withLocalSources(
  chart: { absolute: string; name: string },
  sources: readonly SourceFile[],
  dependencies: readonly LocalDependency[],
  boundary: string,
): { sources: SourceFile[]; stale: StaleDependency[] } {
  const stale: StaleDependency[] = [];
  let all = [...sources];
  for (const dependency of dependencies) {
    const { inside, source, built } = dependency;
    const at = relative(chart.absolute, source);
    if (built) {
      all.push(...builtSources(chart.absolute, `${chart.name}/${inside}`, inside, dependency));
      continue;
    }
    const packed = packedFiles(chart.absolute, inside);
    const sourceOf = (path: string) => textWithin(source, path, boundary);
    const differing = [...packed.paths]
      .filter((path) => compared(path) && plain(sourceOf(path)) !== plain(packed.text(path)))
      .concat(
        ['templates', 'crds']
          .flatMap((folder) => filesBelow(source, folder))
          .filter((path) => !packed.paths.has(path) && !ignores(sourceOf('.helmignore'), path)),
      );
    if (word(sourceOf('Chart.yaml'), 'version') !== word(packed.text('Chart.yaml'), 'version'))
      differing.push('Chart.yaml');
    if (differing.length > 0) stale.push({ dependency, files: differing.sort() });
    all = all.map((file) => {
      const own = ownPath(file, inside);
      if (own === undefined) return file;
      const marked = `${unpacked(inside)}/${own}`;
      const text = sourceOf(own);
      return text !== undefined && plain(text) === plain(file.text)
        ? { ...file, file: join(at, own), marked, archive: undefined, inside: undefined, text }
        : { ...file, marked };
    });
  }
  return { sources: all, stale };
}

/** The sources of a dependency that is built, and of those that are built for it. */
function builtSources(chart: string, path: string, inside: string, dependency: LocalDependency): SourceFile[] {
  const { source, built } = dependency;
  const own = readSources(source, path).map((file) => ({
    ...file,
    ...(file.file !== undefined && {
      file: join(relative(chart, source), file.file),
      marked: `${inside}/${file.file}`,
    }),
    ...(file.archive !== undefined && { archive: join(relative(chart, source), file.archive) }),
  }));
  return [
    ...own,
    ...built!.dependencies.flatMap((one) =>
      one.built ? builtSources(chart, `${path}/${one.inside}`, `${inside}/${one.inside}`, one) : [],
    ),
  ];
}

/** The path of a source file in the dependency that is at `inside`, where it is one of that dependency's own. */
function ownPath({ file, archive, inside: packed, marked }: SourceFile, inside: string): string | undefined {
  if (marked !== undefined) return undefined;
  const path =
    archive === inside
      ? packed?.split('/').slice(1).join('/')
      : file?.startsWith(`${inside}/`)
        ? file.slice(inside.length + 1)
        : undefined;
  return path === undefined || path.startsWith('charts/') ? undefined : path;
}

/** What `helm package` leaves out or writes anew is not compared. */
function compared(path: string): boolean {
  return !/^(?:charts\/|Chart\.(?:yaml|lock)$|requirements\.lock$)/.test(path);
}

/** Helm takes a byte order mark away; git may change how lines end. */
const plain = (text: string | undefined) => text?.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');

/** The files of a dependency in `charts/` by their paths in it; those of its own dependencies left out. */
function packedFiles(
  chart: string,
  inside: string,
): { paths: Set<string>; text: (path: string) => string | undefined } {
  const path = join(chart, inside);
  if (!inside.endsWith('.tgz')) {
    const paths = filesBelow(path).filter((file) => !file.startsWith('charts/'));
    return { paths: new Set(paths), text: (file) => textWithin(path, file, path) };
  }
  const texts = new Map<string, string>();
  try {
    for (const { inside: name = '', text } of readArchive(readFileSync(path), '', /[^/]$/))
      texts.set(name.split('/').slice(1).join('/'), text);
  } catch {
    // Helm says that it cannot be read.
  }
  return { paths: new Set(texts.keys()), text: (file) => texts.get(file) };
}

const mostText = 5 * 1024 * 1024;

/** The text of a regular file in a folder; `undefined` where it leads out of the boundary. */
function textWithin(folder: string, path: string, boundary: string): string | undefined {
  const file = join(folder, path);
  return whyOutside(file, boundary) === undefined ? regularText(file) : undefined;
}

/** The text of a regular file: a link, a pipe or a device may have no end. */
function regularText(file: string): string | undefined {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size > mostText) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Whether a `.helmignore` may leave a file out: a pattern counts by its last part, so that none is missed. */
function ignores(helmignore: string | undefined, path: string): boolean {
  const parts = path.split('/');
  // Helm's own default.
  if (parts.some((part) => part.startsWith('.'))) return true;
  return (helmignore ?? '').split('\n').some((line) => {
    const pattern = line.trim();
    if (pattern === '' || /^[#!]/.test(pattern)) return false;
    const last = pattern.replace(/\/$/, '').split('/').at(-1)!;
    return parts.some((part) => wildcard(last, part));
  });
}

/** Where `charts/` has a chart of this name. */
function insideOf(chart: string, name: string): string | undefined {
  for (const entry of entries(join(chart, 'charts'))) {
    const inside = `charts/${entry}`;
    const path = join(chart, inside);
    const stat = statSync(path, { throwIfNoEntry: false });
    const own = stat?.isDirectory()
      ? wordOf(path, 'name')
      : stat?.isFile() && entry.endsWith('.tgz')
        ? nameInArchive(path)
        : undefined;
    if (own === name) return inside;
  }
  return undefined;
}

function nameInArchive(path: string): string | undefined {
  try {
    const [file] = readArchive(readFileSync(path), '', /^[^/]+\/Chart\.yaml$/);
    return file && word(file.text, 'name');
  } catch {
    // Helm says that it cannot be read.
    return basename(path).replace(/-v?\d+\..*$/, '');
  }
}

/** A name for a folder in `charts/` that nothing has yet. */
function freeName(name: string, chart: string, taken: readonly LocalDependency[]): string {
  const plainName = /^[\w.-]+$/.test(name) && !/^\.+$/.test(name) ? name : 'dependency';
  const used = new Set([...entries(join(chart, 'charts')), ...taken.map(({ inside }) => basename(inside))]);
  for (let count = 1; ; count += 1) {
    const one = count === 1 ? plainName : `${plainName}-${count}`;
    if (!used.has(one)) return one;
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function wordOf(folder: string, key: string): string | undefined {
  return word(textWithin(folder, 'Chart.yaml', realpathSync(folder)), key);
}

function word(text: string | undefined, key: string): string | undefined {
  return new RegExp(`^${key}:[ \\t]*["']?([^"'\\s#]+)`, 'm').exec(text ?? '')?.[1];
}

/** The `file://` dependencies that a chart names, in Chart.yaml or requirements.yaml. */
function declaredIn(chart: string): Declared[] {
  return ['Chart.yaml', 'requirements.yaml'].flatMap((file) => {
    const text = regularText(join(chart, file));
    if (!text?.includes(scheme)) return [];
    const lines = new LineCounter();
    const doc = parseDocument(text, { lineCounter: lines, logLevel: 'silent', prettyErrors: false, uniqueKeys: false });
    const list = doc.get('dependencies') as YAMLSeq<YAMLMap> | undefined;
    return (Array.isArray(list?.items) ? list.items : []).flatMap((item): Declared[] => {
      const get = (key: string) => {
        const value = typeof item?.get === 'function' ? item.get(key) : undefined;
        return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
      };
      const [name, version, repository] = [get('name'), get('version'), get('repository')];
      if (!name || !repository?.startsWith(scheme)) return [];
      const { line } = lines.linePos(item.range?.[0] ?? 0);
      return [{ name, version, repository, at: { file, line } }];
    });
  });
}
