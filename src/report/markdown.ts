import type { Finding } from '../check/index.ts';
import type { LintResult } from '../lint.ts';
import { safe } from './safe.ts';
import { said } from './said.ts';

const marks = { error: '🛑', warning: '⚠️', info: 'ℹ️' } as const;

/** Findings shown in full; a pull request comment has 65,536 characters at most. */
const mostInFull = 20;

/** Markdown for a comment on a pull request or a job summary: a table, and each chain of causes as a Mermaid graph. */
export function markdown({ charts, errors, summary }: LintResult): string {
  const { errors: bad, warnings, infos } = summary;
  const out = [`## migrate-lint: ${bad + warnings + infos === 0 && errors.length === 0 ? 'nothing to report' : `${count(bad, 'error')}, ${count(warnings, 'warning')}, ${count(infos, 'info')}`}`, ''];
  for (const { path, message } of errors) out.push(`- 🛑 ${text(message.startsWith(path) ? message : `${path}: ${message}`)}`, '');
  for (const { path, findings } of charts) {
    if (findings.length === 0) continue;
    out.push(`### ${text(path)}`, '', '| | rule | where | what |', '| --- | --- | --- | --- |');
    for (const finding of findings.slice(0, 100)) out.push(`| ${marks[finding.severity]} | \`${finding.rule}\` | ${code(`${finding.location.file}:${finding.location.line}`)} | ${text(said(finding))} |`);
    if (findings.length > 100) out.push('', `and ${findings.length - 100} more`);
    out.push('');
    const shown = oneOfEach(findings).slice(0, mostInFull);
    for (const finding of shown) out.push(...details(finding));
  }
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
    `<details><summary><code>${rule}</code>: ${html(`${resource.kind} ${resource.name}`)}</summary>`,
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
  return html(value).replace(/[\\`*_[\]|~#!]/g, (char) => `\\${char}`).replace(/@(?=\w)/g, '@\u200b');
}

function html(value: string): string {
  return safe(value).replace(/\s+/g, ' ').replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char]!);
}

function code(value: string): string {
  return `<code>${html(value).replaceAll('|', '&#124;')}</code>`;
}

/** Mermaid's own entities, in quotes. */
function mermaid(value: string): string {
  return safe(value).replace(/\s+/g, ' ').replace(/[#"<>&`;{}[\]|\\]/g, (char) => `#${char.charCodeAt(0)};`);
}
