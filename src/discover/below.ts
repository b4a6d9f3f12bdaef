import { existsSync, readdirSync, readFileSync, type Dirent } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { wildcard } from '../model/wildcard.ts';

/** A folder that was not searched, or a chart that is none of its own, with the reason. */
export interface PassedOver {
  path: string;
  reason: string;
}

/**
 * The folders below a folder (and itself) that hold a Chart.yaml, in the order of their paths: also in folders whose
 * name begins with a dot. Not in `.git`; not in the `node_modules` beside a `package.json`, where other people's
 * packages are; not behind links.
 */
export function chartFoldersBelow(folder: string): { folders: string[]; passedOver: PassedOver[] } {
  const folders: string[] = [];
  const passedOver: PassedOver[] = [];
  const open = [folder];
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    const entries = entriesOf(here);
    if (entries.some((entry) => entry.name === 'Chart.yaml' && !entry.isDirectory())) folders.push(here);
    for (const entry of entries) {
      const path = join(here, entry.name);
      if (entry.isSymbolicLink() && existsSync(join(path, 'Chart.yaml')))
        passedOver.push({ path, reason: 'a link to a chart; name it to lint it' });
      if (!entry.isDirectory() || entry.name === '.git') continue;
      if (entry.name.includes('\ufffd')) passedOver.push({ path, reason: 'its name is not plain UTF-8: not searched' });
      else if (entry.name === 'node_modules' && entries.some(({ name }) => name === 'package.json'))
        passedOver.push({ path, reason: 'installed packages are not searched; name a chart there to lint it' });
      else open.push(path);
    }
  }
  return { folders: folders.sort(), passedOver };
}

/** The subcharts of a chart that lie in its `charts/`: folders and archives. */
export function subchartsIn(chart: string): string[] {
  const folder = join(chart, 'charts');
  return entriesOf(folder)
    .filter((entry) =>
      entry.isDirectory() ? existsSync(join(folder, entry.name, 'Chart.yaml')) : /\.tgz$/.test(entry.name),
    )
    .map(({ name }) => join(folder, name))
    .sort();
}

/**
 * Whether Helm loads a folder as a subchart of a chart above it, so that it is rendered with that one: it lies in
 * `charts/`, its name begins with neither `.` nor `_` (Helm passes such over), and no pattern of `.helmignore` may hide
 * it.
 */
export function isSubchart(folder: string, charts: ReadonlySet<string>): boolean {
  const parent = dirname(dirname(folder));
  return (
    basename(dirname(folder)) === 'charts' &&
    charts.has(parent) &&
    !/^[._]/.test(basename(folder)) &&
    !mayBeIgnored(folder, parent)
  );
}

/**
 * Whether a pattern of the chart's `.helmignore` fits the subchart's folder, or what makes it a chart. In doubt it is
 * linted by itself.
 */
function mayBeIgnored(folder: string, chart: string): boolean {
  const patterns = linesOf(join(chart, '.helmignore'));
  const inside = relative(chart, folder).split(sep).join('/');
  const paths = ['charts', inside, `${inside}/Chart.yaml`, `${inside}/templates`];
  return patterns.some((pattern) => {
    const glob = pattern.replace(/^\/|\/$/g, '');
    // In doubt it fits; a star may cross a slash here.
    if (/[[\\?]/.test(glob)) return true;
    const fits = (path: string) => wildcard(glob.replace(/\*+/g, '*'), path);
    return paths.some((path) => fits(path) || (!glob.includes('/') && fits(basename(path))));
  });
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, 1_000)
      .map((line) => line.trim())
      .filter((line) => line !== '' && line.length < 200 && !/^[#!]/.test(line));
  } catch {
    return [];
  }
}

/** A path in whose folders people keep charts that are wrong on purpose: inputs of tests. */
export function isTestFolder(path: string): boolean {
  return path
    .split(sep)
    .some((name) =>
      /^(?:tests?|testdata|test[-_]?(?:data|charts?|files|fixtures)|fixtures|__tests__|__fixtures__)$/i.test(name),
    );
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
