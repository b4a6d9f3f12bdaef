import type { ManifestDocument, Path } from './document.ts';

/** What Helm looks at in a manifest, as its SimpleHead reads it (releaseutil/manifest.go). */
export interface Head {
  apiVersion: string;
  kind: string;
  name: string;
  /** Texts: Helm makes them of numbers and booleans, and of null an empty one. */
  annotations: Readonly<Record<string, string>>;
  /** The same, as written. */
  writtenAnnotations: Readonly<Record<string, unknown>>;
  /** Where keys stand that Helm takes for a field and Kubernetes does not. */
  odd: { path: Path; field: string }[];
  /** The path of `metadata.annotations` as written; the last of several. */
  annotationsPath: Path;
}

/**
 * The head of a document. Helm decodes it with Go's encoding/json, which takes keys in any case (`Kind`, `METADATA`,
 * also with the letters ſ and K), in the order of their bytes, each over what was there before.
 */
export function headOf(document: ManifestDocument): Head {
  const annotations = Object.create(null) as Record<string, string>;
  const writtenAnnotations = Object.create(null) as Record<string, unknown>;
  const head: Head = {
    apiVersion: '',
    kind: '',
    name: '',
    annotations,
    writtenAnnotations,
    odd: [],
    annotationsPath: ['metadata', 'annotations'],
  };
  const clear = () => {
    for (const key of Object.keys(annotations)) {
      delete annotations[key];
      delete writtenAnnotations[key];
    }
  };
  for (const [key, field] of fields(document.value, ['apiVersion', 'kind', 'metadata'])) {
    if (key !== field) head.odd.push({ path: [key], field });
    const top = document.value as Record<string, unknown>;
    if (field !== 'metadata') {
      head[field as 'apiVersion' | 'kind'] = document.text(top, key) ?? head[field as 'apiVersion' | 'kind'];
      continue;
    }
    const metadata = top[key];
    if (metadata === null) {
      head.name = '';
      clear();
      continue;
    }
    for (const [inner, innerField] of fields(metadata, ['name', 'annotations'])) {
      if (inner !== innerField) head.odd.push({ path: [key, inner], field: innerField });
      const of = metadata as Record<string, unknown>;
      if (innerField === 'name') {
        head.name = document.text(of, inner) ?? head.name;
        continue;
      }
      const written = of[inner];
      if (written === null) clear();
      if (!isMapping(written)) continue;
      head.annotationsPath = [key, inner];
      for (const [name, value] of Object.entries(written)) {
        writtenAnnotations[name] = value;
        annotations[name] = document.text(written, name) ?? '';
        if (value !== null && typeof value === 'object') delete annotations[name];
      }
    }
  }
  return head;
}

/** The keys of a mapping that Go takes for the named fields, in the order of their bytes. */
function fields(value: unknown, names: readonly string[]): [key: string, field: string][] {
  if (!isMapping(value)) return [];
  const found: [string, string][] = [];
  for (const key of Object.keys(value)) {
    const field = names.includes(key) ? key : names.find((name) => name.toLowerCase() === fold(key));
    if (field !== undefined) found.push([key, field]);
  }
  return found.length > names.length || found.some(([key, field]) => key !== field)
    ? found.sort(([a], [b]) => (a < b ? -1 : 1))
    : found;
}

/** Go's simple case folding, as far as it leads to ASCII: ſ is an s, the sign for Kelvin a k. */
function fold(key: string): string {
  return key.length > 12
    ? ''
    : key
        .replace(/\u212a/g, 'k')
        .replace(/\u017f/g, 's')
        .toLowerCase();
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
