// A page holds two rollouts of mostly the same resources: each text, list and object is written once.

/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * A text or number as it is; a list as `[0, …places of its items]`; an object as `[1, place of the list of its keys,
 * …places of its values]`.
 */
export type Packed = (string | number | boolean | null | number[])[];

/**
 * A value as a list in which what is alike is written once; each entry refers to earlier ones, the last is the value.
 */
export function packed(value: Json): Packed {
  const pool: Packed = [];
  const places = new Map<string, number>();
  const put = (entry: Packed[number]): number => {
    const key = JSON.stringify(entry);
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, pool.length);
    return pool.push(entry) - 1;
  };
  const walk = (one: Json): number => {
    if (one === null || typeof one !== 'object') return put(one);
    if (isList(one)) return put([0, ...one.map(walk)]);
    const fields = Object.entries(one).filter((field): field is [string, Json] => field[1] !== undefined);
    return put([1, walk(fields.map(([key]) => key)), ...fields.map(([, inner]) => walk(inner))]);
  };
  const last = walk(value);
  // What is alike may be written already, and then is not the last.
  if (last !== pool.length - 1) pool.push(pool[last]!);
  return pool;
}

/** The value of a packed list. Parts that are alike are the same objects. */
export function unpacked(pool: Packed): Json {
  const values: Json[] = [];
  for (const entry of pool) {
    if (entry === null || typeof entry !== 'object') values.push(entry);
    else if (entry[0] === 0) values.push(entry.slice(1).map((place) => values[place]!));
    else {
      const keys = values[entry[1]!] as string[];
      values.push(Object.fromEntries(keys.map((key, index) => [key, values[entry[index + 2]!]!])));
    }
  }
  return values.at(-1) ?? null;
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
