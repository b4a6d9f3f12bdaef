import { DASH, DOT, HASH, hexValue, isBlank, isBlankOrEnd, isBreak, isLineEnd, NUL, SPACE, TAB } from './characters.ts';
import type { Cursor } from './cursor.ts';

/** What stands between two parts of a flow scalar: blanks as they are, or line breaks, which are folded. */
function fold(first: string, more: string): string {
  return first === '\n' ? more || ' ' : first + more;
}

/**
 * A plain scalar. `end` is where its text ends; the cursor stands behind the blanks and breaks that follow it.
 * `broken`: a line break follows.
 */
export function plainScalar(
  cursor: Cursor,
  indent: number,
  inFlow: boolean,
): { value: string; end: number; broken: boolean } {
  const { text } = cursor;
  const start = cursor.pos;
  let value = '';
  let end = start;
  let between = '';
  let broken = false;
  for (;;) {
    const first = cursor.at();
    if (first === HASH || ((first === DASH || first === DOT) && cursor.atDocumentMark())) break;
    let pos = cursor.pos;
    for (let code = first; !isBlankOrEnd(code); code = text.charCodeAt(pos)) {
      if (code === 58 && isBlankOrEnd(text.charCodeAt(pos + 1))) break;
      // `,` `?` `[` `]` `{` `}`
      if (inFlow && (code === 44 || code === 63 || code === 91 || code === 93 || code === 123 || code === 125)) break;
      pos += 1;
    }
    if (pos > cursor.pos) {
      value += between + text.slice(cursor.pos, pos);
      between = '';
      broken = false;
      cursor.pos = end = pos;
    }
    let code = cursor.at();
    if (!isBlank(code) && !isBreak(code)) break;
    const blanks = cursor.pos;
    let firstBreak = '';
    let more = '';
    for (; isBlank(code) || isBreak(code); code = cursor.at()) {
      if (isBreak(code)) {
        if (broken) more += cursor.takeBreak();
        else firstBreak = cursor.takeBreak();
        broken = true;
      } else {
        if (broken && code === TAB && cursor.column < indent)
          cursor.fail('a tab character where an indentation space is expected');
        cursor.pos += 1;
      }
    }
    between = broken ? fold(firstBreak, more) : text.slice(blanks, cursor.pos);
    if (!inFlow && cursor.column < indent) break;
  }
  return { value, end, broken };
}

/** A scalar in quotes; the cursor stands at the first quote before, and behind the second after. */
export function quotedScalar(cursor: Cursor, single: boolean): string {
  const { text } = cursor;
  const start = cursor.pos;
  const quote = single ? 39 : 34;
  cursor.pos += 1;
  let value = '';
  for (;;) {
    if (cursor.atDocumentMark()) cursor.fail('a document marker within a quoted scalar');
    if (cursor.at() === NUL) cursor.fail('a quoted scalar without an end', start);
    let broken = false;
    let from = cursor.pos;
    let code = cursor.at();
    for (; !isBlankOrEnd(code); code = cursor.at()) {
      if (code === quote) {
        if (!single || cursor.at(1) !== quote) break;
        value += text.slice(from, cursor.pos + 1);
        cursor.pos += 2;
        from = cursor.pos;
      } else if (!single && code === 92) {
        value += text.slice(from, cursor.pos);
        cursor.pos += 1;
        if (isBreak(cursor.at())) {
          cursor.takeBreak();
          broken = true;
          from = cursor.pos;
          break;
        }
        value += escape(cursor);
        from = cursor.pos;
      } else cursor.pos += 1;
    }
    value += text.slice(from, cursor.pos);
    if (cursor.at() === quote) {
      cursor.pos += 1;
      return value;
    }
    const blanks = cursor.pos;
    let firstBreak = '';
    let more = '';
    const escaped = broken;
    for (code = cursor.at(); isBlank(code) || isBreak(code); code = cursor.at()) {
      if (isBlank(code)) cursor.pos += 1;
      else if (broken) more += cursor.takeBreak();
      else {
        firstBreak = cursor.takeBreak();
        broken = true;
      }
    }
    // Behind an escaped line break nothing is folded.
    value += escaped ? more : broken ? fold(firstBreak, more) : text.slice(blanks, cursor.pos);
  }
}

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '\\': '\\',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
};

/** What an escape sequence stands for; the cursor is behind the backslash. There is no `\/` in YAML 1.1. */
function escape(cursor: Cursor): string {
  const char = cursor.text[cursor.pos]!;
  cursor.pos += 1;
  const length = char === 'x' ? 2 : char === 'u' ? 4 : char === 'U' ? 8 : 0;
  if (length === 0) return escapes[char] ?? cursor.fail('an unknown escape sequence', cursor.pos - 2);
  let value = 0;
  for (let index = 0; index < length; index += 1) {
    const digit = hexValue(cursor.at(index));
    if (digit === -1) cursor.fail('an escape sequence without its hexadecimal digits');
    value = value * 16 + digit;
  }
  if ((value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) cursor.fail('an escape sequence that is no character');
  cursor.pos += length;
  return String.fromCodePoint(value);
}

/**
 * A literal or folded block; the cursor stands at `|` or `>`. `parent`: the indentation of what holds it, -1 at the
 * top.
 */
export function blockScalar(cursor: Cursor, parent: number): { value: string; end: number } {
  const { text } = cursor;
  const literal = cursor.at() === 124;
  cursor.pos += 1;
  const { chomp, indent: written } = blockHeader(cursor);
  let indent = written === 0 ? 0 : Math.max(parent, 0) + written;
  let end = cursor.pos;
  let value = '';
  let leading = '';
  let trailing = '';
  let wasBlank = false;

  /** Moves over indentation and empty lines; finds out the indentation at the first call. */
  const emptyLines = () => {
    end = cursor.pos;
    let widest = 0;
    for (;;) {
      while ((indent === 0 || cursor.column < indent) && cursor.at() === SPACE) cursor.pos += 1;
      widest = Math.max(widest, cursor.column);
      if ((indent === 0 || cursor.column < indent) && cursor.at() === TAB)
        cursor.fail('a tab character where an indentation space is expected');
      if (!isBreak(cursor.at())) break;
      trailing += cursor.takeBreak();
      end = cursor.pos;
    }
    if (indent === 0) indent = Math.max(widest, parent + 1, 1);
  };

  emptyLines();
  while (cursor.column === indent && cursor.at() !== NUL) {
    const blank = isBlank(cursor.at());
    if (!literal && !wasBlank && !blank && leading === '\n') value += trailing === '' ? ' ' : '';
    else value += leading;
    value += trailing;
    trailing = '';
    wasBlank = blank;
    const from = cursor.pos;
    cursor.skipLine();
    value += text.slice(from, cursor.pos);
    leading = isBreak(cursor.at()) ? cursor.takeBreak() : '';
    emptyLines();
  }
  if (chomp !== '-') value += leading;
  if (chomp === '+') value += trailing;
  return { value, end };
}

/** The indicators behind `|` or `>`, in either order, and the rest of their line. */
function blockHeader(cursor: Cursor): { chomp: string; indent: number } {
  let chomp = '';
  let indent = 0;
  const takeChomp = () => {
    if (cursor.at() !== 43 && cursor.at() !== DASH) return false;
    chomp = cursor.text[cursor.pos]!;
    cursor.pos += 1;
    return true;
  };
  const takeIndent = () => {
    const digit = cursor.at() - 48;
    if (!(digit >= 0 && digit <= 9)) return;
    if (digit === 0) cursor.fail('a block scalar with an indentation of 0');
    indent = digit;
    cursor.pos += 1;
  };
  if (takeChomp()) takeIndent();
  else {
    takeIndent();
    if (indent > 0) takeChomp();
  }
  while (isBlank(cursor.at())) cursor.pos += 1;
  if (cursor.at() === HASH) cursor.skipLine();
  if (!isLineEnd(cursor.at())) cursor.fail('text behind the indicators of a block scalar');
  if (cursor.at() !== NUL) cursor.takeBreak();
  return { chomp, indent };
}
