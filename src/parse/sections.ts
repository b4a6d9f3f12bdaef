import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, Schema } from 'yaml';
import type { Document, Node, Pair, ScalarTag } from 'yaml';
import type { Manifest } from './manifest.ts';
import { valueOf } from './value.ts';

/** A path to a value: keys of mappings, indexes of sequences. */
export type Path = readonly (string | number)[];

/** Position in a manifest's stream. Lines and columns count from 1. */
export interface Position {
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  /** Offset in the manifest's text. */
  offset: number;
  endOffset: number;
  /** How many elements of the path were found; fewer than asked: the rest does not exist. */
  depth: number;
}

/**
 * The words that Kubernetes' YAML reader (sigs.k8s.io/yaml, go-yaml v2) takes for booleans beyond YAML 1.2's.
 * `helm.sh/hook: on` is a boolean to it.
 */
const yaml11Bool: ScalarTag = {
  identify: () => false,
  default: true,
  tag: 'tag:yaml.org,2002:bool',
  test: /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/,
  resolve: (text) => /^(?:y|Y|yes|Yes|YES|on|On|ON)$/.test(text),
};

/** The same reader takes a leading zero for octal, as YAML 1.1 does: `defaultMode: 0755` is 493. */
const yaml11Octal: ScalarTag = {
  identify: () => false,
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^[-+]?0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
};

const schema = new Schema({ schema: 'core', merge: true, customTags: (tags) => [yaml11Octal, ...tags, yaml11Bool] });

interface Section {
  doc: Document;
  lines: LineCounter;
  /** Where the section starts in the manifest's text, and on which line (from 0). */
  offset: number;
  line: number;
  value: unknown;
}

/**
 * A document that is parsed a top-level key at a time, when asked: a chart's CRDs, dashboards and
 * ConfigMaps are most of its text, and no rule reads them.
 */
export class Sections {
  private readonly starts: { key: string; offset: number; line: number }[] | undefined;
  private readonly parsed = new Map<string, Section | undefined>();
  readonly manifest: Manifest;
  /** What the parser could not make sense of; the rest is still read. */
  readonly problems: string[] = [];

  /** With `unread` nothing of the document is parsed: it only has a first line. */
  constructor(manifest: Manifest, unread = false) {
    this.manifest = manifest;
    this.starts = unread ? [] : topLevelKeys(manifest.text);
  }

  /** The value under a path; `undefined` when absent. */
  get(path: Path): unknown {
    let value: unknown;
    if (this.starts) {
      if (path.length === 0) return Object.fromEntries(this.starts.map(({ key }) => [key, this.get([key])]));
      const word = path.length === 1 ? this.plainWord(String(path[0])) : undefined;
      if (word !== undefined) return word;
      value = field(this.section(String(path[0]))?.value, path[0]!);
    } else {
      value = this.whole()?.value;
      if (path.length > 0) value = field(value, path[0]!);
    }
    for (const key of path.slice(1)) value = field(value, key);
    return value;
  }

  /** The position of a value (or of its key); of the deepest part that exists when the path does not. */
  position(path: Path, part: 'key' | 'value' = 'value'): Position {
    const section = this.starts ? (path.length ? this.section(String(path[0])) : undefined) : this.whole();
    if (!section) return this.at(0, 0, 0);
    let node = section.doc.contents as Node | null;
    let pair: Pair | undefined;
    let depth = 0;
    for (const key of path) {
      const next = child(node, key);
      if (!next) break;
      [pair, node] = next;
      depth += 1;
    }
    const wanted = part === 'key' && pair && depth === path.length ? pair.key : node;
    // A key without a value has no node of its own: then the key stands for it. So it does where the path ends early.
    const shown = depth < path.length || !hasRange(wanted) ? (pair?.key ?? node) : wanted;
    if (!hasRange(shown)) return this.at(section.offset, section.offset, depth, section);
    return this.at(section.offset + shown.range[0], section.offset + shown.range[1], depth, section);
  }

  private at(offset: number, endOffset: number, depth: number, section?: Section): Position {
    if (!section)
      return { line: this.firstLine(), column: 1, endLine: this.firstLine(), endColumn: 1, offset, endOffset, depth };
    const base = this.manifest.line + section.line;
    const start = section.lines.linePos(offset - section.offset);
    const end = section.lines.linePos(Math.max(endOffset - section.offset, offset - section.offset));
    return {
      line: base + start.line - 1,
      column: start.col,
      endLine: base + end.line - 1,
      endColumn: end.col,
      offset,
      endOffset,
      depth,
    };
  }

  /** The first line that is neither blank nor a comment. */
  private firstLine(): number {
    const before = /^(?:[ \t]*(?:#.*)?\r?\n)*/.exec(this.manifest.text)?.[0] ?? '';
    return this.manifest.line + before.split('\n').length - 1;
  }

  /** The value of a section that is one plain word (`kind: Job`), which needs no parser. */
  private plainWord(key: string): string | undefined {
    if (this.parsed.has(key)) return undefined;
    const index = this.starts!.findLastIndex((start) => start.key === key);
    const start = this.starts![index];
    if (!start) return undefined;
    const word = /^[^:]+: ([A-Za-z][A-Za-z0-9./-]*)\n?$/.exec(
      this.manifest.text.slice(start.offset, this.starts![index + 1]?.offset),
    )?.[1];
    return word !== undefined && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(word) ? word : undefined;
  }

  private whole(): Section | undefined {
    return this.parse('', this.manifest.text, 0, 0);
  }

  private section(key: string): Section | undefined {
    if (this.parsed.has(key)) return this.parsed.get(key);
    const { text } = this.manifest;
    // With a key that stands twice the last one counts, as for Kubernetes.
    const index = this.starts!.findLastIndex((start) => start.key === key);
    const start = this.starts![index];
    if (!start) return undefined;
    return this.parse(key, text.slice(start.offset, this.starts![index + 1]?.offset), start.offset, start.line);
  }

  private parse(key: string, text: string, offset: number, line: number): Section | undefined {
    if (this.parsed.has(key)) return this.parsed.get(key);
    let section: Section | undefined;
    try {
      const lines = new LineCounter();
      const doc = parseDocument(text, {
        lineCounter: lines,
        uniqueKeys: false,
        schema,
        logLevel: 'silent',
        strict: false,
        // Their drawing takes quadratic time where lines are blank.
        prettyErrors: false,
      });
      section = { doc, lines, offset, line, value: valueOf(doc) };
      for (const error of doc.errors) this.problems.push(error.message.split('\n')[0]!);
    } catch (error) {
      // An alias bomb, a value that holds itself, or nesting without end.
      this.problems.push(error instanceof Error ? error.message.split('\n')[0]! : String(error));
    }
    this.parsed.set(key, section);
    return section;
  }
}

/** Where each top-level key starts; `undefined` when the document must be parsed as a whole. */
function topLevelKeys(text: string): Sections['starts'] {
  // Anchors and merge keys may reach across sections.
  if (/(?:[:\-[{,]\s|^)[&*][A-Za-z0-9_]/m.test(text) || text.includes('\r') || text.includes('\t')) return undefined;
  const keys: { key: string; offset: number; line: number }[] = [];
  let line = 0;
  for (let offset = 0; offset < text.length; line += 1) {
    const end = text.indexOf('\n', offset);
    const next = end === -1 ? text.length : end + 1;
    const first = text.charCodeAt(offset);
    if (first !== 0x20 && first !== 0x23 && first !== 0x0a && first !== 0x2d) {
      const key = /^([A-Za-z][A-Za-z0-9_.-]*):(?=\s|$)/.exec(text.slice(offset, Math.min(next, offset + 200)));
      if (!key) return undefined;
      keys.push({ key: key[1]!, offset, line });
    }
    offset = next;
  }
  return keys;
}

function field(value: unknown, key: string | number): unknown {
  if (value === null || typeof value !== 'object') return undefined;
  return Object.hasOwn(value, key) ? (value as Record<string | number, unknown>)[key] : undefined;
}

function child(node: Node | null, key: string | number): [Pair | undefined, Node | null] | undefined {
  if (isMap(node)) {
    const pair = node.items.findLast(
      (item) => isPair(item) && String(isScalar(item.key) ? item.key.value : item.key) === String(key),
    );
    return pair && [pair as Pair, pair.value as Node | null];
  }
  if (isSeq(node) && typeof key === 'number' && key < node.items.length) return [undefined, node.items[key] as Node];
  return undefined;
}

function hasRange(node: unknown): node is { range: [number, number, number] } {
  return node != null && typeof node === 'object' && Array.isArray((node as { range?: unknown }).range);
}
