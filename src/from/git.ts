import { existsSync, realpathSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { parseDocument } from 'yaml';
import { boundaryOf, copyChart } from '../confine/index.ts';
import { blobsOf, commitAt, pathIn, pathsOf, treeOf, writeTree, type Git, type GitEnvironment } from '../git/index.ts';
import { temporaryFolder } from '../helm/index.ts';
import { missingLocal } from '../render/local-charts.ts';

/** A chart as it was at a commit, in a temporary folder. */
export interface ChartAtCommit {
  folder: string;
  /** Its folder at that commit, from the root of the repository, where it was another one. */
  renamedFrom?: string;
  /** What was left out of it, a line each. */
  notes: string[];
  /** Path of a file of the work tree in the old tree; the file itself where it is outside of the chart. */
  at(file: string): string;
  remove(): void;
}

/**
 * Takes a chart's folder out of a git commit, blob by blob: no filter or attribute of the tree applies, and the work
 * tree is not touched. Where the commit does not have the folder, the chart of the same name is taken whose folder is
 * gone since. Subcharts that the commit does not hold (a git-ignored `charts/`) are taken from the work tree, and
 * `file://` dependencies that are still missing from the commit. `undefined` where the commit does not have the chart.
 * Throws `GitError`.
 */
export async function chartAt(
  ref: string,
  chart: { absolute: string; name: string },
  cwd: string,
  env: GitEnvironment,
): Promise<ChartAtCommit | undefined> {
  const here = realpathSync(chart.absolute);
  const { git, commit } = await commitAt(ref, here, cwd, env);
  const temporary = temporaryFolder();
  try {
    const inside = pathIn(git, here);
    const there = (await hasChart(git, commit, inside)) ? inside : await renamed(git, commit, chart.name);
    if (there === undefined) {
      temporary.remove();
      return undefined;
    }
    const folder = join(temporary.path, posix.basename(there) || 'chart');
    const { left } = await writeTree(git, commit, there, folder, env);
    if (!existsSync(join(folder, 'charts')) && existsSync(join(here, 'charts')))
      copyChart(join(here, 'charts'), join(folder, 'charts'), boundaryOf(here, cwd));
    await buildDependencies({ git, commit, env, left: 50 }, there, folder);
    return {
      folder,
      ...(there !== inside && { renamedFrom: there }),
      notes: left.map((path) => `${ref}: ${path} leads to nothing in that commit and was left out`),
      at: (file) => {
        const below = relative(here, existsSync(file) ? realpathSync(file) : file);
        const old = join(folder, below);
        return !below.startsWith('..') && existsSync(old) ? old : file;
      },
      remove: temporary.remove,
    };
  } catch (error) {
    temporary.remove();
    throw error;
  } finally {
    git.close();
  }
}

/** Whether a commit has a chart in the folder where it is now. Throws `GitError`. */
export async function isAtCommit(ref: string, chart: string, cwd: string, env: GitEnvironment): Promise<boolean> {
  const here = realpathSync(chart);
  const { git, commit } = await commitAt(ref, here, cwd, env);
  try {
    return await hasChart(git, commit, pathIn(git, here));
  } finally {
    git.close();
  }
}

/**
 * Puts the `file://` dependencies that the commit has, and that `charts/` lacks, into a chart's folder. `there` is that
 * folder in the commit.
 */
async function buildDependencies(
  from: { git: Git; commit: string; env: GitEnvironment; left: number },
  there: string,
  folder: string,
  above: readonly string[] = [there],
): Promise<void> {
  for (const { folder: named, inside } of missingLocal(folder)) {
    const path = posix.join(there, named);
    const within = !posix.isAbsolute(named) && !/^\.\.(?:\/|$)/.test(path);
    if (!within || above.includes(path) || (from.left -= 1) < 0) continue;
    if (!(await hasChart(from.git, from.commit, path))) continue;
    await writeTree(from.git, from.commit, path, join(folder, inside), from.env);
    await buildDependencies(from, path, join(folder, inside), [...above, path]);
  }
}

async function hasChart(git: Git, commit: string, folder: string): Promise<boolean> {
  const file = posix.join(folder, 'Chart.yaml');
  return (await treeOf(git, commit, file)).some(({ path }) => path === file);
}

/**
 * The folder in which the commit has a chart of this name that is not there any more; `undefined` where none or several
 * are.
 */
async function renamed(git: Git, commit: string, name: string): Promise<string | undefined> {
  const gone = (await pathsOf(git, commit, 'Chart.yaml'))
    .filter((path) => !/(^|\/)charts\/[^/]+\/charts\//.test(path) && !existsSync(join(git.root, path)))
    .slice(0, 500);
  const entries = gone.length === 0 ? [] : await treeOf(git, commit, ...gone);
  const files = entries.filter(({ kind, bytes }) => kind === 'file' && bytes <= 1024 * 1024);
  const texts = await blobsOf(git, files);
  const same = files.filter(({ object }) => nameIn(texts.get(object)!.toString()) === name);
  return same.length === 1 ? posix.dirname(same[0]!.path) : undefined;
}

function nameIn(chartYaml: string): unknown {
  try {
    const options = { logLevel: 'silent', prettyErrors: false, uniqueKeys: false } as const;
    return (parseDocument(chartYaml, options).toJS({ maxAliasCount: 100 }) as { name?: unknown } | null)?.name;
  } catch {
    return undefined;
  }
}
