import type { Loose, Obj } from './kinds.ts';
import { podsBehind, targetPort } from './network.ts';
import type { Store } from './store.ts';

/** Names and listening addresses of all Services, as the cluster's DNS and proxies have them now. */
export function networkOf(
  store: Store,
  outside: string[] = [],
): { records: Record<string, string[]>; listens: string[] } {
  const records: Record<string, string[]> = {};
  const listens = new Set<string>();
  for (const [index, address] of outside.entries()) {
    const [host = '', port = ''] = address.split(':');
    // What a host alias of a pod names.
    if (/^[\d.]+$/.test(host)) {
      listens.add(address);
      continue;
    }
    const ip = (records[host.toLowerCase()] ??= [`127.97.${index >> 8}.${index & 255}`])[0];
    listens.add(`${ip}:${port}`);
  }
  for (const service of store.list('services')) {
    const { name, namespace } = service.metadata;
    const host = `${name}.${namespace}.svc.cluster.local`;
    const behind = podsBehind(store.list('pods', namespace), service);
    const { clusterIP, ports = [], type } = service.spec;
    if (type === 'ExternalName') continue;
    const headless = clusterIP === 'None';
    if (!headless && typeof clusterIP === 'string' && /^127\.\d+\.\d+\.\d+$/.test(clusterIP))
      records[host] = [clusterIP];
    if (headless && behind.length > 0) records[host] = behind.map((pod) => pod.status.podIP);
    for (const pod of behind) {
      // A pod listens on its own ports whatever the Service forwards; behind a headless one they are reached directly.
      for (const { containerPort, protocol } of pod.spec.containers.flatMap(
        (container: Loose) => container.ports ?? [],
      )) {
        if (protocol !== 'UDP') listens.add(`${pod.status.podIP}:${containerPort}`);
      }
      if (pod.spec.subdomain === name && pod.spec.hostname)
        records[`${pod.spec.hostname}.${host}`] = [pod.status.podIP];
      for (const port of ports) {
        const target = port.protocol === 'UDP' ? undefined : targetPort(port, pod);
        if (target === undefined) continue;
        listens.add(`${pod.status.podIP}:${target}`);
        if (records[host] && !headless) listens.add(`${clusterIP}:${port.port}`);
      }
    }
  }
  for (const pod of store.list('pods')) for (const port of openPorts(pod)) listens.add(`${pod.status.podIP}:${port}`);
  return { records, listens: [...listens] };
}

/** The ports on which the containers of a pod listen that run now, ready or not. */
function openPorts({ spec, status }: Obj): number[] {
  if (!status?.podIP || ['Succeeded', 'Failed'].includes(status.phase)) return [];
  const running = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
    .filter(({ state }: Loose) => state?.running)
    .map(({ name }: Loose) => name);
  const ports = [...(spec.initContainers ?? []), ...spec.containers]
    .filter(({ name }: Loose) => running.includes(name))
    .flatMap((container: Loose) => container.ports ?? [])
    .filter(({ protocol }: Loose) => protocol !== 'UDP')
    .map(({ containerPort }: Loose) => Number(containerPort));
  // On the node's network the kubelet answers.
  return spec.hostNetwork === true ? [...ports, 10250] : ports;
}

/** What `/etc/hosts` of a pod says: its own names, and what its `hostAliases` add. */
export function hostsOf({ metadata, spec, status }: Obj): [address: string, names: string[]][] {
  const name = hostnameOf({ metadata, spec });
  const full = spec.subdomain ? [`${name}.${spec.subdomain}.${metadata.namespace}.svc.cluster.local`] : [];
  return [
    [status.podIP, ['localhost', name, ...full]],
    ['127.0.0.1', ['localhost']],
    ...(spec.hostAliases ?? []).map(({ ip, hostnames }: Loose): [string, string[]] => [ip, hostnames ?? []]),
  ];
}

/** The host name of a pod. */
export const hostnameOf = ({ metadata, spec }: Loose): string => String(spec.hostname ?? metadata.name).slice(0, 63);
