import { actionsOf } from '../template/index.ts';
import { isMap, isScalar, parseDocument, type Node } from 'yaml';
import type { SourceFile } from '../render/index.ts';

/** A value that templates test, with the settings worth trying; the first is the default. */
export interface Switch {
  /** `elk.enabled`, as `--set` takes it. */
  path: string;
  values: readonly string[];
}

/** More switches than this are not explored: the most used come first. */
const mostSwitches = 40;

/**
 * The switches of a chart: values that its templates test (`if`, `with`, `and`, `or`, `not`, `eq .Values.x "y"`), named
 * templates included, and the conditions of its subcharts. `given` are the values files and `--set` texts in force.
 * Booleans are flipped, strings take the words that they are compared with.
 */
export function switchesOf(
  sources: readonly SourceFile[],
  given: { valuesTexts: readonly string[]; set: readonly string[] },
): Switch[] {
  const values = sources.find(({ path }) => /^[^/]+\/values\.yaml$/.test(path));
  const layers = [...given.valuesTexts]
    .reverse()
    .concat(values ? [values.text] : [])
    .map(
      (text) =>
        parseDocument(text, { logLevel: 'silent', prettyErrors: false, uniqueKeys: false }).contents as Node | null,
    );
  const set = new Map(
    given.set
      .flatMap((text) => text.split(','))
      .map((part) => [part.split('=')[0]!, part.slice(part.indexOf('=') + 1)] as const),
  );
  const currentOf = (path: string): unknown => {
    const own = set.get(path);
    if (own !== undefined) return own === 'true' || own === 'false' ? own === 'true' : own;
    return layers.map((layer) => lookup(layer, path.split('.'))).find((value) => value !== undefined);
  };
  const found = new Map<string, { uses: number; words: Set<string> }>();
  const use = (path: string, word?: string) => {
    const entry = found.get(path) ?? found.set(path, { uses: 0, words: new Set() }).get(path)!;
    entry.uses += 1;
    if (word !== undefined) entry.words.add(word);
  };
  for (const { path, text } of sources) {
    const own = /^[^/]+\/templates\//.test(path);
    if (own)
      for (const { code, kind } of actionsOf(text))
        if (kind !== 'comment' && /^(?:if|else if|with)\b|\bternary\b/.test(code)) testsIn(code, use);
    if (/^[^/]+\/Chart\.yaml$/.test(path))
      for (const [, conditions] of text.matchAll(/^\s+condition:\s*["']?([\w.,-]+)/gm))
        conditions!.split(',').forEach((condition) => use(condition));
  }
  const switches = [...found]
    .sort(([, a], [, b]) => b.uses - a.uses)
    .flatMap(([path, { words }]): Switch[] => {
      const current = currentOf(path);
      if (typeof current === 'boolean') return [{ path, values: [String(current), String(!current)] }];
      if (typeof current === 'string' && words.size > 0)
        return [{ path, values: [current, ...[...words].filter((word) => word !== current)] }];
      return current === undefined && words.size === 0 && /(?:^|\.)(?:enabled?|create|use\w*)$/.test(path)
        ? [{ path, values: ['', 'true'] }]
        : [];
    });
  return switches.slice(0, mostSwitches);
}

function testsIn(action: string, use: (path: string, word?: string) => void): void {
  for (const match of action.matchAll(/(\b(?:eq|ne)\s+)?\$?\.Values((?:\.[A-Za-z_][\w-]*)+)(?:\s+"([^"]*)")?/g))
    use(match[2]!.slice(1), match[1] ? match[3] : undefined);
  for (const match of action.matchAll(/\b(?:eq|ne)\s+"([^"]*)"\s+\$?\.Values((?:\.[A-Za-z_][\w-]*)+)/g))
    use(match[2]!.slice(1), match[1]);
}

function lookup(node: Node | null, path: readonly string[]): unknown {
  let here: Node | null | undefined = node;
  for (const key of path) {
    if (!isMap(here)) return undefined;
    here = here.get(key, true) as Node | undefined;
  }
  return isScalar(here) ? here.value : here === undefined || here === null ? undefined : {};
}
