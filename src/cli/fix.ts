import { createTwoFilesPatch } from 'diff';
import { lint } from '../lint.ts';
import type { LintOptions } from '../options.ts';
import type { LintResult } from '../result.ts';
import { fixCharts, type FixedFile } from '../fix-charts.ts';
import { safe, safeLine } from '../report/safe.ts';
import { forLog, onCi, warn } from './say.ts';

/** Whether only a diff is printed, and whether what follows it on standard output is for a program to read. */
interface DryRun {
  dryRun: boolean;
  forPrograms: boolean;
}

/** `--fix` and `--fix-dry-run`: fixes charts (or prints the diff), and gives the result as it is afterwards. */
export async function applyFixes(
  options: LintOptions,
  result: LintResult,
  { dryRun, forPrograms }: DryRun,
): Promise<LintResult> {
  const { files, fixed, refused } = await fixCharts(options, result, { dryRun });
  for (const { finding, why } of refused)
    warn(`not fixed: ${safeLine(`${finding.location.file}:${finding.location.line} ${finding.rule}: ${why}`)}\n`);
  if (dryRun) return (printDiff(files, forPrograms), result);
  warn(
    `${fixed} of ${result.charts.reduce((sum, { findings }) => sum + findings.length, 0)} findings fixed${inFiles(files)}\n`,
  );
  return files.length > 0 ? lint(options) : result;
}

/**
 * `--add-disable`: writes a suppressing comment above each finding (or prints the diff), and gives the result as it is
 * afterwards.
 */
export async function addDisables(
  options: LintOptions,
  result: LintResult,
  reason: string | undefined,
  { dryRun, forPrograms }: DryRun,
): Promise<LintResult> {
  const { disablesFor } = await import('../add-disable.ts');
  const { result: planned, left } = disablesFor(result, reason, options.cwd);
  const { files, fixed, refused } = await fixCharts(options, planned, { dryRun });
  for (const { finding, why } of [...left, ...refused])
    warn(
      `not suppressed: ${safeLine(`${finding.location.file}:${finding.location.line} ${finding.rule}: ${why}`)}; suppress it in the policy (ignore) or with a baseline\n`,
    );
  if (dryRun) return (printDiff(files, forPrograms), result);
  const total = result.charts.reduce((sum, { findings }) => sum + findings.length, 0);
  warn(
    `${fixed} of ${total} findings suppressed by comments in ${files.length} file${files.length === 1 ? '' : 's'}\n`,
  );
  return files.length > 0 ? lint(options) : result;
}

function inFiles({ length }: readonly FixedFile[]): string {
  return length === 0 ? '' : ` in ${length} file${length === 1 ? '' : 's'}`;
}

/** On standard output, or on standard error where a report for programs is on the other. */
function printDiff(files: readonly FixedFile[], forPrograms: boolean): void {
  for (const { file, before, after } of files)
    (forPrograms ? process.stderr : process.stdout).write(
      shown(createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after, undefined, undefined, { context: 3 })),
    );
}

/**
 * A patch without its first line. Whoever looks at it gets no control characters of the chart; a program gets the patch
 * as it is.
 */
function shown(patch: string): string {
  const text = patch.replace(/^=+\n/, '');
  return process.stdout.isTTY || onCi() ? forLog(safe(text)) : text;
}
