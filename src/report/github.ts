import type { LintResult } from '../result.ts';
import { suppressedLine } from '../suppress/line.ts';
import { marks, safe } from './safe.ts';
import { said } from './said.ts';

const commands = { error: 'error', warning: 'warning', info: 'notice' } as const;

/** GitHub's workflow commands: an annotation for each finding at its line in the pull request. */
export function github({ charts, errors, hidden }: LintResult): string {
  const lines = charts.flatMap(({ findings }) =>
    findings.map((finding) => {
      const {
        severity,
        rule,
        location: { file, line, column },
        because,
        help,
      } = finding;
      const text = [
        said(finding),
        ...because.map((link) => `→ ${link.message} (${link.location.file}:${link.location.line})`),
        help,
      ].join('\n');
      return `::${commands[severity]} file=${property(file)},line=${line},col=${column},title=${property(`migrate-lint: ${rule}`)}::${data(text)}`;
    }),
  );
  for (const { path, message } of errors)
    lines.push(
      `::error title=${property('migrate-lint')}::${data(message.startsWith(path) ? message : `${path}: ${message}`)}`,
    );
  const aside = suppressedLine(charts, hidden);
  if (aside) lines.push(`::notice title=${property('migrate-lint')}::${data(aside)}`);
  return lines.map((line) => `${line}\n`).join('');
}

/** What the runner decodes again (actions/toolkit, command.ts). */
function data(text: string): string {
  return safe(text).replace(marks, '#\u200b#').replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
