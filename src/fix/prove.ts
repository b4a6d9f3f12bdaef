import { isDeepStrictEqual } from 'node:util';
import { parseManifest, type Manifest } from '../parse/index.ts';
import type { Fix } from './plan.ts';

/**
 * Whether two renders differ in nothing but what the fixes announce: document by document, value by value. What differs
 * between two renders of the unchanged chart (`again`: random values, the clock) is no difference, nor are digests
 * where the text around them is the same.
 */
export function onlyChanges(
  before: readonly Manifest[],
  after: readonly Manifest[],
  changes: Fix['changes'],
  again: readonly Manifest[] = before,
): boolean {
  if (before.length !== after.length) return false;
  return before.every((manifest, index) => {
    const now = after[index]!;
    const unstable = differencesOf(manifest, again[index] ?? manifest);
    if (manifest.text === now.text) return true;
    if (manifest.source !== now.source) return false;
    const old = parseManifest(manifest).resources;
    const fresh = parseManifest(now).resources;
    if (old.length !== fresh.length || old.length === 0) return false;
    return old.every((resource, at) => {
      const ownName = unstable.some((path) => String(path) === `${at},metadata,name`);
      const id = `${resource.kind}/${resource.namespace ?? ''}/${ownName ? '' : resource.name}`;
      // A name that each render makes anew is not the one that the finding saw.
      const announced = [
        ...changes.filter((change) => (ownName ? change.resource.startsWith(id) : change.resource === id)),
        ...unstable.filter(([which]) => which === at).map((path) => ({ path: path.slice(1) })),
      ].map(({ path }) => path);
      return differences(resource.get(), fresh[at]!.get(), generated).every((path) =>
        announced.some(
          (allowed) =>
            allowed.every((step, depth) => step === path[depth]) ||
            (allowed.length - 1 === path.length && path.every((step, depth) => step === allowed[depth])),
        ),
      );
    });
  });
}

/** Paths at which two renders of one document differ, each with the index of its resource in front. */
function differencesOf(one: Manifest, other: Manifest): (string | number)[][] {
  if (one.text === other.text) return [];
  const resources = parseManifest(other).resources;
  return parseManifest(one).resources.flatMap((resource, at) =>
    differences(resource.get(), resources[at]?.get(), () => false).map((path) => [at, ...path]),
  );
}

/** Paths at which two values differ, but for those that are `alike`. */
function differences(
  a: unknown,
  b: unknown,
  alike: (a: unknown, b: unknown) => boolean,
  path: (string | number)[] = [],
): (string | number)[][] {
  if (isDeepStrictEqual(a, b)) return [];
  if (isObject(a) && isObject(b) && Array.isArray(a) === Array.isArray(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return keys.flatMap((key) => differences(a[key], b[key], alike, [...path, Array.isArray(a) ? Number(key) : key]));
  }
  return alike(a, b) ? [] : [path];
}

/** Two strings of one length that look like digests or random text: each render has its own. */
function generated(a: unknown, b: unknown): boolean {
  const random = /^[A-Za-z0-9+/=_-]{8,}$/;
  return (
    typeof a === 'string' &&
    typeof b === 'string' &&
    a.length === b.length &&
    random.test(a) &&
    random.test(b) &&
    /\d/.test(a + b)
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object';
}
