import { hexValue, isBlank, isBlankOrEnd, isWord, isBreak, isLineEnd, HASH } from './characters.ts';
import type { Cursor } from './cursor.ts';

/** The name of an anchor or alias; the cursor stands at `&` or `*`. */
export function anchorName(cursor: Cursor): string {
  const start = cursor.pos;
  cursor.pos += 1;
  while (isWord(cursor.at())) cursor.pos += 1;
  const name = cursor.text.slice(start + 1, cursor.pos);
  if (name === '' || !(isBlankOrEnd(cursor.at()) || '?:,]}%@`'.includes(cursor.text[cursor.pos]!)))
    cursor.fail('an anchor or alias whose name is not made of letters and digits', start);
  return name;
}

/**
 * A tag's handle and suffix (`!!str` is `!!` and `str`, `!x` is `!` and `x`, `!` alone and `!<uri>` have no handle).
 */
export function tagParts(cursor: Cursor): { handle: string; suffix: string } {
  const start = cursor.pos;
  let handle = '';
  let suffix: string;
  if (cursor.at(1) === 60) {
    cursor.pos += 2;
    suffix = uri(cursor, '');
    if (cursor.at() !== 62) cursor.fail("a tag without its '>'", start);
    cursor.pos += 1;
  } else {
    handle = tagHandle(cursor, false);
    if (handle.length > 1 && handle.endsWith('!')) suffix = uri(cursor, '');
    else {
      suffix = uri(cursor, handle);
      handle = '!';
      if (suffix === '') [handle, suffix] = ['', '!'];
    }
  }
  if (!isBlankOrEnd(cursor.at())) cursor.fail('a tag that no blank follows', start);
  return { handle, suffix };
}

/** A line that begins with `%`: `%YAML 1.1` or `%TAG ! prefix`. */
export function directive(cursor: Cursor): { name: 'YAML' | 'TAG'; value: string; suffix: string } {
  const start = cursor.pos;
  cursor.pos += 1;
  while (isWord(cursor.at())) cursor.pos += 1;
  const name = cursor.text.slice(start + 1, cursor.pos);
  if ((name !== 'YAML' && name !== 'TAG') || !isBlankOrEnd(cursor.at())) cursor.fail('an unknown directive', start);
  let value = '';
  let suffix = '';
  skipBlanks(cursor);
  if (name === 'YAML') {
    const number = /^\d{1,2}\.\d{1,2}(?!\d)/.exec(cursor.text.slice(cursor.pos, cursor.pos + 6))?.[0];
    if (number === undefined) cursor.fail('a %YAML directive without its version', start);
    cursor.pos += number.length;
    suffix = number.split('.').map(Number).join('.');
  } else {
    value = tagHandle(cursor, true);
    if (!isBlank(cursor.at())) cursor.fail('a %TAG directive without its prefix', start);
    skipBlanks(cursor);
    suffix = uri(cursor, '');
    if (!isBlankOrEnd(cursor.at())) cursor.fail('a %TAG directive whose prefix no blank follows', start);
  }
  skipBlanks(cursor);
  if (cursor.at() === HASH) cursor.skipLine();
  if (!isLineEnd(cursor.at())) cursor.fail('text behind a directive', start);
  if (isBreak(cursor.at())) cursor.takeBreak();
  return { name, value, suffix };
}

function skipBlanks(cursor: Cursor): void {
  while (isBlank(cursor.at())) cursor.pos += 1;
}

function tagHandle(cursor: Cursor, inDirective: boolean): string {
  const start = cursor.pos;
  if (cursor.at() !== 33) cursor.fail("a tag without '!'");
  cursor.pos += 1;
  while (isWord(cursor.at())) cursor.pos += 1;
  if (cursor.at() === 33) cursor.pos += 1;
  else if (inDirective && cursor.pos > start + 1) cursor.fail("a %TAG directive whose handle does not end with '!'");
  return cursor.text.slice(start, cursor.pos);
}

/** The rest of a tag, behind what was read of it (`head`, whose `!` does not count). */
function uri(cursor: Cursor, head: string): string {
  let out = head.slice(1);
  let found = head !== '';
  for (;;) {
    const char = cursor.text[cursor.pos]!;
    if (char === '%') out += escapedCharacter(cursor);
    else if (isWord(char.charCodeAt(0)) || ";/?:@&=+$,.!~*'()[]".includes(char)) {
      out += char;
      cursor.pos += 1;
    } else break;
    found = true;
  }
  if (!found) cursor.fail('a tag without a name');
  return out;
}

/** One character of `%C3%A9`. */
function escapedCharacter(cursor: Cursor): string {
  const bytes: number[] = [];
  let width = 1;
  while (bytes.length < width) {
    const high = hexValue(cursor.at(1));
    const low = hexValue(cursor.at(2));
    if (cursor.at() !== 37 || high === -1 || low === -1) cursor.fail('an escape sequence in a tag without its digits');
    const byte = high * 16 + low;
    if (bytes.length === 0)
      width =
        byte < 0x80 ? 1 : (byte & 0xe0) === 0xc0 ? 2 : (byte & 0xf0) === 0xe0 ? 3 : (byte & 0xf8) === 0xf0 ? 4 : 0;
    if (width === 0 || (bytes.length > 0 && (byte & 0xc0) !== 0x80))
      cursor.fail('an escape sequence in a tag that is no UTF-8');
    bytes.push(byte);
    cursor.pos += 3;
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
