import { parseDocument } from 'yaml';

// A module of its own, imported only when it is needed: the bundle gives `import('yaml')` itself, a CommonJS package,
// no named exports.

/**
 * The keys of a mapping as a YAML parser reads them; not `certain` where it finds faults, which Helm's may not be.
 * Never throws.
 */
export function parsedKeys(text: string): { value: Record<string, unknown>; certain: boolean } {
  try {
    const doc = parseDocument(text, { logLevel: 'silent', prettyErrors: false, uniqueKeys: false });
    const value: unknown = doc.toJS({ maxAliasCount: 100 });
    if (value !== null && typeof value === 'object')
      return { value: value as Record<string, unknown>, certain: doc.errors.length === 0 };
  } catch {
    // Too many aliases: Helm reports what it makes of them.
  }
  return { value: {}, certain: false };
}
