import type { RuleFailure } from './check/index.ts';
import { PolicyError } from './config/policy.ts';
import { internalError } from './internal-error.ts';
import { safeLine } from './report/safe.ts';
import type { LintError } from './result.ts';

/** A fault of migrate-lint itself as an error of a run; `at` is the part that failed. */
export function internalFailure(error: unknown, at: string, path: string): LintError {
  const detail = error instanceof Error ? error.stack : undefined;
  return { path, message: safeLine(internalError(error, at)), internal: true, ...(detail && { detail }) };
}

/** Rules that failed, a line each. */
export function ruleFailures({ failures }: { failures: readonly RuleFailure[] }, path: string): LintError[] {
  return failures.map(({ rule, error }) =>
    error instanceof PolicyError
      ? { path, message: safeLine(error.message) }
      : internalFailure(error, `${path}: rule ${rule}`, path),
  );
}
