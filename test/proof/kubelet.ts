import { isInit } from './behaviour.ts';
import type { Behaviour, Cluster } from './behaviour.ts';
import type { Loose, Obj } from './kinds.ts';
import { missingClaim, missingEnv, missingVolume } from './references.ts';
import { timestamp } from './store.ts';

/** Seconds before restart or retry number `n`: 10, 20, 40 … up to a limit, as kubelet and Job controller count. */
export function backOff(n: number, limit: number): number {
  return Math.min(10 * 2 ** (n - 1), limit);
}

/** Plays one pod from scheduling to its end, writing its status as the kubelet would; ends when the signal aborts. */
export async function runPod(pod: Obj, cluster: Cluster, behaviour: Behaviour, signal: AbortSignal): Promise<void> {
  const run = new PodRun(pod, cluster, behaviour, signal);
  try {
    await run.play();
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    run.stop();
  }
}

class PodRun {
  readonly #pod: Obj;
  readonly #cluster: Cluster;
  readonly #behaviour: Behaviour;
  readonly #signal: AbortSignal;
  /** Sidecars outlive the init phase and stop when the main containers have ended. */
  readonly #sidecars = new AbortController();

  constructor(pod: Obj, cluster: Cluster, behaviour: Behaviour, signal: AbortSignal) {
    this.#pod = pod;
    this.#cluster = cluster;
    this.#behaviour = behaviour;
    this.#signal = signal;
  }

  stop(): void {
    this.#sidecars.abort(new Error('the pod has ended'));
  }

  async play(): Promise<void> {
    const { spec, metadata } = this.#pod;
    const { store } = this.#cluster;
    this.#status((status) => {
      status.phase = 'Pending';
      for (const [field, list] of [
        ['initContainerStatuses', spec.initContainers],
        ['containerStatuses', spec.containers],
      ] as const) {
        if (list)
          status[field] = list.map((container: Loose) =>
            waitingStatus(
              container,
              field === 'containerStatuses' && spec.initContainers ? 'PodInitializing' : 'ContainerCreating',
            ),
          );
      }
    });
    await this.#unblock(
      () => missingClaim(store, metadata.namespace, spec),
      (message) =>
        this.#condition(
          'PodScheduled',
          message === undefined,
          message === undefined ? undefined : 'Unschedulable',
          message,
        ),
    );
    const first = spec.initContainers?.[0] ?? spec.containers[0];
    await this.#unblock(
      () => missingVolume(store, metadata.namespace, spec),
      (message) => this.#waiting(first.name, 'ContainerCreating', message),
    );
    this.#status((status) => {
      status.startTime = timestamp();
      status.hostIP = '127.0.0.1';
      status.podIP = store.address(244);
      status.podIPs = [{ ip: status.podIP }];
    });
    for (const container of spec.initContainers ?? []) {
      if (container.restartPolicy === 'Always') {
        await this.#startSidecar(container);
      } else if ((await this.#runContainer(container, this.#signal)) !== 0) {
        return this.#finish('Failed');
      }
    }
    this.#condition('Initialized', true);
    const ends = spec.containers.map((container: Loose) => this.#runContainer(container, this.#signal));
    const codes: number[] = await Promise.all(ends);
    this.#finish(codes.every((code) => code === 0) ? 'Succeeded' : 'Failed');
  }

  #startSidecar(container: Loose): Promise<void> {
    const signal = AbortSignal.any([this.#signal, this.#sidecars.signal]);
    return new Promise((resolve, reject) => {
      this.#runContainer(container, signal, resolve).then(
        () => undefined,
        (error: unknown) =>
          signal.aborted ? resolve() : reject(error instanceof Error ? error : new Error(String(error))),
      );
    });
  }

  /** Runs a container with its restarts; tells the exit code that ended it. */
  async #runContainer(container: Loose, signal: AbortSignal, onStart?: () => void): Promise<number> {
    const { namespace } = this.#pod.metadata;
    const init = isInit(container, this.#pod);
    const policy =
      container.restartPolicy ??
      (init && this.#pod.spec.restartPolicy === 'Always' ? 'OnFailure' : this.#pod.spec.restartPolicy);
    for (let restarts = 0; ; restarts += 1) {
      await this.#unblock(
        () => missingEnv(this.#cluster.store, namespace, container),
        (message) => this.#waiting(container.name, 'CreateContainerConfigError', message),
      );
      this.#container(container.name, (status) => {
        status.state = { running: { startedAt: timestamp() } };
        status.started = true;
        status.restartCount = restarts;
      });
      if (!init) this.#running();
      // Controllers see that it runs again before it can end.
      if (restarts > 0) await this.#cluster.pause(1, signal);
      onStart?.();
      const over = new AbortController();
      const readiness = this.#watchReady(container, AbortSignal.any([signal, over.signal]));
      let code: number;
      try {
        code = await this.#behaviour.run(container, this.#pod, this.#cluster, signal);
      } finally {
        over.abort();
        await readiness;
      }
      signal.throwIfAborted();
      this.#ended(container.name, code, init);
      if (policy === 'Never' || (policy === 'OnFailure' && code === 0)) return code;
      this.#waiting(
        container.name,
        'CrashLoopBackOff',
        `back-off restarting failed container ${container.name}, last exit code ${code}`,
      );
      // The first restart comes at once; the back-off begins with it (`doBackOff` of the kubelet).
      if (restarts > 0) await this.#cluster.pause(backOff(restarts, 300), signal);
      this.#container(container.name, (status) => {
        status.restartCount = restarts + 1;
      });
    }
  }

  async #watchReady(container: Loose, signal: AbortSignal): Promise<void> {
    try {
      const delay = readyAfter(container);
      if (delay > 0) await this.#cluster.pause(delay, signal);
      await this.#cluster.until(() => this.#behaviour.ready?.(container, this.#pod, this.#cluster) ?? true, signal);
    } catch {
      return;
    }
    this.#container(container.name, (status) => {
      status.ready = true;
    });
    this.#settleReady();
  }

  #ended(name: string, exitCode: number, init: boolean): void {
    this.#container(name, (status) => {
      const terminated = {
        exitCode,
        reason: exitCode === 0 ? 'Completed' : 'Error',
        startedAt: status.state?.running?.startedAt,
        finishedAt: timestamp(),
      };
      status.state = { terminated };
      status.lastState = { terminated };
      status.ready = init && exitCode === 0;
      status.started = false;
    });
    this.#settleReady();
  }

  #running(): void {
    this.#status((status) => {
      if (status.containerStatuses.every((one: Loose) => one.state.running ?? one.state.terminated))
        status.phase = 'Running';
    });
  }

  #settleReady(): void {
    this.#status((status) => {
      const ready = (status.containerStatuses ?? []).every((one: Loose) => one.ready === true);
      setCondition(status, 'ContainersReady', ready);
      setCondition(status, 'Ready', ready, ready ? undefined : 'ContainersNotReady');
    });
  }

  #finish(phase: 'Succeeded' | 'Failed'): void {
    this.#status((status) => {
      status.phase = phase;
      setCondition(status, 'Ready', false, phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed');
      setCondition(status, 'ContainersReady', false, phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed');
    });
  }

  /** Waits until nothing is missing, telling at each change what is. */
  async #unblock(missing: () => string | undefined, tell: (message: string | undefined) => void): Promise<void> {
    let told: string | undefined | null = null;
    await this.#cluster.until(() => {
      const message = missing();
      if (message !== told) tell(message);
      told = message;
      return message === undefined;
    }, this.#signal);
  }

  #waiting(name: string, reason: string, message: string | undefined): void {
    this.#container(name, (status) => {
      status.state = { waiting: { reason, ...(message === undefined ? {} : { message }) } };
    });
  }

  #condition(type: string, holds: boolean, reason?: string, message?: string): void {
    this.#status((status) => setCondition(status, type, holds, reason, message));
  }

  #container(name: string, edit: (status: Loose) => void): void {
    this.#status((status) => {
      const found = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].find(
        (one: Loose) => one.name === name,
      );
      if (found) edit(found);
    });
  }

  #status(edit: (status: Loose) => void): void {
    const { namespace, name, uid } = this.#pod.metadata;
    this.#cluster.store.change('pods', namespace, name, (pod) => {
      // A pod of the same name may have taken its place.
      if (pod.metadata.uid === uid) edit((pod.status ??= {}));
    });
  }
}

/** Seconds from a container's start before its probes are asked for the first time. */
function readyAfter({ readinessProbe, startupProbe }: Loose): number {
  return Math.max(readinessProbe?.initialDelaySeconds ?? 0, startupProbe?.initialDelaySeconds ?? 0);
}

function waitingStatus(container: Loose, reason: string): Loose {
  return {
    name: container.name,
    image: container.image,
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason } },
    lastState: {},
  };
}

/** Sets a condition of a status; the transition time changes only with the truth. */
export function setCondition(status: Loose, type: string, holds: boolean, reason?: string, message?: string): void {
  const conditions: Loose[] = (status.conditions ??= []);
  const value = holds ? 'True' : 'False';
  const before = conditions.find((condition) => condition.type === type);
  const next = {
    type,
    status: value,
    lastTransitionTime: before?.status === value ? before.lastTransitionTime : timestamp(),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
  if (before) conditions[conditions.indexOf(before)] = next;
  else conditions.push(next);
}
