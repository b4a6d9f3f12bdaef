import type { Resource } from '../parse/index.ts';
import { int, list, map, str, strings } from './read.ts';

/** A pod as a NetworkPolicy sees it. */
export interface PolicedPod {
  namespace: string;
  labels: Readonly<Record<string, string>>;
}

/** A port of the pod that a connection leads to: the container port, not the Service's. */
export interface PolicedPort {
  /** Absent where it is not known. */
  number?: number;
  /** The names that the pod's containers give to it. */
  names: readonly string[];
}

/**
 * What a NetworkPolicy (networking.k8s.io/v1) selects and admits. What cannot be decided from the chart counts as
 * admitted.
 */
export interface NetworkPolicy {
  resource: Resource;
  namespace: string;
  ingress: boolean;
  egress: boolean;
  selects(pod: PolicedPod): boolean;
  /**
   * Whether a rule of that direction admits connections between a selected pod and `other`, to a port of the one that
   * is connected to.
   */
  admits(direction: 'ingress' | 'egress', other: PolicedPod, ports: readonly PolicedPort[]): boolean;
  /** Whether it lets a selected pod ask the cluster's DNS, whose pods are in another namespace. */
  admitsDns(): boolean;
}

/** The NetworkPolicies among resources. */
export function readNetworkPolicy(resource: Resource, namespace: string): NetworkPolicy | undefined {
  if (resource.kind !== 'NetworkPolicy' || resource.apiVersion !== 'networking.k8s.io/v1') return undefined;
  const spec = map(resource.get('spec'));
  const types = list(spec['policyTypes']);
  const rules = (direction: 'ingress' | 'egress') => list(spec[direction]).map((rule) => map(rule));
  return {
    resource,
    namespace,
    // "If no policyTypes are specified then by default Ingress will always be set and Egress will be set if the
    // NetworkPolicy has any egress rules."
    ingress: types.length === 0 || types.includes('Ingress'),
    egress: types.length === 0 ? list(spec['egress']).length > 0 : types.includes('Egress'),
    selects: (pod) => pod.namespace === namespace && fits(spec['podSelector'], pod.labels),
    admits: (direction, other, ports) =>
      rules(direction).some(
        (rule) =>
          peersOf(rule, direction).some((peer) => mayBe(peer, other, namespace)) &&
          portsOf(rule).some((port) => ports.length === 0 || ports.some((one) => sameAs(port, one))),
      ),
    admitsDns: () =>
      rules('egress').some(
        (rule) => peersOf(rule, 'egress').some(leadsElsewhere) && portsOf(rule).some((port) => sameAs(port, dns, true)),
      ),
  };
}

const dns: PolicedPort = { number: 53, names: ['dns', 'dns-tcp'] };

/** A peer; `undefined` for a rule without any, which is for all. */
function peersOf(rule: Readonly<Record<string, unknown>>, direction: 'ingress' | 'egress') {
  const peers = list(rule[direction === 'ingress' ? 'from' : 'to']);
  return peers.length === 0 ? [undefined] : peers.map((peer) => map(peer));
}

function portsOf(rule: Readonly<Record<string, unknown>>) {
  const ports = list(rule['ports']);
  return ports.length === 0 ? [undefined] : ports.map((port) => map(port));
}

/** Whether a peer may be that pod. Labels of namespaces, and what an address range holds, no chart shows. */
function mayBe(peer: Readonly<Record<string, unknown>> | undefined, pod: PolicedPod, namespace: string): boolean {
  if (peer === undefined || peer['ipBlock'] !== undefined) return true;
  if (peer['podSelector'] !== undefined && !fits(peer['podSelector'], pod.labels)) return false;
  return peer['namespaceSelector'] !== undefined || pod.namespace === namespace;
}

function leadsElsewhere(peer: Readonly<Record<string, unknown>> | undefined): boolean {
  return peer === undefined || peer['ipBlock'] !== undefined || peer['namespaceSelector'] !== undefined;
}

/** Whether a port of a rule is that one. `udp`: the connection may use UDP too. */
function sameAs(rule: Readonly<Record<string, unknown>> | undefined, port: PolicedPort, udp = false): boolean {
  if (rule === undefined) return true;
  const protocol = str(rule['protocol']) ?? 'TCP';
  if (protocol !== 'TCP' && !(udp && protocol === 'UDP')) return false;
  const [number, name, end] = [int(rule['port']), str(rule['port']), int(rule['endPort'])];
  if (rule['port'] === undefined) return true;
  if (number === undefined) return name !== undefined && (port.names.includes(name) || port.number === undefined);
  return port.number === undefined || (port.number >= number && port.number <= (end ?? number));
}

/** Whether labels fit a label selector; an empty one is for all. */
function fits(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels, matchExpressions } = map(selector);
  return (
    Object.entries(strings(matchLabels)).every(([key, value]) => labels[key] === value) &&
    list(matchExpressions).every((one) => {
      const expression = map(one);
      const value = labels[str(expression['key']) ?? ''];
      const among = value !== undefined && list(expression['values']).includes(value);
      switch (expression['operator']) {
        case 'In':
          return among;
        case 'NotIn':
          return !among;
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
        default:
          return true;
      }
    })
  );
}
