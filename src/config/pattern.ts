import { wildcard } from '../model/wildcard.ts';

/** Whether a path matches a pattern with `*` (not across `/`) and `**`. Linear: no pattern can make it slow. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern.replace(/^\.\//, '').split('/');
  const words = text.split('/');
  const memo = new Map<string, boolean>();
  const match = (p: number, w: number): boolean => {
    const key = `${p} ${w}`;
    const before = memo.get(key);
    if (before !== undefined) return before;
    const found =
      p === parts.length
        ? w === words.length
        : parts[p] === '**'
          ? match(p + 1, w) || (w < words.length && match(p, w + 1))
          : w < words.length && wildcard(parts[p]!, words[w]!) && match(p + 1, w + 1);
    memo.set(key, found);
    return found;
  };
  return match(0, 0);
}
