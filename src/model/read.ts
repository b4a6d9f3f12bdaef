/** Reading untyped YAML values: a chart may hold anything anywhere, so every step is checked. */

/** A mapping, or an empty one. */
export function map(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** A list, or an empty one. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A scalar as Kubernetes would print it, or `undefined`. */
export function str(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** A whole number, or `undefined`. */
export function int(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

/** A mapping of strings: labels, selectors. It has the keys that were written and no others, not even `constructor`. */
export function strings(value: unknown): Readonly<Record<string, string>> {
  const out = Object.create(null) as Record<string, string>;
  for (const [key, item] of Object.entries(map(value))) out[key] = str(item) ?? '';
  return out;
}
