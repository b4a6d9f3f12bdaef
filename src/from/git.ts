import { cpSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { parseTar } from 'nanotar';
import { temporaryFolder } from '../helm/index.ts';

/** A git commit that cannot be had; `message` is one line. */
export class GitError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GitError';
  }
}

/** A chart as it was at a commit, in a temporary folder. */
export interface ChartAtCommit {
  folder: string;
  /** Path of a file of the work tree in the old tree; the file itself where it is outside of the chart. */
  at(file: string): string;
  remove(): void;
}

/**
 * Takes a chart's folder out of a git commit with `git archive`; the work tree is not touched. Subcharts that the commit does not
 * hold (a git-ignored `charts/`) are taken from the work tree. `undefined` where the commit does not have the chart. Throws {@link GitError}.
 */
export async function chartAt(
  ref: string,
  chart: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ChartAtCommit | undefined> {
  const here = realpathSync(chart);
  const root = (
    await git(['rev-parse', '--show-toplevel'], here, env).catch((error: unknown) => {
      throw error instanceof GitError && !error.message.includes('PATH')
        ? new GitError(`"${ref}" is no path, and no commit either: the chart is in no git repository`)
        : error;
    })
  )
    .toString()
    .trim();
  const commit = (
    await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], here, env).catch(() =>
      Buffer.alloc(0),
    )
  )
    .toString()
    .trim();
  if (!commit) throw new GitError(`"${ref}" is neither a path nor a commit of the git repository that holds the chart`);
  const inside = relative(realpathSync(root), here).split(sep).join('/');
  const tar = await git(['archive', '--format=tar', commit, '--', inside || '.'], root, env).catch(() => undefined);
  // git archive fails for a path that the commit does not hold: a new chart.
  if (!tar) return undefined;
  const { path: temporary, remove } = temporaryFolder();
  const folder = join(temporary, inside || 'chart');
  try {
    for (const file of parseTar(tar, { filter: ({ type }) => type === 'file' })) {
      const path = join(temporary, inside ? file.name : `chart/${file.name}`);
      // git writes no such names; an archive that does is not one of git's.
      if (!path.startsWith(temporary + sep)) continue;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, file.data ?? '');
    }
    if (!existsSync(join(folder, 'Chart.yaml'))) {
      remove();
      return undefined;
    }
    if (!existsSync(join(folder, 'charts')) && existsSync(join(here, 'charts')))
      cpSync(join(here, 'charts'), join(folder, 'charts'), { recursive: true });
  } catch (error) {
    remove();
    throw error;
  }
  return {
    folder,
    at: (file) => {
      const below = relative(here, file);
      const old = join(folder, below);
      return !below.startsWith('..') && existsSync(old) ? old : file;
    },
    remove,
  };
}

async function git(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Buffer> {
  const { execa } = await import('execa');
  const { PATH, HOME } = env;
  const result = await execa('git', args, {
    cwd,
    shell: false,
    reject: false,
    stdin: 'ignore',
    encoding: 'buffer',
    extendEnv: false,
    env: { PATH, HOME, GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' },
    timeout: 30_000,
    maxBuffer: 256 * 1024 * 1024,
  });
  if (result.code === 'ENOENT') throw new GitError('git is not on PATH');
  if (result.exitCode !== 0)
    throw new GitError(`git ${args[0]}: ${Buffer.from(result.stderr).toString().trim().split('\n')[0] ?? 'failed'}`);
  return Buffer.from(result.stdout);
}
