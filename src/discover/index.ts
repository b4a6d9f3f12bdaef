import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { whyOutside } from '../confine/index.ts';
import { repositoriesOf } from '../git/repository.ts';
import { isInside } from '../paths.ts';

/** Something to lint: a chart for Helm to render, or manifests that were rendered elsewhere. */
export type Target = ChartTarget | ManifestsTarget;

/** A chart: a folder or a packed archive. */
export interface ChartTarget {
  kind: 'chart';
  /** As reports name it: relative to the working directory. */
  path: string;
  /** Absolute path of the folder or `.tgz`. */
  absolute: string;
  archive: boolean;
  name: string;
  version: string;
  /** `library` charts have nothing to render. */
  type: string;
}

/** Manifests that Helm (or somebody else) printed. */
export interface ManifestsTarget {
  kind: 'manifests';
  path: string;
  text: string;
}

/** An argument that leads to nothing that can be linted; `message` is one line. */
export class DiscoverError extends Error {
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.name = 'DiscoverError';
    this.path = path;
  }
}

/** Manifests larger than this are not read: 64 MiB. */
const maxManifestBytes = 64 * 1024 * 1024;
const maxChartBytes = 1024 * 1024;

/** What discovery needs from the world. */
export interface DiscoverOptions {
  cwd: string;
  /** Reads standard input, for `-`. */
  readStdin: () => Promise<Uint8Array>;
}

/**
 * Finds what the arguments name: chart folders, packed charts, folders that hold charts, globs of these, files of rendered
 * manifests, and `-` for manifests on standard input. What leads nowhere comes back as an error, beside the rest.
 */
export async function discover(
  args: readonly string[],
  options: DiscoverOptions,
): Promise<{ targets: Target[]; errors: DiscoverError[] }> {
  const targets = new Map<string, Target>();
  const errors: DiscoverError[] = [];
  for (const arg of args) {
    try {
      for (const target of await find(arg, options))
        targets.set(target.kind === 'chart' ? target.absolute : target.path, target);
    } catch (error) {
      errors.push(error instanceof DiscoverError ? error : unreadable(arg, error));
    }
  }
  return { targets: [...targets.values()], errors };
}

async function find(arg: string, { cwd, readStdin }: DiscoverOptions): Promise<Target[]> {
  if (arg === '-') return [manifests('<stdin>', await readStdin())];
  const path = resolve(cwd, arg);
  const name = display(path, cwd);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return /[*?[\]{}!]/.test(arg) ? glob(arg, cwd) : fail(name, `${name}: no such file or folder`);
  const outside = leavesCheckout(path, cwd);
  if (outside !== undefined) return fail(name, `${name}: not read: ${outside}; name the real path where that is meant`);
  if (stat.isDirectory()) {
    if (existsSync(join(path, 'Chart.yaml'))) return [chartFolder(path, cwd)];
    const found = await chartsBelow(path, cwd);
    return found.length > 0 ? found : fail(name, `${name}: no Chart.yaml in this folder or below it`);
  }
  // A device or a pipe has no end.
  if (!stat.isFile()) return fail(name, `${name}: neither a file nor a folder`);
  if (/\.(tgz|tar\.gz)$/.test(path)) return [chartArchive(path, cwd)];
  if (basename(path) === 'Chart.yaml') return [chartFolder(dirname(path), cwd)];
  // A file inside a chart stands for the chart: pre-commit hands over files.
  const owner = owningChart(path, cwd);
  if (owner !== undefined) return [chartFolder(owner, cwd)];
  if (/\.(ya?ml|json)$/.test(path)) {
    if (stat.size > maxManifestBytes) return fail(name, `${name}: larger than ${maxManifestBytes / 1048576} MiB`);
    return [manifests(name, readFileSync(path))];
  }
  return fail(name, `${name}: neither a chart (a folder with Chart.yaml, a .tgz) nor a YAML file`);
}

/** The charts that own these files, as {@link discover} takes them; a file that belongs to no chart is passed over. */
export function chartsOfFiles(files: readonly string[], cwd: string): string[] {
  return [...new Set(files.flatMap((file) => owningChart(resolve(cwd, file), cwd) ?? []))];
}

/** The outermost chart below the working directory's repository that a file belongs to: a subchart is linted with its parent. */
function owningChart(path: string, cwd: string): string | undefined {
  let found: string | undefined;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const inside = relative(folder, path).split(sep);
    if (
      existsSync(join(folder, 'Chart.yaml')) &&
      (inside.length === 1 || ['templates', 'charts', 'crds', 'files', 'ci'].includes(inside[0]!)) &&
      !/^(rendered|manifests?)\b/.test(inside[0]!)
    )
      found = folder;
    if (folder === cwd || folder === dirname(folder) || existsSync(join(folder, '.git'))) return found;
  }
}

async function glob(pattern: string, cwd: string): Promise<Target[]> {
  const { globby } = await import('globby');
  const paths = await globby(pattern, {
    cwd,
    onlyFiles: false,
    expandDirectories: false,
    followSymbolicLinks: false,
    gitignore: false,
  });
  const charts = paths.filter(
    (path) => existsSync(join(cwd, path, 'Chart.yaml')) || /(\.tgz|Chart\.yaml|\.ya?ml)$/.test(path),
  );
  if (charts.length === 0) return fail(pattern, `${pattern}: matches no chart and no YAML file`);
  const found = await Promise.all(
    charts.sort().map((path) => find(path, { cwd, readStdin: () => Promise.resolve(new Uint8Array()) })),
  );
  return found.flat();
}

/** Charts in a folder that is none itself; subcharts of a chart belong to it and are not linted on their own. */
async function chartsBelow(folder: string, cwd: string): Promise<Target[]> {
  const { globby } = await import('globby');
  const files = await globby('**/Chart.yaml', {
    cwd: folder,
    followSymbolicLinks: false,
    ignore: ['**/node_modules/**', '**/.git/**'],
  });
  const folders = files.map((file) => resolve(folder, dirname(file))).sort();
  return folders
    .filter((path) => !folders.some((parent) => path.startsWith(`${parent}${sep}charts${sep}`)))
    .map((path) => chartFolder(path, cwd));
}

function chartFolder(path: string, cwd: string): ChartTarget {
  const file = join(path, 'Chart.yaml');
  const name = display(path, cwd);
  const stat = statSync(file);
  if (!stat.isFile() || stat.size > maxChartBytes)
    return fail(
      name,
      `${display(file, cwd)}: ${stat.isFile() ? `larger than ${maxChartBytes / 1048576} MiB` : 'no regular file'}`,
    );
  return { kind: 'chart', path: name, absolute: path, archive: false, ...chartYaml(readFileSync(file, 'utf8'), path) };
}

function chartArchive(path: string, cwd: string): ChartTarget {
  const [, name = basename(path), version = ''] = /^(.*?)-(\d[^/]*)\.tgz$/.exec(basename(path)) ?? [];
  return { kind: 'chart', path: display(path, cwd), absolute: path, archive: true, name, version, type: 'application' };
}

/** Name, version and type from Chart.yaml, as far as they stand there plainly; Helm itself says what is wrong with a broken one. */
function chartYaml(text: string, folder: string): Pick<ChartTarget, 'name' | 'version' | 'type'> {
  const value = (key: string) =>
    new RegExp(`^${key}:[ \\t]*(["']?)([^"'#\\r\\n]*)\\1[ \\t]*(?:#.*)?\\r?$`, 'm').exec(text)?.[2]?.trim() ?? '';
  return { name: value('name') || basename(folder), version: value('version'), type: value('type') || 'application' };
}

function manifests(path: string, data: Uint8Array): ManifestsTarget {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length > maxManifestBytes) return fail(path, `${path}: larger than ${maxManifestBytes / 1048576} MiB`);
  if (bytes.includes(0)) return fail(path, `${path}: not text (it holds zero bytes), so not rendered manifests`);
  const text = bytes.toString('utf8');
  if (text.includes('\ufffd') && !bytes.includes(Buffer.from('\ufffd')))
    return fail(path, `${path}: not UTF-8 text, so not rendered manifests`);
  return { kind: 'manifests', path, text };
}

/** Why a path below the working directory's repository is not in it: globs and hooks hand over links that a change brings. */
function leavesCheckout(path: string, cwd: string): string | undefined {
  const root = repositoriesOf(cwd, cwd)[0]?.root;
  return root !== undefined && isInside(root, resolve(realpathSync(cwd), relative(cwd, path)))
    ? whyOutside(path, root)
    : undefined;
}

function display(path: string, cwd: string): string {
  const short = relative(cwd, path);
  if (short === '') return '.';
  return short.startsWith(`..${sep}..${sep}..`) ? path : short;
}

/** What the system says of a path: no rights, a link that leads to itself, a name too long. */
function unreadable(path: string, error: unknown): DiscoverError {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (!code || !syscall) throw error;
  return new DiscoverError(path, `${path}: cannot be read (${code})`);
}

function fail(path: string, message: string): never {
  throw new DiscoverError(path, message);
}
