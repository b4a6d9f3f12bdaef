import { PolicyError } from './config/policy.ts';
import { ConfineError } from './confine/index.ts';
import { DiscoverError } from './discover/error.ts';
import { GitError } from './git/error.ts';
import { HelmError } from './helm/index.ts';
import { internalFailure } from './rule-failures.ts';
import { safeLine } from './report/safe.ts';
import type { LintError } from './result.ts';

/** The same as {@link failure}, one for each fault of a policy. */
export function failures(error: unknown, path: string): LintError[] {
  if (!(error instanceof PolicyError)) return [failure(error, path)];
  return error.messages.map((message) => ({ path, message: safeLine(message) }));
}

/** What could not be linted, and why, on one line; `path` is the chart as reports name it. */
export function failure(error: unknown, path = ''): LintError {
  if (error instanceof PolicyError || error instanceof ConfineError) return { path, message: safeLine(error.message) };
  if (error instanceof GitError) return { path, message: safeLine(`${path}: --from: ${error.message}`) };
  if (error instanceof DiscoverError)
    return { path: error.path, message: safeLine(error.message), ...(error.empty && { empty: true }) };
  if (error instanceof HelmError)
    return {
      path,
      message: safeLine(path && !error.message.startsWith(path) ? `${path}: ${error.message}` : error.message),
      detail: error.detail,
      ...(error.refused && { refused: true }),
      ...(error.kind === 'library-chart' && { library: true }),
      ...(/^Error: /m.test(error.detail ?? '') && { unrendered: true }),
      ...(error.kind === 'dependencies' && { unbuilt: true }),
      ...(error.file !== undefined && { at: { file: error.file, line: error.line, column: error.column } }),
    };
  const { code, syscall, path: file = '' } = error as NodeJS.ErrnoException;
  if (code && syscall) return { path, message: safeLine(`${path}: cannot use ${file || 'a file'} (${code})`) };
  return internalFailure(error, path, path);
}
