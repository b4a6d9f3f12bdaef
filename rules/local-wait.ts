import { defineRule, describe, list, map, placeIn, type Container, type Workload } from '../src/rule.ts';

export const localWait = defineRule({
  id: 'local-wait',
  title: 'An init container waits for its own pod',
  severity: 'error',
  preset: 'recommended',
  why: `Init containers run one after the other, before all other containers of the pod. While one of them runs, nothing
    listens on \`localhost\` but the native sidecars (init containers with \`restartPolicy: Always\`) that come before it.
    An init container that waits for a database proxy of the same pod therefore waits for something that starts only
    after it has ended. The pod stays in \`Init:0/1\`, a hook runs into Helm's timeout, and a Deployment is never ready.`,
  fix: `Put the proxy before the init container that waits for it, as an init container with \`restartPolicy: Always\`
    (Kubernetes 1.29). Or wait in the script of the main container, beside which the proxy runs.`,
  off: 'When something that the chart does not show injects a native sidecar that listens on that port.',
  see: [
    'https://kubernetes.io/docs/concepts/workloads/pods/init-containers/',
    'https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/',
  ],
  *check({ release }) {
    for (const workload of release.workloads) {
      const { pod, resource } = workload;
      if (pod.spec['hostNetwork'] === true) continue;
      for (const [index, container] of pod.containers.entries()) {
        if (container.role !== 'init') continue;
        // What listens in a sidecar that runs already, no manifest has to say.
        if (pod.containers.slice(0, index).some(({ role }) => role === 'sidecar')) break;
        const { waits } = container.understanding;
        const wait = waits.find(
          (one) =>
            one.kind === 'host' && loopback.test(one.host) && !one.nameOnly && !one.givesUp && one.after === undefined,
        );
        if (wait?.kind !== 'host') continue;
        const { host, port, doubt } = wait;
        const later = pod.containers.slice(index + 1).find((other) => listensOn(other, port, workload));
        const address = port === undefined ? host : `${host}:${port}`;
        const because = later
          ? `which container ${later.name} of the same pod opens only after it`
          : 'but nothing runs in the pod before its init containers have ended';
        yield {
          at: placeIn(resource, container, wait),
          message: `Init container ${container.name} of ${describe(workload)} waits for ${address}, ${because}${doubt === undefined ? '' : ` (${doubt})`}`,
          severity: later && doubt === undefined ? 'error' : 'warning',
          resource,
          because: later ? [{ message: `container ${later.name} listens on ${port}`, at: later.place }] : [],
          help: later
            ? `Move container ${later.name} before ${container.name} in \`initContainers\`${later.role === 'sidecar' ? '' : ', with `restartPolicy: Always`'}.`
            : `Wait for ${address} in the main container, or put what listens there before ${container.name} in \`initContainers\`, with \`restartPolicy: Always\`.`,
        };
      }
    }
  },
});

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/;

/** Whether a container says that it listens on a port, given as number or name. */
function listensOn({ path }: Container, port: string | undefined, { resource }: Workload): boolean {
  return (
    port !== undefined &&
    list(map(resource.get(...path))['ports']).some((item) => {
      const { containerPort, name } = map(item);
      return String(containerPort) === port || name === port;
    })
  );
}
