import type { Path } from '../parse/index.ts';
import { isObject, isZero, items, obj, text, type Obj } from './read.ts';
import { required, type Format } from './formats.ts';
import type { Typed } from './schema.ts';

/** Something that the API server refuses, where, and in its own words. */
export interface Fault {
  path: Path;
  /** As it stands behind the path in the server's message. */
  text: string;
  /** Refused by server-side apply (Helm 4) only. */
  applied?: true;
}

/** Looks at one object of a manifest; says nothing of what its types are, as `schemaFaults` does. */
export type Check = (at: Typed) => Iterable<Fault>;

/** A field that need not be there; an empty string stands for none. */
export function field(key: string, format: Format): Check {
  return function* ({ value, path }) {
    const found = value[key];
    const fault = found === undefined || found === null || found === '' ? undefined : format(found);
    if (fault) yield { path: [...path, key], text: fault };
  };
}

/** A field of which even an empty string is a value: a pointer in the API's own types. */
export function pointer(key: string, format: Format): Check {
  return function* ({ value, path }) {
    const found = value[key];
    const fault = found === undefined || found === null ? undefined : format(found);
    if (fault) yield { path: [...path, key], text: fault };
  };
}

/** A field that must be there and not be empty. */
export function needs(key: string, format: Format = () => undefined, detail = ''): Check {
  return function* ({ value, path }) {
    const fault = isZero(value[key]) ? required(detail) : format(value[key]);
    if (fault) yield { path: [...path, key], text: fault };
  };
}

/** Each string of a list. */
export function each(key: string, format: Format): Check {
  return function* ({ value, path }) {
    for (const [index, item] of items(value[key]).entries()) {
      const fault = format(item ?? '');
      if (fault) yield { path: [...path, key, index], text: fault };
    }
  };
}

/** The keys and values of a map. */
export function entries(key: string, formats: { key?: Format; value?: Format }): Check {
  return function* ({ value, path }) {
    for (const [name, item] of Object.entries(obj(value[key]))) {
      const fault = formats.key?.(name) ?? (item === null ? undefined : formats.value?.(item));
      if (fault) yield { path: [...path, key, name], text: fault };
    }
  };
}

/** Items of a list that are told apart by something: `undefined` for items that are not. */
export function unique(
  key: string,
  by: (item: Obj) => string | undefined,
  of: (shown: string) => string,
  at?: string,
): Check {
  return function* ({ value, path }) {
    const seen = new Set<string>();
    for (const [index, item] of items(value[key]).entries()) {
      const name = isObject(item) ? by(item) : undefined;
      if (name === undefined || name === '') continue;
      if (seen.has(name)) yield { path: [...path, key, index, ...(at === undefined ? [] : [at])], text: of(name) };
      seen.add(name);
    }
  };
}

/** The same, where only server-side apply minds: it tells the items of a list apart by their keys. */
export function applyKeys(
  key: string,
  ...names: readonly (string | readonly [name: string, otherwise: string])[]
): Check {
  return function* ({ value, path }) {
    const seen = new Set<string>();
    for (const [index, item] of items(value[key]).entries()) {
      if (item === null) {
        yield {
          path: [...path, key, index],
          text: 'associative list with keys may not have a null element',
          applied: true,
        };
        continue;
      }
      const parts = names.map((name) => {
        const [own, otherwise] = typeof name === 'string' ? [name, undefined] : name;
        const given = obj(item)[own];
        const found = given === undefined ? otherwise : given;
        return found === undefined ? undefined : `${own}=${JSON.stringify(found)}`;
      });
      if (parts.every((part) => part === undefined))
        yield {
          path: [...path, key, index],
          text: `associative list with keys has an element that omits all key fields ${JSON.stringify(parts.length > 1 ? names : [names[0]])}`,
          applied: true,
        };
      if (parts.includes(undefined)) continue;
      const shown = `[${parts.join(',')}]`;
      if (seen.has(shown))
        yield { path: [...path, key, index], text: `duplicate entries for key ${shown}`, applied: true };
      seen.add(shown);
    }
  };
}

export const duplicate = (shown: string): string => `Duplicate value: ${JSON.stringify(shown)}`;

/** Exactly one of several fields. */
export function exactlyOne(
  keys: readonly string[],
  none: string,
  more: (key: string) => string,
  place: readonly string[] = [],
): Check {
  return function* ({ value, path }) {
    const found = keys.filter((key) => value[key] !== undefined && value[key] !== null);
    if (found.length === 0) yield { path: [...path, ...place], text: none };
    for (const key of found.slice(1)) yield { path: [...path, key], text: more(key) };
  };
}

/** Says something of an object as a whole. */
export function when(holds: (value: Obj, at: Typed) => boolean, key: string, fault: (value: Obj) => string): Check {
  return function* (at) {
    if (holds(at.value, at)) yield { path: [...at.path, key], text: fault(at.value) };
  };
}

/** The nearest object of a type around another one. */
export function around(at: Typed, type: string): Typed | undefined {
  for (let outer = at.parent; outer; outer = outer.parent) if (outer.type === type) return outer;
  return undefined;
}

/** The names of the items of a list. */
export function names(list: unknown): string[] {
  return items(list).flatMap((item) => text(obj(item)['name']) ?? []);
}
