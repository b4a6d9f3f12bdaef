import { near } from '../config/near.ts';
import { withFileNames } from './file-names.ts';
import { version, versionLine } from './version.ts';
import { warn } from './say.ts';

/** Exit codes: nothing to fail for, findings, could not do the job. */
export const exit = { ok: 0, findings: 1, failed: 2 } as const;

/** Runs the command line; resolves to the exit code. What goes wrong is one line on stderr, never a stack trace. */
export async function main(argv: readonly string[]): Promise<number> {
  // The cheapest question is answered before anything is loaded.
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) return print(versionLine);
  // The reader went away (`migrate-lint … | head`): the exit code still counts. Anything else was not written, so nobody saw it.
  let unwritten: NodeJS.ErrnoException | undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => error.code !== 'EPIPE' && (unwritten ??= error));
  process.stderr.on('error', () => undefined);
  const code = await ended(argv);
  await new Promise((resolve) => setImmediate(resolve));
  return unwritten === undefined ? code : complain(unwritten);
}

/** Runs the command line with what it prints still under way. */
async function ended(argv: readonly string[]): Promise<number> {
  try {
    if (argv.includes('--verbose') && argv.some((word) => word === '--version' || word === '-V'))
      return print(await longVersion());
    const { argv: words, files } = await withFileNames(argv);
    const other = await otherCommand(words);
    if (other !== undefined) return other;
    const { program } = await import('./program.ts');
    let code: number = exit.ok;
    await program((result) => (code = result)).parseAsync(spelled(words), { from: 'user' });
    if (files.length === 0) return code;
    const { safeLine } = await import('../report/safe.ts');
    for (const file of files)
      warn(`migrate-lint: ${safeLine(file)} is the name of a file, and was not taken as the option that it reads as\n`);
    // It cannot be known that no option was meant.
    return exit.failed;
  } catch (error) {
    return await complain(error);
  }
}

/** `init`, `rules`, `explain RULE`, `completion SHELL`; `undefined` for the command line proper. */
async function otherCommand([name, ...args]: readonly string[]): Promise<number | undefined> {
  switch (name) {
    case 'init': {
      const { init } = await import('./init.ts');
      return init(args);
    }
    case 'rules': {
      const { listRules } = await import('./catalogue.ts');
      return print(listRules(args[0] === '--format' ? args[1] : args[0]?.replace(/^--format=/, '')));
    }
    case 'explain': {
      const { explain, ruleNames } = await import('./catalogue.ts');
      const page = explain(args[0] ?? '', Math.min(process.stdout.columns ?? 100, 100));
      if (page !== undefined) return print(page);
      throw new Error(
        args[0] === undefined
          ? 'explain which rule? migrate-lint rules lists them'
          : `there is no rule ${args[0]}${near(args[0], ruleNames) || '; migrate-lint rules lists them'}`,
      );
    }
    case 'completion': {
      const { completion } = await import('./completion.ts');
      const script = completion(args[0] ?? '');
      if (script === undefined) throw new Error('completion for which shell? bash, zsh or fish');
      return print(script);
    }
    default:
      return undefined;
  }
}

/** `--explore=3` in full: as a flag `--explore` takes no value, so that no chart can be taken for one. */
function spelled(words: readonly string[]): string[] {
  const end = words.indexOf('--');
  return words.map((word, index) =>
    end < 0 || index < end ? word.replace(/^--explore=/, '--explore-strength=') : word,
  );
}

/** `--version --verbose`: the Helm that would be used is found and asked, and not downloaded. */
async function longVersion(): Promise<string> {
  const { findHelm } = await import('../helm/index.ts');
  const { repositoriesOf } = await import('../git/index.ts');
  const here = repositoriesOf(process.cwd(), process.cwd())[0];
  const linted = here === undefined ? [] : [here.checkout];
  const helm = await findHelm({ env: process.env, offline: true, linted }).then(
    async (found) => `Helm ${(await found.version()).version} (${found.origin}: ${found.path})`,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return `migrate-lint ${version}\n${helm}\nNode ${process.version}\n`;
}

function print(text: string): number {
  process.stdout.write(text);
  return exit.ok;
}

async function complain(error: unknown): Promise<number> {
  if (isCommanderError(error)) return error.exitCode === 0 ? exit.ok : exit.failed;
  const { internalError, isProgramFault } = await import('../internal-error.ts');
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  const fault = isProgramFault(error) && !(code && syscall);
  const message = fault || !(error instanceof Error) ? internalError(error) : error.message.split('\n')[0]!;
  const { safeLine } = await import('../report/safe.ts');
  warn(`migrate-lint: ${safeLine(message)}\n`);
  if (process.argv.includes('--verbose') && fault && error instanceof Error) warn(`${error.stack}\n`);
  return exit.failed;
}

function isCommanderError(error: unknown): error is { exitCode: number; code: string } {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');
}
