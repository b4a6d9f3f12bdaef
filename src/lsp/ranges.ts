import type { Range } from 'vscode-languageserver';

/** A place as findings have it: lines and columns from 1, columns in UTF-16 units. */
interface Spot {
  line: number;
  column: number;
  endLine?: number;
  endColumn?: number;
}

/**
 * A place as editors have it, from 0, within a text: to its end where that is known, else to the end of its line. A
 * line that the text does not have becomes its last one.
 */
export function rangeOf({ line, column, endLine, endColumn }: Spot, text: string | undefined): Range {
  if (text === undefined) {
    const start = { line: Math.max(0, line - 1), character: Math.max(0, column - 1) };
    return { start, end: { line: start.line, character: start.character + 1 } };
  }
  const lines = text.split('\n').map((one) => one.replace(/\r$/, ''));
  const at = Math.min(Math.max(line, 1), lines.length) - 1;
  const width = lines[at]!.trimEnd().length;
  const start = { line: at, character: Math.min(Math.max(column - 1, 0), width) };
  if (endLine !== undefined && endColumn !== undefined && endLine >= line && endLine <= lines.length) {
    const end = { line: endLine - 1, character: Math.min(endColumn - 1, lines[endLine - 1]!.length) };
    if (end.line > start.line || end.character > start.character) return { start, end };
  }
  return { start, end: { line: at, character: Math.max(width, start.character) } };
}

/** The column, in UTF-16 units from 1, of a column in bytes from 1. */
export function columnOfByte(column: number, line: string): number {
  return (
    Buffer.from(line)
      .subarray(0, Math.max(0, column - 1))
      .toString('utf8').length + 1
  );
}
