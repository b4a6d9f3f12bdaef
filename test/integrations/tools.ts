// The programs that integrations are tested with, from the package registries, and what they are let loose on.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll } from 'vitest';

const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'migrate-lint-test-tools');
const made: string[] = [];
afterAll(() => made.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** An empty folder that is removed after the tests. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-integration-'));
  made.push(folder);
  return folder;
}

/** The environment of a person's shell: without what npm and git tell the scripts they run. */
export function shellEnv(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const inherited =
    /^(npm_(package|lifecycle|config_(local|global)_?prefix|config_prefix|command|execpath)|INIT_CWD$|GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX)$|GITHUB_|FORCE_COLOR$|VITEST|NODE_ENV$|NODE_OPTIONS$)/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.test(name)));
  // Whoever runs the tests may sign commits, or have hooks of their own.
  const person = {
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 't',
    GIT_AUTHOR_EMAIL: 't@example.com',
    GIT_COMMITTER_NAME: 't',
    GIT_COMMITTER_EMAIL: 't@example.com',
  };
  return { ...env, ...person, NO_COLOR: '1', ...more };
}

/** What a program printed, and its exit code. */
export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. */
export function run(
  file: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {},
): Ran {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    env: shellEnv(),
    encoding: 'utf8',
    input: '',
    timeout: 300_000,
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  return { code: status, stdout: stdout ?? '', stderr: stderr || (error?.message ?? '') };
}

/** Runs a program that has to succeed; gives its standard output. */
export function must(
  file: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): string {
  const { code, stdout, stderr } = run(file, args, options);
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} exited with ${code}: ${stdout}${stderr}`);
  return stdout;
}

/**
 * A virtual environment with these packages from PyPI: the folder of its programs. Undefined, with a printed reason,
 * where that cannot be had.
 */
export function pythonTools(name: string, packages: readonly string[]): string | undefined {
  return tool(
    `python-${name}`,
    packages,
    (folder) => {
      must('python3', ['-m', 'venv', folder]);
      must(join(folder, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', ...packages]);
    },
    'bin',
  );
}

/**
 * Packages from npm, installed beside each other: their `node_modules`. Undefined, with a printed reason, where that
 * cannot be had.
 */
export function npmTools(name: string, packages: readonly string[]): string | undefined {
  return tool(
    `npm-${name}`,
    packages,
    (folder) => {
      writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
      must('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...packages], {
        cwd: folder,
      });
    },
    'node_modules',
  );
}

/**
 * The files of one npm package without what it depends on: its folder. Undefined, with a printed reason, where that
 * cannot be had.
 */
export function npmFiles(name: string, spec: string): string | undefined {
  return tool(
    `npm-${name}`,
    [spec],
    (folder) => {
      const archive = must('npm', ['pack', '--silent', spec], { cwd: folder }).trim();
      must('tar', ['-xzf', archive], { cwd: folder });
      rmSync(join(folder, archive));
    },
    'package',
  );
}

/** A program built from a Go module. Undefined, with a printed reason, where that cannot be had. */
export function goTool(name: string, module: string): string | undefined {
  const folder = tool(
    `go-${name}`,
    [module],
    (folder) => void must('go', ['install', module], { env: shellEnv({ GOBIN: folder, GOFLAGS: '-modcacherw' }) }),
    '.',
  );
  return folder && join(folder, name);
}

/** Made once a machine, in a folder of its own: processes that make the same at once do not see each other's half. */
function tool(
  name: string,
  packages: readonly string[],
  make: (folder: string) => void,
  inside: string,
): string | undefined {
  const pointer = join(cache, `${name}.json`);
  const known = existsSync(pointer)
    ? (JSON.parse(readFileSync(pointer, 'utf8')) as { packages: string[]; folder: string })
    : undefined;
  if (known && known.packages.join() === packages.join() && existsSync(known.folder)) return join(known.folder, inside);
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, `${name}-`));
  try {
    make(folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    console.warn(
      `SKIPPED, since ${packages.join(' and ')} cannot be had here: ${(error as Error).message.trim().split('\n')[0]}`,
    );
    return undefined;
  }
  writeFileSync(`${folder}.json`, JSON.stringify({ packages, folder }));
  renameSync(`${folder}.json`, pointer);
  return join(folder, inside);
}

/**
 * A copy of this checkout as git sees it, uncommitted work included: a repository with one commit and the tag of this
 * version.
 */
export function checkoutCopy(): string {
  const folder = scratchFolder();
  for (const file of must('git', ['ls-files', '-co', '--exclude-standard', '-z'])
    .split('\0')
    .filter((file) => file && existsSync(file))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(file, join(folder, file), { verbatimSymlinks: true });
  }
  const git = (...args: string[]) => must('git', args, { cwd: folder });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message=Everything');
  git('tag', `v${packageJson().version}`);
  return folder;
}

/** Writes files of a repository, and commits them. */
export function repositoryIn(folder: string, env: NodeJS.ProcessEnv) {
  return {
    write(path: string, text: string): void {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    /** What `git commit` of everything does; hooks may refuse it. */
    commit(): Ran {
      must('git', ['add', '--all'], { cwd: folder, env });
      return run('git', ['commit', '--message=Work'], { cwd: folder, env });
    },
  };
}

/** The package as `npm publish` would hand it over, out of a {@link checkoutCopy}: the path of the archive. */
export function packed(copy: string): string {
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  return join(
    copy,
    execFileSync('npm', ['pack'], {
      cwd: copy,
      env: shellEnv(),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim(),
  );
}

/** This package's package.json. */
export function packageJson(): { version: string } {
  return JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
}

/** The fenced blocks of a language in docs/integrations.md below a heading, in their order. */
export function docsBlocks(heading: string, language: string): string[] {
  const docs = readFileSync('docs/integrations.md', 'utf8');
  const section = docs.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/integrations.md has no section "${heading}"`);
  return blocksIn(section, language);
}

/** The fenced blocks of a language in Markdown, in their order. */
export function blocksIn(markdown: string, language: string): string[] {
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text!);
}
