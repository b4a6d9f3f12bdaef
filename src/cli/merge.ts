import { readFileSync, statSync } from 'node:fs';
import { mergeReports } from '../merge.ts';
import { codeOf, print, type Flags } from './run.ts';

/** The options of `migrate-lint merge-reports`, as commander parsed them. */
export type MergeFlags = Pick<Flags, 'format' | 'outputFile' | 'failOn' | 'maxWarnings' | 'maxSuppressed'>;

const mostBytes = 256 * 1024 * 1024;

/**
 * Prints the reports of all shards as one; resolves to the exit code of that run. Throws an `Error` of one line for
 * what is no report.
 */
export async function merge(files: readonly string[], flags: MergeFlags): Promise<number> {
  const result = mergeReports(files.map((name) => ({ name, text: textOf(name) })));
  await print(result, flags);
  return codeOf(result, flags);
}

function textOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) throw new Error(`${file}: no such report`);
  if (!stat.isFile()) throw new Error(`${file}: not a regular file, so not a report`);
  if (stat.size > mostBytes) throw new Error(`${file}: larger than ${mostBytes / 1048576} MiB`);
  return readFileSync(file, 'utf8');
}
