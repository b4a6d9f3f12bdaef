import { maxDocumentBytes, type Manifest } from './manifest.ts';
import { Sections, type Path, type Position } from './sections.ts';

export { splitManifests, templateManifests, type Manifest } from './manifest.ts';
export type { Path, Position } from './sections.ts';

/** A place that a finding can point at: a value of a resource, or its key. `check` makes it a line. */
export interface Place {
  resource: Resource;
  path: Path;
  part: 'key' | 'value';
}

/** A Kubernetes object of a manifest, every field of which knows where it stands. */
export class Resource {
  readonly manifest: Manifest;
  private readonly sections: Sections;
  private readonly prefix: Path;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** As written; absent means the release's namespace. */
  readonly namespace: string | undefined;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly annotations: Readonly<Record<string, unknown>>;

  /** Whether it came out of a `kind: List`: Helm does not look for hooks there. */
  readonly inList: boolean;

  constructor(sections: Sections, prefix: Path = []) {
    this.inList = prefix.length > 0;
    this.manifest = sections.manifest;
    this.sections = sections;
    this.prefix = prefix;
    this.apiVersion = text(this.get('apiVersion')) ?? '';
    this.kind = text(this.get('kind')) ?? '';
    this.name = text(this.get('metadata', 'name')) ?? '';
    this.namespace = text(this.get('metadata', 'namespace'));
    this.labels = record(this.get('metadata', 'labels'));
    this.annotations = record(this.get('metadata', 'annotations'));
  }

  /** The value under a path; `undefined` when absent. */
  get(...path: Path): unknown {
    return this.sections.get([...this.prefix, ...path]);
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
  position(path: Path, part: 'key' | 'value' = 'value'): Position {
    const at = this.sections.position([...this.prefix, ...path], part);
    return { ...at, depth: Math.max(0, at.depth - this.prefix.length) };
  }

  /** What the YAML parser complained about in the parts that were read. */
  get problems(): readonly string[] {
    return this.sections.problems;
  }
}

/** The place of a document that cannot be read: its first line that is no comment. */
export function documentPlace(manifest: Manifest): Place {
  return new Resource(new Sections(manifest, true)).place();
}

/**
 * The resources of a manifest: one, or the items of a `List`, or none where it holds no Kubernetes object.
 * Never throws: what cannot be read is told through `unread`.
 */
export function parseManifest(manifest: Manifest): { resources: Resource[]; unread?: string } {
  if (manifest.text.length > maxDocumentBytes) {
    return {
      resources: [],
      unread: `document of ${Math.round(manifest.text.length / 1048576)} MiB is larger than Kubernetes accepts; not read`,
    };
  }
  const sections = new Sections(manifest);
  const top = new Resource(sections);
  if (top.kind === '') {
    const problem = sections.problems[0];
    return { resources: [], unread: problem && `not read as YAML: ${problem}` };
  }
  if (!/List$/.test(top.kind)) return { resources: [top] };
  const items = top.get('items');
  if (!Array.isArray(items)) return { resources: [top] };
  return {
    resources: items
      .map((_, index) => new Resource(sections, ['items', index]))
      .filter((item) => item.kind !== '' || item.name !== ''),
  };
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
