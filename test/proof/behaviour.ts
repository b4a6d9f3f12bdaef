import type { Loose, Obj } from './kinds.ts';
import type { Store } from './store.ts';

/** What a container may see of the cluster that it runs in. */
export interface Cluster {
  store: Store;
  /** How many times faster than real time passes. */
  scale: number;
  /** Resolves when the test holds, tried again at each change; rejects when the signal aborts. */
  until(test: () => boolean, signal: AbortSignal): Promise<void>;
  /** Stops the cluster's time until what it gives is called. */
  hold(): () => void;
  /** Lets so many seconds of the cluster's time pass. */
  pause(seconds: number, signal: AbortSignal): Promise<void>;
}

/** Decides what containers do. */
export interface Behaviour {
  /** Runs a container and tells its exit code; the signal aborts when the pod goes. */
  run(container: Loose, pod: Obj, cluster: Cluster, signal: AbortSignal): Promise<number>;
  /** Whether a running container is ready; true where this is left out. */
  ready?(container: Loose, pod: Obj, cluster: Cluster): boolean;
  /**
   * Milliseconds without any change after which the cluster counts as quiet; containers that really run need more than
   * 150.
   */
  quiet?: number;
  /** Called once at the start, before anything runs. */
  prepare?(cluster: Cluster): Promise<void>;
  /** Called once when the play is over. */
  close?(): Promise<void>;
}

/** Waits until the pod goes. */
export function forEver(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Whether a container is one of the init containers of its pod. */
export function isInit(container: Loose, pod: Obj): boolean {
  return (pod.spec.initContainers ?? []).some((init: Loose) => init.name === container.name);
}

/** Servers run for ever, init containers and the containers of Jobs succeed at once. */
export const wellBehaved: Behaviour = {
  run(container, pod, _cluster, signal) {
    const server = isInit(container, pod) ? container.restartPolicy === 'Always' : pod.spec.restartPolicy === 'Always';
    return server ? forEver(signal) : Promise.resolve(0);
  },
};

/** What a script lets a container do: an exit code, an exit code after some seconds, or never end. */
export type Script = number | 'never' | { exit: number; after: number };

/** Containers whose name, image or command contains a key do what the map says, the others what `otherwise` says. */
export function scripted(script: Record<string, Script>, otherwise: Behaviour = wellBehaved): Behaviour {
  return {
    ready: otherwise.ready?.bind(otherwise),
    quiet: otherwise.quiet,
    prepare: otherwise.prepare?.bind(otherwise),
    close: otherwise.close?.bind(otherwise),
    async run(container, pod, cluster, signal) {
      const text = [container.image, ...(container.command ?? []), ...(container.args ?? [])].join(' ');
      const key =
        Object.keys(script).find((name) => name === container.name) ??
        Object.keys(script).find((name) => text.includes(name));
      const act = key === undefined ? undefined : script[key];
      if (act === undefined) return otherwise.run(container, pod, cluster, signal);
      if (act === 'never') return forEver(signal);
      if (typeof act === 'number') return act;
      await cluster.pause(act.after, signal);
      return act.exit;
    },
  };
}
