import type { DeployedValues } from '../deployment.ts';
import { isMapping, type ResourceDocument } from '../document.ts';
import { readYaml, YamlError } from '../../yaml/index.ts';
import { FieldError, type Fields } from './fields.ts';
import type { GeneratedMap } from './build.ts';

/** The values of a HelmRelease, and what of them is not in the repository. */
export interface FluxValues {
  values: DeployedValues[];
  /** Parts of a sentence: `the values of Secret shop-secrets, which this repository does not have`. */
  missing: string[];
}

/** Where references of `valuesFrom` may lead. */
export interface ValuesContext {
  /** The resources that are applied with the HelmRelease. */
  beside: readonly ResourceDocument[];
  /** All of the repository, for what is applied in another way. */
  documents: readonly ResourceDocument[];
  maps: readonly GeneratedMap[];
}

interface Reference {
  kind: string;
  name: string;
  key: string;
  target?: string;
  optional: boolean;
  literal: boolean;
}

type Values = Record<string, unknown>;

/** A text that Flux merges, and how Helm is given it. */
interface Piece {
  value: unknown;
  given: DeployedValues;
  target?: string;
}

/**
 * The values of a HelmRelease as helm-controller composes them (`ChartValuesFromReferences` of
 * github.com/fluxcd/pkg/chartutil): those of `valuesFrom` in order, then `values`; what has a `targetPath` is set as with
 * `--set`. Throws {@link FieldError}.
 */
export function valuesOf(
  release: Fields,
  namespace: string | undefined,
  { beside, documents, maps }: ValuesContext,
): FluxValues {
  const missing: string[] = [];
  const inline = release.mapping('spec', 'values');
  const own: Piece[] = inline ? [{ value: inline, given: release.document.inline(['spec', 'values']) }] : [];
  const pieces: Piece[] = [];
  release.list('spec', 'valuesFrom').forEach((_, index) => {
    const reference = referenceAt(release, index);
    const found = lookup(reference, namespace, release.document, { beside, documents, maps });
    if (typeof found === 'string') {
      // An optional one that is not there is what Flux takes for "no values"; it may yet be in the cluster.
      missing.push(found);
      return;
    }
    const { text, given } = found;
    if (reference.target === undefined) {
      const value = mappingOf(text, `${reference.kind} ${reference.name}, ${reference.key}`, [
        'spec',
        'valuesFrom',
        index,
      ]);
      pieces.push({ value, given });
    } else {
      pieces.push({ value: text, target: reference.target, given: { kind: 'set', ...setting(reference, text) } });
    }
  });
  const all = [...pieces, ...own];
  const files = all.filter(({ target }) => target === undefined);
  const set = pieces.filter((piece, index) => piece.target !== undefined && wins(piece, index, pieces, inline));
  return { values: [...files, ...set].map(({ given }) => given), missing };
}

function referenceAt(release: Fields, index: number): Reference {
  const path = ['spec', 'valuesFrom', index] as const;
  if (!isMapping(release.document.field(...path)))
    throw new FieldError(path, `spec.valuesFrom[${index}] is not a mapping`);
  const kind = release.required(...path, 'kind');
  if (kind !== 'ConfigMap' && kind !== 'Secret')
    throw new FieldError([...path, 'kind'], `spec.valuesFrom[${index}].kind is neither ConfigMap nor Secret`);
  return {
    kind,
    name: release.required(...path, 'name'),
    key: release.text(...path, 'valuesKey') ?? 'values.yaml',
    target: release.text(...path, 'targetPath'),
    optional: release.flag(...path, 'optional'),
    literal: release.flag(...path, 'literal'),
  };
}

function mappingOf(text: string, what: string, path: readonly (string | number)[]): Values {
  try {
    const value = readYaml(text).value ?? {};
    if (isMapping(value)) return value;
    throw new FieldError(path, `${what} is not a mapping of values`);
  } catch (error) {
    if (error instanceof YamlError) throw new FieldError(path, `${what} is not YAML: ${error.message}`);
    throw error;
  }
}

/** The text that a reference names, or why there is none, as part of a sentence. */
function lookup(
  { kind, name, key, optional }: Reference,
  namespace: string | undefined,
  release: ResourceDocument,
  { beside, documents, maps }: ValuesContext,
): { text: string; given: DeployedValues } | string {
  const what = `the values of ${kind} ${name}`;
  const wanted = (one: ResourceDocument) =>
    one.kind === kind &&
    one.apiVersion === 'v1' &&
    one.name === name &&
    (one.namespace === undefined || namespace === undefined || one.namespace === namespace);
  const together = beside.filter(wanted);
  const generated = maps.find((one) => one.kind === kind && one.name === name);
  const named = together.length > 0 || generated ? together : documents.filter(wanted);
  const [nearest, other] = named.sort((a, b) => common(b, release) - common(a, release));
  if (!nearest) {
    const text = generated?.data.get(key);
    if (generated && text) return text;
    if (generated) return `${what}, whose generator has no ${key}`;
    return `${what}, which ${optional ? 'is optional and not in this repository' : 'this repository does not have'}`;
  }
  if (other && common(other, release) === common(nearest, release)) return `${what}, which is in this repository twice`;
  if (nearest.field('sops') !== undefined) return `${what}, which are encrypted (SOPS)`;
  const plain = kind === 'Secret' ? 'stringData' : 'data';
  const text = nearest.field(plain, key);
  if (typeof text === 'string') return { text, given: nearest.inline([plain, key]) };
  const encoded = kind === 'Secret' ? nearest.field('data', key) : undefined;
  if (typeof encoded === 'string') {
    const decoded = Buffer.from(encoded, 'base64').toString('utf8');
    return { text: decoded, given: nearest.inline(['data', key], decoded) };
  }
  return `${what}, which has no ${key}`;
}

/** How much of their paths two resources have in common. */
function common(one: ResourceDocument, other: ResourceDocument): number {
  const [a, b] = [one.file.split(/[\\/]/), other.file.split(/[\\/]/)];
  let length = 0;
  while (length < a.length - 1 && a[length] === b[length]) length += 1;
  return length;
}

/**
 * As `ReplacePathValue` has it: a text in quotes is a text, any other one is read as `--set` reads it; with `literal`
 * nothing of it is syntax.
 */
function setting({ target, literal }: Reference, text: string): { flag: '--set' | '--set-string'; value: string } {
  if (literal) return { flag: '--set-string', value: `${target}=${text.replace(/[\\,[\]{}]/g, '\\$&')}` };
  const quoted = /^'[^]*'$|^"[^]*"$/.test(text);
  return quoted
    ? { flag: '--set-string', value: `${target}=${text.replace(/^['"]+|['"]+$/g, '')}` }
    : { flag: '--set', value: `${target}=${text}` };
}

/**
 * Whether a value with a `targetPath` is the one that the release gets: what is merged later has it too, unless the
 * mapping in which it was set is the very one of `values` (Flux sets it in place).
 */
function wins(piece: Piece, index: number, pieces: readonly Piece[], inline: Values | undefined): boolean {
  const keys = piece.target!.split(/(?<!\\)\./).map((key) => key.replaceAll('\\.', '.'));
  // An item of a list, too: lists are never copied.
  if (keys.some((key) => /\[\d+\]$/.test(key))) return true;
  const mark = {};
  let result: Values = {};
  const own = structuredClone(inline ?? {});
  pieces.forEach(({ value, target }, at) => {
    if (target === undefined) {
      result = merged(result, structuredClone(value) as Values);
      return;
    }
    result = merged(result, own);
    if (at === index) put(result, keys, mark);
  });
  result = merged(result, own);
  let here: unknown = result;
  for (const key of keys) here = isMapping(here) ? here[key] : undefined;
  return here === mark;
}

/** `MergeMaps` of github.com/fluxcd/pkg/chartutil: a mapping that only one side has is not copied. */
function merged(a: Values, b: Values): Values {
  const out: Values = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = out[key];
    out[key] = isMapping(value) && isMapping(before) && Object.hasOwn(out, key) ? merged(before, value) : value;
  }
  return out;
}

function put(into: Values, keys: readonly string[], value: unknown): void {
  let here = into;
  for (const key of keys.slice(0, -1)) {
    if (!isMapping(here[key])) here[key] = {};
    here = here[key] as Values;
  }
  here[keys.at(-1)!] = value;
}
