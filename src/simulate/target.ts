import {
  groupBy,
  hasPort,
  map,
  parseSelector,
  podsBefore,
  push,
  tieOf,
  type Release,
  type Service,
  type Workload,
} from '../model/index.ts';
import type { Resource } from '../parse/index.ts';
import type { Wait } from '../tools/index.ts';
import { precedesServer, type Need } from './need.ts';

/** What a need asks for in a release, whatever exists at the moment. Needs that ask for the same share lists of it. */
export type Target =
  /** None of the release's business: met. */
  | { type: 'nothing' }
  /** One of these objects, which all have one name. */
  | { type: 'object'; resources: readonly Resource[] }
  /** One of these workloads, ready or complete; `self` does not count. `answers`: its programs have started, too. */
  | { type: 'ready'; workloads: readonly Workload[]; self?: Workload; through?: Service; answers?: boolean }
  /** A migration of one of these, at any time. */
  | { type: 'migrated'; workloads: readonly Workload[] }
  /** One of these Services, which all have one name, and what stands behind it. */
  | {
      type: 'service';
      services: readonly { service: Service; behind: Target | 'no-port' | Dead }[];
      port: string | undefined;
    };

/** A Service, or the name of a pod behind it, that nothing ever answers for. */
export interface Dead {
  dead: 'target-port' | 'headless-port' | 'no-replicas' | 'service-name' | 'later-pod';
  /** The workload that its selector means. */
  workload: Workload;
  /** The name or number of the container port, the Service that the StatefulSet names, or the pod. */
  name: string;
}

const nothing: Target = { type: 'nothing' };
const known = new WeakMap<Need, Target>();

/** What a need asks for. */
export function targetOf(need: Need, release: Release): Target {
  let target = known.get(need);
  if (!target) known.set(need, (target = findTarget(need, release)));
  return target;
}

function findTarget(need: Need, release: Release): Target {
  const { workload } = need;
  switch (need.type) {
    case 'reference': {
      const resources = release.find(need.reference.kind, need.reference.name, workload.namespace);
      // Not in the chart: somebody else's, and there for all that the chart shows.
      return resources.length === 0 ? nothing : { type: 'object', resources };
    }
    case 'connection':
      return hostTarget(need, release, need.connection.host, need.connection.port, false, workload.namespace);
    case 'wait':
      return waitTarget(need, need.wait, release);
  }
}

function waitTarget(need: Need, wait: Wait, release: Release): Target {
  const self = need.workload;
  const namespace = 'namespace' in wait && wait.namespace ? wait.namespace : self.namespace;
  const ready = (workloads: readonly Workload[]): Target => {
    const others = workloads.filter((workload) => workload !== self);
    if (others.length === 0) return nothing;
    if (!('created' in wait)) return { type: 'ready', workloads, self };
    // Of several with the same labels any one is enough, which an object by its name cannot say.
    return others.length === 1 ? { type: 'object', resources: [others[0]!.resource] } : nothing;
  };
  const labelled = (what: 'pods' | 'jobs', selector: string | undefined) => {
    const wanted = selector === undefined ? undefined : parseSelector(selector);
    return ready(wanted ? release.labelled(what, wanted, namespace) : []);
  };
  const named = (name: string, isMeant: (workload: Workload) => boolean) =>
    ready(release.workloadsNamed(name, namespace).filter(isMeant));
  switch (wait.kind) {
    case 'host':
      return hostTarget(need, release, wait.host, wait.port, wait.nameOnly, namespace);
    case 'service':
      return hostTarget(need, release, wait.name, undefined, false, namespace);
    case 'job':
      return wait.name ? named(wait.name, ({ kind }) => kind === 'Job') : labelled('jobs', wait.selector);
    case 'pod': {
      const name = wait.name?.replace(/-\d+$/, '');
      return name ? named(name, ({ kind }) => kind !== 'CronJob') : labelled('pods', wait.selector);
    }
    case 'workload':
      return named(wait.name, ({ kind }) => sameKind(kind, wait.resource));
    case 'content': {
      const workloads = contentMakers(wait.host, self, release);
      return workloads.length === 0 ? nothing : { type: 'migrated', workloads };
    }
    case 'schema': {
      const workloads = schemaMigrators(self, release);
      return workloads.length === 0 ? nothing : { type: 'migrated', workloads };
    }
  }
}

function hostTarget(
  need: Need,
  release: Release,
  host: string,
  port: string | undefined,
  nameOnly: boolean,
  namespace: string,
  depth = 0,
): Target {
  const services = release.servicesOf(host, namespace);
  if (services.length === 0 || depth > 4) return nothing;
  const behind = (service: Service): Target | 'no-port' | Dead => {
    const pod = deadPod(host, service, release) ?? laterPod(host, service, need);
    if (pod) return pod;
    // The name of a headless Service is there once a pod behind it is ready.
    if (nameOnly && (!service.headless || service.publishNotReadyAddresses)) return nothing;
    if (service.externalName)
      return hostTarget(need, release, service.externalName, port, false, service.namespace, depth + 1);
    if (port && !hasPort(service, port)) return 'no-port';
    // No selector: endpoints made by hand. Nothing selected: pods that an operator makes.
    const all = release.behind(service);
    const workloads = awake(all);
    if (all[0] && workloads.length === 0 && !isScaledElsewhere(all, release))
      return { dead: 'no-replicas', workload: all[0], name: all[0].name };
    const target = nameOnly
      ? undefined
      : (deadPort(service, port, workloads) ?? headlessPort(service, port, workloads));
    if (target) return target;
    const probed = need.type === 'wait' && need.probe !== undefined;
    // Of a pod that is not ready its own Service knows nothing, unless it publishes such pods.
    if (workloads.includes(need.workload) && (probed ? service.publishNotReadyAddresses : !precedesServer(need)))
      return nothing;
    if (workloads.length === 0) return nothing;
    // A name, and an address behind a Service, ask for ready pods only.
    const answers = !nameOnly && !(need.type === 'wait' && need.wait.kind === 'service');
    return { type: 'ready', workloads, through: service, answers };
  };
  return { type: 'service', services: services.map((service) => ({ service, behind: behind(service) })), port };
}

/**
 * A host that names a pod of a StatefulSet (`db-0.db`) through another Service than the StatefulSet's own: no such name
 * is published.
 */
function deadPod(host: string, service: Service, release: Release): Dead | undefined {
  const [first = '', second] = host.toLowerCase().split('.');
  if (second !== service.resource.name || !/-\d+$/.test(first)) return undefined;
  const set = release
    .behind(service)
    .find(({ kind, name }) => kind === 'StatefulSet' && name === first.replace(/-\d+$/, ''));
  const own = set?.resource.get('spec', 'serviceName');
  if (!set || own === service.resource.name) return undefined;
  return { dead: 'service-name', workload: set, name: typeof own === 'string' ? own : '' };
}

/**
 * A pod of the workload's own StatefulSet that is created only when the first one is ready, while that one waits for it
 * before it is ready.
 */
function laterPod(host: string, service: Service, need: Need): Dead | undefined {
  const { workload } = need;
  const [first = '', second] = host.toLowerCase().split('.');
  return second === service.resource.name && podsBefore(workload, first) > 0 && isBeforeReady(need)
    ? { dead: 'later-pod', workload, name: first }
    : undefined;
}

/** Whether a pod is certainly not ready before a need of its is met. */
function isBeforeReady({ workload, container, ...need }: Need): boolean {
  if (need.type !== 'wait' || !container) return false;
  if (need.probe !== undefined || container.role === 'init') return true;
  // While its script still waits, nothing listens on the port that the probe asks for.
  const { readinessProbe, startupProbe } = map(workload.resource.get(...container.path));
  return (
    container.role === 'main' &&
    need.wait.after === undefined &&
    [readinessProbe, startupProbe].some((probe) => ['tcpSocket', 'httpGet', 'grpc'].some((how) => how in map(probe)))
  );
}

/** A port that a ClusterIP Service forwards to a name that no container of the pods behind it gives a port. */
function deadPort(service: Service, port: string | undefined, workloads: readonly Workload[]): Dead | undefined {
  if (service.headless || port === undefined || !workloads[0]) return undefined;
  const forwarded = service.ports.find((one) => String(one.port) === port || one.name === port);
  const name = forwarded?.targetPort;
  if (typeof name !== 'string' || workloads.some(({ pod }) => pod.portNames.has(name) || isInjected(pod)))
    return undefined;
  return { dead: 'target-port', workload: workloads[0], name };
}

/**
 * A port of a headless Service that its pods do not have: the name leads to the pods themselves, and nothing translates
 * the port to its `targetPort`.
 */
function headlessPort(service: Service, port: string | undefined, workloads: readonly Workload[]): Dead | undefined {
  if (!service.headless || port === undefined || !workloads[0]) return undefined;
  const target = service.ports.find((one) => String(one.port) === port)?.targetPort;
  if (target === undefined || String(target) === port) return undefined;
  const declared = workloads.flatMap(({ pod }) => pod.ports);
  const meant = declared.filter(({ name, number }) => name === target || number === target);
  const isThere = declared.some(({ number }) => String(number) === port);
  if (isThere || meant.length === 0 || workloads.some(({ pod }) => isInjected(pod))) return undefined;
  return { dead: 'headless-port', workload: workloads[0], name: String(meant[0]!.number) };
}

/** Whether labels or annotations ask a webhook for more containers, whose ports the chart does not show. */
function isInjected({ labels, annotations }: Workload['pod']): boolean {
  return [...Object.keys(labels), ...Object.keys(annotations)].some((key) => key.includes('inject'));
}

/** Whether something of the chart gives one of these workloads its pods, whatever number they are created with. */
function isScaledElsewhere(workloads: readonly Workload[], release: Release): boolean {
  const scaled = new Set(workloads.map(({ name }) => name));
  return release.resources.some((resource) => {
    const target = resource.get('spec', 'scaleTargetRef', 'name');
    return typeof target === 'string' && scaled.has(target);
  });
}

const awakeOf = new WeakMap<readonly Workload[], readonly Workload[]>();

/** Those that are not scaled to none; the same list for the same list. */
function awake(workloads: readonly Workload[]): readonly Workload[] {
  let some = awakeOf.get(workloads);
  if (!some) awakeOf.set(workloads, (some = workloads.filter(({ replicas }) => replicas !== 0)));
  return some;
}

/** The workloads whose migrations make the schema that `workload` checks: those of its own service. */
export function schemaMigrators(workload: Workload, release: Release): readonly Workload[] {
  const { order, byImage, byTied } = migratorsOf(release);
  const images = new Set(workload.pod.containers.map(({ repository }) => repository));
  const found = [...images].flatMap((image) => byImage.get(image) ?? []).concat(...(byTied.get(workload) ?? []));
  return [...new Set(found)].filter((other) => other !== workload).sort((a, b) => order.get(a)! - order.get(b)!);
}

/**
 * The workloads that migrate the database at `host`: they connect to it, wait for it, or belong to the same service.
 */
function contentMakers(host: string, workload: Workload, release: Release): readonly Workload[] {
  const { order, byHost } = migratorsOf(release);
  const found = [host, ...release.servicesOf(host, workload.namespace)].flatMap((meant) => byHost.get(meant) ?? []);
  return [...new Set(found)].filter((other) => other !== workload).sort((a, b) => order.get(a)! - order.get(b)!);
}

/** The hosts that a workload connects to and waits for, and the Services that they mean. */
function hostsOf({ pod, namespace }: Workload, release: Release): Set<string | Service> {
  const hosts = pod.containers.flatMap(({ understanding: { connections, waits } }) => [
    ...connections.map(({ host }) => host),
    ...waits.flatMap((wait) => (wait.kind === 'host' ? [wait.host] : [])),
  ]);
  return new Set(hosts.flatMap((host) => [host, ...release.servicesOf(host, namespace)]));
}

/**
 * The migrating workloads of a release: by their images, by the hosts that they use, and by the workloads that they are
 * tied to.
 */
interface Migrators {
  order: ReadonlyMap<Workload, number>;
  byImage: ReadonlyMap<string, readonly Workload[]>;
  byHost: ReadonlyMap<string | Service, readonly Workload[]>;
  byTied: ReadonlyMap<Workload, (readonly Workload[])[]>;
}
const migrators = new WeakMap<Release, Migrators>();

function migratorsOf(release: Release): Migrators {
  const known = migrators.get(release);
  if (known) return known;
  const all = [...new Set(release.migrations.map(({ workload }) => workload))];
  const byImage = new Map<string, Workload[]>();
  for (const migrator of all) {
    const migrating = migrator.pod.containers.filter(({ understanding }) => understanding.migrations.length > 0);
    for (const image of new Set(migrating.map(({ repository }) => repository))) push(byImage, image, migrator);
  }
  const byHost = new Map<string | Service, Workload[]>();
  for (const migrator of all) for (const host of hostsOf(migrator, release)) push(byHost, host, migrator);
  const byTied = new Map<Workload, (readonly Workload[])[]>();
  const byList = groupBy(all, (migrator) => tieOf(migrator, release)?.workloads ?? []);
  for (const [tied, list] of byList) for (const workload of tied) push(byTied, workload, list);
  const made = { order: new Map(all.map((workload, index) => [workload, index])), byImage, byHost, byTied };
  migrators.set(release, made);
  return made;
}

const shortKinds: ReadonlyMap<string, string> = new Map([
  ['deploy', 'deployment'],
  ['sts', 'statefulset'],
  ['ds', 'daemonset'],
  ['rs', 'replicaset'],
  ['po', 'pod'],
]);

function sameKind(kind: string, asked: string): boolean {
  const name = asked.toLowerCase().replace(/\..*$/, '');
  const singular = (shortKinds.get(name) ?? name).replace(/s$/, '');
  return kind.toLowerCase() === singular;
}
