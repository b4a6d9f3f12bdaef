import type { Finding } from '../check/index.ts';
import type { LintResult } from '../lint.ts';
import { said } from './said.ts';

/** JUnit XML: a test suite for each chart, a failed test for each finding at `error` or `warning`. */
export function junit({ charts, errors }: LintResult): string {
  const suites = charts.map(({ path, findings }) => {
    const cases = findings.map((finding) => {
      const name = `${finding.rule}: ${finding.resource.kind} ${finding.resource.name}`;
      const body = finding.severity === 'info' ? `<system-out>${text(said(finding))}</system-out>` : `<failure type="${finding.severity}" message="${text(said(finding))}">${text(details(finding))}</failure>`;
      return `    <testcase classname="${text(path)}" name="${text(name)}" file="${text(finding.location.file)}" line="${finding.location.line}">${body}</testcase>`;
    });
    const failed = findings.filter(({ severity }) => severity !== 'info').length;
    const passed = findings.length === 0 ? [`    <testcase classname="${text(path)}" name="migrate-lint"/>`] : [];
    return [`  <testsuite name="${text(path)}" tests="${cases.length + passed.length}" failures="${failed}" errors="0">`, ...cases, ...passed, '  </testsuite>'].join('\n');
  });
  for (const { path, message } of errors) suites.push(`  <testsuite name="${text(path)}" tests="1" failures="0" errors="1">\n    <testcase classname="${text(path)}" name="migrate-lint"><error message="${text(message)}"/></testcase>\n  </testsuite>`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="migrate-lint">\n${suites.join('\n')}\n</testsuites>\n`;
}

/** Checkstyle XML, which many CI servers read. */
export function checkstyle({ charts }: LintResult): string {
  const byFile = new Map<string, Finding[]>();
  for (const finding of charts.flatMap(({ findings }) => findings)) byFile.set(finding.location.file, [...(byFile.get(finding.location.file) ?? []), finding]);
  const files = [...byFile].map(([file, findings]) => {
    const lines = findings.map((finding) => `    <error line="${finding.location.line}" column="${finding.location.column}" severity="${finding.severity}" message="${text(said(finding))}" source="migrate-lint.${finding.rule}"/>`);
    return `  <file name="${text(file)}">\n${lines.join('\n')}\n  </file>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<checkstyle version="8.0">\n${files.map((file) => `${file}\n`).join('')}</checkstyle>\n`;
}

function details({ location, because, help }: Finding): string {
  return [`${location.file}:${location.line}:${location.column}`, ...because.map((link) => `→ ${link.message} (${link.location.file}:${link.location.line})`), help].join('\n');
}

/** Characters that XML 1.0 has no way to write, and such that turn the direction of text, are shown as their number. */
function text(value: string): string {
  return value
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/[&<>"'\n\r\t]/g, (char) => `&#${char.charCodeAt(0)};`);
}
