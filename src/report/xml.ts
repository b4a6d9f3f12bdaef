import type { Finding } from '../check/index.ts';
import type { LintResult } from '../lint.ts';
import { said } from './said.ts';
import { safe } from './safe.ts';

/** JUnit XML: a test suite for each chart, a failed test for each finding at `error` or `warning`. */
export function junit({ charts, errors }: LintResult): string {
  const suites = charts.map(({ path, findings }) => {
    const cases = findings.map((finding) => {
      const name = finding.resource.kind
        ? `${finding.rule}: ${finding.resource.kind} ${finding.resource.name}`
        : finding.rule;
      const body =
        finding.severity === 'info'
          ? `<system-out>${text(said(finding))}</system-out>`
          : `<failure type="${finding.severity}" message="${text(said(finding))}">${text(details(finding))}</failure>`;
      return `    <testcase classname="${text(path)}" name="${text(name)}" file="${text(finding.location.file)}" line="${finding.location.line}">${body}</testcase>`;
    });
    const failed = findings.filter(({ severity }) => severity !== 'info').length;
    const passed = findings.length === 0 ? [`    <testcase classname="${text(path)}" name="migrate-lint"/>`] : [];
    return [
      `  <testsuite name="${text(path)}" tests="${cases.length + passed.length}" failures="${failed}" errors="0">`,
      ...cases,
      ...passed,
      '  </testsuite>',
    ].join('\n');
  });
  for (const { path, message } of errors)
    suites.push(
      `  <testsuite name="${text(path)}" tests="1" failures="0" errors="1">\n    <testcase classname="${text(path)}" name="migrate-lint"><error message="${text(message)}"/></testcase>\n  </testsuite>`,
    );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="migrate-lint">\n${suites.join('\n')}\n</testsuites>\n`;
}

/** Checkstyle XML, which many CI servers read. */
export function checkstyle({ charts, errors }: LintResult): string {
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

/** {@link safe} takes what XML 1.0 has no way to write; line breaks in attributes last only as references. */
function text(value: string): string {
  return safe(value).replace(/[&<>"'\n\t]/g, (char) => `&#${char.charCodeAt(0)};`);
}
