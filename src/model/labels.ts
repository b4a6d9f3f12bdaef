/** What is found by label: its namespace, its labels, and where it stands among the others. */
interface Labelled<T> {
  item: T;
  order: number;
  labels: Readonly<Record<string, unknown>>;
}

/** Finds things by the equality part of a label selector, without a look at all of them. */
export class LabelIndex<T> {
  private readonly byLabel = new Map<string, Labelled<T>[]>();
  private readonly answers = new Map<string, readonly T[]>();

  constructor(
    items: readonly T[],
    read: (item: T) => { namespace: string; labels: Readonly<Record<string, unknown>> },
  ) {
    for (const [order, item] of items.entries()) {
      const { namespace, labels } = read(item);
      for (const [key, value] of Object.entries(labels))
        push(this.byLabel, JSON.stringify([namespace, key, value]), { item, order, labels });
    }
  }

  /**
   * What has all of these labels, in its own order; nothing for an empty selector. The same selector gets the same
   * list.
   */
  select(namespace: string, selector: Readonly<Record<string, string>>): readonly T[] {
    const wanted = Object.entries(selector);
    const question = JSON.stringify([namespace, wanted]);
    const known = this.answers.get(question);
    if (known) return known;
    const lists = wanted.map(([key, value]) => this.byLabel.get(JSON.stringify([namespace, key, value])) ?? []);
    // The rarest label leaves the fewest to look at.
    const rarest = lists.reduce<Labelled<T>[] | undefined>(
      (least, list) => (least && least.length <= list.length ? least : list),
      undefined,
    );
    const answer = (rarest ?? [])
      .filter(({ labels }) => wanted.every(([key, value]) => labels[key] === value))
      .map(({ item }) => item);
    this.answers.set(question, answer);
    return answer;
  }
}

/** Adds to the list under a key. */
export function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** A value that is made when it is first asked for. */
export function lazy<T>(make: () => T): () => T {
  let value: { made: T } | undefined;
  return () => (value ??= { made: make() }).made;
}
