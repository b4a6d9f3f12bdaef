import type { AST } from '@eslint-community/regexpp';

/** A set of UTF-16 code units, a bit each. */
export type Letters = Uint32Array;

const words = 65_536 / 32;
export const none: Letters = new Uint32Array(words);
export const any: Letters = new Uint32Array(words).fill(0xffff_ffff);
const everyLetter = Array.from({ length: 65_536 }, (_, code) => String.fromCharCode(code)).join('');
const known = new Map<string, Letters>();

/** What a letter, `.`, `\s` or `[…]` matches. Of letters beyond U+FFFF it is taken to match all. */
export function lettersOf(node: AST.Character | AST.CharacterSet | AST.CharacterClass, flags: string): Letters {
  const own = flags.replace(/[^isuv]/g, '');
  const key = `${own} ${node.raw}`;
  let letters = known.get(key);
  if (!letters) {
    letters = new Uint32Array(words);
    for (const { index } of everyLetter.matchAll(new RegExp(node.raw, `g${own}`)))
      letters[index >>> 5]! |= 1 << (index & 31);
    if (/[uv]/.test(own)) letters.fill(0xffff_ffff, 0xd800 / 32, 0xe000 / 32);
    known.set(key, letters);
  }
  return letters;
}

export const union = (one: Letters, other: Letters): Letters => one.map((word, index) => word | other[index]!);

export const areDisjoint = (one: Letters, other: Letters): boolean =>
  one.every((word, index) => (word & other[index]!) === 0);
