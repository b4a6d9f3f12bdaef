import { version } from './version.ts';

/** Where people report what is wrong with migrate-lint itself. */
const issues = 'https://github.com/migrate-lint/migrate-lint/issues';

/**
 * One line for a failure that is migrate-lint's own fault, not the input's: what went wrong, the version, and where to
 * report it. `at` names the part that failed: a chart, a rule.
 */
export function internalError(error: unknown, at = ''): string {
  const name = error instanceof Error ? error.name : typeof error;
  const text = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
  return `${at ? `${at}: ` : ''}internal error in migrate-lint ${version}: ${name}: ${text}; please report this line and the chart at ${issues}`;
}

/**
 * Whether an error can only come from a fault in the program: expected failures are plain `Error`s or classes of their
 * own.
 */
export function isProgramFault(error: unknown): boolean {
  return (
    !(error instanceof Error) ||
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError
  );
}
