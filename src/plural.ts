/** `1 Job`, `3 Jobs`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `Ingresses`, `NetworkPolicies`. */
export function pluralOf(kind: string): string {
  if (/[^aeiou]y$/.test(kind)) return kind.replace(/y$/, 'ies');
  return /(?:s|x|ch)$/.test(kind) ? `${kind}es` : `${kind}s`;
}
