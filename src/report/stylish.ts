import { groupBy, type NonEmpty } from '../group-by.ts';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { styleText } from 'node:util';
import type { Finding } from '../check/index.ts';
import type { ChartResult, LintResult } from '../result.ts';
import { suppressedLine } from '../suppress/line.ts';
import { Frames } from './frame.ts';
import { conditionsOf } from './said.ts';
import { safe, safeLine } from './safe.ts';
import { verdicts } from './verdict.ts';
import { wrap } from './wrap.ts';

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
  /**
   * One entry for one cause, its fix once, and only the links that lead to it; else each finding with all that it says.
   */
  brief?: boolean;
  /** Paths below the heading of a chart are relative to the chart. */
  relative?: boolean;
  /** The command that shows the rollout of a chart, without the chart: `migrate-lint plan -f prod.yaml`. */
  plan?: string;
}

type Style = Parameters<typeof styleText>[0];
type Location = Finding['location'];

/** The report for people: file, resource, why (each link of the chain with its line) and how to fix it. */
export function stylish(result: LintResult, options: StylishOptions): string {
  return new Stylish(options, result).draw(result);
}

const colors = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

class Stylish {
  private readonly options: StylishOptions;
  private readonly frames: Frames;
  private readonly helped = new Set<string>();
  /** The chart below whose heading is written. */
  private chart = '';

  constructor(options: StylishOptions, { charts, deployments }: Pick<LintResult, 'charts' | 'deployments'>) {
    this.options = options;
    this.frames = new Frames(
      options.cwd,
      charts.map(({ path }) => path),
      deployments?.pulled,
    );
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
      const ends = this.verdicts(chart);
      if (ends.length > 0) out.splice(-1, 0, ...ends);
      this.chart = this.options.relative ? chart.path : '';
      for (const group of grouped(chart.findings, this.options.brief)) out.push(...this.group(group), '');
    }
    for (const { path, message } of result.errors)
      out.push(
        `${this.paint(['red', 'bold'], 'failed')}  ${safeLine(message.startsWith(path) || message.startsWith(safeLine(path)) ? message : `${path}: ${message}`)}`,
      );
    out.push(this.summary(result));
    this.chart = '';
    out.push(...this.hint(result));
    return `${out.join('\n')}\n`;
  }

  /** How the actions of a chart end. */
  private verdicts(chart: ChartResult): string[] {
    const marks = { passes: '✓', fails: '✗', doubt: '!' } as const;
    const styles = { passes: 'green', fails: 'red', doubt: 'yellow' } as const;
    return verdicts(chart).flatMap(({ text, state }) =>
      wrap(`${marks[state]} ${safe(text)}`, this.options.width, '  ', '    ').map((line) =>
        this.paint(styles[state], line),
      ),
    );
  }

  /**
   * Findings of one rule at one place: the first in full, of the others the names, or the messages where they say
   * something else.
   */
  private group([first, ...others]: NonEmpty<Finding>): string[] {
    const { severity, rule, message, location, because } = first;
    const { width, brief } = this.options;
    const when = conditionsOf(first).join('; ');
    const lines = [
      `  ${this.where(location, 'underline')}  ${this.paint(['bold', colors[severity]], severity)}  ${this.paint('dim', rule)}${when ? this.paint('dim', ` (${safe(when)})`) : ''}`,
      ...wrap(safe(message), width, '    ', '    ').map((line) => this.paint('bold', line)),
      ...this.frame(location, colors[severity]),
    ];
    const links = brief ? because.filter((link) => !link.message.startsWith('then ')) : because;
    links.forEach((link, index) =>
      lines.push(...this.link(`${index === 0 ? '─' : '→'} ${safe(link.message)}`, link.location)),
    );
    const alike = brief ? others.filter((other) => reasonOf(other) === reasonOf(first)) : [];
    if (alike.length > 0) lines.push(this.paint('bold', `    and ${alike.length} more: ${namesOf(alike, width - 20)}`));
    const different = others.filter((other) => !alike.includes(other));
    if (different.length > 0)
      lines.push(
        this.paint('dim', `    and at the same place:`),
        ...different.flatMap((other) => wrap(`· ${safe(other.message)}`, width, '      ', '        ')),
      );
    return [...lines, ...this.fix(first)];
  }

  /** The fix of a finding, once for all findings of the rule with the same advice. */
  private fix({ rule, help }: Finding): string[] {
    const key = JSON.stringify([rule, this.options.brief ? withoutNames(help) : help]);
    if (this.helped.has(key)) return [];
    this.helped.add(key);
    return wrap(`fix: ${safe(help)}`, this.options.width, '    ', '         ').map((line) => this.paint('green', line));
  }

  /** What shows the rollout of the charts that do not simply pass. */
  private hint({ charts }: LintResult): string[] {
    const stopped = charts.filter((chart) => chart.outcomes?.some(({ state }) => state !== 'passes'));
    const [first] = stopped;
    if (!first) return [];
    const command = `${this.options.plan ?? 'migrate-lint plan'} ${quoted(first.path)}`;
    return [
      this.paint('dim', `The rollout${stopped.length > 1 ? ` of ${safeLine(first.path)}` : ''}: ${safeLine(command)}`),
    ];
  }

  private frame(location: Location, color: Style): string[] {
    const lines = this.frames.around(location);
    const room = Math.max(20, this.options.width - 14);
    const cut = (text: string) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
    const out = lines.flatMap(({ number, text, marked, before }) => {
      const row = `${marked ? '>' : ' '} ${String(number).padStart(5)} │ ${cut(safe(text))}`;
      const at = before === undefined ? room : safe(before).length;
      const caret = at < room - 1 ? [`${' '.repeat(12)}│ ${' '.repeat(at)}${this.paint(color, '^')}`] : [];
      return [`    ${marked ? row : this.paint('dim', row)}`, ...caret];
    });
    // Chart.yaml stands for the chart as a whole.
    if (location.precision === 'block' && basename(location.file) !== 'Chart.yaml')
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

  /** A place, relative to the chart whose heading it stands below. */
  private plainWhere(file: string, line: number): string {
    const folder = `${this.chart}/`;
    return `${safeLine(this.chart && file.startsWith(folder) && file.length > folder.length ? file.slice(folder.length) : file)}:${line}`;
  }

  private linked(text: string, { file, line }: Location): string {
    if (!this.options.hyperlinks) return text;
    return `\u001b]8;;${pathToFileURL(this.frames.onDisk(file)).href}#${line}\u001b\\${text}\u001b]8;;\u001b\\`;
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
    const fixes = fixable ? `; --fix may fix ${fixable}` : '';
    return (
      this.paint(
        bad || errors.length ? ['red', 'bold'] : ['yellow', 'bold'],
        `${parts.join(', ')} in ${looked}${failed}${fixes}`,
      ) + leftOut
    );
  }
}

/** Findings of one rule at one place; `brief` takes those of different advice together too. */
function grouped(findings: readonly Finding[], brief = false): NonEmpty<Finding>[] {
  const groups = groupBy(findings, (finding) => {
    const { rule, severity, location, help } = finding;
    return [rule, severity, location.file, location.line, ...conditionsOf(finding), brief ? '' : help].join('\0');
  });
  return [...groups.values()];
}

/** Equal for findings that say the same of different resources. */
function reasonOf({ message, resource }: Finding): string {
  const own = resource.name === '' ? message : message.replaceAll(resource.name, '');
  return own.replace(/; next blockers?: .*$/s, '');
}

/** The names of what findings are about, as many as a line has room for. */
function namesOf(findings: readonly Finding[], room: number): string {
  const kinds = new Set(findings.map(({ resource }) => resource.kind));
  const names = [
    ...new Set(findings.map(({ resource: { kind, name } }) => safeLine(kinds.size > 1 ? `${kind} ${name}` : name))),
  ];
  const shown: string[] = [];
  for (const name of names) {
    if (shown.length > 0 && [...shown, name].join(', ').length > room) break;
    shown.push(name);
  }
  return `${shown.join(', ')}${shown.length < names.length ? ', …' : ''}`;
}

/** Advice without the names of resources, which differ from case to case. */
function withoutNames(help: string): string {
  return help.replace(/\b([A-Z]\w+) [a-z0-9*][-a-z0-9.*]*(?=[\s,.;:)]|$)/g, '$1');
}

/** A path as a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
