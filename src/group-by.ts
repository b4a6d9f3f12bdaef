/** A list that is never empty. */
export type NonEmpty<T> = [T, ...T[]];

/** Items by a key that each has; in their own order. */
export function groupBy<K, V>(items: Iterable<V>, keyOf: (item: V) => K): Map<K, NonEmpty<V>> {
  const lists = new Map<K, NonEmpty<V>>();
  for (const item of items) {
    const list = lists.get(keyOf(item));
    if (list) list.push(item);
    else lists.set(keyOf(item), [item]);
  }
  return lists;
}
