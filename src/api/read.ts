/** Reading untyped values: a manifest may hold anything anywhere. */

export type Obj = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Obj {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** A mapping, or an empty one. */
export function obj(value: unknown): Obj {
  return isObject(value) ? value : {};
}

/** A list, or an empty one. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A string, or nothing: other scalars are faults of the type. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Go's zero value, which the API does not tell from an absent one. */
export function isZero(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    value === 0 ||
    value === false ||
    (Array.isArray(value) && value.length === 0)
  );
}
