import { entry } from '../paths.ts';
import { exit } from './exit.ts';
import { withFileNames } from './file-names.ts';
import { asksVersion, version, versionLine } from './version.ts';
import { warn } from './say.ts';

/** Runs the command line; resolves to the exit code. What goes wrong is one line on stderr, never a stack trace. */
export async function main(argv: readonly string[]): Promise<number> {
  if (asksVersion(argv)) return print(versionLine);
  // The reader went away (`migrate-lint … | head`): the exit code still counts. Anything else was not written, so
  // nobody saw it.
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
    await refuseAmbiguous(words);
    const { program } = await import('./program.ts');
    let code: number = exit.ok;
    await program((result) => (code = result), words).parseAsync(spelled(words), { from: 'user' });
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

/**
 * A folder with charts that has the name of a command: to run the command would be to pass what was meant to be linted.
 */
async function refuseAmbiguous(words: readonly string[]): Promise<void> {
  const { commandOf } = await import('./program.ts');
  const name = commandOf(words);
  // A server that nobody speaks to ends with an error: it passes nothing.
  if (name === undefined || name === 'lsp' || !entry(name)) return;
  const { discover } = await import('../discover/index.ts');
  const { targets } = await discover([name], {
    cwd: process.cwd(),
    readStdin: () => Promise.resolve(new Uint8Array()),
  });
  if (targets.length > 0)
    throw new Error(
      `${name} is a command, and here also the name of something to lint: write ./${name} to lint it, or run the command in another folder`,
    );
}

/** `--explore=3` and `--color=never` as flags: neither takes a value, so that no chart can be taken for one. */
function spelled(words: readonly string[]): string[] {
  const end = words.indexOf('--');
  return words.flatMap((word, index) => {
    if (end >= 0 && index > end) return [word];
    const [, when] = /^--color=(.*)$/.exec(word) ?? [];
    if (when === undefined) return [word.replace(/^--explore=/, '--explore-strength=')];
    if (!Object.hasOwn(colors, when)) throw new Error(`--color=${when} is not possible: use auto, always or never`);
    return colors[when as keyof typeof colors];
  });
}

const colors = { auto: [], always: ['--color'], never: ['--no-color'] } as const;

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
  const { bun } = process.versions;
  return `migrate-lint ${version}\n${helm}\n${bun === undefined ? `Node ${process.version}` : `Bun ${bun} (executable)`}\n`;
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
