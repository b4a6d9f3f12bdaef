import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isMapping, textOf, type ResourceDocument } from '../document.ts';
import { PathError, type GitOpsRepository } from '../repository.ts';
import { readYaml, YamlError } from '../../yaml/index.ts';

export const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** A file `kustomization.yaml`, or what Flux generates where a folder has none. */
export interface Kustomization {
  /** Absolute path of its folder. */
  folder: string;
  /** Absolute path of the file; of the folder where there is none. */
  file: string;
  value: Readonly<Record<string, unknown>>;
}

/** A kustomization that cannot be built here; `message` is part of a sentence. */
export class KustomizationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'KustomizationError';
  }
}

/** The kustomization of a folder; `undefined` where it has none. Throws {@link KustomizationError}. */
export function kustomizationIn(folder: string, repository: GitOpsRepository): Kustomization | undefined {
  const file = kustomizationNames.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file === undefined) return undefined;
  try {
    const value = readYaml(repository.read(file, folder)).value ?? {};
    if (!isMapping(value)) throw new KustomizationError(`${repository.shown(file)} is not a mapping`);
    return { folder, file, value };
  } catch (error) {
    if (error instanceof YamlError)
      throw new KustomizationError(`${repository.shown(file)} is not YAML: ${error.message}`);
    if (error instanceof PathError) throw new KustomizationError(error.message);
    throw error;
  }
}

/**
 * What Flux takes for the kustomization of a folder that has none: each YAML file below it with a resource, and each
 * folder with a kustomization of its own (`kustomize_generator.go` of github.com/fluxcd/pkg/kustomize).
 */
export function generatedFor(folder: string, documents: readonly ResourceDocument[]): Kustomization {
  const resources: string[] = [];
  const files = new Set(documents.map(({ absolute }) => absolute));
  const open = [folder];
  for (let here = open.pop(), count = 0; here !== undefined && count < 10_000; here = open.pop(), count += 1) {
    for (const entry of readdirSync(here, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(here, entry.name);
      if (entry.isDirectory() && entry.name !== '.git') {
        if (kustomizationNames.some((name) => existsSync(join(path, name)))) resources.push(relative(folder, path));
        else open.push(path);
      } else if (entry.isFile() && files.has(path)) resources.push(relative(folder, path));
    }
  }
  return { folder, file: folder, value: { resources: resources.sort() } };
}

/** The folders below the root that have a kustomization, bounded. */
export function kustomizedFolders(root: string): string[] {
  const found: string[] = [];
  const open = [root];
  for (let here = open.pop(), count = 0; here !== undefined && count < 50_000; here = open.pop(), count += 1) {
    let entries;
    try {
      entries = readdirSync(here, { withFileTypes: true });
    } catch {
      continue;
    }
    if (entries.some((entry) => entry.isFile() && kustomizationNames.includes(entry.name))) found.push(here);
    for (const entry of entries)
      if (entry.isDirectory() && entry.name !== '.git' && entry.name !== 'node_modules')
        open.push(join(here, entry.name));
  }
  return found.sort();
}

/** What a kustomization names under a key: texts of a list. Throws {@link KustomizationError}. */
export function listed({ value, file }: Kustomization, key: string, repository: GitOpsRepository): string[] {
  const list = value[key] ?? [];
  if (!Array.isArray(list) || list.some((item) => typeof item !== 'string'))
    throw new KustomizationError(`${key} of ${repository.shown(file)} is not a list of paths`);
  return list as string[];
}

/**
 * The absolute path that a kustomization names, or `undefined` for one on another host, which is never fetched. Throws
 * {@link KustomizationError} for one that leads out of the repository, or nowhere.
 */
export function pathIn(
  written: string,
  { folder, file }: Kustomization,
  repository: GitOpsRepository,
): string | undefined {
  if (!existsSync(join(folder, written)) && /:\/\/|^git@|^[\w.-]+\.[a-z]{2,}[/:]|[?&]ref=/.test(written))
    return undefined;
  try {
    return repository.resolve(written, folder);
  } catch (error) {
    if (error instanceof PathError) throw new KustomizationError(`${repository.shown(file)}: ${error.message}`);
    throw error;
  }
}

export const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
export const folderOf = (file: string) => dirname(file);
export const nameIn = (value: Readonly<Record<string, unknown>>, ...keys: string[]): string | undefined => {
  let here: unknown = value;
  for (const key of keys) here = isMapping(here) ? here[key] : undefined;
  return textOf(here);
};
