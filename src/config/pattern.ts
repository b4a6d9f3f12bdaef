import { wildcard } from '../model/wildcard.ts';

/** Whether a path matches a pattern with `*` (not across `/`) and `**`. Linear: no pattern can make it slow. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern.replace(/^\.\//, '').split('/');
  const words = text.split('/');
  // Which beginnings of the text the pattern fits so far.
  let fits = [true, ...words.map(() => false)];
  for (const part of parts) {
    if (part === '**')
      fits = fits.map(
        (
          (so) => (one) =>
            (so ||= one)
        )(false),
      );
    else fits = [false, ...words.map((word, at) => fits[at]! && wildcard(part, word))];
    if (!fits.includes(true)) return false;
  }
  return fits[words.length]!;
}
