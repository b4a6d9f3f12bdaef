import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { Path } from '../parse/index.ts';

/** A values file, parsed when first asked. */
export class ValuesFile {
  readonly path: string;
  private readonly text: string;
  private parsed: { doc: Document; lines: LineCounter } | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** The line and column of the key under which `path` stands; `undefined` when the file has no such value, or another one. */
  find(path: Path, value: unknown): { line: number; column: number } | undefined {
    if (!this.parsed) {
      const lines = new LineCounter();
      this.parsed = {
        doc: parseDocument(this.text, {
          lineCounter: lines,
          logLevel: 'silent',
          prettyErrors: false,
          uniqueKeys: false,
        }),
        lines,
      };
    }
    let node: Node | null = this.parsed.doc.contents as Node | null;
    let at: Node | null = node;
    for (const key of path) {
      if (isMap(node)) {
        const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(key));
        if (!pair) return undefined;
        at = pair.key as Node;
        node = pair.value as Node | null;
      } else if (isSeq(node) && typeof key === 'number' && node.items[key]) at = node = node.items[key] as Node;
      else return undefined;
    }
    if (isScalar(node) ? String(node.value) !== String(value) : typeof value !== 'object') return undefined;
    if (!at?.range) return undefined;
    const { line, col } = this.parsed.lines.linePos(at.range[0]);
    return { line, column: col };
  }
}

/** The paths of values that a template line reads: `.Values.a.b` → `['a', 'b']`. */
export function valuesPaths(templateLine: string): string[][] {
  return [...templateLine.matchAll(/(?:\$?\.|\b)Values((?:\.[A-Za-z_]\w*)+)/g)].map((match) =>
    match[1]!.slice(1).split('.'),
  );
}
