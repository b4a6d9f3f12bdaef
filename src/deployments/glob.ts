import { readdirSync, type Dirent } from 'node:fs';
import { join } from 'node:path';

/** More entries of a repository than this are not looked at for one pattern. */
const mostEntries = 100_000;
/** Longer patterns and paths match nothing. */
const longest = 1_000;

/** One part of a pattern: a star, or what fits a single character. */
type Token = { star: 'part' | 'path' } | { star?: undefined; fits: (char: string) => boolean };

/**
 * Whether a path matches a pattern of `*`, `?`, `[…]`, `\x` and `**`. `crossing`: `*` and `?` cross slashes too, as in a
 * Git pathspec. The time is at most the product of both lengths, whatever the pattern.
 */
export function matches(pattern: string, path: string, crossing = false): boolean {
  if (pattern.length > longest || path.length > longest) return false;
  const tokens = tokensOf(pattern, crossing);
  let reached = new Set(skipStars(0, tokens));
  for (const char of path) {
    const next = new Set<number>();
    for (const index of reached) {
      const token = tokens[index];
      if (!token) continue;
      if (token.star !== undefined) {
        if (token.star === 'path' || char !== '/') for (const to of skipStars(index, tokens)) next.add(to);
      } else if (token.fits(char)) for (const to of skipStars(index + 1, tokens)) next.add(to);
    }
    reached = next;
    if (reached.size === 0) return false;
  }
  return reached.has(tokens.length);
}

/** The places in a pattern that are reached without another character: behind the stars. */
function skipStars(from: number, tokens: readonly Token[]): number[] {
  const out = [from];
  while (tokens[from]?.star !== undefined) out.push((from += 1));
  return out;
}

function tokensOf(pattern: string, crossing: boolean): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at]!;
    if (char === '*') {
      const deep = pattern[at + 1] === '*';
      while (pattern[at + 1] === '*') at += 1;
      // `a/**/b` matches `a/b`: the slash belongs to the stars.
      if (deep && pattern[at + 1] === '/' && (tokens.length === 0 || pattern[at - 2] === '/')) at += 1;
      tokens.push({ star: deep || crossing ? 'path' : 'part' });
    } else if (char === '?') tokens.push({ fits: (one) => crossing || one !== '/' });
    else if (char === '[' && pattern.indexOf(']', at + 2) > 0) {
      const end = pattern.indexOf(']', at + 2);
      const fits = classOf(pattern.slice(at + 1, end));
      tokens.push({ fits: (one) => one !== '/' && fits(one) });
      at = end;
    } else {
      const literal = char === '\\' && at + 1 < pattern.length ? pattern[(at += 1)]! : char;
      tokens.push({ fits: (one) => one === literal });
    }
  }
  return tokens;
}

function classOf(text: string): (char: string) => boolean {
  const negated = /^[!^]/.test(text);
  const ranges = [...text.slice(negated ? 1 : 0).matchAll(/(.)-(.)|(.)/gs)].map(([, from, to, one]) =>
    one === undefined ? ([from!, to!] as const) : ([one, one] as const),
  );
  return (char) => ranges.some(([from, to]) => char >= from && char <= to) !== negated;
}

/** Whether a text has a character of a pattern. */
export const isGlob = (path: string) => /[*?[]/.test(path);

/** The alternatives of a pattern with `{a,b}`; at most 100, and the pattern itself where there are more. */
export function alternatives(pattern: string): string[] {
  let open = [pattern];
  for (let round = 0; round < 8; round += 1) {
    const next = open.flatMap((one) => {
      const found = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(one);
      return found ? found[2]!.split(',').map((part) => found[1]! + part + found[3]!) : [one];
    });
    if (next.length > 100) return [pattern];
    if (next.length === open.length && next.every((one, index) => one === open[index])) return next;
    open = next;
  }
  return open;
}

/**
 * The files and folders below a folder (absolute), as paths from there with `/`, sorted; not `.git`, and not behind
 * links to folders. `undefined` where there are too many.
 */
export function entriesBelow(folder: string): { path: string; folder: boolean }[] | undefined {
  const out: { path: string; folder: boolean }[] = [];
  const open = [''];
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    for (const entry of entriesOf(join(folder, here))) {
      if (entry.name === '.git') continue;
      const path = here === '' ? entry.name : `${here}/${entry.name}`;
      if (out.length >= mostEntries) return undefined;
      out.push({ path, folder: entry.isDirectory() });
      if (entry.isDirectory()) open.push(path);
    }
  }
  return out.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What a folder holds; nothing where it cannot be read. */
export function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
