import { randomUUID } from 'node:crypto';
import { setDefaults } from './admission.ts';
import type { Clock } from './clock.ts';
import type { Loose, Obj } from './kinds.ts';
import { limitDefaults, quotaRefusal } from './quota.ts';
import type { Store } from './store.ts';

/** What the controllers work with: the store, time, and how to make a pod. */
export class World {
  readonly store: Store;
  readonly clock: Clock;
  /** Why owners (by uid) get no pods: `FailedCreate`. */
  readonly refusals = new Map<string, string>();
  readonly #memories = new Map<string, Loose>();
  readonly #lookAgain: () => void;

  constructor(store: Store, clock: Clock, lookAgain: () => void) {
    this.store = store;
    this.clock = clock;
    this.#lookAgain = lookAgain;
  }

  /** What an object controls, by resource. */
  owned(id: string, owner: Obj): Obj[] {
    return this.store
      .list(id, owner.metadata.namespace)
      .filter((object) =>
        object.metadata.ownerReferences?.some((reference: Loose) => reference.uid === owner.metadata.uid),
      );
  }

  /** Pods that an object controls. */
  ownedPods(owner: Obj): Obj[] {
    return this.owned('pods', owner);
  }

  /** Makes an object that another one controls. */
  make(id: string, owner: Obj, object: Loose): Obj {
    const of = this.store.resource(id);
    const uid = randomUUID();
    const { apiVersion, kind, metadata } = owner;
    const made = {
      ...structuredClone(object),
      metadata: {
        ...structuredClone(object.metadata),
        uid,
        namespace: metadata.namespace,
        ownerReferences: [
          { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true },
        ],
      },
    };
    setDefaults(of, made, uid);
    return this.store.create(of, made);
  }

  /** Makes a pod from a template, unless its ServiceAccount or a quota refuses it. */
  createPod(
    owner: Obj,
    template: Loose,
    more: {
      name?: string;
      generateName?: string;
      labels?: Record<string, string>;
      annotations?: Record<string, string>;
      spec?: Loose;
    } = {},
  ): Obj | undefined {
    const { namespace, name, uid } = owner.metadata;
    const { generateName = `${name}-` } = more;
    const spec = structuredClone({ ...template.spec, ...more.spec });
    limitDefaults(this.store, namespace, spec);
    const account = spec.serviceAccountName ?? 'default';
    const absent = this.store.get('serviceaccounts', namespace, account) === undefined;
    const cause = absent
      ? `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`
      : quotaRefusal(this.store, namespace, spec);
    if (cause !== undefined) {
      const reason = `pods "${more.name ?? generateName}" is forbidden: ${cause}`;
      this.refusals.set(uid, `Error creating: ${reason}`);
      return undefined;
    }
    this.refusals.delete(uid);
    const metadata = {
      ...template.metadata,
      name: more.name ?? `${generateName}${randomUUID().slice(0, 5)}`,
      generateName,
      labels: { ...template.metadata?.labels, ...more.labels },
      annotations: { ...template.metadata?.annotations, ...more.annotations },
    };
    return this.make('pods', owner, {
      metadata,
      spec: { ...spec, serviceAccountName: account, nodeName: 'node' },
      status: { phase: 'Pending' },
    });
  }

  /** Changes a status. */
  setStatus(id: string, object: Obj, edit: (status: Loose) => void): void {
    this.store.change(id, object.metadata.namespace, object.metadata.name, (live) => {
      if (live.metadata.uid === object.metadata.uid) edit((live.status ??= {}));
    });
  }

  /** Calls back after so many seconds of the cluster's time, then looks at everything again. */
  after(seconds: number, act: () => void): void {
    this.clock.after(seconds, () => {
      act();
      this.#lookAgain();
    });
  }

  /** What a controller remembers of one object, by uid. */
  memory(uid: string): Loose {
    const memory = this.#memories.get(uid) ?? {};
    this.#memories.set(uid, memory);
    return memory;
  }
}
