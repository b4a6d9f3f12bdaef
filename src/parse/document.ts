import { childOf, readYaml, YamlError, type DuplicateKey, type YamlDocument, type YamlNode } from '../yaml/index.ts';
import { maxDocumentBytes, type Manifest } from './manifest.ts';

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

const nothing: YamlDocument = {
  root: undefined,
  value: undefined,
  duplicates: [],
  texts: new Map(),
  ignored: undefined,
};

/** A manifest as Helm and Kubernetes read it, every value of which knows where it stands. */
export class ManifestDocument {
  readonly manifest: Manifest;
  /** Why nothing is known of it, a sentence without its full stop; absent where it was read. */
  readonly problem: string | undefined;
  private readonly problemOffset: number | undefined;
  private readonly yaml: YamlDocument;
  private lineStarts: number[] | undefined;

  constructor(manifest: Manifest) {
    this.manifest = manifest;
    const { text } = manifest;
    this.yaml = nothing;
    if (text.length > maxDocumentBytes) {
      this.problem = `it is larger than ${maxDocumentBytes / 1024 ** 2} MiB`;
      return;
    }
    // The comment with the source and the last line feed are Helm's. A byte order mark may stand behind the one, and
    // the other would lengthen a block scalar.
    const printed = manifest.source !== undefined && !manifest.template;
    try {
      this.yaml = readYaml(
        printed ? text.replace(/\n$/, '') : text,
        printed && text.startsWith('# Source: ') ? text.indexOf('\n') + 1 : 0,
      );
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      this.problem = `not read as YAML: ${error.message}`;
      this.problemOffset = error.offset;
    }
  }

  get value(): unknown {
    return this.yaml.value;
  }

  get duplicates(): readonly DuplicateKey[] {
    return this.yaml.duplicates;
  }

  /** On which line the text begins that stands behind the end of the document; absent where there is none. */
  get ignoredFrom(): number | undefined {
    return this.yaml.ignored === undefined ? undefined : this.lineAt(this.yaml.ignored);
  }

  /** A scalar under a key as Helm turns it into a text; `undefined` for what is none. */
  text(mapping: object, key: string): string | undefined {
    const value = (mapping as Record<string, unknown>)[key];
    if (typeof value === 'string') return value;
    if (typeof value !== 'number' && typeof value !== 'boolean') return undefined;
    return this.yaml.texts.get(mapping)?.get(key) ?? String(value);
  }

  /** The value under a path; `undefined` when absent. */
  get(path: Path): unknown {
    let value = this.yaml.value;
    for (const key of path) {
      if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
      value = (value as Record<string | number, unknown>)[key];
    }
    return value;
  }

  /**
   * The position of a value (or of its key); of the deepest part that exists when the path does not. With a `row` that
   * of a line of a literal text (`|`), whose lines are those of the manifest.
   */
  position(path: Path, part: 'key' | 'value' = 'value', row?: number): Position {
    let node = this.yaml.root;
    let keyNode: YamlNode | undefined;
    let depth = 0;
    for (const key of path) {
      const next = node && childOf(node, key);
      if (!next) break;
      ({ key: keyNode, value: node } = next);
      depth += 1;
    }
    if (!node) {
      const offset = this.problemOffset ?? this.firstContent();
      return this.at(offset, offset, depth);
    }
    // A key without a value has no place of its own: then the key stands for it. So it does where the path ends early.
    const shown = depth < path.length || part === 'key' || node.end === node.start ? (keyNode ?? node) : node;
    const inText = row !== undefined && shown === node ? this.lineOfText(node, row) : undefined;
    return inText ? this.at(inText.start, inText.end, depth) : this.at(shown.start, shown.end, depth);
  }

  private lineOfText(node: YamlNode, row: number): { start: number; end: number } | undefined {
    const { text } = this.manifest;
    if (text[node.start] !== '|') return undefined;
    const first = this.indexAt(node.start) + 1 + row;
    const from = this.lineStarts![first];
    if (from === undefined || from >= node.end) return undefined;
    const line = text.slice(from, this.lineStarts![first + 1] ?? text.length).trimEnd();
    const start = from + (/\S/.exec(line)?.index ?? 0);
    return { start, end: Math.max(start, from + line.length) };
  }

  /** The line of an offset, in the manifest's stream. */
  lineAt(offset: number): number {
    return this.manifest.line + this.indexAt(offset);
  }

  private at(offset: number, endOffset: number, depth: number): Position {
    const { line } = this.manifest;
    const start = this.indexAt(offset);
    const end = this.indexAt(endOffset);
    return {
      line: line + start,
      column: offset - this.lineStarts![start]! + 1,
      endLine: line + end,
      endColumn: endOffset - this.lineStarts![end]! + 1,
      offset,
      endOffset,
      depth,
    };
  }

  /** The index of a line, as editors count lines. */
  private indexAt(offset: number): number {
    const { text } = this.manifest;
    if (!this.lineStarts) {
      this.lineStarts = [0];
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.lineStarts.push(at + 1);
    }
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Where the first line begins that is neither blank nor a comment. */
  private firstContent(): number {
    return /^(?:[ \t]*(?:#.*)?\r?\n)*/.exec(this.manifest.text)?.[0].length ?? 0;
  }
}
