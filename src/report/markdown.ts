import type { Finding } from '../check/index.ts';
import type { ChartResult, LintResult } from '../result.ts';
import { changeLines } from './changes.ts';
import { suppressedLine } from '../suppress/line.ts';
import { mermaidText } from './mermaid-text.ts';
import { safe, short } from './safe.ts';
import { said } from './said.ts';
import { verdicts } from './verdict.ts';

const marks = { error: '🛑', warning: '⚠️', info: 'ℹ️' } as const;

const outcomeMarks = { passes: '✅', fails: '🛑', doubt: '⚠️' } as const;

/** Rows of tables, and findings shown in full. */
const mostRows = 100;
const mostInFull = 20;

/** Characters in all; what does not fit is counted in the last line, for which some are kept. */
const mostCharacters = 60_000;
const kept = 1_400;

/** Markdown for a comment on a pull request or a job summary: a table, and each chain of causes as a Mermaid graph. */
export function markdown({ charts, errors, summary, hidden }: LintResult): string {
  const { errors: bad, warnings, infos } = summary;
  const aside = suppressedLine(charts, hidden);
  const page = new Page();
  page.add(
    `## migrate-lint: ${bad + warnings + infos === 0 && errors.length === 0 && !aside ? 'nothing to report' : `${count(bad, 'error')}, ${count(warnings, 'warning')}, ${count(infos, 'info')}`}`,
    '',
  );
  const failed = errors.filter(
    ({ path, message }) => !page.add(`- 🛑 ${text(message.startsWith(path) ? message : `${path}: ${message}`)}`, ''),
  ).length;
  let left = 0;
  let rows = mostRows;
  let inFull = mostInFull;
  for (const chart of charts) {
    const { path, findings } = chart;
    const changed = changesIn(chart);
    if (findings.length === 0 && changed.length === 0) continue;
    const title = `### ${text(short(path))}`;
    const head = ['| | rule | where | what |', '| --- | --- | --- | --- |'];
    const ends = verdicts(chart).map((one) => `- ${outcomeMarks[one.state]} ${text(one.text)}`);
    const lead = [title, '', ...(ends.length > 0 ? [...ends, ''] : []), ...changed];
    if (findings.length === 0) {
      page.add(...lead);
      continue;
    }
    if (rows === 0 ? !page.add(...lead, count(findings.length, 'finding'), '') : !page.add(...lead, ...head)) {
      left += findings.length;
      continue;
    }
    if (rows === 0) continue;
    const within = findings.slice(0, rows).filter((finding) => page.add(row(finding)));
    const more = findings.length - within.length;
    if (more > 0 && !page.add('', `and ${more} more`)) left += more;
    page.add('');
    rows = Math.max(0, rows - findings.length);
    for (const finding of oneOfEach(within).slice(0, inFull)) if (page.add(...details(finding))) inFull -= 1;
  }
  return page.end(
    [left > 0 ? count(left, 'finding') : '', failed > 0 ? `${count(failed, 'chart')} that could not be linted` : '']
      .filter(Boolean)
      .join(' and '),
    aside,
  );
}

/** Lines of what changed that are shown. */
const mostChanges = 10;
const changeMarks = { added: '➕', removed: '➖', changed: '✏️' } as const;

/** What changed in the rollout since the last revision, in short; nothing where nothing did. */
function changesIn({ changes }: ChartResult): string[] {
  const lines = changes ? changeLines(changes) : [];
  if (lines.length === 0) return [];
  const more = lines.length - mostChanges;
  return [
    `Rollout since ${code(changes!.from)}:`,
    '',
    ...lines.slice(0, mostChanges).map(({ kind, worse, text: said }) => {
      const mark = kind === 'outcome' ? (worse ? '🛑' : '✅') : changeMarks[kind];
      return `- ${mark} ${kind === 'outcome' ? '' : `${kind} `}${text(said)}`;
    }),
    ...(more > 0 ? [`- and ${more} more`] : []),
    '',
  ];
}

/** Lines up to the bound. */
class Page {
  private readonly lines: string[] = [];
  private length = 0;

  /** Adds lines that belong together; `false` where they do not fit. */
  add(...lines: string[]): boolean {
    const length = lines.reduce((sum, line) => sum + line.length + 1, 0);
    if (this.length + length > mostCharacters - kept) return false;
    this.length += length;
    this.lines.push(...lines);
    return true;
  }

  /** The text, with what was left out. */
  end(left: string, aside: string | undefined): string {
    if (aside) this.lines.push('', aside);
    if (left) this.lines.push('', `${left} not shown: this text is full.`);
    return `${this.lines.join('\n').trimEnd()}\n`;
  }
}

function row(finding: Finding): string {
  const { severity, rule, location } = finding;
  return `| ${marks[severity]} | \`${rule}\` | ${code(short(`${location.file}:${location.line}`))} | ${text(said(finding))} |`;
}

/** Eleven Jobs that wait alike need one graph, and one fix. */
function oneOfEach(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ rule, location }) => {
    const key = `${rule} ${location.file}:${location.line}`;
    return !seen.has(key) && seen.add(key);
  });
}

function details({ rule, resource, because, help }: Finding): string[] {
  const nodes = [`${resource.kind}/${resource.name}`, ...because.map(({ message }) => message)];
  return [
    `<details><summary><code>${rule}</code>: ${unlinked(html(`${resource.kind}/${resource.name}`))}</summary>`,
    '',
    ...(because.length > 0
      ? [
          '```mermaid',
          'flowchart TD',
          ...nodes.map((node, index) => `  n${index}["${mermaidText(node)}"]`),
          ...nodes.slice(1).map((_, index) => `  n${index} --> n${index + 1}`),
          '```',
          '',
          ...because.map(({ message, location }) => `1. ${text(message)} ${code(`${location.file}:${location.line}`)}`),
          '',
        ]
      : []),
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

/**
 * Platforms look for addresses, people and issues in the text that comes out, so that escaping does not keep them off.
 */
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
