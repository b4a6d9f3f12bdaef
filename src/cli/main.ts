import type { Command } from 'commander';
import { version } from './version.ts';

/** Exit codes: nothing to fail for, findings, could not do the job. */
export const exit = { ok: 0, findings: 1, failed: 2 } as const;

/** Runs the command line; resolves to the exit code. What goes wrong is one line on stderr, never a stack trace. */
export async function main(argv: readonly string[]): Promise<number> {
  // The cheapest question is answered before anything is loaded.
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`${version}\n`);
    return exit.ok;
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader went away (`migrate-lint … | head`).
    if (error.code === 'EPIPE') process.exit(exit.ok);
    throw error;
  });
  try {
    const { program } = await import('./program.ts');
    let code: number = exit.ok;
    const command: Command = program((result) => (code = result));
    await command.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    return complain(error);
  }
}

function complain(error: unknown): number {
  if (isCommanderError(error)) {
    if (error.exitCode === 0) return exit.ok;
    return exit.failed;
  }
  const message = error instanceof Error ? error.message.split('\n')[0]! : String(error);
  process.stderr.write(`migrate-lint: ${message}\n`);
  if (process.env['MIGRATE_LINT_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exit.failed;
}

function isCommanderError(error: unknown): error is { exitCode: number; code: string } {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');
}
