import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { styleText } from 'node:util';
import type { Finding } from '../check/index.ts';
import type { LintResult } from '../result.ts';
import { suppressedLine } from '../suppress/line.ts';
import { Frames } from './frame.ts';
import { conditionsOf } from './said.ts';
import { safe, safeLine } from './safe.ts';

/** How the human report is drawn. */
export interface StylishOptions {
  color: boolean;
  /** Columns of the terminal; prose is wrapped to it. */
  width: number;
  /** File names lead to files (OSC 8). */
  hyperlinks: boolean;
  /** Shows the rendered line beside the template's. */
  showRendered: boolean;
  cwd: string;
}

type Style = Parameters<typeof styleText>[0];
type Location = Finding['location'];

/** The report for people: file, resource, why (each link of the chain with its line) and how to mend it. */
export function stylish(result: LintResult, options: StylishOptions): string {
  return new Stylish(
    options,
    result.charts.map(({ path }) => path),
  ).draw(result);
}

const colors = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

class Stylish {
  private readonly options: StylishOptions;
  private readonly frames: Frames;
  private readonly helped = new Set<string>();

  constructor(options: StylishOptions, charts: readonly string[]) {
    this.options = options;
    this.frames = new Frames(options.cwd, charts);
  }

  draw(result: LintResult): string {
    const out: string[] = [];
    for (const chart of result.charts) {
      if (chart.findings.length === 0) continue;
      out.push(
        this.paint(
          'bold',
          `${safeLine(chart.path)}${chart.name && chart.name !== chart.path ? ` (${safeLine(chart.name)} ${safeLine(chart.version)})` : ''}`,
        ),
        '',
      );
      for (const group of grouped(chart.findings)) out.push(...this.group(group), '');
    }
    for (const { path, message } of result.errors)
      out.push(
        `${this.paint(['red', 'bold'], 'failed')}  ${safeLine(message.startsWith(path) || message.startsWith(safeLine(path)) ? message : `${path}: ${message}`)}`,
      );
    out.push(this.summary(result));
    return `${out.join('\n')}\n`;
  }

  /** Findings of one rule at one place: the first in full, the others a line each. */
  private group([first, ...others]: readonly Finding[]): string[] {
    const { severity, rule, message, location, because, help } = first!;
    const { width } = this.options;
    const when = conditionsOf(first!).join('; ');
    const lines = [
      `  ${this.where(location, 'underline')}  ${this.paint(['bold', colors[severity]], severity)}  ${this.paint('dim', rule)}${when ? this.paint('dim', ` (${safe(when)})`) : ''}`,
      ...wrap(safe(message), width, '    ', '    ').map((line) => this.paint('bold', line)),
      ...this.frame(location),
    ];
    because.forEach((link, index) =>
      lines.push(...this.link(`${index === 0 ? '─' : '→'} ${safe(link.message)}`, link.location)),
    );
    if (others.length > 0)
      lines.push(
        this.paint('dim', `    and at the same place:`),
        ...others.flatMap((other) => wrap(`· ${safe(other.message)}`, width, '      ', '        ')),
      );
    // The cure of a rule is said once; eleven times it is noise.
    if (!this.helped.has(rule + help))
      lines.push(...wrap(`fix: ${safe(help)}`, width, '    ', '         ').map((line) => this.paint('green', line)));
    this.helped.add(rule + help);
    return lines;
  }

  private frame(location: Location): string[] {
    const lines = this.frames.around(location);
    const room = Math.max(20, this.options.width - 14);
    const cut = (text: string) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
    const out = lines.map(({ number, text, marked }) => {
      const row = `${marked ? '>' : ' '} ${String(number).padStart(5)} │ ${cut(safe(text))}`;
      return `    ${marked ? row : this.paint('dim', row)}`;
    });
    if (location.precision === 'block')
      out.push(this.paint('dim', '            somewhere in this block: a template computes the line'));
    if (location.includedAt)
      out.push(
        this.paint('dim', `            used by ${this.plainWhere(location.includedAt.file, location.includedAt.line)}`),
      );
    if (location.value)
      out.push(
        this.paint(
          'dim',
          `            ${safe(location.value.path)} is set at ${this.plainWhere(location.value.file, location.value.line)}`,
        ),
      );
    if (this.options.showRendered && location.rendered)
      out.push(`    ${this.paint('dim', '  rendered')} │ ${cut(safe(location.rendered.text))}`);
    return out;
  }

  private link(text: string, location: Location): string[] {
    const place = this.plainWhere(location.file, location.line);
    const lines = wrap(text, this.options.width - 2, '      ', '        ');
    const last = lines.pop()!;
    const fits = last.length + 2 + place.length <= this.options.width;
    return fits
      ? [...lines, `${last}  ${this.paint('dim', this.linked(place, location))}`]
      : [...lines, last, `        ${this.paint('dim', this.linked(place, location))}`];
  }

  private where(location: Location, style: Style): string {
    return this.paint(
      style,
      this.linked(`${this.plainWhere(location.file, location.line)}:${location.column}`, location),
    );
  }

  private plainWhere(file: string, line: number): string {
    return `${safeLine(file)}:${line}`;
  }

  private linked(text: string, { file, line }: Location): string {
    if (!this.options.hyperlinks) return text;
    return `\u001b]8;;${pathToFileURL(resolve(this.options.cwd, file)).href}#${line}\u001b\\${text}\u001b]8;;\u001b\\`;
  }

  private paint(style: Style, text: string): string {
    return this.options.color ? styleText(style, text, { validateStream: false }) : text;
  }

  private summary({ charts, errors, hidden, summary: { errors: bad, warnings, infos } }: LintResult): string {
    const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
    const fixable = charts.reduce((sum, { findings }) => sum + findings.filter(({ fix }) => fix).length, 0);
    const scenarios = charts.reduce((sum, chart) => sum + (chart.scenarios?.length ?? 1), 0);
    const looked = `${count(charts.length, 'chart')}${scenarios > charts.length ? ` (${scenarios} scenarios)` : ''}`;
    const aside = suppressedLine(charts, hidden);
    const leftOut = aside ? `\n${this.paint('dim', aside)}` : '';
    if (bad + warnings + infos === 0 && errors.length === 0)
      return (
        this.paint('green', aside ? `0 errors, 0 warnings in ${looked}` : `${looked}, nothing to report`) + leftOut
      );
    const parts = [count(bad, 'error'), count(warnings, 'warning'), ...(infos ? [count(infos, 'info')] : [])];
    const failed = errors.length ? `; ${count(errors.length, 'chart')} could not be linted` : '';
    const mendable = fixable ? `; --fix may mend ${fixable}` : '';
    return (
      this.paint(
        bad || errors.length ? ['red', 'bold'] : ['yellow', 'bold'],
        `${parts.join(', ')} in ${looked}${failed}${mendable}`,
      ) + leftOut
    );
  }
}

function grouped(findings: readonly Finding[]): Finding[][] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { rule, severity, location, help } = finding;
    const key = [rule, severity, location.file, location.line, help, ...conditionsOf(finding)].join('\0');
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()];
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
