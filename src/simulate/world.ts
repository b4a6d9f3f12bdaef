import { hasPort, parseSelector, selects, tieOf, type Release, type Service, type Workload } from '../model/index.ts';
import type { Resource } from '../parse/index.ts';
import type { Wait } from '../tools/index.ts';
import { needsOf, type Need } from './need.ts';

/** Why a need is not met: a resource that is not there, a port that no Service forwards, or another workload. */
export type Lack =
  | { type: 'absent'; resource: Resource }
  | { type: 'no-port'; service: Service; port: string }
  | { type: 'not-ready'; workload: Workload; /** The Service through which it is asked for. */ through?: Service };

/**
 * The cluster at one moment of a release: what exists, which workloads are ready, which Jobs are complete. Monotone:
 * `settle` only ever adds, so what is not reached by it can never come about with what exists.
 */
export class World {
  private readonly release: Release;
  private readonly own: ReadonlySet<Resource>;
  private readonly existing = new Map<string, Resource>();
  /** Ready (workloads) or complete (Jobs and Pods that end). */
  private readonly ready = new Set<string>();
  /** Workloads that migrated once: the schema outlives the Job that made it. */
  private readonly migrated = new Set<Workload>();

  constructor(release: Release) {
    this.release = release;
    this.own = new Set(release.resources);
  }

  exists(resource: Resource): boolean {
    return this.existing.has(this.id(resource));
  }

  isReady(workload: Workload): boolean {
    return this.ready.has(this.id(workload.resource));
  }

  create(resource: Resource): void {
    const id = this.id(resource);
    // A hook that runs again replaces the object of the last time; an ordinary Job that is complete stays so.
    if (this.release.hookFor(resource)) this.ready.delete(id);
    this.existing.set(id, resource);
  }

  remove(resource: Resource): void {
    this.existing.delete(this.id(resource));
    this.ready.delete(this.id(resource));
  }

  /** Takes a workload for ready whatever it needs: it was before, or the play goes on as if it were. */
  assumeReady(resource: Resource): void {
    this.ready.add(this.id(resource));
    const workload = this.release.workloadFor(resource);
    if (workload) this.migrated.add(workload);
  }

  /** The least fixpoint: everything that can become ready with what exists. */
  settle(): void {
    const waiting = this.release.workloads.filter(
      (workload) => workload.kind !== 'CronJob' && this.holds(workload) && !this.isReady(workload),
    );
    for (let changed = true; changed;) {
      changed = false;
      for (const workload of waiting) {
        if (this.isReady(workload) || this.unmet(workload).length > 0) continue;
        this.assumeReady(workload.resource);
        changed = true;
      }
    }
  }

  /** The needs of a workload that nothing in the cluster meets, in the order in which its pod meets them. */
  unmet(workload: Workload): Need[] {
    return needsOf(workload, this.release).filter((need) => this.lacks(need).length > 0);
  }

  /** What a need lacks; empty when it is met, or when it is none of the release's business. */
  lacks(need: Need): Lack[] {
    switch (need.type) {
      case 'reference': {
        const { kind, name } = need.reference;
        const known = this.release.find(kind, name, need.workload.namespace);
        // Not in the chart: somebody else's, and there for all that the chart shows.
        if (known.length === 0 || known.some((resource) => this.exists(resource))) return [];
        return known.map((resource) => ({ type: 'absent', resource }));
      }
      case 'connection':
        return this.hostLacks(need.connection.host, need.connection.port, false, need.workload.namespace);
      case 'wait':
        return this.waitLacks(need.wait, need.workload);
    }
  }

  private waitLacks(wait: Wait, workload: Workload): Lack[] {
    const namespace = 'namespace' in wait && wait.namespace ? wait.namespace : workload.namespace;
    switch (wait.kind) {
      case 'host':
        return this.hostLacks(wait.host, wait.port, wait.nameOnly, namespace);
      case 'service':
        return this.hostLacks(wait.name, undefined, false, namespace);
      case 'job': {
        const jobs = this.release.jobs.filter(
          (job) =>
            job.namespace === namespace &&
            job !== workload &&
            matches(job, wait.name, wait.selector, job.resource.labels),
        );
        if (jobs.length === 0 || jobs.some((job) => this.holds(job) && this.isReady(job))) return [];
        return jobs.map((job) => this.lackOf(job));
      }
      case 'pod': {
        const found = this.release.workloads.filter(
          (other) =>
            other !== workload &&
            other.kind !== 'CronJob' &&
            other.namespace === namespace &&
            matches(other, wait.name?.replace(/-\d+$/, ''), wait.selector, other.pod.labels),
        );
        if (found.length === 0 || found.some((other) => this.holds(other) && this.isReady(other))) return [];
        return found.map((other) => this.lackOf(other));
      }
      case 'workload': {
        const found = this.release.workloads.filter(
          (other) =>
            other !== workload &&
            other.namespace === namespace &&
            other.name === wait.name &&
            sameKind(other.kind, wait.resource),
        );
        if (found.length === 0 || found.some((other) => this.holds(other) && this.isReady(other))) return [];
        return found.map((other) => this.lackOf(other));
      }
      case 'content': {
        const makers = contentMakers(wait.host, workload, this.release);
        if (makers.length === 0 || makers.some((maker) => this.migrated.has(maker))) return [];
        return makers.map((maker) => this.lackOf(maker));
      }
      case 'schema': {
        const migrators = schemaMigrators(workload, this.release);
        if (migrators.length === 0 || migrators.some((migrator) => this.migrated.has(migrator))) return [];
        return migrators.map((migrator) => this.lackOf(migrator));
      }
    }
  }

  private hostLacks(host: string, port: string | undefined, nameOnly: boolean, namespace: string, depth = 0): Lack[] {
    const services = this.release.servicesOf(host, namespace);
    if (services.length === 0 || depth > 4) return [];
    const there = services.filter(({ resource }) => this.exists(resource));
    if (there.length === 0) return services.map(({ resource }) => ({ type: 'absent', resource }));
    const lacks = there.map((service): Lack[] => {
      if (nameOnly) return [];
      if (service.externalName) return this.hostLacks(service.externalName, port, false, service.namespace, depth + 1);
      if (port && !hasPort(service, port)) return [{ type: 'no-port', service, port }];
      // No selector: endpoints made by hand. Nothing selected: pods that an operator makes.
      const behind = this.release.behind(service).filter(({ replicas }) => replicas !== 0);
      if (behind.length === 0 || behind.some((workload) => this.holds(workload) && this.isReady(workload))) return [];
      return behind.map((workload) => this.lackOf(workload, service));
    });
    return lacks.some((one) => one.length === 0) ? [] : lacks.flat();
  }

  private lackOf(workload: Workload, through?: Service): Lack {
    return this.holds(workload)
      ? { type: 'not-ready', workload, through }
      : { type: 'absent', resource: workload.resource };
  }

  /** Whether this resource exists, in this or the last revision; another one of the same name (hook and ordinary) does not count. */
  private holds(workload: Workload): boolean {
    const there = this.existing.get(this.id(workload.resource));
    return there === workload.resource || (there !== undefined && !this.own.has(there));
  }

  private id(resource: Resource): string {
    return `${resource.kind}/${this.release.namespaceOf(resource)}/${resource.name}`;
  }
}

/** The workloads whose migrations make the schema that `workload` checks: those of its own service. */
export function schemaMigrators(workload: Workload, release: Release): Workload[] {
  const others = [...new Set(release.migrations.map((migration) => migration.workload))].filter(
    (other) => other !== workload,
  );
  return others.filter((migrator) => {
    const images = new Set(
      migrator.pod.containers
        .filter(({ understanding }) => understanding.migrations.length > 0)
        .map(({ repository }) => repository),
    );
    return (
      tieOf(migrator, release)?.workloads.includes(workload) ||
      workload.pod.containers.some(({ repository }) => images.has(repository))
    );
  });
}

/** The workloads that migrate the database at `host`: they connect to it, wait for it, or belong to the same service. */
function contentMakers(host: string, workload: Workload, release: Release): Workload[] {
  const meant = release.servicesOf(host, workload.namespace);
  const same = (other: string, namespace: string) =>
    other === host || release.servicesOf(other, namespace).some((service) => meant.includes(service));
  return [...new Set(release.migrations.map((migration) => migration.workload))].filter(
    (other) =>
      other !== workload &&
      other.pod.containers.some(({ understanding }) =>
        [
          ...understanding.connections.map((connection) => connection.host),
          ...understanding.waits.flatMap((wait) => (wait.kind === 'host' ? [wait.host] : [])),
        ].some((name) => same(name, other.namespace)),
      ),
  );
}

function matches(
  workload: Workload,
  name: string | undefined,
  selector: string | undefined,
  labels: Readonly<Record<string, unknown>>,
): boolean {
  if (name) return workload.name === name;
  const wanted = selector === undefined ? undefined : parseSelector(selector);
  return wanted !== undefined && selects(wanted, labels as Readonly<Record<string, string>>);
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
