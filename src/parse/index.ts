import { ManifestDocument, type Path, type Position } from './document.ts';
import { headOf, type Head } from './head.ts';
import type { Manifest } from './manifest.ts';

export { linesWith, splitManifests, templateManifests, type Manifest } from './manifest.ts';
export type { Path, Position } from './document.ts';
export type { Head } from './head.ts';

const hookAnnotation = 'helm.sh/hook';

/** A place that a finding can point at: a value of a resource, or its key. `check` makes it a line. */
export interface Place {
  resource: Resource;
  path: Path;
  part: 'key' | 'value';
  /** The line of a text of several lines there, from 0. */
  row?: number;
}

/** A key that a mapping of a resource has more than once. Helm and Kubernetes take the last one, and say nothing. */
export interface RepeatedKey {
  path: Path;
  /** Lines of the manifest's stream: where it stands first, and again. */
  firstLine: number;
  line: number;
  /** It has the value of the one before. */
  same: boolean;
}

/** A Kubernetes object of a manifest, every field of which knows where it stands. */
export class Resource {
  readonly manifest: Manifest;
  private readonly document: ManifestDocument;
  private readonly prefix: Path;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** As written; absent means the release's namespace. */
  readonly namespace: string | undefined;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly annotations: Readonly<Record<string, unknown>>;
  /**
   * The object that Helm sees: the document as a whole. Not this one for an item of a list, in which Helm does not look
   * for hooks.
   */
  readonly top: Resource;
  /** What Helm reads of the document. */
  readonly head: Head;

  constructor(document: ManifestDocument, list?: { top: Resource; prefix: Path; apiVersion: string; kind: string }) {
    this.manifest = document.manifest;
    this.document = document;
    this.prefix = list?.prefix ?? [];
    this.top = list?.top ?? this;
    this.head = list?.top.head ?? headOf(document);
    this.apiVersion = list ? list.apiVersion : this.head.apiVersion;
    this.kind = list ? list.kind : this.head.kind;
    this.name = list ? (text(this.get('metadata', 'name')) ?? '') : this.head.name;
    this.namespace = text(this.get('metadata', 'namespace'));
    this.labels = record(this.get('metadata', 'labels'));
    this.annotations = list ? record(this.get('metadata', 'annotations')) : this.head.writtenAnnotations;
  }

  /** Whether it came out of a list: Helm does not look for hooks there. */
  get inList(): boolean {
    return this.top !== this;
  }

  /** The value under a path; `undefined` when absent. */
  get(...path: Path): unknown {
    return this.document.get([...this.prefix, ...path]);
  }

  /** A place in this resource, for findings. */
  place(...path: Path): Place {
    return { resource: this, path, part: 'value' };
  }

  /** The place of a key, for findings about what stands beside the value. */
  key(...path: Path): Place {
    return { resource: this, path, part: 'key' };
  }

  /** Where a path stands in the manifest's stream; the deepest existing part of it. */
  position(path: Path, part: 'key' | 'value' = 'value', row?: number): Position {
    const at = this.document.position([...this.prefix, ...path], part, row);
    return { ...at, depth: Math.max(0, at.depth - this.prefix.length) };
  }

  /** The keys that are written more than once. */
  get repeatedKeys(): readonly RepeatedKey[] {
    const { document, prefix } = this;
    return document.duplicates
      .filter(({ path }) => prefix.every((part, index) => path[index] === part))
      .map(({ path, first, again, same }) => ({
        path: path.slice(prefix.length),
        firstLine: document.lineAt(first),
        line: document.lineAt(again),
        same,
      }));
  }
}

/** What could not be judged, and why. */
export interface Unread {
  /** A sentence without its full stop. */
  reason: string;
  /** What a person can do about it. */
  help: string;
  at: Place;
  /** A line of the manifest's stream. */
  line: number;
}

/**
 * The resources of a manifest: one, or the items of a list, or none where it holds no Kubernetes object. `unread` is
 * what cannot be judged, with the reason: Helm or Kubernetes refuse it, ignore it, or it is not certain how they read
 * it. Never throws.
 */
export function parseManifest(manifest: Manifest): { resources: Resource[]; unread: Unread[] } {
  const document = new ManifestDocument(manifest);
  const top = new Resource(document);
  const unread: Unread[] = [];
  const tell = (reason: string, help: string, path: Path = [], line = document.position(path, 'key').line) =>
    unread.push({ reason, help, at: top.key(...path), line });
  if (document.problem !== undefined) {
    tell(document.problem, 'Make it smaller or write it in plainer YAML, so that it can be read.');
    return { resources: [], unread };
  }
  if (document.ignoredFrom !== undefined)
    tell(
      'Helm and Kubernetes ignore what follows the end of the document',
      'Write --- between two documents, or remove what follows the end.',
      [],
      document.ignoredFrom,
    );
  const { value } = document;
  if (value === undefined || value === null) return { resources: [], unread };
  if (typeof value !== 'object' || Array.isArray(value)) {
    tell('it is no mapping, so Helm refuses it', 'Write a Kubernetes object.');
    return { resources: [], unread };
  }
  for (const { path, field } of top.head.odd)
    tell(`Helm reads ${path.at(-1)} as ${field}, but Kubernetes does not`, `Write ${field}.`, path);
  if (top.kind === '') {
    if (manifest.source !== undefined || top.apiVersion !== '' || Object.hasOwn(value, 'metadata'))
      tell('it has no kind, so Kubernetes refuses it', 'Write its kind.');
    return { resources: [], unread };
  }
  if (!Object.hasOwn(value, 'items')) return { resources: [top], unread };
  const resources = itemsOf(document, top, tell);
  if (
    resources.length === 0 &&
    unread.length === 0 &&
    (!/List$/.test(top.kind) || hookAnnotation in top.head.annotations)
  )
    tell('to Kubernetes it is a list without items, so nothing of it is created', 'Remove the key items.', ['items']);
  return { resources, unread };
}

/**
 * The items of a list. To Kubernetes' clients (UnstructuredJSONScheme, FlattenListVisitor) everything with `items` is a
 * list, whatever its kind; an item without a kind has that of the list without the word List; lists in a list come
 * last.
 */
function itemsOf(
  document: ManifestDocument,
  top: Resource,
  tell: (reason: string, help: string, path: Path) => void,
): Resource[] {
  const out: Resource[] = [];
  const lists: { prefix: Path; apiVersion: string; kind: string }[] = [
    { prefix: [], apiVersion: top.apiVersion, kind: top.kind },
  ];
  for (const list of lists) {
    const path = [...list.prefix, 'items'];
    const items = document.get(path);
    if (items === null) continue;
    if (!Array.isArray(items)) {
      tell('items is no list, so Kubernetes refuses it', 'Write a list of objects under items.', path);
      continue;
    }
    for (const [index, item] of items.entries()) {
      const prefix = [...path, index];
      const { kind = '', apiVersion = '', items: inner } = record(item);
      const own = {
        prefix,
        kind: text(kind) || list.kind.replace(/List$/, ''),
        apiVersion: text(kind) ? (text(apiVersion) ?? '') : list.apiVersion,
      };
      if (own.kind === '')
        tell('an item of the list has no kind, so Kubernetes refuses it', 'Write the kind of each item.', prefix);
      else if (Array.isArray(inner)) lists.push(own);
      else out.push(new Resource(document, { top, ...own }));
    }
  }
  return out;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
