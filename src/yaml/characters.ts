/**
 * Classes of characters, by UTF-16 code unit. The reader follows YAML 1.1, as go-yaml v2 does: NEL, LS and PS end a
 * line, and so does a carriage return alone. A NUL stands for the end of the text.
 */

export const NUL = 0;
export const TAB = 9;
export const LF = 10;
export const CR = 13;
export const SPACE = 32;
export const HASH = 35;
export const PERCENT = 37;
export const DASH = 45;
export const DOT = 46;
export const COLON = 58;
export const QUESTION = 63;

/** Ends a line. */
export function isBreak(code: number): boolean {
  return code === LF || code === CR || code === 0x85 || code === 0x2028 || code === 0x2029;
}

/** A space or a tab. */
export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** A blank, the end of a line, or the end of the text. */
export function isBlankOrEnd(code: number): boolean {
  return code <= SPACE ? code === SPACE || code === LF || code === TAB || code === CR || code === NUL : isBreak(code);
}

/** The end of a line, or of the text. */
export function isLineEnd(code: number): boolean {
  return code === NUL || isBreak(code);
}

/** A letter, a digit, `_` or `-`: what names of anchors are made of. */
export function isWord(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === DASH
  );
}

/** The value of a hexadecimal digit, or -1. */
export function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 65 && code <= 70) return code - 55;
  if (code >= 97 && code <= 102) return code - 87;
  return -1;
}
