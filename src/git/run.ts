import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { devNull, platform } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { isInside } from '../paths.ts';
import { GitError } from './error.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How git is called once: standard input, and bounds. */
export interface GitCall {
  input?: string;
  maxBytes?: number;
}

const timeoutMs = 60_000;
const mostBytes = 256 * 1024 * 1024;

/** Stronger than what any config says. */
const settings = [
  'safe.bareRepository=explicit',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  `core.hooksPath=${devNull}`,
  `core.attributesFile=${devNull}`,
  'core.pager=cat',
  'protocol.allow=never',
  'submodule.recurse=false',
  'diff.ignoreSubmodules=dirty',
];

/**
 * What git sees of the environment: no `GIT_*` of the caller (GIT_DIR, GIT_EXTERNAL_DIFF, GIT_CONFIG_COUNT … redirect
 * it), no config of the user or the system, no way to a network or another repository. `GIT_NO_LAZY_FETCH` is known
 * from git 2.45 on; before, no protocol being allowed stops the same fetch, and the config we show has no promisor.
 */
function environment(env: Environment): Record<string, string> {
  const kept = Object.fromEntries(
    ['SYSTEMROOT', 'TMPDIR', 'TEMP', 'TMP'].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  ) as Record<string, string>;
  return {
    ...kept,
    PATH: folders(env).join(delimiter),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: devNull,
    GIT_CONFIG_GLOBAL: devNull,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: devNull,
    GIT_LITERAL_PATHSPECS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
  };
}

const folders = (env: Environment) => (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));

/**
 * The git program: the first on PATH that does not lie in the checkout, as `node_modules/.bin` on npm's PATH does.
 * Throws {@link GitError}.
 */
function program(env: Environment, checkout: string): string {
  const names = platform() === 'win32' ? ['git.exe'] : ['git'];
  for (const folder of folders(env))
    for (const name of names) {
      try {
        const file = realpathSync(join(folder, name));
        if (!statSync(file).isFile() || isInside(checkout, file)) continue;
        accessSync(file, constants.X_OK);
        return join(folder, name);
      } catch {
        // Not here.
      }
    }
  throw new GitError('git is not on PATH');
}

/**
 * Runs git on one repository by its git folder, so that git looks for none. Resolves to its output. Throws {@link
 * GitError}.
 */
export async function runGit(
  args: readonly string[],
  where: { gitDir: string; root: string; checkout: string },
  env: Environment,
  { input, maxBytes = mostBytes }: GitCall = {},
): Promise<Buffer> {
  const { execa } = await import('execa');
  const result = await execa(
    program(env, where.checkout),
    [
      '--no-pager',
      ...settings.flatMap((setting) => ['-c', setting]),
      `--git-dir=${where.gitDir}`,
      `--work-tree=${where.root}`,
      ...args,
    ],
    {
      cwd: where.root,
      shell: false,
      reject: false,
      ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
      encoding: 'buffer',
      stripFinalNewline: false,
      extendEnv: false,
      env: environment(env),
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: maxBytes,
    },
  );
  if (result.timedOut) throw new GitError(`git ${args[0]} did not finish within ${timeoutMs / 1000} s`);
  if (result.isMaxBuffer) throw new GitError(`git ${args[0]} wrote more than ${Math.round(maxBytes / 1048576)} MiB`);
  if (result.exitCode !== 0) {
    const [line = ''] = Buffer.from(result.stderr).toString().trim().split('\n');
    throw new GitError(`git ${args[0]}: ${line || result.code || 'failed'}`);
  }
  return Buffer.from(result.stdout);
}
