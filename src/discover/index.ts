import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { whyOutside } from '../confine/index.ts';
import { repositoriesOf } from '../git/repository.ts';
import { isInside, shownPath } from '../paths.ts';
import { chartFoldersBelow, isSubchart, isTestFolder, subchartsIn, type PassedOver } from './below.ts';
import { readChartFile } from './chart-file.ts';
import { DiscoverError } from './error.ts';

export type { PassedOver } from './below.ts';
export { DiscoverError } from './error.ts';

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
  /** Whose policy holds for it, where it lies elsewhere than what deploys it. */
  policyFolder?: string;
  /** Nobody named it, and it lies where charts are that need not render: in a folder of tests. */
  aside?: true;
}

/** Manifests that Helm (or somebody else) printed. */
export interface ManifestsTarget {
  kind: 'manifests';
  path: string;
  text: string;
}

/** Manifests larger than this are not read: 64 MiB. */
const maxManifestBytes = 64 * 1024 * 1024;
const maxChartBytes = 1024 * 1024;

/** What discovery needs from the world. */
export interface DiscoverOptions {
  cwd: string;
  /** Reads standard input, for `-`. */
  readStdin: () => Promise<Uint8Array>;
  /** The name of what it reads. */
  stdinName?: string;
}

/**
 * Finds what the arguments name: chart folders, packed charts, folders that hold charts, globs of these, files of
 * rendered manifests, and `-` for manifests on standard input. What leads nowhere comes back as an error, beside the
 * rest.
 */
export async function discover(
  args: readonly string[],
  options: DiscoverOptions,
): Promise<{ targets: Target[]; errors: DiscoverError[]; passedOver: PassedOver[] }> {
  const targets = new Map<string, Target>();
  const errors: DiscoverError[] = [];
  const passedOver: PassedOver[] = [];
  for (const arg of args) {
    try {
      const found = await find(arg, options);
      for (const target of found.targets) {
        const key = target.kind === 'chart' ? target.absolute : target.path;
        const known = targets.get(key);
        // What is named is meant, even if it was found before.
        if (!known || (known.kind === 'chart' && known.aside)) targets.set(key, target);
      }
      passedOver.push(...found.passedOver);
    } catch (error) {
      errors.push(error instanceof DiscoverError ? error : unreadable(arg, error));
    }
  }
  return { targets: [...targets.values()], errors, passedOver };
}

/** What an argument leads to. */
interface Found {
  targets: Target[];
  passedOver: PassedOver[];
}

const only = (target: Target): Found => ({ targets: [target], passedOver: [] });

/** The charts in the `charts/` of a chart that Helm does not render: a library. */
export async function chartsInLibrary(library: ChartTarget, cwd: string): Promise<Found> {
  if (library.archive) return { targets: [], passedOver: [] };
  const found = await Promise.all(
    subchartsIn(library.absolute).map((path) =>
      path.endsWith('.tgz') ? only(chartArchive(path, cwd)) : walked(path, cwd, true),
    ),
  );
  return {
    targets: found.flatMap(({ targets }) => targets),
    passedOver: found.flatMap((one) => one.passedOver),
  };
}

async function find(arg: string, { cwd, readStdin, stdinName = '<stdin>' }: DiscoverOptions): Promise<Found> {
  if (arg === '-') return only(manifests(stdinName, await readStdin()));
  const path = resolve(cwd, arg);
  const name = display(path, cwd);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return /[*?[\]{}!]/.test(arg) ? glob(arg, cwd) : fail(name, `${name}: no such file or folder`);
  const outside = leavesCheckout(path, cwd);
  if (outside !== undefined) return fail(name, `${name}: not read: ${outside}; name the real path where that is meant`);
  if (stat.isDirectory()) {
    const found = await chartsBelow(path, cwd);
    if (found.targets.length > 0) return found;
    const [first] = found.passedOver;
    return fail(
      name,
      `${name}: no ${first ? 'chart' : 'Chart.yaml'} in this folder or below it${first ? ` (${first.path}: ${first.reason})` : ''}`,
      true,
    );
  }
  // A device or a pipe has no end.
  if (!stat.isFile()) return fail(name, `${name}: neither a file nor a folder`);
  if (/\.(tgz|tar\.gz)$/.test(path)) return only(chartArchive(path, cwd));
  if (basename(path) === 'Chart.yaml') return only(await chartFolder(dirname(path), cwd));
  // A file inside a chart stands for the chart: pre-commit hands over files.
  const owner = owningChart(path, cwd);
  if (owner !== undefined) return only(await chartFolder(owner, cwd));
  if (/\.(ya?ml|json)$/.test(path)) {
    if (stat.size > maxManifestBytes) return fail(name, `${name}: larger than ${maxManifestBytes / 1048576} MiB`);
    return only(manifests(name, readFileSync(path)));
  }
  return fail(name, `${name}: neither a chart (a folder with Chart.yaml, a .tgz) nor a YAML file`);
}

/** The charts that own these files, as {@link discover} takes them; a file that belongs to no chart is passed over. */
export function chartsOfFiles(files: readonly string[], cwd: string): string[] {
  return [...new Set(files.flatMap((file) => owningChart(resolve(cwd, file), cwd, true) ?? []))];
}

/**
 * The outermost chart below the working directory's repository that a file belongs to: a subchart is linted with its
 * parent. `any` file below a chart counts, for a template can read it (`.Files.Get`); else only what lies where charts
 * have their own files.
 */
function owningChart(path: string, cwd: string, any = false): string | undefined {
  let found: string | undefined;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const inside = relative(folder, path).split(sep);
    if (
      existsSync(join(folder, 'Chart.yaml')) &&
      (any || inside.length === 1 || ['templates', 'charts', 'crds', 'files', 'ci'].includes(inside[0]!)) &&
      !/^(rendered|manifests?)\b/.test(inside[0]!)
    )
      found = folder;
    if (folder === cwd || folder === dirname(folder) || existsSync(join(folder, '.git'))) return found;
  }
}

async function glob(pattern: string, cwd: string): Promise<Found> {
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
  if (charts.length === 0) return fail(pattern, `${pattern}: matches no chart and no YAML file`, true);
  const found = await Promise.all(
    charts.sort().map((path) => find(path, { cwd, readStdin: () => Promise.resolve(new Uint8Array()) })),
  );
  return {
    targets: found.flatMap(({ targets }) => targets),
    passedOver: found.flatMap(({ passedOver }) => passedOver),
  };
}

/**
 * The charts in a folder and below it; a subchart belongs to the chart that it is rendered with, and is not linted on
 * its own.
 */
async function chartsBelow(folder: string, cwd: string): Promise<Found> {
  const { folders, passedOver } = chartFoldersBelow(folder);
  const charts = new Set(folders);
  const own = folders.filter((path) => !isSubchart(path, charts));
  const found = await Promise.all(own.map((path) => walked(path, cwd, folder !== path || own.length > 1, folder)));
  return {
    targets: found.flatMap(({ targets }) => targets),
    passedOver: [
      ...passedOver.map(({ path, reason }) => ({ path: display(path, cwd), reason })),
      ...found.flatMap((one) => one.passedOver),
    ],
  };
}

/** A chart that was come upon. One that Helm cannot take for a chart is passed over, unless it is what was named. */
async function walked(path: string, cwd: string, unnamed: boolean, from = path): Promise<Found> {
  const { noChart, ...target } = await readChart(path, cwd);
  if (!unnamed) return only(target);
  if (noChart !== undefined) return { targets: [], passedOver: [{ path: target.path, reason: noChart }] };
  return only(isTestFolder(relative(from, path)) ? { ...target, aside: true } : target);
}

async function chartFolder(path: string, cwd: string): Promise<ChartTarget> {
  const target = await readChart(path, cwd);
  delete target.noChart;
  return target;
}

async function readChart(path: string, cwd: string): Promise<ChartTarget & { noChart?: string }> {
  const file = join(path, 'Chart.yaml');
  const name = display(path, cwd);
  const stat = statSync(file);
  if (!stat.isFile() || stat.size > maxChartBytes)
    return fail(
      name,
      `${display(file, cwd)}: ${stat.isFile() ? `larger than ${maxChartBytes / 1048576} MiB` : 'no regular file'}`,
    );
  const about = await readChartFile(readFileSync(file, 'utf8'), path);
  return { kind: 'chart', path: name, absolute: path, archive: false, ...about };
}

function chartArchive(path: string, cwd: string): ChartTarget {
  const [, name = basename(path), version = ''] = /^(.*?)-(\d[^/]*)\.tgz$/.exec(basename(path)) ?? [];
  return { kind: 'chart', path: display(path, cwd), absolute: path, archive: true, name, version };
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

/**
 * Why a path below the working directory's repository is not in it: globs and hooks hand over links that a change
 * brings.
 */
function leavesCheckout(path: string, cwd: string): string | undefined {
  const root = repositoriesOf(cwd, cwd)[0]?.root;
  return root !== undefined && isInside(root, resolve(realpathSync(cwd), relative(cwd, path)))
    ? whyOutside(path, root)
    : undefined;
}

function display(path: string, cwd: string): string {
  const short = shownPath(cwd, path);
  if (short === '') return '.';
  return short.startsWith('../../..') ? path : short;
}

/** What the system says of a path: no rights, a link that leads to itself, a name too long. */
function unreadable(path: string, error: unknown): DiscoverError {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (!code || !syscall) throw error;
  return new DiscoverError(path, `${path}: cannot be read (${code})`);
}

function fail(path: string, message: string, empty = false): never {
  throw new DiscoverError(path, message, empty);
}
