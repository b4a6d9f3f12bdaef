// A cluster that is not ours has no image that plays programs: every container is busybox, and what that cannot do is
// left out.
import { surroundings } from '../predict.ts';
import type { Reported } from './chart.ts';

/** The ports on which the pods of each workload listen: those of the Services before it. */
export function portsOf({ install, upgrade }: Reported): Map<string, number[]> {
  const ports = new Map<string, number[]>();
  for (const release of [install, upgrade])
    for (const service of release.services)
      for (const { name } of release.behind(service))
        ports.set(name, [
          ...new Set([
            ...(ports.get(name) ?? []),
            ...service.ports.map(({ port, targetPort }) => Number(targetPort ?? port)).filter(Number.isInteger),
          ]),
        ]);
  return ports;
}

/** Why a chart cannot be played with busybox alone; `undefined` where it can. */
export function beyondBusybox(reported: Reported): string | undefined {
  if (surroundings(reported).outside.some((target) => /[^a-z0-9:-]/.test(target)))
    return 'a host that no Service can stand for';
  for (const { resources, namespace, workloads } of [reported.install, reported.upgrade]) {
    if (resources.some((one) => one.namespace !== undefined && one.namespace !== namespace))
      return 'a namespace of its own';
    const waits = workloads.flatMap(({ pod }) => pod.containers.flatMap(({ understanding }) => understanding.waits));
    if (waits.some(({ tool }) => !/^(?:nc|ncat|wget|nslookup|\/dev\/tcp)$/.test(tool)))
      return 'a wait with a program that busybox has not';
  }
  return undefined;
}
