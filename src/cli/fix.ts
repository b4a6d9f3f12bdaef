import { createTwoFilesPatch } from 'diff';
import { lint, type LintOptions, type LintResult } from '../lint.ts';
import { mend } from '../mend.ts';
import { safeLine } from '../report/safe.ts';

/** `--fix` and `--fix-dry-run`: mends charts (or prints the diff), and gives the result as it is afterwards. */
export async function mendCharts(options: LintOptions, result: LintResult, dryRun: boolean): Promise<LintResult> {
  const { files, fixed, refused } = await mend(options, result, { dryRun });
  for (const { finding, why } of refused)
    process.stderr.write(
      `not mended: ${safeLine(`${finding.location.file}:${finding.location.line} ${finding.rule}: ${why}`)}\n`,
    );
  if (dryRun) {
    for (const { file, before, after } of files)
      process.stdout.write(
        createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after, undefined, undefined, { context: 3 }).replace(
          /^=+\n/,
          '',
        ),
      );
    return result;
  }
  process.stderr.write(
    `${fixed} of ${result.charts.reduce((sum, { findings }) => sum + findings.length, 0)} findings mended in ${files.length} files\n`,
  );
  return files.length > 0 ? lint(options) : result;
}
