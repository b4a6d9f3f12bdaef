import type { Path } from '../parse/index.ts';
import { homes, validate } from './job-schema.generated.js';
import { list, map } from './read.ts';

/** A fault that the Job API finds in a manifest. */
export interface SchemaFault {
  path: Path;
  /** What is wrong at `path`, as the end of a sentence that begins with the Job. */
  message: string;
  /** `misplaced`, `misspelt`: unknown here, and it shows what was meant; `unknown`: perhaps of a newer Kubernetes. */
  kind: 'type' | 'misplaced' | 'misspelt' | 'unknown';
  /** The key that was meant, where only its spelling is wrong. */
  meant?: string;
}

const places = {
  JobSpec: 'spec',
  PodTemplateSpec: 'spec.template',
  PodSpec: 'spec.template.spec',
  Container: 'a container',
  ObjectMeta: 'metadata',
} as const;

/** Checks a `batch/v1` Job, all of it, against the API's own schema: fields that it does not know, and values of the wrong type. */
export function checkJob(job: unknown): SchemaFault[] {
  if (validate(job)) return [];
  return (validate.errors ?? []).map((error): SchemaFault => {
    const path = pathOf(error.instancePath, job);
    const here = path.length > 0 ? words(path) : 'the Job';
    if (error.keyword === 'type')
      return {
        path,
        kind: 'type',
        message: `${here} is ${typeOf(at(job, path))} where the API takes ${article(error.type)}`,
      };
    const { key, known } = error;
    const faulty: Path = [...path, key];
    const meant = nearest(key, known);
    if (meant)
      return {
        path: faulty,
        kind: 'misspelt',
        meant,
        message: `${words(faulty)} is no field of the Job API, which knows ${meant} there`,
      };
    const home = (Object.keys(places) as (keyof typeof places)[]).find((name) =>
      homes[name].includes(nearest(key, homes[name]) ?? key),
    );
    if (home)
      return {
        path: faulty,
        kind: 'misplaced',
        message: `${words(faulty)} is no field of the Job API: ${nearest(key, homes[home]) ?? key} stands in ${places[home]}`,
      };
    return {
      path: faulty,
      kind: 'unknown',
      message: `${words(faulty)} is no field of the Job API as of Kubernetes 1.33`,
    };
  });
}

/** A known name that differs in case or by a letter or two; names of few letters must differ in case only. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const lower = key.toLowerCase();
  const found = known.find((name) => name !== key && name.toLowerCase() === lower);
  if (found || key.length < 6) return found;
  return known.find((name) => name !== key && distance(lower, name.toLowerCase()) <= (key.length < 10 ? 1 : 2));
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = [...b].map((_, index) => index + 1);
  for (let i = 0; i < a.length; i += 1) {
    let diagonal = i;
    let left = i + 1;
    row = row.map((above, j) => {
      left = Math.min(left + 1, above + 1, diagonal + (a[i] === b[j] ? 0 : 1));
      diagonal = above;
      return left;
    });
  }
  return row.at(-1) ?? a.length;
}

function pathOf(pointer: string, job: unknown): Path {
  const path: (string | number)[] = [];
  for (const part of pointer.split('/').slice(1))
    path.push(Array.isArray(at(job, path)) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return path;
}

function at(job: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => (typeof part === 'number' ? list(value)[part] : map(value)[part]), job);
}

function words(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

function typeOf(value: unknown): string {
  return Array.isArray(value)
    ? 'a list'
    : typeof value === 'object'
      ? 'a mapping'
      : typeof value === 'number'
        ? `the number ${value}`
        : typeof value === 'boolean'
          ? `the boolean ${value}`
          : `a ${typeof value}`;
}

function article(type: string): string {
  const names: Readonly<Record<string, string>> = { array: 'a list', object: 'a mapping', integer: 'an integer' };
  return names[type] ?? `a ${type}`;
}
