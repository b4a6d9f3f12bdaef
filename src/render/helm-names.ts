import { dependenciesIn } from './dependencies.ts';
import type { SourceFile } from './sources.ts';

/** With how many names a chart's folders are followed: aliases in aliases multiply. */
const mostNames = 1_000;

/** A chart among the files: a folder, or a folder in an archive. */
interface Folder {
  /** By which its files are found; the same for all of them. */
  key: string;
  /** The key of the chart in whose `charts/` it lies; absent for the outermost. */
  parent?: string;
  name: string;
  version: string;
  dependencies: { name?: unknown; alias?: unknown; version?: unknown }[];
}

/**
 * Files under the paths that Helm gives them. It names a subchart by its Chart.yaml, whatever its folder is called, and
 * by `alias` where the chart above asks for it by one, once for each (`processDependencyEnabled` and `ChartFullPath` of
 * Helm's chart packages): a file under two aliases is there twice.
 */
export function underHelmNames(files: readonly SourceFile[]): SourceFile[] {
  const folders = foldersOf(files);
  const names = new Map<string, string[]>();
  let given = 0;
  const namesOf = (key: string): string[] => {
    const known = names.get(key);
    if (known) return known;
    const folder = folders.get(key);
    if (!folder) return [];
    const own = folder.parent === undefined ? [folder.name] : calledBy(folder, folders);
    const above = folder.parent === undefined ? [''] : namesOf(folder.parent).map((path) => `${path}/charts/`);
    const all = above.flatMap((path) => own.map((name) => path + name)).slice(0, Math.max(mostNames - given, 1));
    given += all.length;
    names.set(key, all);
    return all;
  };
  return files.flatMap((file) => {
    const root = rootOf(file.path);
    const found = namesOf(keyOf(root, file.archive, folders));
    return found.length === 0 ? [file] : found.map((name) => ({ ...file, path: name + file.path.slice(root.length) }));
  });
}

function foldersOf(files: readonly SourceFile[]): Map<string, Folder> {
  const folders = new Map<string, Folder>();
  // Those above come first.
  const charts = files.filter(({ path }) => /\/Chart\.yaml$/.test(path) && !path.includes('/templates/'));
  for (const { path, text, archive } of charts.sort((a, b) => a.path.length - b.path.length)) {
    const root = rootOf(path);
    const at = root.lastIndexOf('/charts/');
    const key = `${archive ?? ''}:${root}`;
    const parent = at === -1 ? undefined : keyOf(root.slice(0, at), archive, folders);
    const word = (name: string) => new RegExp(`^${name}:[ \\t]*["']?([^"'\\s#]+)`, 'm').exec(text)?.[1];
    const folder = root.slice(root.lastIndexOf('/') + 1);
    folders.set(key, {
      key,
      ...(parent !== undefined && { parent }),
      // Helm's `# Source:` names the outermost chart as its files are named here.
      name: (parent === undefined ? undefined : word('name')) ?? folder,
      version: word('version') ?? '',
      dependencies: dependenciesIn(text),
    });
  }
  for (const { path, text, archive } of files) {
    if (!/\/requirements\.yaml$/.test(path) || path.includes('/templates/')) continue;
    folders.get(`${archive ?? ''}:${rootOf(path)}`)?.dependencies.push(...dependenciesIn(text));
  }
  return folders;
}

/** The names by which the chart above asks for a subchart; its own where it asks for none. */
function calledBy(folder: Folder, folders: ReadonlyMap<string, Folder>): string[] {
  const beside = [...folders.values()].filter(({ parent, name }) => parent === folder.parent && name === folder.name);
  const asked = (folders.get(folder.parent!)?.dependencies ?? []).filter(({ name }) => name === folder.name);
  const mine = asked.filter(
    ({ version }) => (beside.find((one) => fits(version, one.version)) ?? beside[0]) === folder,
  );
  return mine.length === 0
    ? [folder.name]
    : [...new Set(mine.map(({ alias }) => (typeof alias === 'string' && alias !== '' ? alias : folder.name)))];
}

/**
 * Whether a version may be meant by a range, as far as that tells charts of one name apart: by the numbers that the
 * range starts with.
 */
function fits(range: unknown, version: string): boolean {
  if (typeof range !== 'string') return true;
  const wanted = /\d+(?:\.(?:\d+|[xX*]))*/.exec(range)?.[0].split('.') ?? [];
  const exact = /^\s*[\^>]/.test(range) ? 1 : /^\s*~/.test(range) ? 2 : wanted.length;
  const parts = version.replace(/^v/, '').split(/[.+-]/);
  return wanted.slice(0, exact).every((part, index) => /[xX*]/.test(part) || part === parts[index]);
}

/** The folder of the chart that a file belongs to. */
function rootOf(path: string): string {
  return path.split('/templates/')[0]!.replace(/\/(?:values|Chart|requirements)\.yaml$/, '');
}

/** What lies at the root of an archive lies in `charts/` of a chart outside of it. */
function keyOf(root: string, archive: string | undefined, folders: ReadonlyMap<string, Folder>): string {
  const packed = `${archive ?? ''}:${root}`;
  return folders.has(packed) ? packed : `:${root}`;
}
