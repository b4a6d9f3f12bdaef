import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { builtinResources, customResource } from './kinds.ts';
import type { Loose, Obj, Resource } from './kinds.ts';

/** What deleting an object does to the objects that it owns. */
export type Propagation = 'Background' | 'Foreground' | 'Orphan';

/** One change of one object, as watchers see it. */
export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  resource: Resource;
  object: Obj;
  revision: number;
}

/** The objects of a cluster in memory, with resource versions, watches, finalizers and garbage collection. */
export class Store {
  readonly resources: Resource[] = builtinResources();
  /** Every change since the start: watches that begin at an older version replay it. */
  readonly history: Change[] = [];
  readonly #objects = new Map<string, Obj>();
  readonly #emitter = new EventEmitter();
  #revision = 1;
  #addresses = 0;

  constructor() {
    this.#emitter.setMaxListeners(0);
  }

  /** The version of the newest change. */
  get revision(): number {
    return this.#revision;
  }

  /** A loopback address of its own: 127.96.x.y for Services, 127.244.x.y for pods. */
  address(second: number): string {
    this.#addresses += 1;
    return `127.${second}.${this.#addresses >> 8}.${this.#addresses & 255}`;
  }

  /** Calls back at each change; returns how to stop it. */
  onChange(listener: (change: Change) => void): () => void {
    this.#emitter.on('change', listener);
    return () => this.#emitter.off('change', listener);
  }

  /** The table row of an id such as `jobs.batch`. */
  resource(id: string): Resource {
    const found = this.resources.find((row) => row.id === id);
    if (!found) throw new Error(`no such resource: ${id}`);
    return found;
  }

  /** One object, or nothing. */
  get(id: string, namespace: string | undefined, name: string): Obj | undefined {
    return this.#objects.get(keyOf(this.resource(id), namespace, name));
  }

  /** All objects of a resource, of one namespace or of all. */
  list(id: string, namespace?: string): Obj[] {
    const prefix = `${id}/${namespace === undefined ? '' : `${namespace}/`}`;
    return [...this.#objects].filter(([key]) => key.startsWith(prefix)).map(([, object]) => object);
  }

  /** Every object with its resource. */
  all(): { resource: Resource; object: Obj }[] {
    return [...this.#objects].map(([key, object]) => ({
      resource: this.resource(key.slice(0, key.indexOf('/'))),
      object,
    }));
  }

  /** Adds an object; the caller has seen to it that the name is free. */
  create(of: Resource, object: Loose): Obj {
    const made: Obj = structuredClone({ ...object, apiVersion: object.apiVersion ?? versionOf(of), kind: of.kind });
    made.metadata = {
      ...made.metadata,
      uid: made.metadata.uid ?? randomUUID(),
      creationTimestamp: timestamp(),
      ...(made.spec === undefined ? {} : { generation: 1 }),
    };
    if (!of.namespaced) delete made.metadata.namespace;
    this.#keep('ADDED', of, made);
    return made;
  }

  /** Writes a changed object; the same content again is no change. A changed spec raises the generation. */
  update(of: Resource, object: Obj): Obj {
    const key = keyOf(of, object.metadata.namespace, object.metadata.name);
    const before = this.#objects.get(key);
    if (!before) return object;
    const next = structuredClone(object);
    next.metadata.resourceVersion = before.metadata.resourceVersion;
    next.metadata.generation = before.metadata.generation;
    if (next.metadata.generation === undefined) delete next.metadata.generation;
    if (isDeepStrictEqual(before, next)) return before;
    if (next.metadata.generation !== undefined && !isDeepStrictEqual(before.spec, next.spec))
      next.metadata.generation += 1;
    if (next.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0) {
      this.#objects.set(key, next);
      this.#remove(of, next);
      return next;
    }
    this.#keep('MODIFIED', of, next);
    return next;
  }

  /** Changes an object in place by a function, when it is still there. */
  change(id: string, namespace: string | undefined, name: string, edit: (object: Obj) => void): void {
    const before = this.get(id, namespace, name);
    if (!before) return;
    const next = structuredClone(before);
    edit(next);
    this.update(this.resource(id), next);
  }

  /** Deletes an object as the API does: finalizers hold it, owned objects follow by the propagation policy. */
  delete(of: Resource, object: Obj, propagation: Propagation = 'Background'): void {
    const { namespace, name, uid } = object.metadata;
    const live = this.get(of.id, namespace, name);
    if (!live || live.metadata.uid !== uid) return;
    if (propagation === 'Orphan') this.#orphan(uid);
    if (propagation === 'Foreground') {
      if (live.metadata.deletionTimestamp === undefined)
        this.change(of.id, namespace, name, (held) => markDeleted(held, 'foregroundDeletion'));
      for (const owned of this.#ownedBy(uid)) this.delete(owned.resource, owned.object, 'Foreground');
      if (this.#ownedBy(uid).length > 0) return;
      this.change(of.id, namespace, name, (held) => dropFinalizer(held, 'foregroundDeletion'));
      return;
    }
    if ((live.metadata.finalizers ?? []).length > 0) {
      if (live.metadata.deletionTimestamp === undefined)
        this.change(of.id, namespace, name, (held) => markDeleted(held));
      return;
    }
    this.#remove(of, live);
  }

  #remove(of: Resource, object: Obj): void {
    const { namespace, name, uid } = object.metadata;
    this.#objects.delete(keyOf(of, namespace, name));
    this.#emit('DELETED', of, structuredClone(object));
    if (of.id === 'customresourcedefinitions.apiextensions.k8s.io') this.#unregister(object);
    if (of.id === 'namespaces')
      for (const inside of this.all())
        if (inside.object.metadata.namespace === name) this.#remove(inside.resource, inside.object);
    for (const owned of this.#ownedBy(uid)) this.delete(owned.resource, owned.object);
    for (const owner of object.metadata.ownerReferences ?? []) this.#finishForeground(owner.uid);
  }

  #finishForeground(uid: string): void {
    const owner = this.all().find(({ object }) => object.metadata.uid === uid);
    if (!owner?.object.metadata.finalizers?.includes('foregroundDeletion') || this.#ownedBy(uid).length > 0) return;
    const { namespace, name } = owner.object.metadata;
    this.change(owner.resource.id, namespace, name, (held) => dropFinalizer(held, 'foregroundDeletion'));
  }

  #ownedBy(uid: string) {
    return this.all().filter(({ object }) =>
      object.metadata.ownerReferences?.some((owner: Loose) => owner.uid === uid),
    );
  }

  #orphan(uid: string): void {
    for (const { resource, object } of this.#ownedBy(uid)) {
      this.change(resource.id, object.metadata.namespace, object.metadata.name, (held) => {
        held.metadata.ownerReferences = held.metadata.ownerReferences.filter((owner: Loose) => owner.uid !== uid);
      });
    }
  }

  #unregister(crd: Obj): void {
    const id = customResource(crd).id;
    for (const { resource, object } of this.all()) if (resource.id === id) this.#remove(resource, object);
    const at = this.resources.findIndex((row) => row.id === id);
    if (at >= 0) this.resources.splice(at, 1);
  }

  #keep(type: Change['type'], of: Resource, object: Obj): void {
    this.#objects.set(keyOf(of, object.metadata.namespace, object.metadata.name), object);
    this.#emit(type, of, object);
  }

  #emit(type: Change['type'], of: Resource, object: Obj): void {
    this.#revision += 1;
    object.metadata.resourceVersion = String(this.#revision);
    const change: Change = { type, resource: of, object, revision: this.#revision };
    this.history.push(change);
    this.#emitter.emit('change', change);
  }
}

function keyOf(of: Resource, namespace: string | undefined, name: string): string {
  return of.namespaced ? `${of.id}/${namespace ?? 'default'}/${name}` : `${of.id}/${name}`;
}

function markDeleted(object: Obj, finalizer?: string): void {
  object.metadata.deletionTimestamp = timestamp();
  object.metadata.deletionGracePeriodSeconds = 0;
  if (finalizer !== undefined) object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
}

function dropFinalizer(object: Obj, finalizer: string): void {
  object.metadata.finalizers = (object.metadata.finalizers ?? []).filter((entry: string) => entry !== finalizer);
}

/** `batch/v1` for Jobs, `v1` for Pods. */
export function versionOf(of: Resource): string {
  return of.group === '' ? (of.versions[0] ?? 'v1') : `${of.group}/${of.versions[0]}`;
}

/** Now, to the second, as Kubernetes writes times. */
export function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
