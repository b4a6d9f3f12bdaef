import type { Path } from '../parse/index.ts';
import { nearest } from './nearest.ts';
import { quantity } from './quantity.ts';
import { isObject, type Obj } from './read.ts';
import { definitions, kinds } from './schema.generated.js';

/** A field that the API does not know, or a value of the wrong type. */
export interface SchemaFault {
  path: Path;
  /** What is wrong, as the end of a sentence that begins with the resource. */
  message: string;
  /** `misplaced`, `misspelt`: unknown here, and it shows what was meant; `unknown`: perhaps of a newer Kubernetes. */
  kind: 'type' | 'misplaced' | 'misspelt' | 'unknown';
  /** The key that was meant, where only its spelling is wrong. */
  meant?: string;
}

/** An object of a known type in a manifest. */
export interface Typed {
  type: string;
  value: Obj;
  path: Path;
  /** The object that holds this one, or the list that it is in. */
  parent: Typed | undefined;
}

/** The newest Kubernetes whose fields are known. */
export const knownUpTo = '1.34';

/** Where people put what belongs elsewhere. */
const homes: readonly (readonly [type: string, place: string])[] = [
  ['JobSpec', 'spec'],
  ['DeploymentSpec', 'spec'],
  ['StatefulSetSpec', 'spec'],
  ['PodTemplateSpec', 'spec.template'],
  ['PodSpec', 'the spec of the pod'],
  ['Container', 'a container'],
  ['ObjectMeta', 'metadata'],
];

/** The definition of a kind; `undefined` where its schema is not known. */
export function typeOf(apiVersion: string, kind: string): string | undefined {
  const key = `${apiVersion} ${kind}`;
  return Object.hasOwn(kinds, key) ? kinds[key] : undefined;
}

/**
 * Checks an object, all of it, against the API's schema: fields that it does not know, and values of the wrong type.
 */
export function schemaFaults(object: Obj): SchemaFault[] {
  const { apiVersion, kind } = object;
  const type = typeOf(String(apiVersion), String(kind));
  const faults: SchemaFault[] = [];
  if (type) checkObject(object, type, [], String(kind), faults);
  return faults;
}

/** Parts that are empty where they are not written, and are checked all the same. */
const implied = ['spec', 'template', 'jobTemplate', 'podAffinityTerm'];

/** Shows every object of a known type in a manifest, from the outside in. */
export function visitTyped(object: Obj, type: string, see: (at: Typed) => void, path: Path = [], parent?: Typed): void {
  const here: Typed = { type, value: object, path, parent };
  see(here);
  const fields = definitions[type] ?? {};
  for (const [key, value] of Object.entries(object)) {
    const field = Object.hasOwn(fields, key) ? fields[key]! : undefined;
    // What holds no objects is not gone into: most fields are texts and numbers.
    if (field !== undefined && typeof value === 'object' && value !== null)
      visitBelow(value, field, see, [...path, key], here);
  }
  for (const key of implied) {
    const field = fields[key];
    if (field !== undefined && Object.hasOwn(definitions, field) && (object[key] ?? undefined) === undefined)
      visitTyped({}, field, see, [...path, key], here);
  }
}

function visitBelow(value: unknown, type: string, see: (at: Typed) => void, path: Path, parent: Typed): void {
  if (type.startsWith('[')) {
    if (Array.isArray(value))
      value.forEach((item, index) => visitBelow(item ?? {}, type.slice(1), see, [...path, index], parent));
  } else if (type.startsWith('{')) {
    if (isObject(value))
      for (const [key, item] of Object.entries(value)) visitBelow(item, type.slice(1), see, [...path, key], parent);
  } else if (isObject(value) && Object.hasOwn(definitions, type)) {
    visitTyped(value, type, see, path, parent);
  }
}

/** `path` is where the object stands; it is the same again when this returns. */
function checkObject(object: Obj, type: string, path: (string | number)[], kind: string, faults: SchemaFault[]): void {
  const fields = definitions[type] ?? {};
  for (const [key, value] of Object.entries(object)) {
    path.push(key);
    if (Object.hasOwn(fields, key)) checkValue(value, fields[key]!, path, kind, faults);
    else faults.push(unknownField([...path], type, kind));
    path.pop();
  }
}

function checkValue(
  value: unknown,
  type: string,
  path: (string | number)[],
  kind: string,
  faults: SchemaFault[],
): void {
  if (value === null || value === undefined || type === '*') return;
  const wanted = wantedBy(type, value);
  if (wanted !== undefined)
    faults.push({
      path: [...path],
      kind: 'type',
      message: `${words(path)} is ${said(value)}, but the API takes ${wanted}`,
    });
  else if (type.startsWith('[') || type.startsWith('{'))
    for (const [key, item] of Array.isArray(value) ? value.entries() : Object.entries(value as Obj)) {
      path.push(key);
      checkValue(item, type.slice(1), path, kind, faults);
      path.pop();
    }
  else if (type.length > 1) checkObject(value as Obj, type, path, kind, faults);
}

/**
 * What the API takes instead, in words; `undefined` where the value fits. Quantities may be any number, ports and the
 * like whole ones.
 */
function wantedBy(type: string, value: unknown): string | undefined {
  switch (type[0]) {
    case '[':
      return Array.isArray(value) ? undefined : 'a list';
    case 's':
      return typeof value === 'string' ? undefined : 'a string';
    case 'y':
      return typeof value === 'string' || Array.isArray(value) ? undefined : 'a string';
    case 'i':
      return Number.isInteger(value) ? undefined : 'an integer';
    case 'b':
      return typeof value === 'boolean' ? undefined : 'a boolean';
    case 'q':
      return typeof value === 'boolean' || isObject(value) || quantity(value) === undefined ? 'a quantity' : undefined;
    case 'p':
      return typeof value === 'string' || Number.isInteger(value) ? undefined : 'an integer or a string';
    default:
      return isObject(value) ? undefined : 'a mapping';
  }
}

function unknownField(path: Path, type: string, kind: string): SchemaFault {
  const key = String(path.at(-1));
  const known = Object.keys(definitions[type] ?? {});
  const meant = nearest(key, known);
  const start = `${words(path)} is not a field of a ${kind}`;
  if (meant) return { path, kind: 'misspelt', meant, message: `${start} (did you mean ${meant}?)` };
  const reachable = reachableFrom(kind);
  for (const [home, place] of homes) {
    if (home === type || !reachable.has(home)) continue;
    const fields = Object.keys(definitions[home] ?? {});
    const field = nearest(key, fields) ?? (fields.includes(key) ? key : undefined);
    if (field) return { path, kind: 'misplaced', message: `${start}: ${field} belongs in ${place}` };
  }
  return { path, kind: 'unknown', message: `${start} as of Kubernetes ${knownUpTo}` };
}

const reached = new Map<string, ReadonlySet<string>>();

/** The definitions that an object of this kind can hold. */
function reachableFrom(kind: string): ReadonlySet<string> {
  let found = reached.get(kind);
  if (!found) {
    const seen = new Set<string>();
    const queue = [kind];
    for (let type = queue.pop(); type !== undefined; type = queue.pop()) {
      if (seen.has(type) || !Object.hasOwn(definitions, type)) continue;
      seen.add(type);
      queue.push(...Object.values(definitions[type]!).map((field) => field.replace(/^[[{]+/, '')));
    }
    reached.set(kind, (found = seen));
  }
  return found;
}

/** A path as the API server writes it: `spec.template.spec.containers[0].name`. */
export function words(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

function said(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string' && value.length < 40) return `the string ${JSON.stringify(value)}`;
  return typeof value === 'string' ? 'a string' : `the ${typeof value} ${String(value)}`;
}
