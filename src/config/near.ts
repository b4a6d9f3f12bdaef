/** `; did you mean rules?` for a word that is nearly one of the candidates, else nothing. */
export function near(word: string, candidates: Iterable<string>): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
  const [best] = [...candidates]
    .map((one) => ({ one, distance: distance(plain(word), plain(one)) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.min(3, word.length / 2) ? `; did you mean ${best.one}?` : '';
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= Math.min(a.length, 60); i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + Number(a[i - 1] !== b[j - 1])));
    row = next;
  }
  return row[b.length]!;
}
