import type { Finding, Suppression } from '../finding.ts';
import { directivesOf, type Directive, type Misspelt } from './directives.ts';

/** Lines from one to another, both included, that a `disable` covers. */
interface Range {
  from: number;
  to: number;
  directive: Directive;
}

/** The directives of a chart's files: which findings they cover, and which of them have no effect. */
export class Comments {
  readonly directives: Directive[] = [];
  readonly misspelt: Misspelt[] = [];
  private readonly files = new Map<string, FileCoverage>();
  private readonly used = new Set<Directive>();

  constructor(files: readonly { file: string; text: string }[]) {
    for (const { file, text } of files) {
      const found = directivesOf(file, text);
      if (found.directives.length > 0) this.files.set(file, new FileCoverage(found.directives));
      for (const directive of found.directives) this.directives.push(directive);
      for (const one of found.misspelt) this.misspelt.push(one);
    }
  }

  /**
   * The directive that covers a finding: at its own line, or at the line that includes the named template that it is
   * in.
   */
  suppress({ rule, location }: Finding): Suppression | undefined {
    let found: Directive | undefined;
    for (const at of [location, location.includedAt]) {
      const directive = at && this.files.get(at.file)?.at(at.line, rule);
      if (!directive) continue;
      this.used.add(directive);
      found ??= directive;
    }
    return found && { by: 'comment', at: { file: found.file, line: found.line }, reason: found.reason };
  }

  /** Directives that cover no finding so far; `enable` is none of them. */
  unused(): Directive[] {
    return this.directives.filter((directive) => directive.word !== 'enable' && !this.used.has(directive));
  }
}

/** Which directive covers which line of a file. Built in one pass over its directives; a line is found by bisection. */
class FileCoverage {
  private readonly lines = new Map<number, Map<string, Directive>>();
  /** By rule, and by '' for blocks of every rule; in order, without overlaps. */
  private readonly blocks = new Map<string, Range[]>();
  /** Where `enable RULE` takes a rule out of a block of every rule. */
  private readonly gaps = new Map<string, Range[]>();

  constructor(directives: readonly Directive[]) {
    const reenabled = new Set<string>();
    const opened: string[] = [];
    for (const directive of directives) {
      const { word, line, rules, covers } = directive;
      const names = rules.length > 0 ? rules : [''];
      if (covers !== undefined) {
        const known = this.lines.get(covers) ?? new Map<string, Directive>();
        this.lines.set(covers, known);
        for (const name of names) if (!known.has(name)) known.set(name, directive);
      } else if (word === 'disable') {
        for (const name of names) {
          close(this.blocks, name, line - 1);
          if (name === '') for (const rule of reenabled) close(this.gaps, rule, line - 1);
          else if (reenabled.delete(name)) close(this.gaps, name, line - 1);
          open(this.blocks, name, line, directive);
        }
        if (rules.length === 0) reenabled.clear();
      } else if (rules.length === 0) {
        for (const name of opened.splice(0)) close(this.blocks, name, line);
        for (const rule of reenabled) close(this.gaps, rule, line);
        reenabled.clear();
      } else {
        for (const name of rules) {
          close(this.blocks, name, line);
          if (reenabled.has(name)) continue;
          reenabled.add(name);
          open(this.gaps, name, line + 1, directive);
        }
      }
      if (word === 'disable') opened.push(...names);
    }
  }

  at(line: number, rule: string): Directive | undefined {
    const here = this.lines.get(line);
    const block =
      rangeAt(this.blocks.get(rule), line) ??
      (rangeAt(this.gaps.get(rule), line) ? undefined : rangeAt(this.blocks.get(''), line));
    return here?.get(rule) ?? here?.get('') ?? block?.directive;
  }
}

function open(ranges: Map<string, Range[]>, name: string, from: number, directive: Directive): void {
  const list = ranges.get(name) ?? [];
  ranges.set(name, list);
  list.push({ from, to: Infinity, directive });
}

function close(ranges: Map<string, Range[]>, name: string, to: number): void {
  const last = ranges.get(name)?.at(-1);
  if (last?.to === Infinity) last.to = to;
}

function rangeAt(ranges: readonly Range[] = [], line: number): Range | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.from <= line) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low - 1];
  return range && range.to >= line ? range : undefined;
}
