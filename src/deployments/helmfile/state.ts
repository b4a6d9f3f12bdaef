import { basename, dirname } from 'node:path';
import { readYaml, YamlError, type YamlNode } from '../../yaml/index.ts';
import { isMapping, ResourceDocument, textOf } from '../document.ts';
import { PathError, type GitOpsRepository } from '../repository.ts';
import { globbed } from './glob.ts';
import { placeheld, rendered, TemplateError, type TemplateData } from './expression.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** A helmfile that cannot be read; `message` is part of a sentence. */
export class StateError extends Error {
  readonly line: number;
  constructor(message: string, line = 1) {
    super(message);
    this.name = 'StateError';
    this.line = line;
  }
}

/** A release, or a template of one, and the place where it is written. */
export interface WrittenRelease {
  document: ResourceDocument;
  path: readonly (string | number)[];
}

/** A helmfile in one environment. */
export interface State {
  /** Absolute path. */
  file: string;
  environment: string;
  data: TemplateData;
  releases: WrittenRelease[];
  helmDefaults: Mapping;
  templates: ReadonlyMap<string, WrittenRelease>;
  repositories: readonly Mapping[];
  /** All releases are in this one. */
  namespace?: string;
  missingFileHandler?: string;
  kubeVersion?: string;
  apiVersions: readonly string[];
  inherit: readonly string[];
  helmfiles: readonly unknown[];
  /** What was not read. Parts of a sentence. */
  notRead: string[];
}

const deepest = 8;

/** The names of the environments that a helmfile and its bases declare; `default` where they declare none. */
export function environmentsOf(file: string, repository: GitOpsRepository): string[] {
  const names = new Set<string>();
  const look = (path: string, depth: number) => {
    for (const part of partsOf(repository.read(path, '/'))) {
      const value = parsed(part, path, undefined)?.value;
      if (!isMapping(value)) continue;
      if (isMapping(value['environments'])) for (const name of Object.keys(value['environments'])) names.add(name);
      if (depth < deepest) for (const base of localPaths(value['bases'], path, repository)) look(base, depth + 1);
    }
  };
  look(file, 0);
  return names.size === 0 ? ['default'] : [...names].slice(0, 100);
}

/**
 * A helmfile in an environment, as helmfile v1 loads it (`desired_state_file_loader.go`, `create.go`): parts between
 * `---` one after the other, each with its bases before it. Templates are rendered as far as {@link rendered} does.
 * Throws {@link StateError}, {@link TemplateError} and `PathError`.
 */
export function loadState(
  file: string,
  environment: string,
  repository: GitOpsRepository,
  inherited: Mapping = {},
): State {
  const values = { defaults: {} as Mapping, environment: inherited };
  const state: State = {
    file,
    environment,
    data: dataOf(environment, values, undefined, []),
    releases: [],
    helmDefaults: {},
    templates: new Map(),
    repositories: [],
    apiVersions: [],
    inherit: [],
    helmfiles: [],
    notRead: [],
  };
  load(file, state, values, repository, []);
  return state;
}

interface Values {
  defaults: Mapping;
  environment: Mapping;
}

function load(
  file: string,
  state: State,
  values: Values,
  repository: GitOpsRepository,
  above: readonly string[],
): void {
  if (above.includes(file)) throw new StateError(`${repository.shown(file)} includes itself`);
  if (above.length >= deepest) throw new StateError(`more than ${deepest} bases in each other`);
  for (const part of partsOf(repository.read(file, '/'))) {
    const read = parsed(part, file, state.data);
    if (!read) continue;
    const { root, value, text, line } = read;
    if (!isMapping(value)) throw new StateError('it is not a mapping', part.line);
    for (const base of localPaths(value['bases'], file, repository, state))
      load(base, state, values, repository, [...above, file]);
    const document = new ResourceDocument({ absolute: file, file: repository.shown(file), line }, text, root, value);
    values.defaults = merge(values.defaults, valuesIn(value['values'], file, state, repository));
    const declared = isMapping(value['environments']) ? value['environments'][state.environment] : undefined;
    if (isMapping(declared)) {
      values.environment = merge(values.environment, valuesIn(declared['values'], file, state, repository));
      if (declared['secrets'] !== undefined) state.notRead.push(`secrets of the environment ${state.environment}`);
    }
    absorb(state, document, above.length > 0);
    state.data = dataOf(state.environment, values, state.namespace, state.data.unknown);
  }
}

/** What a part adds to the state. Releases of a base come before the others; those of a later part replace them. */
function absorb(state: State, document: ResourceDocument, base: boolean): void {
  const { value } = document;
  const list = (key: string) => (Array.isArray(value[key]) ? (value[key] as unknown[]) : []);
  const releases = list('releases');
  if (value['releases'] !== undefined && value['releases'] !== null && !Array.isArray(value['releases']))
    throw new StateError('releases is not a list', document.at('releases').line);
  if (releases.length > 5_000) throw new StateError('it has more than 5000 releases', document.at('releases').line);
  if (releases.length > 0) {
    const written = releases.map((_, index): WrittenRelease => ({ document, path: ['releases', index] }));
    state.releases = base ? [...state.releases, ...written] : written;
  }
  if (isMapping(value['helmDefaults'])) state.helmDefaults = merge(state.helmDefaults, value['helmDefaults']);
  if (isMapping(value['templates'])) {
    const templates = new Map(state.templates);
    for (const name of Object.keys(value['templates'])) templates.set(name, { document, path: ['templates', name] });
    state.templates = templates;
  }
  state.repositories = [...state.repositories, ...list('repositories').filter(isMapping)];
  state.helmfiles = list('helmfiles').length > 0 ? list('helmfiles') : state.helmfiles;
  state.namespace = textOf(value['namespace']) ?? state.namespace;
  state.kubeVersion = textOf(value['kubeVersion']) ?? state.kubeVersion;
  state.missingFileHandler = textOf(value['missingFileHandler']) ?? state.missingFileHandler;
  if (list('apiVersions').length > 0) state.apiVersions = list('apiVersions').filter((one) => typeof one === 'string');
  if (value['defaultInherit'] !== undefined)
    state.inherit = [value['defaultInherit']].flat().filter((one) => typeof one === 'string');
}

interface Part {
  text: string;
  line: number;
}

/** The parts of a helmfile: it is split at lines `---`, before it is YAML. */
function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let line = 1;
  for (const part of text.replaceAll('\r\n', '\n').split('\n---\n')) {
    parts.push({ text: part, line });
    line += part.split('\n').length + 1;
  }
  return parts;
}

/** A part as YAML; with `data` one that is a template is rendered first, without it that is passed over. */
function parsed(
  { text, line }: Part,
  file: string,
  data: TemplateData | undefined,
): { root: YamlNode; value: unknown; text: string; line: number } | undefined {
  const template = file.endsWith('.gotmpl');
  const read = (source: string) => {
    const { root, value } = readYaml(source);
    return root && { root, value, text: source, line };
  };
  try {
    if (!template || !text.includes('{{')) return read(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    if (!text.includes('{{')) {
      if (!data) return undefined;
      throw new StateError(`it is not YAML: ${error.message}`, line);
    }
  }
  if (!data) {
    // Only the names of environments are wanted, which are hardly ever templates.
    try {
      return read(text.replace(/\{\{.*?\}\}/gs, ''));
    } catch {
      return undefined;
    }
  }
  try {
    return read(placeheld(text, data));
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    if (error instanceof YamlError) throw new TemplateError('templates');
    throw error;
  }
}

/** Paths in a list that are in this repository; with a state, the others are noted there. */
function localPaths(list: unknown, file: string, repository: GitOpsRepository, state?: State): string[] {
  const found: string[] = [];
  for (const written of Array.isArray(list) ? list : []) {
    if (typeof written !== 'string') continue;
    try {
      const path = state ? rendered(written, state.data) : written;
      if (/:\/\/|^git::/.test(path)) throw new PathError('a base from another host');
      found.push(repository.resolve(path, dirname(file)));
    } catch (error) {
      if (!(error instanceof PathError || error instanceof TemplateError)) throw error;
      if (state)
        throw new StateError(
          error instanceof PathError ? `its base: ${error.message}` : `its base is ${error.message}`,
        );
    }
  }
  return found;
}

/** Values of an environment, merged: files and mappings. */
function valuesIn(list: unknown, file: string, state: State, repository: GitOpsRepository): Mapping {
  let all: Mapping = {};
  for (const entry of Array.isArray(list) ? (list as unknown[]) : []) {
    if (isMapping(entry)) {
      all = merge(all, entry);
      continue;
    }
    if (typeof entry !== 'string') throw new StateError('values of an environment are neither a path nor a mapping');
    try {
      const path = rendered(entry, state.data);
      for (const one of globbed(path, dirname(file), repository)) {
        const text = repository.read(one, '/');
        const value = readYaml(one.endsWith('.gotmpl') ? rendered(text, state.data) : text).value ?? {};
        if (isMapping(value)) all = merge(all, value);
      }
    } catch (error) {
      if (error instanceof TemplateError || error instanceof YamlError) {
        state.notRead.push(`${basename(entry)} (${error.message})`);
        continue;
      }
      if (!(error instanceof PathError)) throw error;
      // helmfile stops there, unless the file may be missing; here the rest of the values may still do.
      state.notRead.push(error.message);
    }
  }
  return all;
}

function dataOf(
  name: string,
  { defaults, environment }: Values,
  namespace: string | undefined,
  unknown: string[],
): TemplateData {
  const values = merge(defaults, environment);
  return {
    Environment: { Name: name, Values: values },
    Namespace: namespace ?? '',
    Values: values,
    StateValues: values,
    unknown,
  };
}

/** Mappings merged as mergo does with `WithOverride`: what is empty does not override. */
export function merge(a: Mapping, b: Mapping): Mapping {
  const out: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = Object.hasOwn(out, key) ? out[key] : undefined;
    if (isMapping(before) && isMapping(value)) out[key] = merge(before, value);
    else if (before === undefined || !(value === null || value === '' || value === false || value === 0))
      Object.defineProperty(out, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return out;
}
