import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { boundaryOf, reachOf } from '../confine/index.ts';
import { changesSince, Git, GitError, isInside, repositoryOf } from '../git/index.ts';
import { DiscoverError, discover, type ChartTarget } from './index.ts';

/** The charts to lint in a pull request, and the commit to judge their upgrade against. */
export interface ChangedCharts {
  paths: string[];
  mergeBase: string;
  /** Real paths of all that differs. */
  changed: readonly string[];
}

/** What to compare, and what a chart's verdict depends on beside its own files. */
export interface ChangedOptions {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Files that all charts depend on: values files of the command line, a named policy, a baseline. */
  files?: readonly string[];
  /**
   * Files that one chart depends on: its policy and what that names. Throws where they cannot be known: then the chart
   * counts as changed.
   */
  filesOf?: (chart: ChartTarget, mergeBase: string) => Promise<readonly string[]>;
  /** A folder without charts is no mistake: it holds deployments. */
  mayBeEmpty?: boolean;
}

/**
 * The charts below the given paths whose verdict may differ from that at the merge base with `ref`, uncommitted changes
 * included: a file of the chart, one behind a link of it, a subchart or `file://` dependency, a file named in {@link
 * ChangedOptions}, a policy file that came or went, a submodule that holds it. Throws {@link DiscoverError}.
 */
export async function changedCharts(
  ref: string,
  paths: readonly string[],
  options: ChangedOptions,
): Promise<ChangedCharts> {
  const { cwd, env, files = [], filesOf, mayBeEmpty } = options;
  const { changed, mergeBase } = await changesOf(ref, cwd, env);
  const { targets, errors } = await discover(paths, { cwd, readStdin: () => Promise.resolve(new Uint8Array()) });
  // A wrong path would pass for ever; one whose charts this very change deletes is no mistake.
  const isGone = ({ path }: DiscoverError) => changed.some((file) => isInside(resolve(realpathSync(cwd), path), file));
  const wrong = errors.find((error) => !isGone(error) && !(mayBeEmpty && error.empty));
  if (wrong) throw wrong;

  const hit = (path: string) => changed.some((file) => isInside(path, file) || isInside(file, path));
  const all = realOnes(files, cwd).some(hit);
  const charts = targets.flatMap((target) =>
    target.kind === 'chart' ? [{ target, real: realpathSync(target.absolute), files: [] as string[] }] : [],
  );
  const policies = changed
    .filter((file) => /^\.migrate-lint\.ya?ml$/.test(basename(file)))
    .map((file) => dirname(file));
  const touched = new Set<string>();
  for (const chart of charts) {
    const { target, real } = chart;
    // The path as written too: a link on the way to the chart may be what changed.
    if (all || hit(real) || hit(target.absolute) || policies.some((folder) => isInside(folder, real)))
      touched.add(real);
    else {
      const needs = await needsOf(target, cwd, filesOf && ((chart) => filesOf(chart, mergeBase)));
      if (needs === undefined || needs.some(hit)) touched.add(real);
      chart.files = needs ?? [];
    }
  }
  // Umbrellas, until no more come in.
  for (let before = -1; before !== touched.size;) {
    before = touched.size;
    for (const { real, files: needs } of charts)
      if (!touched.has(real) && needs.some((path) => touched.has(path))) touched.add(real);
  }
  const manifests = targets.flatMap((target) =>
    target.kind === 'manifests' && (all || hit(realpathSync(resolve(cwd, target.path)))) ? [target.path] : [],
  );
  return {
    paths: [
      ...charts.filter(({ real }) => touched.has(real)).map(({ target }) => relative(cwd, target.absolute) || '.'),
      ...manifests,
    ],
    mergeBase,
    changed,
  };
}

/** Real paths of all that differs from the merge base. */
async function changesOf(ref: string, cwd: string, env: ChangedOptions['env']) {
  const fail = (message: string) => new DiscoverError('.', `--changed-since: ${message}`);
  const repository = repositoryOf(cwd, cwd);
  if (!repository) throw fail('not in a git repository');
  let git: Git | undefined;
  try {
    git = await Git.open(repository, env);
    const deep = git.hint || ' (fetched deep enough? actions/checkout needs fetch-depth: 0)';
    const commit = await git.commit(ref);
    if (commit === undefined) throw fail(`${JSON.stringify(ref)} is no commit of this repository${deep}`);
    const mergeBase = await git.mergeBase(commit, 'HEAD');
    if (mergeBase === undefined) throw fail(`${JSON.stringify(ref)} and HEAD have no commit in common${deep}`);
    return { mergeBase, changed: await changesSince(git, mergeBase, env) };
  } catch (error) {
    throw error instanceof GitError ? fail(`${error.message}${git?.hint ?? ''}`) : error;
  } finally {
    git?.close();
  }
}

/** Real paths of what a chart depends on beside its folder; `undefined` where that cannot be known. */
async function needsOf(
  target: ChartTarget,
  cwd: string,
  filesOf: ((chart: ChartTarget) => Promise<readonly string[]>) | undefined,
): Promise<string[] | undefined> {
  try {
    const named = (await filesOf?.(target)) ?? [];
    if (target.archive) return realOnes(named, cwd);
    const out = new Set<string>(realOnes(named, cwd));
    // Dependencies bring links and dependencies of their own.
    const queue = [realpathSync(target.absolute)];
    for (const folder of queue) {
      const { linked } = reachOf(folder, boundaryOf(folder, cwd), target.path);
      for (const path of [...linked, ...localDependencies(folder)]) {
        if (out.has(path)) continue;
        out.add(path);
        if (existsSync(join(path, 'Chart.yaml'))) queue.push(path);
      }
    }
    return [...out];
  } catch (error) {
    // A policy that is wrong, a link that may not be followed: the lint of the chart says so.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** Folders that a chart's `file://` dependencies name. */
function localDependencies(chart: string): string[] {
  const file = resolve(chart, 'Chart.yaml');
  if (!existsSync(file)) return [];
  const options = { logLevel: 'silent', prettyErrors: false, uniqueKeys: false } as const;
  const value = parseDocument(readFileSync(file, 'utf8'), options).toJS({ maxAliasCount: 100 }) as {
    dependencies?: unknown;
  } | null;
  const dependencies = Array.isArray(value?.dependencies) ? (value.dependencies as unknown[]) : [];
  return realOnes(
    dependencies.flatMap((one) => {
      const { repository } = (one ?? {}) as { repository?: unknown };
      return typeof repository === 'string' && repository.startsWith('file://')
        ? [repository.slice('file://'.length)]
        : [];
    }),
    chart,
  );
}

/**
 * Real paths where there are such, as git's are; a path that leads nowhere as it is written, since it may be what was
 * deleted.
 */
function realOnes(paths: readonly string[], folder: string): string[] {
  return paths.map((path) => {
    const absolute = resolve(folder, path);
    try {
      return realpathSync(absolute);
    } catch {
      return absolute;
    }
  });
}
