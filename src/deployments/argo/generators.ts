import { posix } from 'node:path';
import { readYaml, YamlError } from '../../yaml/index.ts';
import { isEmpty, isMapping, textOf, type FieldPath } from '../document.ts';
import { alternatives, entriesBelow, matches } from '../glob.ts';
import { LeftOutError } from '../left-out-error.ts';
import { PathError, quoted, type GitOpsRepository } from '../repository.ts';
import { withoutCredentials } from '../address.ts';
import { filledIn, filledText, sanitized, type Params, type TemplateStyle } from './template.ts';

/** Parameter sets of one generator at most; the product of a matrix is counted before it is made. */
const mostSets = 2_000;

/** What a generator is asked with. */
export interface GeneratorContext {
  style: TemplateStyle;
  repository: GitOpsRepository;
  /** How deep it is nested: Argo CD allows a combination within a combination, and no more. */
  depth?: number;
}

/** The parameter sets of a generator, and its own template, which goes before that of the ApplicationSet. */
export interface Generated {
  sets: Params[];
  template: unknown;
}

const known = ['list', 'git', 'matrix', 'merge'];

/**
 * The parameter sets of one generator: `list`, `git` (directories and files of this repository), `matrix` and `merge`
 * of these, filtered by `selector`. Argo CD: `applicationset/generators`. Throws {@link LeftOutError} for those that
 * need a cluster, a network or a plugin, and for what Argo CD refuses.
 */
export function generated(generator: unknown, context: GeneratorContext): Generated {
  if (!isMapping(generator)) throw new LeftOutError('a generator is not a mapping');
  const kinds = Object.keys(generator).filter((key) => key !== 'selector' && generator[key] !== null);
  const foreign = kinds.find((kind) => !known.includes(kind));
  if (foreign !== undefined) throw new LeftOutError(`its generator ${quoted(foreign)} needs more than this repository`);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) throw new LeftOutError('a generator is none or several at once');
  const about = generator[kind];
  if (!isMapping(about)) throw new LeftOutError(`its generator ${kind} is not a mapping`);
  const sets = setsOf(kind, about, context);
  const { selector } = generator;
  return {
    sets: selector === undefined ? sets : sets.filter((one) => selects(selector, one)),
    template: about['template'],
  };
}

function setsOf(kind: string, about: Record<string, unknown>, context: GeneratorContext): Params[] {
  if (kind === 'list') return listSets(about, context);
  if (kind === 'git') return gitSets(about, context);
  const depth = (context.depth ?? 0) + 1;
  if (depth > 2) throw new LeftOutError('its generators are nested deeper than Argo CD allows');
  const generators = about['generators'];
  if (!Array.isArray(generators)) throw new LeftOutError(`its generator ${kind} has no list of generators`);
  return kind === 'matrix'
    ? matrixSets(generators as unknown[], { ...context, depth })
    : mergeSets(generators as unknown[], about['mergeKeys'], { ...context, depth });
}

/** `list.go`: without Go templates all values are texts, those under `values` too. */
function listSets(about: Record<string, unknown>, { style }: GeneratorContext): Params[] {
  const elements = [...elementsOf(about['elements']), ...elementsOf(yamlOf(about['elementsYaml'], 'elementsYaml'))];
  return bounded(elements).map((element) => {
    if (!isMapping(element)) throw new LeftOutError('an element of its list generator is not a mapping');
    if (style.goTemplate) return element;
    const flat: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(element)) {
      if (key === 'values' && isMapping(value))
        for (const [name, inner] of Object.entries(value)) flat[`values.${name}`] = asText(inner, `values.${name}`);
      else flat[key] = asText(value, key);
    }
    return flat;
  });
}

function asText(value: unknown, key: string): string {
  if (typeof value === 'string') return value;
  throw new LeftOutError(`the element ${quoted(key)} of its list generator is not a string, which needs goTemplate`);
}

function elementsOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new LeftOutError('the elements of its list generator are not a list');
  return value as unknown[];
}

function yamlOf(text: unknown, what: string): unknown {
  if (textOf(text) === undefined) return undefined;
  try {
    return readYaml(text as string).value;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new LeftOutError(`${what} is not YAML: ${error.message}`);
  }
}

/** `git.go`. */
function gitSets(about: Record<string, unknown>, { style, repository }: GeneratorContext): Params[] {
  const url = textOf(about['repoURL']) ?? '';
  if (repository.isOwn(url) === false)
    throw new LeftOutError(`its git generator reads another repository: ${withoutCredentials(url)}`);
  const prefix = textOf(about['pathParamPrefix']);
  const directories = itemsOf(about['directories']);
  const files = itemsOf(about['files']);
  const base = repository.baseOf([...directories, ...files][0]?.path ?? '');
  const entries = entriesBelow(base);
  if (!entries) throw new LeftOutError('the repository is too large for its git generator');
  const values = isMapping(about['values']) ? about['values'] : undefined;
  const withValues = (params: Record<string, unknown>): Params => {
    if (!values) return params;
    const filled = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, filledText(String(value), params, style)]),
    );
    return style.goTemplate
      ? { ...params, values: filled }
      : { ...params, ...Object.fromEntries(Object.entries(filled).map(([key, value]) => [`values.${key}`, value])) };
  };
  if (directories.length > 0) {
    const found = entries.filter(({ path, folder }) => folder && !path.split('/').some((part) => part.startsWith('.')));
    const chosen = found.filter(({ path }) => isChosen(path, directories, (pattern) => matches(pattern, path)));
    return bounded(chosen).map(({ path }) => withValues(pathParams(path, undefined, prefix, style)));
  }
  if (files.length === 0) throw new LeftOutError('its git generator names neither directories nor files');
  const chosen = entries.filter(
    ({ path, folder }) => !folder && isChosen(path, files, (pattern) => isOfPathspec(pattern, path)),
  );
  const sets: Params[] = [];
  for (const { path } of bounded(chosen)) {
    for (const one of objectsOf(path, base, repository)) {
      const own = pathParams(posix.dirname(path), posix.basename(path), prefix, style);
      sets.push(withValues(style.goTemplate ? { ...one, ...own } : { ...flattened(one), ...own }));
      bounded(sets);
    }
  }
  return sets;
}

interface GitItem {
  path: string;
  exclude: boolean;
}

function itemsOf(value: unknown): GitItem[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new LeftOutError('its git generator has no list of paths');
  return (value as unknown[]).map((item) => {
    const path = isMapping(item) ? textOf(item['path']) : undefined;
    if (path === undefined) throw new LeftOutError('its git generator has an entry without a path');
    return { path, exclude: isMapping(item) && item['exclude'] === true };
  });
}

/** What is excluded once is excluded, wherever it is in the list. */
function isChosen(path: string, items: readonly GitItem[], fits: (pattern: string) => boolean): boolean {
  const found = items.filter((item) => path !== '' && fits(item.path));
  return found.length > 0 && !found.some(({ exclude }) => exclude);
}

/** `git ls-files` takes the pattern: a star crosses slashes, and a folder stands for all that is in it. */
function isOfPathspec(pattern: string, path: string): boolean {
  const plain = pattern.replace(/^\.?\//, '').replace(/\/$/, '');
  return path === plain || path.startsWith(`${plain}/`) || alternatives(plain).some((one) => matches(one, path, true));
}

function pathParams(path: string, file: string | undefined, prefix: string | undefined, style: TemplateStyle) {
  const segments = path.split('/');
  const basename = posix.basename(path);
  const named = {
    path,
    basename,
    basenameNormalized: sanitized(basename),
    ...(file !== undefined && { filename: file, filenameNormalized: sanitized(file) }),
  };
  if (style.goTemplate) {
    const all = { ...named, segments };
    return prefix === undefined ? { path: all } : { [prefix]: { path: all } };
  }
  const name = prefix === undefined ? 'path' : `${prefix}.path`;
  const flat: Record<string, unknown> = { [name]: path };
  for (const [key, value] of Object.entries(named)) if (key !== 'path') flat[`${name}.${key}`] = value;
  segments.forEach((segment, index) => (flat[`${name}[${index}]`] = segment));
  return flat;
}

/** The mapping, or the mappings of a list, of a YAML or JSON file. */
function objectsOf(path: string, base: string, repository: GitOpsRepository): Record<string, unknown>[] {
  try {
    const value = yamlOf(repository.read(path, base), path) ?? {};
    const all = Array.isArray(value) ? (value as unknown[]) : [value];
    if (all.every(isMapping)) return all;
    throw new LeftOutError(`${path}, which its git generator reads, is no mapping`);
  } catch (error) {
    if (error instanceof PathError) throw new LeftOutError(`its git generator: ${error.message}`);
    throw error;
  }
}

/** Names with dots, as `flatten` with `DotStyle`: `a.b`, `list.0`. */
function flattened(value: unknown, name = '', out: Record<string, unknown> = {}): Record<string, unknown> {
  if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) flattened(item, name === '' ? key : `${name}.${key}`, out);
  else out[name] = value === null ? '<nil>' : String(value as string | number | boolean);
  return out;
}

/** `matrix.go`: each set of the first with each of the second, whose texts may name parameters of the first. */
function matrixSets(generators: readonly unknown[], context: GeneratorContext): Params[] {
  const [first, second] = generators;
  if (generators.length !== 2) throw new LeftOutError('its matrix generator does not have two generators');
  const out: Params[] = [];
  for (const a of generated(first, context).sets)
    for (const b of generated(interpolated(second, a, context.style), context).sets) {
      out.push(context.style.goTemplate ? merged(b, a) : { ...a, ...b });
      bounded(out);
    }
  return out;
}

/** The second generator with the parameters of the first; what they do not have stays as it is (`values`). */
function interpolated(generator: unknown, params: Params, style: TemplateStyle): unknown {
  if (!isMapping(generator)) return generator;
  return Object.fromEntries(
    Object.entries(generator).map(([kind, about]) => {
      if (kind !== 'git' || !isMapping(about)) return [kind, filledIn(about, params, style)];
      const { values, ...rest } = about;
      const filled = filledIn(rest, params, style) as Record<string, unknown>;
      return [kind, values === undefined ? filled : { ...filled, values }];
    }),
  );
}

/** `merge.go`: the first generator's sets, over which those of the others with the same keys are laid. */
function mergeSets(generators: readonly unknown[], keys: unknown, context: GeneratorContext): Params[] {
  if (generators.length < 2) throw new LeftOutError('its merge generator has fewer than two generators');
  if (!Array.isArray(keys) || keys.length === 0) throw new LeftOutError('its merge generator has no mergeKeys');
  const keyOf = (params: Params) => JSON.stringify((keys as unknown[]).map((key) => params[String(key)]));
  const byKey = generators.map((one) => {
    const sets = new Map<string, Params>();
    for (const params of generated(one, context).sets) {
      const key = keyOf(params);
      if (sets.has(key)) throw new LeftOutError(`its merge generator has two sets with the keys ${key.slice(0, 80)}`);
      sets.set(key, params);
    }
    return sets;
  });
  return [...byKey[0]!].map(([key, base]) =>
    byKey.slice(1).reduce<Params>((params, sets) => {
      const over = sets.get(key);
      return over ? (context.style.goTemplate ? merged(params, over) : { ...params, ...over }) : params;
    }, base),
  );
}

/** The second over the first, mapping by mapping; empty values of the second do not count (mergo, `WithOverride`). */
export function merged(under: Params, over: Params): Record<string, unknown> {
  const out: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const before = out[key];
    if (isMapping(value) && isMapping(before)) out[key] = merged(before, value);
    else if (!isEmpty(value) || before === undefined) out[key] = value;
  }
  return out;
}

function selects(selector: unknown, params: Params): boolean {
  if (!isMapping(selector)) throw new LeftOutError('the selector of a generator is not a mapping');
  const flat = flattened(params);
  const labels = isMapping(selector['matchLabels']) ? selector['matchLabels'] : {};
  const expressions = Array.isArray(selector['matchExpressions']) ? (selector['matchExpressions'] as unknown[]) : [];
  return (
    Object.entries(labels).every(([key, value]) => flat[key] === value) &&
    expressions.every((one) => {
      if (!isMapping(one)) return false;
      const has = Object.hasOwn(flat, String(one['key']));
      const within = Array.isArray(one['values']) && (one['values'] as unknown[]).includes(flat[String(one['key'])]);
      if (one['operator'] === 'In') return has && within;
      if (one['operator'] === 'NotIn') return !has || !within;
      return one['operator'] === 'Exists' ? has : one['operator'] === 'DoesNotExist' && !has;
    })
  );
}

function bounded<T>(sets: T[]): T[] {
  if (sets.length > mostSets) throw new LeftOutError(`its generators make more than ${mostSets} Applications`);
  return sets;
}

/** Where a generator is written. */
export const generatorPath = (index: number): FieldPath => ['spec', 'generators', index];
