import { styleText } from 'node:util';
import type { Finding } from '../check/index.ts';
import type { LintResult } from '../lint.ts';
import { safe } from './safe.ts';

/** How the human report is drawn. */
export interface StylishOptions {
  color: boolean;
  /** Columns of the terminal; prose is wrapped to it. */
  width: number;
}

type Style = Parameters<typeof styleText>[0];

/** The report for people: file, resource, why (each link of the chain with its line) and how to mend it. */
export function stylish(result: LintResult, { color, width }: StylishOptions): string {
  const paint = (style: Style, text: string) => (color ? styleText(style, text, { validateStream: false }) : text);
  const out: string[] = [];
  const helped = new Set<string>();
  for (const chart of result.charts) {
    if (chart.findings.length === 0) continue;
    out.push(paint('bold', `${safe(chart.path)}${chart.name && chart.name !== chart.path ? ` (${safe(chart.name)} ${safe(chart.version)})` : ''}`), '');
    for (const finding of chart.findings) {
      out.push(...one(finding, paint, width));
      // The cure of a rule is said once in a chart; eleven times it is noise.
      if (!helped.has(`${chart.path}\0${finding.help}`)) out.push(...wrap(`fix: ${finding.help}`, width, '    ', '         ').map((line) => paint('green', line)));
      helped.add(`${chart.path}\0${finding.help}`);
      out.push('');
    }
  }
  for (const { path, message } of result.errors) out.push(`${paint(['red', 'bold'], 'failed')}  ${safe(message.startsWith(path) ? message : `${path}: ${message}`)}`);
  out.push(summary(result, paint));
  return `${out.join('\n')}\n`;
}

type Paint = (style: Style, text: string) => string;

const colors = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

function one(finding: Finding, paint: Paint, width: number): string[] {
  const { severity, rule, message, location, because, resource, actions } = finding;
  const when = actions.length === 1 ? paint('dim', ` (${actions[0]} only)`) : '';
  const lines = [
    `  ${paint('underline', where(location))}  ${paint(['bold', colors[severity]], severity)}  ${paint('dim', rule)}${when}`,
    ...wrap(safe(message), width, '    ', '    ').map((line) => paint('bold', line)),
    paint('dim', `    ${safe(`${resource.kind} ${resource.namespace}/${resource.name}`)}`),
  ];
  because.forEach((link, index) => {
    lines.push(...wrap(`${index === 0 ? '─' : '→'} ${safe(link.message)}`, width, '      ', '        ').map((line, n, all) => (n === all.length - 1 ? `${line}  ${paint('dim', where(link.location))}` : line)));
  });
  return lines;
}

function where({ file, line, column }: Finding['location']): string {
  return `${safe(file)}:${line}:${column}`;
}

function wrap(text: string, width: number, first: string, rest: string): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(/\s+/)) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}

function summary({ charts, errors, summary: { errors: bad, warnings, infos } }: LintResult, paint: Paint): string {
  const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
  if (bad + warnings + infos === 0 && errors.length === 0) return paint('green', `${count(charts.length, 'chart')}, nothing to report`);
  const parts = [count(bad, 'error'), count(warnings, 'warning'), ...(infos ? [count(infos, 'info')] : [])];
  const failed = errors.length ? `; ${count(errors.length, 'chart')} could not be linted` : '';
  return paint(bad || errors.length ? ['red', 'bold'] : ['yellow', 'bold'], `${parts.join(', ')} in ${count(charts.length, 'chart')}${failed}`);
}
