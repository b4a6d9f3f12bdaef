import type { Resource } from '../parse/index.ts';
import { int, list, map, str, strings } from './read.ts';

/** A Service and what decides whether a connection to it can succeed. */
export interface Service {
  resource: Resource;
  namespace: string;
  /** Empty: no selector (ExternalName, hand-made endpoints). */
  selector: Readonly<Record<string, string>>;
  headless: boolean;
  publishNotReadyAddresses: boolean;
  externalName: string | undefined;
  ports: readonly { name: string | undefined; port: number; targetPort: number | string | undefined }[];
}

/** Reads a Service. */
export function readService(resource: Resource, namespace: string): Service {
  const spec = map(resource.get('spec'));
  return {
    resource,
    namespace,
    selector: strings(spec['selector']),
    headless: spec['clusterIP'] === 'None',
    publishNotReadyAddresses:
      spec['publishNotReadyAddresses'] === true ||
      resource.annotations['service.alpha.kubernetes.io/tolerate-unready-endpoints'] === 'true',
    externalName: spec['type'] === 'ExternalName' ? str(spec['externalName']) : undefined,
    ports: list(spec['ports']).map((item) => {
      const port = map(item);
      return {
        name: str(port['name']),
        port: int(port['port']) ?? 0,
        targetPort: int(port['targetPort']) ?? str(port['targetPort']),
      };
    }),
  };
}

/** A host name read as a name inside the cluster. */
export interface ClusterName {
  /** Service, and a pod before it where the name has one (`db-0.db`). */
  service: string;
  namespace: string;
}

/**
 * The Services that a host name can mean, most likely first: `name`, `name.ns`, `name.ns.svc`, `name.ns.svc.<cluster
 * domain>`, and the same behind a StatefulSet pod's name. None for addresses and names outside the cluster.
 */
export function clusterNames(host: string, namespace: string): ClusterName[] {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name) || /^[\d.]+$/.test(name) || name === 'localhost') return [];
  const parts = name.split('.');
  const svc = parts.indexOf('svc', 1);
  if (svc === 2) return [{ service: parts[0]!, namespace: parts[1]! }];
  if (svc === 3) return [{ service: parts[1]!, namespace: parts[2]! }];
  if (svc !== -1) return [];
  if (parts.length === 1) return [{ service: parts[0]!, namespace }];
  if (parts.length === 2)
    return [
      { service: parts[0]!, namespace: parts[1]! },
      { service: parts[1]!, namespace },
    ];
  return parts.length === 3 ? [{ service: parts[1]!, namespace: parts[2]! }] : [];
}

/**
 * Whether a port, by number or name, is one that a ClusterIP Service forwards. Headless Services forward nothing: any
 * port may do.
 */
export function hasPort(service: Service, port: string): boolean {
  if (service.headless || service.ports.length === 0) return true;
  return service.ports.some((known) => String(known.port) === port || known.name === port);
}

/** Whether a pod's labels fall under a selector; an empty selector selects nothing. */
export function selects(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

/** A label selector as kubectl reads it (`a=b,c in (d,e)`), for the equality part; `undefined` where it says more. */
export function parseSelector(text: string): Readonly<Record<string, string>> | undefined {
  const out: Record<string, string> = {};
  for (const part of text.split(',')) {
    const match = /^\s*([^=!\s]+)\s*==?\s*([^=\s]*)\s*$/.exec(part);
    if (!match) return undefined;
    out[match[1]!] = match[2]!;
  }
  return out;
}
