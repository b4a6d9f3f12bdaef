import type { TextEdit } from './plan.ts';

/**
 * Applies edits to a file's text, from the last to the first; every other byte stays. `undefined` where two of them
 * overlap.
 */
export function applyEdits(text: string, edits: readonly TextEdit[]): string | undefined {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const offset = (line: number, column: number) =>
    Math.min((starts[line - 1] ?? text.length) + column - 1, text.length);
  const spans = edits
    .map((edit) => ({
      from: offset(edit.line, edit.column),
      to: offset(edit.endLine, edit.endColumn),
      text: edit.newText,
    }))
    .sort((a, b) => b.from - a.from || b.to - a.to);
  let out = text;
  let last = Infinity;
  for (const { from, to, text: insert } of spans) {
    if (to > last) return undefined;
    out = out.slice(0, from) + insert + out.slice(to);
    last = from;
  }
  return out;
}
