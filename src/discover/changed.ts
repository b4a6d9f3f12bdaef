import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { discover, DiscoverError } from './index.ts';

/** The charts to lint in a pull request, and the commit to judge their upgrade against. */
export interface ChangedCharts {
  paths: string[];
  mergeBase: string;
}

/**
 * The charts below the given paths that changed since the merge base with `ref`, uncommitted changes included; a change in a subchart
 * changes its parents, and so does one in a chart that they take from a `file://` path. Throws {@link DiscoverError}.
 */
export async function changedCharts(
  ref: string,
  paths: readonly string[],
  options: { cwd: string; env: Readonly<Record<string, string | undefined>>; valuesFiles?: readonly string[] },
): Promise<ChangedCharts> {
  const { cwd, env } = options;
  const git = async (...args: string[]) => {
    const { execa } = await import('execa');
    const { PATH, HOME } = env;
    return execa('git', args, {
      cwd,
      shell: false,
      reject: false,
      stdin: 'ignore',
      extendEnv: false,
      env: { PATH, HOME, GIT_OPTIONAL_LOCKS: '0' },
      timeout: 30_000,
    });
  };
  const top = await git('rev-parse', '--show-toplevel');
  if (top.exitCode !== 0)
    throw new DiscoverError(
      '.',
      `--changed-since: ${top.code === 'ENOENT' ? 'git is not on PATH' : 'not in a git repository'}`,
    );
  const root = realpathSync(top.stdout.trim());
  const commit = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`);
  if (commit.exitCode !== 0)
    throw new DiscoverError(
      '.',
      `--changed-since: ${JSON.stringify(ref)} is no commit of this repository (fetched deep enough? actions/checkout needs fetch-depth: 0)`,
    );
  const base = await git('merge-base', commit.stdout.trim(), 'HEAD');
  if (base.exitCode !== 0)
    throw new DiscoverError(
      '.',
      `--changed-since: ${JSON.stringify(ref)} and HEAD have no commit in common (fetched deep enough? actions/checkout needs fetch-depth: 0)`,
    );
  const mergeBase = base.stdout.trim();
  const diff = await git('diff', '--name-only', '-z', '--no-renames', mergeBase, '--');
  const fresh = await git('ls-files', '--others', '--exclude-standard', '-z', '--full-name', root);
  const changed = [...diff.stdout.split('\0'), ...fresh.stdout.split('\0')]
    .filter(Boolean)
    .map((file) => resolve(root, file));

  const { targets, errors } = await discover(paths, { cwd, readStdin: () => Promise.resolve(new Uint8Array()) });
  // A wrong path would pass for ever; one whose charts this very change deletes is no mistake.
  const wrong = errors.find(
    ({ path }) => !changed.some((file) => file.startsWith(resolve(realpathSync(cwd), path) + sep)),
  );
  if (wrong) throw wrong;
  const charts = targets.flatMap((target) =>
    target.kind === 'chart' ? [{ ...target, real: realpathSync(target.absolute) }] : [],
  );
  const values = new Set(
    (options.valuesFiles ?? [])
      .map((file) => resolve(cwd, file))
      .filter((file) => existsSync(file))
      .map((file) => realpathSync(file)),
  );
  const all = changed.some((file) => values.has(file));
  const touched = new Set(
    charts
      .filter(({ real }) => all || changed.some((file) => file === real || file.startsWith(real + sep)))
      .map(({ real }) => real),
  );
  // Umbrellas, until no more come in.
  for (let before = -1; before !== touched.size;) {
    before = touched.size;
    for (const { real } of charts)
      if (
        !touched.has(real) &&
        (await localDependencies(real)).some(
          (dependency) =>
            [...touched].includes(dependency) || changed.some((file) => file.startsWith(dependency + sep)),
        )
      )
        touched.add(real);
  }
  return {
    paths: charts.filter(({ real }) => touched.has(real)).map(({ absolute }) => relative(cwd, absolute) || '.'),
    mergeBase,
  };
}

/** Folders that a chart's `file://` dependencies name. */
async function localDependencies(chart: string): Promise<string[]> {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(join(chart, 'Chart.yaml'), 'utf8').catch(() => '');
  return [...text.matchAll(/repository:\s*["']?file:\/\/([^\s"']+)/g)]
    .map(([, path]) => resolve(dirname(join(chart, 'Chart.yaml')), path!))
    .filter((path) => existsSync(path))
    .map((path) => realpathSync(path));
}
