import type { Finding } from '../check/index.ts';
import type { LintResult } from '../lint.ts';
import { suppressedLine } from '../suppress/line.ts';
import { safe } from './safe.ts';
import { said } from './said.ts';

const marks = { error: '🛑', warning: '⚠️', info: 'ℹ️' } as const;

/** Rows of tables, and findings shown in full; a pull request comment has 65,536 characters at most. */
const mostRows = 100;
const mostInFull = 20;

/** Markdown for a comment on a pull request or a job summary: a table, and each chain of causes as a Mermaid graph. */
export function markdown({ charts, errors, summary, hidden }: LintResult): string {
  const { errors: bad, warnings, infos } = summary;
  const aside = suppressedLine(charts, hidden);
  const out = [
    `## migrate-lint: ${bad + warnings + infos === 0 && errors.length === 0 && !aside ? 'nothing to report' : `${count(bad, 'error')}, ${count(warnings, 'warning')}, ${count(infos, 'info')}`}`,
    '',
  ];
  for (const { path, message } of errors)
    out.push(`- 🛑 ${text(message.startsWith(path) ? message : `${path}: ${message}`)}`, '');
  let rows = mostRows;
  let inFull = mostInFull;
  for (const { path, findings } of charts) {
    if (findings.length === 0) continue;
    if (rows === 0) {
      out.push(`### ${text(path)}`, '', count(findings.length, 'finding'), '');
      continue;
    }
    out.push(`### ${text(path)}`, '', '| | rule | where | what |', '| --- | --- | --- | --- |');
    for (const finding of findings.slice(0, rows))
      out.push(
        `| ${marks[finding.severity]} | \`${finding.rule}\` | ${code(`${finding.location.file}:${finding.location.line}`)} | ${text(said(finding))} |`,
      );
    if (findings.length > rows) out.push('', `and ${findings.length - rows} more`);
    out.push('');
    const shown = oneOfEach(findings.slice(0, rows)).slice(0, inFull);
    rows = Math.max(0, rows - findings.length);
    inFull -= shown.length;
    for (const finding of shown) out.push(...details(finding));
  }
  if (aside) out.push(aside);
  return `${out.join('\n').trimEnd()}\n`;
}

/** Eleven Jobs that wait alike need one graph. */
function oneOfEach(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ rule, location, because }) => {
    const key = `${rule} ${location.file}:${location.line}`;
    return because.length > 0 && !seen.has(key) && seen.add(key);
  });
}

function details({ rule, resource, because, help }: Finding): string[] {
  const nodes = [`${resource.kind} ${resource.name}`, ...because.map(({ message }) => message)];
  return [
    `<details><summary><code>${rule}</code>: ${unlinked(html(`${resource.kind} ${resource.name}`))}</summary>`,
    '',
    '```mermaid',
    'flowchart TD',
    ...nodes.map((node, index) => `  n${index}["${mermaid(node)}"]`),
    ...nodes.slice(1).map((_, index) => `  n${index} --> n${index + 1}`),
    '```',
    '',
    ...because.map(({ message, location }) => `1. ${text(message)} ${code(`${location.file}:${location.line}`)}`),
    '',
    text(help),
    '',
    '</details>',
    '',
  ];
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** Text of a chart as text: no markup, no links, no mentions, one line. */
function text(value: string): string {
  return unlinked(marked(value));
}

/** The same in a code element, where no platform looks for links, and from which people copy. */
function code(value: string): string {
  return `<code>${marked(value)}</code>`;
}

/** Platforms look for addresses, people and issues in the text that comes out, so that escaping does not keep them off. */
function unlinked(value: string): string {
  return value.replace(/(?<=@)(?=\w)|(?<=:)(?=\/\/)|(?<=#)(?=\d)|(?<=www)(?=\.)/gi, '\u200b');
}

function marked(value: string): string {
  return html(value).replace(/[\\`*_[\]|~#!]/g, (char) => `\\${char}`);
}

function html(value: string): string {
  return safe(value)
    .replace(/\s+/g, ' ')
    .replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char]!);
}

/** Mermaid's own entities, in quotes. */
function mermaid(value: string): string {
  return safe(value)
    .replace(/\s+/g, ' ')
    .replace(/[#"<>&`;{}[\]|\\]/g, (char) => `#${char.charCodeAt(0)};`);
}
