import { randomUUID } from 'node:crypto';
import { ApiError, checkApplied, checkTypes, invalid, notFound, refuse, setDefaults, validate } from './admission.ts';
import type { WriteRequest } from './api-server.ts';
import { qualified } from './kinds.ts';
import type { Loose, Obj, Resource } from './kinds.ts';
import { applyMerge, jsonPatch, mergePatch, strategicMerge } from './patch.ts';
import { countRefusal, limitDefaults, quotaRefusal } from './quota.ts';
import { filterOf } from './selectors.ts';
import { timestamp } from './store.ts';
import type { Propagation, Store } from './store.ts';

/** A write request, taken apart. */
export interface Write {
  of: Resource;
  namespace?: string;
  name?: string;
  sub?: string;
  query: URLSearchParams;
  type: string;
  body: Loose;
}

interface Written {
  code: number;
  object: Obj;
  outcome: string;
}

const success = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };

/** Carries out what clients write, and logs it. */
export class Writer {
  readonly #store: Store;
  readonly #log: WriteRequest[];
  /** What each field manager applied last, by uid: what it leaves out next time is removed. */
  readonly #applied = new Map<string, Map<string, Loose>>();

  constructor(store: Store, log: WriteRequest[]) {
    this.#store = store;
    this.#log = log;
  }

  /** The object that a request names, or 404. */
  find({ of, namespace, name = '' }: { of: Resource; namespace?: string; name?: string }): Obj {
    const object = this.#store.get(of.id, namespace, name);
    if (!object) throw notFound(of, name);
    return object;
  }

  /** One write request. */
  write(method: string, write: Write): Written {
    const verb = verbOf(method, write.type);
    const dry = write.query.get('dryRun') === 'All';
    const entry: WriteRequest = {
      verb,
      kind: write.of.kind,
      name: write.name ?? write.body?.metadata?.name ?? write.body?.metadata?.generateName ?? '*',
      namespace: write.of.namespaced ? (write.namespace ?? 'default') : '',
      time: Date.now(),
      outcome: '',
    };
    if (!dry) this.#log.push(entry);
    try {
      const written = this.#carryOut(verb, write, dry);
      entry.outcome = written.outcome;
      if (written.object.kind !== 'Status') {
        entry.object = written.object;
        entry.name = written.object.metadata.name;
      }
      return written;
    } catch (error) {
      entry.outcome = error instanceof ApiError ? error.reason : 'InternalError';
      entry.message = String(error instanceof Error ? error.message : error);
      if (verb === 'create' || verb === 'apply') entry.object = write.body;
      throw error;
    }
  }

  #carryOut(verb: WriteRequest['verb'], write: Write, dry: boolean): Written {
    if (verb === 'delete')
      return write.name === undefined ? this.#deleteCollection(write) : this.#delete(write, this.find(write), dry);
    if (verb === 'create') return this.#create(write, write.body, dry);
    if (verb === 'apply') return this.#apply(write, dry);
    const live = this.find(write);
    if (verb === 'update') {
      const sent = write.body.metadata?.resourceVersion;
      if (sent && sent !== live.metadata.resourceVersion) {
        throw new ApiError(
          409,
          'Conflict',
          `Operation cannot be fulfilled on ${qualified(write.of, live.metadata.name)}: the object has been modified; please apply your changes to the latest version and try again`,
        );
      }
      return this.#replace(
        write,
        live,
        write.sub === 'status' ? { ...live, status: write.body.status } : { ...write.body, status: live.status },
        dry,
      );
    }
    const { type, body } = write;
    const base = structuredClone(live);
    if (type.includes('json-patch')) return this.#replace(write, live, jsonPatch(base, body), dry);
    return this.#replace(
      write,
      live,
      type.includes('strategic') && !write.of.custom ? strategicMerge(base, body) : mergePatch(base, body),
      dry,
    );
  }

  #create(write: Write, body: Loose, dry: boolean): Written {
    const { of } = write;
    const object: Obj = withoutNulls(body);
    object.metadata ??= {};
    checkTypes(of, object, false);
    const { metadata } = object;
    if (!metadata.name && metadata.generateName) metadata.name = `${metadata.generateName}${randomUUID().slice(0, 5)}`;
    if (!metadata.name) throw invalid(of, '', 'metadata.name: Required value: name or generateName is required');
    if (of.namespaced) this.#place(write, object);
    delete metadata.resourceVersion;
    const taken = this.#store.get(of.id, metadata.namespace, metadata.name);
    if (taken) {
      const deleting = taken.metadata.deletionTimestamp !== undefined;
      throw new ApiError(
        409,
        'AlreadyExists',
        deleting
          ? `object is being deleted: ${qualified(of, metadata.name)} already exists`
          : `${qualified(of, metadata.name)} already exists`,
      );
    }
    // Defaults must not hide what the chart left out.
    validate(of, object);
    refuse(of, object);
    if (of.id === 'pods') this.#admitPod(object);
    const exceeded = of.namespaced ? countRefusal(this.#store, of, metadata.namespace, metadata.name) : undefined;
    if (exceeded !== undefined) throw new ApiError(403, 'Forbidden', exceeded);
    metadata.uid = randomUUID();
    setDefaults(of, object, metadata.uid);
    if (of.id === 'services' && object.spec.type !== 'ExternalName') object.spec.clusterIP ??= this.#store.address(96);
    return { code: 201, object: dry ? object : this.#store.create(of, object), outcome: 'created' };
  }

  #place(write: Write, object: Obj): void {
    const namespace = write.namespace ?? 'default';
    if (object.metadata.namespace && object.metadata.namespace !== namespace) {
      throw new ApiError(
        400,
        'BadRequest',
        'the namespace of the provided object does not match the namespace sent on the request',
      );
    }
    object.metadata.namespace = namespace;
    if (!this.#store.get('namespaces', undefined, namespace))
      throw new ApiError(404, 'NotFound', `namespaces "${namespace}" not found`);
  }

  /** A bare Pod is refused at once without its ServiceAccount, or by a quota; controllers are refused the same way. */
  #admitPod({ metadata, spec }: Obj): void {
    const account = spec.serviceAccountName ?? 'default';
    limitDefaults(this.#store, metadata.namespace, spec);
    const cause = this.#store.get('serviceaccounts', metadata.namespace, account)
      ? quotaRefusal(this.#store, metadata.namespace, spec)
      : `error looking up service account ${metadata.namespace}/${account}: serviceaccount "${account}" not found`;
    if (cause !== undefined) throw new ApiError(403, 'Forbidden', `pods "${metadata.name}" is forbidden: ${cause}`);
  }

  #apply(write: Write, dry: boolean): Written {
    const { of, body } = write;
    const manager = write.query.get('fieldManager') ?? 'unknown';
    body.metadata.name ??= write.name;
    checkTypes(of, body, true);
    checkApplied(body);
    const live = this.#store.get(of.id, write.namespace, write.name ?? '');
    const sent = withoutNulls(body);
    if (sent.metadata) delete sent.metadata.managedFields;
    if (of.id === 'secrets' && sent.stringData) setDefaults(of, sent);
    if (!live) {
      const created = this.#create(
        write,
        { ...sent, metadata: { ...sent.metadata, managedFields: [managed(manager, body.apiVersion)] } },
        dry,
      );
      this.#remember(created.object.metadata.uid, manager, sent);
      return created;
    }
    const scaled = scaledBy(live, sent);
    if (scaled !== undefined && write.query.get('force') !== 'true') throw new ApiError(409, 'Conflict', scaled);
    const last = this.#applied.get(live.metadata.uid)?.get(manager);
    const merged = applyMerge(structuredClone(live), last, sent);
    const others = (live.metadata.managedFields ?? []).filter(
      (entry: Loose) => entry.manager !== manager || entry.operation !== 'Apply',
    );
    const own = (live.metadata.managedFields ?? []).find(
      (entry: Loose) => entry.manager === manager && entry.operation === 'Apply',
    );
    merged.metadata.managedFields = [...others, own ?? managed(manager, body.apiVersion)];
    this.#remember(live.metadata.uid, manager, sent);
    return this.#replace(write, live, merged, dry);
  }

  #remember(uid: string, manager: string, sent: Loose): void {
    const managers = this.#applied.get(uid) ?? new Map<string, Loose>();
    this.#applied.set(uid, managers.set(manager, sent));
  }

  #replace({ of, sub }: Write, live: Obj, next: Obj, dry: boolean): Written {
    const { uid, creationTimestamp, namespace, name } = live.metadata;
    const object: Obj = {
      ...withoutNulls(next),
      kind: live.kind,
      apiVersion: live.apiVersion,
      metadata: { ...withoutNulls(next.metadata), uid, creationTimestamp, namespace, name },
    };
    if (!of.namespaced) delete object.metadata.namespace;
    checkTypes(of, object, false);
    if (of.id === 'jobs.batch' && object.spec?.selector === undefined)
      object.spec = { ...object.spec, selector: live.spec?.selector };
    setDefaults(of, object, live.metadata.uid);
    if (sub !== 'status') validate(of, object, live);
    if (dry) return { code: 200, object, outcome: 'unchanged' };
    const stored = this.#store.update(of, object);
    return { code: 200, object: stored, outcome: stored === live ? 'unchanged' : 'configured' };
  }

  #delete({ of, query, body }: Write, live: Obj, dry: boolean): Written {
    const asked = body?.propagationPolicy ?? query.get('propagationPolicy');
    const orphaned = body?.orphanDependents ?? query.get('orphanDependents') === 'true';
    const propagation: Propagation = asked ?? (orphaned ? 'Orphan' : 'Background');
    const wanted = body?.preconditions?.uid;
    if (wanted !== undefined && wanted !== live.metadata.uid) {
      throw new ApiError(
        409,
        'Conflict',
        `Operation cannot be fulfilled on ${qualified(of, live.metadata.name)}: the UID in the precondition (${wanted}) does not match the UID in record (${live.metadata.uid})`,
      );
    }
    if (!dry) this.#store.delete(of, live, propagation);
    const status = { ...success, details: { name: live.metadata.name, kind: of.plural, uid: live.metadata.uid } };
    return { code: 200, object: status as unknown as Obj, outcome: 'deleted' };
  }

  #deleteCollection(write: Write): Written {
    const filter = filterOf(write.query);
    for (const object of this.#store.list(write.of.id, write.namespace).filter(filter))
      this.#delete(write, object, false);
    return { code: 200, object: success as unknown as Obj, outcome: 'deleted' };
  }
}

function managed(manager: string, apiVersion: string): Loose {
  return { manager, operation: 'Apply', apiVersion, time: timestamp(), fieldsType: 'FieldsV1', fieldsV1: {} };
}

/** Sets the replicas of a workload by its subresource `scale`, of which the API server remembers who did it. */
export function scaleTo(store: Store, { kind, apiVersion, metadata }: Obj, replicas: number, manager: string): void {
  const of = store.resources.find((row) => row.kind === kind);
  if (!of) return;
  store.change(of.id, metadata.namespace, metadata.name, (live) => {
    if (live.spec.replicas === replicas) return;
    live.spec.replicas = replicas;
    const others = (live.metadata.managedFields ?? []).filter(({ subresource }: Loose) => subresource !== 'scale');
    live.metadata.managedFields = others;
    // A scale of nothing has no such field, so nobody owns it then.
    if (replicas === 0) return;
    const fieldsV1 = { 'f:spec': { 'f:replicas': {} } };
    const entry = { manager, operation: 'Update', apiVersion, subresource: 'scale', fieldsType: 'FieldsV1', fieldsV1 };
    live.metadata.managedFields = [...others, { ...entry, time: timestamp() }];
  });
}

/** The conflict of an apply that sets the replicas of what somebody else has scaled. */
function scaledBy(live: Obj, sent: Loose): string | undefined {
  const wanted = sent.spec?.replicas;
  if (wanted === undefined || wanted === live.spec?.replicas) return undefined;
  const owner = (live.metadata.managedFields ?? []).find(({ subresource }: Loose) => subresource === 'scale');
  return (
    owner &&
    `Apply failed with 1 conflict: conflict with "${owner.manager}" with subresource "scale" using ${owner.apiVersion}: .spec.replicas`
  );
}

function verbOf(method: string, type: string): WriteRequest['verb'] {
  if (method === 'POST') return 'create';
  if (method === 'PUT') return 'update';
  if (method === 'DELETE') return 'delete';
  return type.includes('apply-patch') ? 'apply' : 'patch';
}

/** Typed objects have no nulls: `annotations: null` is the same as none. Always a copy. */
function withoutNulls(value: Loose): Loose {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, withoutNulls(field)]),
  );
}
