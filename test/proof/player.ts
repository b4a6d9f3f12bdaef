import { playAutoscalers } from './autoscaler.ts';
import { wellBehaved } from './behaviour.ts';
import type { Behaviour, Cluster } from './behaviour.ts';
import { Clock } from './clock.ts';
import { jobEnd, playJobs } from './jobs.ts';
import type { Loose, Obj } from './kinds.ts';
import { runPod } from './kubelet.ts';
import { playNetwork } from './network.ts';
import type { Store } from './store.ts';
import { playWorkloads } from './workloads.ts';
import { World } from './world.ts';

/** Why something does not go on. */
export interface Blocked {
  /** `Job/mig`, `Deployment/app`: the object that the chart wrote. */
  owner: string;
  pod?: string;
  container?: string;
  reason: string;
}

/** Plays controllers, scheduler and kubelet on the objects of a store. */
export class Player {
  /** Faults of the player itself: a play with any proves nothing. */
  readonly failures: unknown[] = [];
  readonly #store: Store;
  readonly #behaviour: Behaviour;
  readonly #pods = new Map<string, { abort: AbortController; done: Promise<void> }>();
  readonly #clock: Clock;
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #waiters = new Set<() => void>();
  readonly #stopped = new AbortController();
  readonly #past: Blocked[] = [];
  readonly #stopListening: () => void;
  #scheduled = false;
  #lastChange = Date.now();

  constructor(store: Store, behaviour: Behaviour = wellBehaved, scale = 100) {
    this.#store = store;
    this.#behaviour = behaviour;
    this.#clock = new Clock(scale);
    this.#world = new World(store, this.#clock, () => this.#schedule());
    this.#cluster = {
      store,
      scale,
      until: (test, signal) => this.#until(test, signal),
      hold: () => this.#clock.hold(),
      pause: (seconds, signal) => pause(this.#clock, seconds, signal),
    };
    this.#stopListening = store.onChange(({ type, resource, object }) => {
      this.#lastChange = Date.now();
      if (type === 'DELETED' && resource.id === 'pods') {
        if (!this.#ranOut(object)) this.#past.push(...this.#blockedPod(object));
        this.#pods.get(object.metadata.uid)?.abort.abort(new Error('the pod was deleted'));
      }
      this.#schedule();
    });
    this.#schedule();
  }

  /** Gets everything ready in which containers will run. */
  async prepare(): Promise<void> {
    await this.#behaviour.prepare?.(this.#cluster);
  }

  /** Milliseconds since anything changed. */
  get quietFor(): number {
    return Date.now() - this.#lastChange;
  }

  /** What stands still now. */
  blocked(): Blocked[] {
    const refused = [...this.#world.refusals].flatMap(([uid, reason]) => {
      const owner = this.#store.all().find(({ object }) => object.metadata.uid === uid)?.object;
      return owner ? [{ owner: this.#rootOf(owner), reason }] : [];
    });
    const retrying = this.#store
      .list('jobs.batch')
      .filter((job) => !jobEnd(job) && job.status?.failed > 0 && !(job.status.active > 0));
    const resting = retrying.map((job) => ({
      owner: `Job/${job.metadata.name}`,
      reason: `failed ${job.status.failed} times, waits to retry`,
    }));
    return [...refused, ...resting, ...this.#store.list('pods').flatMap((pod) => this.#blockedPod(pod))];
  }

  /** What stood still in pods that were deleted since. */
  blockedBefore(): Blocked[] {
    return [...this.#past];
  }

  /** Ends all pods and timers. */
  async stop(): Promise<void> {
    this.#stopListening();
    this.#stopped.abort(new Error('the play is over'));
    this.#clock.stop();
    for (const { abort } of this.#pods.values()) abort.abort(new Error('the play is over'));
    await Promise.all([...this.#pods.values()].map(({ done }) => done));
    await this.#behaviour.close?.();
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped.signal.aborted) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#stopped.signal.aborted) return;
      playNetwork(this.#world);
      playAutoscalers(this.#world);
      playWorkloads(this.#world);
      playJobs(this.#world);
      this.#playPods();
      for (const wake of [...this.#waiters]) wake();
    });
  }

  #playPods(): void {
    for (const pod of this.#store.list('pods')) {
      const { uid } = pod.metadata;
      if (this.#pods.has(uid) || pod.metadata.deletionTimestamp !== undefined) continue;
      const abort = new AbortController();
      const done = runPod(pod, this.#cluster, this.#behaviour, abort.signal).catch((error: unknown) => {
        this.failures.push(error);
      });
      this.#pods.set(uid, { abort, done });
    }
  }

  #until(test: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiters.delete(wake);
        signal.removeEventListener('abort', stop);
      };
      const stop = () => {
        leave();
        reject(signal.reason as Error);
      };
      const wake = () => {
        if (!test()) return;
        leave();
        resolve();
      };
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop);
      this.#waiters.add(wake);
      wake();
    });
  }

  /** A pod that its Job gives up, having failed too often, was not standing still. */
  #ranOut(pod: Obj): boolean {
    const owner = pod.metadata.ownerReferences?.[0];
    const job = owner?.kind === 'Job' ? this.#store.get('jobs.batch', pod.metadata.namespace, owner.name) : undefined;
    return (job?.status?.conditions ?? []).some(
      (condition: Loose) =>
        condition.status === 'True' && (condition.type === 'Complete' || condition.reason === 'BackoffLimitExceeded'),
    );
  }

  /** `Job/x` or `Deployment/x` for what it made. */
  #rootOf(object: Obj): string {
    const owner = object.metadata.ownerReferences?.find((reference: Loose) => reference.controller === true);
    const above = owner && this.#store.all().find((entry) => entry.object.metadata.uid === owner.uid)?.object;
    if (above) return this.#rootOf(above);
    return owner ? `${owner.kind}/${owner.name}` : `${object.kind}/${object.metadata.name}`;
  }

  #blockedPod(pod: Obj): Blocked[] {
    const { status } = pod;
    if (!status || ['Succeeded', 'Failed'].includes(status.phase)) return [];
    const at = { owner: this.#rootOf(pod), pod: pod.metadata.name };
    const unscheduled = (status.conditions ?? []).find(
      (condition: Loose) => condition.type === 'PodScheduled' && condition.status === 'False',
    );
    if (unscheduled) return [{ ...at, reason: unscheduled.message }];
    const server = pod.spec.restartPolicy === 'Always';
    const states: [string, Loose][] = [
      ...(status.initContainerStatuses ?? [])
        .filter((one: Loose) => !isSidecar(pod, one.name))
        .map((one: Loose) => ['init container', one]),
      ...(status.containerStatuses ?? []).map((one: Loose) => ['container', one]),
    ];
    return states.flatMap(([what, one]) => {
      const { waiting, running } = one.state ?? {};
      if (waiting?.message !== undefined) return [{ ...at, container: one.name, reason: waiting.message }];
      if (running && what === 'container' && server && one.ready !== true)
        return [{ ...at, container: one.name, reason: `container ${one.name} not ready` }];
      return running && (what === 'init container' || !server)
        ? [{ ...at, container: one.name, reason: `${what} ${one.name} still running` }]
        : [];
    });
  }
}

function isSidecar(pod: Obj, name: string): boolean {
  return pod.spec.initContainers.some(
    (container: Loose) => container.name === name && container.restartPolicy === 'Always',
  );
}

function pause(clock: Clock, seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const stop = () => {
      cancel();
      reject(signal.reason as Error);
    };
    const cancel = clock.after(seconds, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop, { once: true });
  });
}
