import {
  map,
  placeIn,
  type Container,
  type Probe,
  type Reference,
  type Release,
  type Workload,
} from '../model/index.ts';
import type { Place } from '../parse/index.ts';
import type { Connection, Wait } from '../tools/index.ts';

/** What a pod must have before it is ready, before its programs start, or before its containers end. */
export type Need = { workload: Workload; place: Place; container?: Container } & (
  | { type: 'reference'; reference: Reference }
  | {
      type: 'wait';
      wait: Wait;
      container: Container;
      /** The probe whose command it is. */
      probe?: Probe['type'];
      /**
       * The pod counts as ready before it is met: a container without a readiness or startup probe is ready as soon as
       * it runs, while its command still waits (seen with `--wait` on Kubernetes 1.34).
       */
      late?: true;
    }
  | { type: 'connection'; connection: Connection; container: Container }
);

const cache = new WeakMap<Workload, readonly Need[]>();

/**
 * A workload's needs in the order in which the kubelet meets them: ServiceAccount, volumes, then each container's
 * environment and what its command waits for, init containers first. Optional references are no needs.
 */
export function needsOf(workload: Workload, release: Release): readonly Need[] {
  const known = cache.get(workload);
  if (known) return known;
  const { pod, resource } = workload;
  const needs: Need[] = [];
  const references = (container?: Container) => {
    const seen = new Set<string>();
    for (const reference of pod.references) {
      if (reference.container !== container || reference.optional || seen.has(`${reference.kind}/${reference.name}`))
        continue;
      seen.add(`${reference.kind}/${reference.name}`);
      needs.push({ type: 'reference', reference, workload, place: reference.place, container });
      if (reference.kind === 'PersistentVolumeClaim') needs.push(...classNeeds(workload, reference.name, release));
    }
  };
  references();
  for (const container of pod.containers) {
    references(container);
    needs.push(...probeNeeds(workload, container));
    // A native sidecar is started, and not waited for.
    if (container.role === 'sidecar') continue;
    const { waits, migrations, connections } = container.understanding;
    const waitedFor = new Set(pod.aliases);
    for (const wait of waits) {
      if (wait.givesUp || wait.kind === 'content') continue;
      if (wait.kind === 'host') {
        // The pod's own /etc/hosts says where that is.
        if (pod.aliases.has(wait.host)) continue;
        waitedFor.add(wait.host);
      }
      // Its server was started before, in the background.
      if (wait.after === 'background' && isServer(workload, container)) continue;
      const late = isServer(workload, container) && !isProbed(workload, container) && { late: true as const };
      needs.push({ type: 'wait', wait, workload, container, ...late, place: placeIn(resource, container, wait) });
    }
    // A hook's migration connects to its database; a plain Job's may fail and be tried again until the database is
    // there.
    if (migrations.length === 0 || !workload.hook) continue;
    for (const connection of connections) {
      if (
        !isDatabase(connection) ||
        waitedFor.has(connection.host) ||
        release.servicesOf(connection.host, workload.namespace).length === 0
      )
        continue;
      waitedFor.add(connection.host);
      needs.push({
        type: 'connection',
        connection,
        workload,
        container,
        place: placeIn(resource, container, connection),
      });
    }
  }
  for (const { wait, container } of release.toldNeeds(workload))
    needs.push({ type: 'wait', wait, workload, container, place: placeIn(resource, container, wait) });
  cache.set(workload, needs);
  return needs;
}

/** A claim is bound, and the pod scheduled, only when the class of the claim is there. */
function classNeeds(workload: Workload, claim: string, release: Release): Need[] {
  return release.find('PersistentVolumeClaim', claim, workload.namespace).flatMap((resource): Need[] => {
    const name = resource.get('spec', 'storageClassName');
    if (typeof name !== 'string' || name === '') return [];
    const place = resource.place('spec', 'storageClassName');
    const reference: Reference = { kind: 'StorageClass', name, optional: false, via: 'storageClassName', place };
    return [{ type: 'reference', reference, workload, place }];
  });
}

/**
 * What the probes of a container ask for: the start-up probe of a native sidecar holds up the containers after it, and
 * those of a server its pod's readiness. A finished Job needs neither.
 */
function probeNeeds(workload: Workload, container: Container): Need[] {
  const { resource, pod } = workload;
  const lives = container.role === 'main' && isServer(workload, container) && workload.kind !== 'CronJob';
  if (!lives && container.role !== 'sidecar') return [];
  return container.probes
    .filter(({ type, wait }) => (lives || type === 'startupProbe') && wait.kind !== 'content')
    .filter(({ wait }) => !(wait.kind === 'host' && pod.aliases.has(wait.host)))
    .map(({ type, wait }) => ({
      type: 'wait' as const,
      wait,
      workload,
      container,
      probe: type,
      place: resource.place(...container.path, ...wait.at),
    }));
}

/**
 * The waits of a workload that hold nothing up for certain: those that give up and let it go on, and those for what is
 * in a database, which somebody outside of the chart may have put there.
 */
export function doubtfulNeeds(workload: Workload): Need[] {
  const { pod, resource } = workload;
  const blocking = pod.containers.filter(({ role }) => role !== 'sidecar');
  return blocking.flatMap((container) =>
    container.understanding.waits
      .filter((wait) => wait.givesUp || wait.kind === 'content')
      .filter((wait) => !(wait.kind === 'host' && pod.aliases.has(wait.host)))
      .map((wait) => ({
        type: 'wait' as const,
        wait,
        workload,
        container,
        place: placeIn(resource, container, wait),
      })),
  );
}

/** Whether a container is one that lives on: a main one that no Job or hook Pod has to wait for. */
function isServer({ kind, hook }: Workload, { role }: Container): boolean {
  return role === 'main' && kind !== 'Job' && !hook;
}

/** Whether something asks a container before it counts as ready. */
function isProbed({ resource }: Workload, { path }: Container): boolean {
  return ['readinessProbe', 'startupProbe'].some((probe) => Object.keys(map(resource.get(...path, probe))).length > 0);
}

/** Whether a pod counts as ready before this need of its is met. */
export function isLate(need: Need): boolean {
  return need.type === 'wait' && need.late === true;
}

/**
 * Whether a container that waits for its own pod's Service is certain to wait before anything in that pod can answer.
 * Another main container answers, ready or not, and so does what the container itself has started before.
 */
export function precedesServer({ workload, container, ...need }: Need): boolean {
  if (need.type !== 'wait' || !container || need.wait.doubt || need.wait.after) return false;
  const { containers } = workload.pod;
  return container.role === 'init'
    ? !containers.some(({ role }) => role === 'sidecar')
    : containers.filter(({ role }) => role !== 'init').length === 1;
}

const databases =
  /^(postgres|postgresql|mysql|mariadb|mongodb|clickhouse|cassandra|cockroach|cockroachdb|sqlserver|mssql|oracle|jdbc|sql|db2|scylla|tidb)\b/;

/** Migrations need their database; what else their environment names (queues, caches) may never be touched. */
function isDatabase({ scheme }: Connection): boolean {
  return scheme !== undefined && databases.test(scheme);
}
