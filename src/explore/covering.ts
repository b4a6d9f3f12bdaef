import type { Switch } from './switches.ts';

/** A setting of some switches, by path; the others keep their default. */
export type Setting = ReadonlyMap<string, string>;

/**
 * Settings in which every combination of values of any `strength` switches appears, made greedily; the first is the
 * default. Never more than `most`: `left` combinations then appear in none.
 */
export function coveringArray(
  switches: readonly Switch[],
  strength: number,
  most: number,
): { settings: Setting[]; left: number } {
  // Without switches there is nothing to combine: the default setting is all there is.
  if (switches.length === 0) return { settings: [new Map()], left: 0 };
  const rows: number[][] = [switches.map(() => 0)];
  const open = new Set(tuples(switches, Math.min(strength, switches.length)));
  const cover = (row: readonly number[]) => {
    for (const tuple of open)
      if (tuple.split(',').every((part) => row[Number(part.split(':')[0])] === Number(part.split(':')[1])))
        open.delete(tuple);
  };
  cover(rows[0]!);
  while (open.size > 0 && rows.length < most) {
    const [first] = open;
    const row: (number | undefined)[] = switches.map(() => undefined);
    for (const part of first!.split(',')) row[Number(part.split(':')[0])] = Number(part.split(':')[1]);
    switches.forEach((one, index) => {
      if (row[index] !== undefined) return;
      // The value that covers most of what is open, with what the row has so far.
      const scores = one.values.map((_, value) => {
        row[index] = value;
        let score = 0;
        for (const tuple of open)
          if (tuple.split(',').every((part) => row[Number(part.split(':')[0])] === Number(part.split(':')[1])))
            score += 1;
        return score;
      });
      row[index] = scores.indexOf(Math.max(...scores));
    });
    rows.push(row as number[]);
    cover(row as number[]);
  }
  return {
    settings: rows.map(
      (row) =>
        new Map(
          row.flatMap((value, index) =>
            value === 0 ? [] : [[switches[index]!.path, switches[index]!.values[value]!] as const],
          ),
        ),
    ),
    left: open.size,
  };
}

function* tuples(
  switches: readonly Switch[],
  strength: number,
  from = 0,
  prefix: readonly string[] = [],
): Generator<string> {
  if (prefix.length === strength) return yield prefix.join(',');
  for (let index = from; index < switches.length; index += 1) {
    for (let value = 0; value < switches[index]!.values.length; value += 1)
      yield* tuples(switches, strength, index + 1, [...prefix, `${index}:${value}`]);
  }
}
