import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Node } from 'yaml';
import type { Path } from '../parse/index.ts';

/** A values file, parsed when first asked. */
export class ValuesFile {
  readonly path: string;
  private readonly text: string;
  private parsed: { documents: (Node | null)[]; lines: LineCounter } | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /**
   * Where its documents behind the first begin that hold values, by line. Helm 4 merges all documents, the last on top;
   * Helm 3 reads the first only (tried with 3.17.3, 4.1.4 and 4.2.3).
   */
  get furtherDocuments(): number[] {
    if (!/^---(?:\s|$)/m.test(this.text)) return [];
    const { documents, lines } = this.read();
    return documents
      .filter((node) => isMap(node) && node.items.length > 0)
      .slice(1)
      .map((node) => lines.linePos(node!.range![0]).line);
  }

  /**
   * The line and column of the key under which `path` stands; `undefined` when the file has no such value, or another
   * one.
   */
  find(path: Path, value: unknown): { line: number; column: number } | undefined {
    for (const document of this.read().documents.toReversed()) {
      const found = this.findIn(document, path, value);
      if (found) return found;
    }
    return undefined;
  }

  private read() {
    if (!this.parsed) {
      const lines = new LineCounter();
      const documents = parseAllDocuments(this.text, {
        lineCounter: lines,
        logLevel: 'silent',
        prettyErrors: false,
        uniqueKeys: false,
      });
      this.parsed = {
        documents: Array.isArray(documents) ? documents.map(({ contents }) => contents as Node | null) : [],
        lines,
      };
    }
    return this.parsed;
  }

  private findIn(document: Node | null, path: Path, value: unknown): { line: number; column: number } | undefined {
    let node = document;
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
    const { line, col } = this.read().lines.linePos(at.range[0]);
    return { line, column: col };
  }
}

/** The paths of values that a template line reads: `.Values.a.b` → `['a', 'b']`. */
export function valuesPaths(templateLine: string): string[][] {
  return [...templateLine.matchAll(/(?:\$?\.|\b)Values((?:\.[A-Za-z_]\w*)+)/g)].map((match) =>
    match[1]!.slice(1).split('.'),
  );
}
