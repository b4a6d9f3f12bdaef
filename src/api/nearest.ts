/** A known name that differs in case or by a letter or two; names of few letters must differ in case only. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  const lower = key.toLowerCase();
  const found = known.find((name) => name !== key && name.toLowerCase() === lower);
  if (found || key.length < 6) return found;
  return known.find((name) => name !== key && distance(lower, name.toLowerCase()) <= (key.length < 10 ? 1 : 2));
}

/** Levenshtein's distance, where it is at most 2. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = [...b].map((_, index) => index + 1);
  for (let i = 0; i < a.length; i += 1) {
    let diagonal = i;
    let left = i + 1;
    row = row.map((above, j) => {
      left = Math.min(left + 1, above + 1, diagonal + (a[i] === b[j] ? 0 : 1));
      diagonal = above;
      return left;
    });
  }
  return row.at(-1) ?? a.length;
}
