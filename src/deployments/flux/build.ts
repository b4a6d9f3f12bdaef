import { basename } from 'node:path';
import type { FileLine } from '../../place/location.ts';
import { readYaml, YamlError } from '../../yaml/index.ts';
import { splitManifests } from '../../parse/manifest.ts';
import type { DeployedValues } from '../deployment.ts';
import { isMapping, textOf, type ResourceDocument } from '../document.ts';
import { PathError, type GitOpsRepository } from '../repository.ts';
import {
  generatedFor,
  isFolder,
  kustomizationIn,
  KustomizationError,
  listed,
  nameIn,
  pathIn,
  type Kustomization,
} from './kustomization.ts';
import { jsonPatched, mergedPatch, PatchError } from './patch.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** A ConfigMap or Secret that a kustomization generates. */
export interface GeneratedMap {
  kind: 'ConfigMap' | 'Secret';
  /** Without the hash, which kustomize puts into the references too. */
  name: string;
  /** By key; what cannot be read is not there. */
  data: Map<string, { text: string; given: DeployedValues }>;
}

/** A resource as a kustomization leaves it. */
export interface Built {
  document: ResourceDocument;
  /** Names that it had before a prefix or suffix, under which patches still find it. */
  formerly: string[];
  /** Where the outermost kustomization that changed it does so. */
  changedAt?: FileLine;
  /** What changes it and was not applied. Parts of a sentence. */
  notApplied: string[];
}

/** What comes of a kustomization. */
export interface Build {
  resources: Built[];
  maps: GeneratedMap[];
  /** Absolute paths of the folders that were built, and of the files that are patches. */
  folders: Set<string>;
  patches: Set<string>;
}

/** Kustomizations in kustomizations, and resources of one build, at most. */
const deepest = 32;
const mostResources = 20_000;

/**
 * Builds kustomizations as `kustomize build` does, as far as they matter to HelmReleases: resources, components, patches,
 * namespaces, names, and generated ConfigMaps and Secrets. Compared with kustomize 5.7.1. Nothing is run, nothing is
 * fetched, and nothing outside of the repository is read. Throws {@link KustomizationError}.
 */
export class Builder {
  private readonly byFile = new Map<string, ResourceDocument[]>();
  private readonly documents: readonly ResourceDocument[];
  private readonly repository: GitOpsRepository;

  constructor(documents: readonly ResourceDocument[], repository: GitOpsRepository) {
    this.documents = documents;
    this.repository = repository;
    for (const one of documents) this.byFile.set(one.absolute, [...(this.byFile.get(one.absolute) ?? []), one]);
  }

  /** The build of a folder; one without a kustomization is built as Flux does. `over`: fields that Flux adds. */
  build(folder: string, over: Mapping = {}): Build {
    const build: Build = { resources: [], maps: [], folders: new Set(), patches: new Set() };
    this.into(build, folder, [], over);
    return build;
  }

  private into(build: Build, folder: string, above: readonly string[], over: Mapping = {}): void {
    if (above.includes(folder)) throw new KustomizationError(`${this.repository.shown(folder)} includes itself`);
    if (above.length >= deepest) throw new KustomizationError(`more than ${deepest} kustomizations in each other`);
    const own = kustomizationIn(folder, this.repository);
    if (!own && above.length > 0)
      throw new KustomizationError(`${this.repository.shown(folder)} has no kustomization.yaml`);
    const written = own ?? generatedFor(folder, this.documents);
    const { patches, components, ...rest } = over;
    const all: Kustomization = {
      ...written,
      value: { ...written.value, ...defined(rest) },
    };
    build.folders.add(folder);
    // A component changes what is there already; a base only what it brings.
    const component = all.value['kind'] === 'Component';
    const first = component ? 0 : build.resources.length;
    for (const key of ['resources', 'bases']) this.accumulate(build, all, key, above);
    this.generate(build, all);
    this.accumulate(build, all, 'components', above);
    this.accumulate(build, { ...all, value: { components } }, 'components', above);
    if (build.resources.length > mostResources) throw new KustomizationError(`more than ${mostResources} resources`);
    this.patchAll(build, all, first);
    if (patches !== undefined) this.patchAll(build, { ...all, value: { patches } }, first);
    this.rename(build, all, first);
    for (const key of ['transformers', 'generators', 'replacements', 'vars'])
      if (all.value[key] !== undefined)
        for (const one of build.resources.slice(first))
          one.notApplied.push(`${key} of ${this.repository.shown(all.file)}`);
  }

  private accumulate(build: Build, kustomization: Kustomization, key: string, above: readonly string[]): void {
    for (const written of listed(kustomization, key, this.repository)) {
      const path = pathIn(written, kustomization, this.repository);
      // From another host: nothing of it is a chart of this repository's.
      if (path === undefined) continue;
      if (isFolder(path)) this.into(build, path, [...above, kustomization.folder]);
      else
        for (const document of this.byFile.get(path) ?? [])
          build.resources.push({ document, formerly: [], notApplied: [] });
    }
  }

  private generate(build: Build, kustomization: Kustomization): void {
    for (const [kind, key] of [
      ['ConfigMap', 'configMapGenerator'],
      ['Secret', 'secretGenerator'],
    ] as const) {
      const list = kustomization.value[key];
      for (const entry of Array.isArray(list) ? list.filter(isMapping) : []) {
        const name = textOf(entry['name']) ?? '';
        const data = new Map([...this.filesOf(entry, kustomization), ...this.literalsOf(entry, kustomization)]);
        const before = build.maps.find((one) => one.kind === kind && one.name === name);
        if (before && entry['behavior'] === 'merge') for (const [at, value] of data) before.data.set(at, value);
        else if (before && entry['behavior'] === 'replace') before.data = data;
        else build.maps.push({ kind, name, data });
      }
    }
  }

  private *filesOf({ files }: Mapping, { folder }: Kustomization): Generator<[string, MapValue]> {
    for (const written of Array.isArray(files) ? files : []) {
      if (typeof written !== 'string') continue;
      const [, key, path = written] = /^([^=]*)=(.*)$/s.exec(written) ?? [];
      try {
        const text = this.repository.read(path, folder);
        const given: DeployedValues = { kind: 'file', path: this.repository.resolve(path, folder) };
        yield [key ?? basename(path), { text, given }];
      } catch (error) {
        if (!(error instanceof PathError)) throw error;
      }
    }
  }

  private *literalsOf({ literals }: Mapping, { file }: Kustomization): Generator<[string, MapValue]> {
    for (const written of Array.isArray(literals) ? literals : []) {
      const [, key, value] = (typeof written === 'string' && /^([^=]+)=(.*)$/s.exec(written)) || [];
      if (key === undefined || value === undefined) continue;
      const text = value.replace(/^(['"])(.*)\1$/s, '$2');
      yield [key, { text, given: { kind: 'inline', text, at: { file: this.repository.shown(file), line: 1 } } }];
    }
  }

  private patchAll(build: Build, kustomization: Kustomization, first: number): void {
    for (const { text, target, at } of this.patchesOf(build, kustomization)) {
      let parts;
      try {
        parts = splitManifests(text, at.file).map((part) => readYaml(part.text).value);
      } catch (error) {
        if (error instanceof YamlError)
          throw new KustomizationError(`a patch of ${at.file} is not YAML: ${error.message}`);
        throw error;
      }
      for (const patch of parts) {
        for (const one of build.resources.slice(first)) {
          if (!matches(one, target, patch)) continue;
          try {
            const value = Array.isArray(patch)
              ? jsonPatched(one.document.value, patch)
              : isMapping(patch)
                ? mergedPatch(one.document.value, this.withoutIdentity(patch, one))
                : one.document.value;
            if (value === undefined) build.resources.splice(build.resources.indexOf(one), 1);
            else change(one, value, at);
          } catch (error) {
            if (!(error instanceof PatchError)) throw error;
            one.notApplied.push(`a patch of ${at.file} (${error.message})`);
          }
        }
      }
    }
  }

  /** A patch names what it is for by a name that may not be the one that it leaves. */
  private withoutIdentity(patch: Mapping, { document }: Built): Mapping {
    const { metadata } = patch;
    if (!isMapping(metadata)) return patch;
    const { name, namespace } = document.value['metadata'] as Mapping;
    return {
      ...patch,
      apiVersion: document.apiVersion,
      kind: document.kind,
      metadata: { ...metadata, ...defined({ name, namespace: namespace ?? null }) },
    };
  }

  private *patchesOf(
    build: Build,
    kustomization: Kustomization,
  ): Generator<{ text: string; target?: Mapping; at: FileLine }> {
    const { value, file } = kustomization;
    const at = { file: this.repository.shown(file), line: 1 };
    const fromFile = (written: unknown, target?: Mapping) => {
      const path = typeof written === 'string' ? pathIn(written, kustomization, this.repository) : undefined;
      if (path === undefined) throw new KustomizationError(`a patch of ${at.file} is not in this repository`);
      build.patches.add(path);
      return { text: this.readPatch(path), target, at: { file: this.repository.shown(path), line: 1 } };
    };
    for (const key of ['patchesStrategicMerge', 'patches', 'patchesJson6902'] as const) {
      const list = value[key] ?? [];
      if (!Array.isArray(list)) throw new KustomizationError(`${key} of ${at.file} is not a list`);
      for (const entry of list as unknown[]) {
        if (typeof entry === 'string') {
          yield /\n/.test(entry) ? { text: entry, at } : fromFile(entry);
          continue;
        }
        if (!isMapping(entry)) throw new KustomizationError(`${key} of ${at.file} has an entry that is no patch`);
        const target = isMapping(entry['target']) ? entry['target'] : undefined;
        const inline = entry['patch'];
        if (typeof inline === 'string' && inline !== '') yield { text: inline, target, at };
        else if (inline !== undefined && typeof inline === 'object') yield { text: JSON.stringify(inline), target, at };
        else yield fromFile(entry['path'], target);
      }
    }
  }

  private readPatch(path: string): string {
    try {
      return this.repository.read(path, '/');
    } catch (error) {
      if (error instanceof PathError) throw new KustomizationError(error.message);
      throw error;
    }
  }

  private rename(build: Build, { value, file }: Kustomization, first: number): void {
    const namespace = nameIn(value, 'namespace');
    const prefix = nameIn(value, 'namePrefix') ?? '';
    const suffix = nameIn(value, 'nameSuffix') ?? '';
    if (namespace === undefined && prefix === '' && suffix === '') return;
    for (const one of build.resources.slice(first)) {
      const { document } = one;
      const metadata = isMapping(document.value['metadata']) ? document.value['metadata'] : {};
      const name = `${prefix}${document.name}${suffix}`;
      if (name !== document.name) one.formerly.push(document.name);
      change(
        one,
        { ...document.value, metadata: { ...metadata, name, ...defined({ namespace }) } },
        one.changedAt ?? { file: this.repository.shown(file), line: 1 },
      );
    }
  }
}

interface MapValue {
  text: string;
  given: DeployedValues;
}

function change(one: Built, value: Mapping, at: FileLine): void {
  one.document = one.document.changedTo(value);
  one.changedAt = at;
}

/** Whether a patch is for a resource: by its target, else by the kind and the name that it gives itself. */
function matches(one: Built, target: Mapping | undefined, patch: unknown): boolean {
  const { document } = one;
  const [group = ''] = document.apiVersion.includes('/') ? document.apiVersion.split('/') : [''];
  if (!target) {
    if (!isMapping(patch)) return false;
    const name = nameIn(patch, 'metadata', 'name');
    const namespace = nameIn(patch, 'metadata', 'namespace');
    const apiVersion = nameIn(patch, 'apiVersion') ?? '';
    return (
      patch['kind'] === document.kind &&
      (apiVersion.includes('/') ? apiVersion.split('/')[0] : '') === group &&
      name !== undefined &&
      [document.name, ...one.formerly].includes(name) &&
      (namespace === undefined || document.namespace === undefined || document.namespace === namespace)
    );
  }
  const fits = (key: string, values: readonly string[]) => {
    const wanted = target[key];
    if (wanted === undefined || wanted === '') return true;
    if (typeof wanted !== 'string' || wanted.length > 200) return false;
    return values.some((value) => value === wanted || anchored(wanted, value));
  };
  return (
    (target['group'] === undefined || target['group'] === group) &&
    (target['version'] === undefined || document.apiVersion.endsWith(`/${String(target['version'])}`)) &&
    fits('kind', [document.kind]) &&
    fits('name', [document.name, ...one.formerly]) &&
    fits('namespace', [document.namespace ?? 'default']) &&
    selected(document.field('metadata', 'labels'), target['labelSelector']) &&
    selected(document.field('metadata', 'annotations'), target['annotationSelector'])
  );
}

/** A regular expression for the whole name; only alternatives of texts with `.*` are read. */
function anchored(pattern: string, value: string): boolean {
  const plain = pattern.replace(/^\^|\$$/g, '').replace(/^\((.*)\)$/, '$1');
  if (!/^[\w.*|-]+$/.test(plain) || (plain.match(/\*/g) ?? []).length > 4) return false;
  return plain.split('|').some((one) => {
    const parts = one.split('.*');
    let at = 0;
    return parts.every((part, index) => {
      const found = index === parts.length - 1 ? value.length - part.length : value.indexOf(part, at);
      if (found < at || (index === 0 && parts.length > 1 && found !== 0)) return false;
      if (index === 0 && parts.length === 1) return part === value;
      if (!value.startsWith(part, found)) return false;
      at = found + part.length;
      return true;
    });
  });
}

/** `app=shop,tier!=test,critical`. Another form selects nothing. */
function selected(labels: unknown, selector: unknown): boolean {
  if (selector === undefined || selector === '') return true;
  if (typeof selector !== 'string') return false;
  const of = (key: string) => (isMapping(labels) && Object.hasOwn(labels, key) ? labels[key] : undefined);
  return selector.split(',').every((term) => {
    const [, not, key, operator, value] = /^\s*(!?)([\w./-]+)\s*(?:(==?|!=)\s*([\w.-]*))?\s*$/.exec(term) ?? [];
    if (key === undefined) return false;
    if (operator === undefined) return (of(key) !== undefined) === (not === '');
    return (of(key) === value) === (operator !== '!=');
  });
}

function defined(value: Mapping): Mapping {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));
}
