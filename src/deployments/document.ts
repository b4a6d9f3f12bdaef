import { isDeepStrictEqual } from 'node:util';
import { splitManifests } from '../parse/manifest.ts';
import { childOf, readYaml, YamlError, type YamlNode } from '../yaml/index.ts';
import type { FileLine } from '../place/location.ts';
import type { InlineValues, LeftOut } from './deployment.ts';
import type { YamlFile } from './documents.ts';
import type { GitOpsRepository } from './repository.ts';

/** A path to a field: `['spec', 'source', 'helm']`. */
export type FieldPath = readonly (string | number)[];

/** One Kubernetes resource of a YAML file, whose fields know where they are written. */
export class ResourceDocument {
  /** Absolute path of its file. */
  readonly absolute: string;
  /** The file as findings name it. */
  readonly file: string;
  readonly value: Readonly<Record<string, unknown>>;
  private readonly text: string;
  private readonly root: YamlNode;
  /** The line of the file on which `text` begins, from 1. */
  readonly line: number;

  constructor(place: { absolute: string; file: string; line: number }, text: string, root: YamlNode, value: object) {
    this.absolute = place.absolute;
    this.file = place.file;
    this.line = place.line;
    this.text = text;
    this.root = root;
    this.value = value as Record<string, unknown>;
  }

  get apiVersion(): string {
    return textOf(this.value['apiVersion']) ?? '';
  }

  get kind(): string {
    return textOf(this.value['kind']) ?? '';
  }

  /** `metadata.name`; empty where there is none. */
  get name(): string {
    return textOf(this.field('metadata', 'name')) ?? '';
  }

  get namespace(): string | undefined {
    return textOf(this.field('metadata', 'namespace'));
  }

  /** What is at a path; `undefined` where there is nothing. */
  field(...path: FieldPath): unknown {
    return fieldOf(this.value, path);
  }

  /** The line of a field's key (of an item of a list, its own); of the nearest one above it where it is not written. */
  at(...path: FieldPath): FileLine {
    let node = this.root;
    let place = childOf(node, 'kind')?.key?.start ?? node.start;
    for (const key of path) {
      const child = childOf(node, key);
      if (!child) break;
      node = child.value;
      place = (child.key ?? child.value).start;
    }
    return { file: this.file, line: this.lineOf(place) };
  }

  /**
   * The text or mapping at a path as values for Helm. Lines of the text are those of the file, where that can be;
   * `value` in place of what is written there, which then has lines of its own.
   */
  inline(path: FieldPath, value: unknown = this.field(...path)): InlineValues {
    const at = this.at(...path);
    const written = isDeepStrictEqual(value, this.field(...path)) ? this.written(path, value) : undefined;
    if (written !== undefined) return { kind: 'inline', text: written, at, sameLines: true };
    return { kind: 'inline', text: typeof value === 'string' ? value : JSON.stringify(value), at };
  }

  /** The same resource with another value, as a patch left it; fields that are not changed keep their lines. */
  changedTo(value: Readonly<Record<string, unknown>>): ResourceDocument {
    return new ResourceDocument(this, this.text, this.root, value);
  }

  private written(path: FieldPath, value: unknown): string | undefined {
    let node: YamlNode | undefined = this.root;
    for (const key of path) node = node && childOf(node, key)?.value;
    if (!node || node.kind === 'alias') return undefined;
    const line = this.lineOf(node.start);
    if (typeof value === 'string') return this.text[node.start] === '|' ? '\n'.repeat(line) + value : undefined;
    const lineStart = this.text.lastIndexOf('\n', node.start - 1) + 1;
    const slice = ' '.repeat(node.start - lineStart) + this.text.slice(node.start, node.end);
    try {
      return isDeepStrictEqual(readYaml(slice).value, value) ? '\n'.repeat(line - 1) + slice + '\n' : undefined;
    } catch {
      return undefined;
    }
  }

  private lineOf(offset: number): number {
    let line = this.line;
    for (let at = this.text.indexOf('\n'); at !== -1 && at < offset; at = this.text.indexOf('\n', at + 1)) line += 1;
    return line;
  }
}

/** What is at a path of a value; `undefined` where there is nothing. */
export function fieldOf(value: unknown, path: FieldPath): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string | number, unknown>)[key];
  }
  return here;
}

/** A text that is not empty; `undefined` for all else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Whether a value is a mapping. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What Go templates take for false, sprig's `default` replaces, and mergo does not write over a value. */
export function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isMapping(value)) return Object.keys(value).length === 0;
  return !value;
}

const wanted =
  /argoproj\.io\/|\.toolkit\.fluxcd\.io\/|\bhelm\.fluxcd\.io\/|\bflux\.weave\.works\/|^kind:[ \t]*["']?(?:ConfigMap|Secret)\b/m;
/** More documents than this of one file are not read. */
const mostDocuments = 5_000;

/**
 * The resources of YAML files, in order. A document that cannot be read and looks like a deployment is left out, with
 * the reason.
 */
export function documentsOf(
  files: readonly YamlFile[],
  repository: GitOpsRepository,
): { documents: ResourceDocument[]; leftOut: LeftOut[] } {
  const documents: ResourceDocument[] = [];
  const leftOut: LeftOut[] = [];
  for (const { absolute, text } of files) {
    const file = repository.shown(absolute);
    const parts = splitManifests(text, file);
    if (parts.length > mostDocuments)
      leftOut.push({ what: file, at: { file, line: 1 }, reason: `it holds more than ${mostDocuments} documents` });
    for (const part of parts.slice(0, mostDocuments)) {
      if (!wanted.test(part.text)) continue;
      try {
        const { root, value } = readYaml(part.text);
        if (!root || !isMapping(value)) continue;
        documents.push(new ResourceDocument({ absolute, file, line: part.line }, part.text, root, value));
      } catch (error) {
        if (!(error instanceof YamlError)) throw error;
        // A template of another tool, or a broken ConfigMap: no deployment in any case.
        if (!/argoproj\.io\/v1alpha1|helm\.toolkit\.fluxcd\.io\//.test(part.text)) continue;
        const line = part.line + part.text.slice(0, error.offset).split('\n').length - 1;
        leftOut.push({ what: file, at: { file, line }, reason: `it is not YAML: ${error.message}` });
      }
    }
  }
  return { documents, leftOut };
}
