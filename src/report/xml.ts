import type { Finding, Suppressed } from '../finding.ts';
import type { LintResult } from '../result.ts';
import { suppressedLine } from '../suppress/line.ts';
import { said } from './said.ts';
import { marks, safe } from './safe.ts';

/** JUnit XML: a test suite for each chart, a failed test for each finding at `error` or `warning`. */
export function junit({ charts, errors, hidden }: LintResult): string {
  const suites = charts.map(({ path, findings, suppressed }, index) => {
    const cases = findings.map((finding) => {
      const body =
        finding.severity === 'info'
          ? `<system-out>${text(said(finding))}</system-out>`
          : `<failure type="${finding.severity}" message="${text(said(finding))}">${text(details(finding))}</failure>`;
      return testcase(path, finding, body);
    });
    const skipped = suppressed.map((one) => testcase(path, one.finding, `<skipped message="${text(byWhat(one))}"/>`));
    const last = index === charts.length - 1 ? suppressedLine(charts, hidden) : undefined;
    const failed = findings.filter(({ severity }) => severity !== 'info').length;
    const passed = findings.length === 0 ? [`    <testcase classname="${text(path)}" name="migrate-lint"/>`] : [];
    return [
      `  <testsuite name="${text(path)}" tests="${cases.length + passed.length + skipped.length}" failures="${failed}" errors="0"${skipped.length > 0 ? ` skipped="${skipped.length}"` : ''}>`,
      ...cases,
      ...passed,
      ...skipped,
      ...(last ? [`    <system-out>${text(last)}</system-out>`] : []),
      '  </testsuite>',
    ].join('\n');
  });
  for (const { path, message } of errors)
    suites.push(
      `  <testsuite name="${text(path)}" tests="1" failures="0" errors="1">\n    <testcase classname="${text(path)}" name="migrate-lint"><error message="${text(message)}"/></testcase>\n  </testsuite>`,
    );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="migrate-lint">\n${suites.join('\n')}\n</testsuites>\n`;
}

function testcase(chart: string, { rule, resource, location }: Finding, body: string): string {
  const name = resource.kind ? `${rule}: ${resource.kind}/${resource.name}` : rule;
  return `    <testcase classname="${text(chart)}" name="${text(name)}" file="${text(location.file)}" line="${location.line}">${body}</testcase>`;
}

function byWhat({ by, at, reason }: Suppressed): string {
  return `suppressed (${by}${at ? `, ${at.file}:${at.line}` : ''})${reason ? `: ${reason}` : ''}`;
}

/** Checkstyle XML, which many CI servers read. */
export function checkstyle({ charts, errors, hidden }: LintResult): string {
  const byFile = new Map<string, string[]>();
  const add = (file: string, line: string) => byFile.set(file, [...(byFile.get(file) ?? []), line]);
  for (const finding of charts.flatMap(({ findings }) => findings)) {
    const { location, severity, rule } = finding;
    add(
      location.file,
      `    <error line="${location.line}" column="${location.column}" severity="${severity}" message="${text(said(finding))}" source="migrate-lint.${rule}"/>`,
    );
  }
  for (const { path, message } of errors)
    add(path, `    <error line="1" severity="error" message="${text(message)}" source="migrate-lint.not-linted"/>`);
  const aside = suppressedLine(charts, hidden);
  if (aside)
    add(
      charts[0]?.path ?? '.',
      `    <error line="1" severity="info" message="${text(aside)}" source="migrate-lint.suppressed"/>`,
    );
  const files = [...byFile].map(([file, lines]) => `  <file name="${text(file)}">\n${lines.join('\n')}\n  </file>`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<checkstyle version="8.0">\n${files.map((file) => `${file}\n`).join('')}</checkstyle>\n`;
}

function details({ location, because, help }: Finding): string {
  return [
    `${location.file}:${location.line}:${location.column}`,
    ...because.map((link) => `→ ${link.message} (${link.location.file}:${link.location.line})`),
    help,
  ].join('\n');
}

/**
 * GitLab and Jenkins upload the file that `[[ATTACHMENT|path]]` names. {@link safe} takes what XML 1.0 has no way to
 * write; line breaks in attributes last only as references.
 */
function text(value: string): string {
  return safe(value)
    .replace(/\[(?=\[\s*ATTACHMENT)/gi, '[ ')
    .replace(/[&<>"'\n\t]/g, (char) => `&#${char.charCodeAt(0)};`)
    .replace(marks, '#&#35;');
}
