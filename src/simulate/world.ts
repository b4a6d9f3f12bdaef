import { groupBy, push, type Release, type Service, type Workload } from '../model/index.ts';
import type { Resource } from '../parse/index.ts';
import { isLate, needsOf, type Need } from './need.ts';
import { targetOf, type Dead, type Target } from './target.ts';

/** Why a need is not met: a resource that is not there, a port that no Service forwards, or another workload. */
export type Lack =
  | { type: 'absent'; resource: Resource }
  | { type: 'no-port'; service: Service; port: string }
  | { type: 'dead'; service: Service; end: Dead }
  | {
      type: 'not-ready';
      workload: Workload;
      /** The Service through which it is asked for. */
      through?: Service;
      /** It counts as ready, but its programs have not started. */
      late?: true;
    };

/** Workloads of which one that is ready is enough, or one whose programs have started. */
interface Group {
  answers: boolean;
  /** Those that exist and are so. */
  ready: Set<Workload>;
  waiting: Set<Workload>;
}

/**
 * The cluster at one moment of a release: what exists, which workloads are ready, which Jobs are complete. Monotone:
 * `settle` only ever adds, so what is not reached by it can never come about with what exists.
 *
 * Nothing is asked twice without cause: a workload that cannot become ready is looked at again only when something
 * changes that its first unmet need asks for, so that the whole play takes time in proportion to the release.
 */
export class World {
  private readonly release: Release;
  private readonly own: ReadonlySet<Resource>;
  private readonly existing = new Map<string, Resource>();
  /** Ready (workloads) or complete (Jobs and Pods that end). */
  private readonly ready = new Set<string>();
  /** Those of them whose programs have started: nothing that they wait for is lacking. */
  private readonly started = new Set<string>();
  /** Workloads that migrated once, in this or an earlier revision: the schema outlives the Job that made it. */
  private readonly migrated = new Set<string>();
  private readonly ids = new Map<Resource, string>();
  private readonly workloadsById: ReadonlyMap<string, readonly Workload[]>;
  private readonly groups = {
    ready: new Map<readonly Workload[], Group>(),
    started: new Map<readonly Workload[], Group>(),
  };
  private readonly groupsOf = new Map<Workload, Group[]>();
  /** Who waits for a change of an object, by its id. */
  private readonly waiting = new Map<string, Set<Workload>>();
  /** The workloads to look at when the cluster settles. */
  private readonly agenda = new Set<Workload>();
  /** The need that a workload was last found to lack. */
  private readonly lacking = new Map<Workload, number>();
  /** How many more links of chains of causes are looked at in this play; in proportion to the release. */
  patience: number;
  /** Workloads of which nobody knows why they cannot become ready: patience ended first. */
  readonly unexplained = new Set<Workload>();

  /** Whether the pods are those that the chart asks for: nobody has scaled anything by hand, and no old ones are there. */
  private readonly fresh: boolean;

  constructor(release: Release, fresh: boolean) {
    this.release = release;
    this.fresh = fresh;
    this.own = new Set(release.resources);
    this.patience = 1_000 + 100 * release.workloads.length;
    this.workloadsById = groupBy(release.workloads, ({ resource }) => this.id(resource));
  }

  exists(resource: Resource): boolean {
    return this.existing.has(this.id(resource));
  }

  private isReady(workload: Workload, answers: boolean): boolean {
    return (answers ? this.started : this.ready).has(this.id(workload.resource));
  }

  create(resource: Resource): void {
    const id = this.id(resource);
    // A hook that runs again replaces the object of the last time; an ordinary Job that is complete stays so.
    if (this.release.hookFor(resource)) this.forget(id);
    this.existing.set(id, resource);
    this.changed(id);
  }

  remove(resource: Resource): void {
    const id = this.id(resource);
    this.existing.delete(id);
    this.forget(id);
    this.changed(id);
  }

  private forget(id: string): void {
    this.ready.delete(id);
    this.started.delete(id);
  }

  /** Takes a workload for ready whatever it needs: it was before, or the play goes on as if it were. */
  assumeReady(resource: Resource): void {
    const id = this.id(resource);
    this.ready.add(id);
    this.started.add(id);
    this.migrated.add(id);
    this.changed(id);
  }

  /** Takes the schema that a workload makes for made. */
  assumeMigrated(resource: Resource): void {
    this.migrated.add(this.id(resource));
  }

  /**
   * The least fixpoint: everything that can become ready with what exists. `starting` are workloads whose new pods are
   * to start, ready or not; `onStart` gets each of them of which nothing is lacking.
   */
  settle(starting: (workload: Workload) => boolean, onStart: (workload: Workload) => void): void {
    for (const workload of this.agenda) {
      this.agenda.delete(workload);
      const rises = workload.kind !== 'CronJob' && this.holds(workload) && !this.isReady(workload, true);
      const starts = starting(workload);
      if (!rises && !starts) continue;
      const need = this.firstUnmet(workload);
      if (need) {
        this.watch(targetOf(need, this.release), workload);
        if (rises && isLate(need) && !this.isReady(workload, false)) {
          this.ready.add(this.id(workload.resource));
          this.changed(this.id(workload.resource));
        }
        continue;
      }
      if (rises) this.assumeReady(workload.resource);
      if (starts) onStart(workload);
    }
  }

  /**
   * The needs of a workload that nothing in the cluster meets, in the order in which its pod meets them; `ready`: only
   * those without which it is not ready.
   */
  unmet(workload: Workload, until: 'ready' | 'started'): Need[] {
    return needsOf(workload, this.release).filter((need) => !(until === 'ready' && isLate(need)) && !this.meets(need));
  }

  /** Whether there is what a need asks for, or it is none of the release's business. */
  meets(need: Need): boolean {
    return this.isMet(targetOf(need, this.release));
  }

  /**
   * What a need lacks; nothing when it is met, or when it is none of the release's business. Of a list of workloads
   * that is in `known` only the last is named again; the others were.
   */
  lacks(need: Need, known = new Set<readonly Workload[]>()): Iterable<Lack> {
    return this.lacksOf(targetOf(need, this.release), known);
  }

  private *lacksOf(target: Target, known: Set<readonly Workload[]>): Iterable<Lack> {
    if (this.isMet(target)) return;
    switch (target.type) {
      case 'nothing':
        return;
      case 'object':
        for (const resource of target.resources) yield { type: 'absent', resource };
        return;
      case 'ready':
      case 'migrated': {
        const { workloads, self, through } = { self: undefined, through: undefined, ...target };
        if (known.has(workloads)) {
          const last = workloads.findLast((workload) => workload !== self);
          if (last) yield this.lackOf(last, through);
          return;
        }
        known.add(workloads);
        for (const workload of workloads) if (workload !== self) yield this.lackOf(workload, through);
        return;
      }
      case 'service': {
        const { services, port = '' } = target;
        const isThere = this.exists(services[0]!.service.resource);
        for (const { service, behind } of services) {
          if (!isThere) yield { type: 'absent', resource: service.resource };
          else if (behind === 'no-port') yield { type: 'no-port', service, port };
          else if ('dead' in behind) {
            if (this.isDead(behind)) yield { type: 'dead', service, end: behind };
          } else yield* this.lacksOf(behind, known);
        }
      }
    }
  }

  private isMet(target: Target): boolean {
    switch (target.type) {
      case 'nothing':
        return true;
      case 'object':
        return this.exists(target.resources[0]!);
      case 'ready': {
        const { ready } = this.group(target.workloads, target.answers === true);
        return ready.size > (target.self && ready.has(target.self) ? 1 : 0);
      }
      case 'migrated':
        return target.workloads.some(({ resource }) => this.migrated.has(this.id(resource)));
      case 'service':
        return (
          this.exists(target.services[0]!.service.resource) &&
          target.services.some(
            ({ behind }) => behind !== 'no-port' && ('dead' in behind ? !this.isDead(behind) : this.isMet(behind)),
          )
        );
    }
  }

  private isDead({ dead }: Dead): boolean {
    return (dead !== 'no-replicas' && dead !== 'later-pod') || this.fresh;
  }

  /**
   * The first need that is not met, from the one on that was not met the last time; one without which the workload can
   * be ready only where no other is lacking.
   */
  private firstUnmet(workload: Workload): Need | undefined {
    const needs = needsOf(workload, this.release);
    const from = this.lacking.get(workload) ?? 0;
    let late: Need | undefined;
    for (let step = 0; step < needs.length; step += 1) {
      const index = (from + step) % needs.length;
      const need = needs[index]!;
      if ((late && isLate(need)) || this.meets(need)) continue;
      if (isLate(need)) late = need;
      else {
        this.lacking.set(workload, index);
        return need;
      }
    }
    return late;
  }

  /** Looks at a workload again when something changes that an unmet target of its asks for. */
  private watch(target: Target, workload: Workload): void {
    switch (target.type) {
      case 'nothing':
        return;
      case 'object':
        return this.watchObject(target.resources[0]!, workload);
      case 'ready':
        this.group(target.workloads, target.answers === true).waiting.add(workload);
        return;
      case 'migrated':
        for (const migrator of target.workloads) this.watchObject(migrator.resource, workload);
        return;
      case 'service': {
        const { resource } = target.services[0]!.service;
        if (!this.exists(resource)) return this.watchObject(resource, workload);
        for (const { behind } of target.services)
          if (behind !== 'no-port' && !('dead' in behind)) this.watch(behind, workload);
      }
    }
  }

  private watchObject(resource: Resource, workload: Workload): void {
    const id = this.id(resource);
    const waiting = this.waiting.get(id);
    if (waiting) waiting.add(workload);
    else this.waiting.set(id, new Set([workload]));
  }

  private changed(id: string): void {
    for (const workload of this.workloadsById.get(id) ?? []) {
      this.agenda.add(workload);
      const isThere = this.holds(workload);
      for (const { answers, ready, waiting } of this.groupsOf.get(workload) ?? []) {
        if (!isThere || !this.isReady(workload, answers)) ready.delete(workload);
        else if (!ready.has(workload)) {
          ready.add(workload);
          this.wake(waiting);
        }
      }
    }
    const waiting = this.waiting.get(id);
    if (waiting) this.wake(waiting);
  }

  private wake(waiting: Set<Workload>): void {
    for (const workload of waiting) this.agenda.add(workload);
    waiting.clear();
  }

  private group(workloads: readonly Workload[], answers: boolean): Group {
    const groups = answers ? this.groups.started : this.groups.ready;
    const known = groups.get(workloads);
    if (known) return known;
    const ready = workloads.filter((workload) => this.holds(workload) && this.isReady(workload, answers));
    const group: Group = { answers, ready: new Set(ready), waiting: new Set() };
    for (const workload of workloads) push(this.groupsOf, workload, group);
    groups.set(workloads, group);
    return group;
  }

  private lackOf(workload: Workload, through?: Service): Lack {
    if (!this.holds(workload)) return { type: 'absent', resource: workload.resource };
    const late = this.isReady(workload, false) && { late: true as const };
    return { type: 'not-ready', workload, through, ...late };
  }

  /**
   * Whether this resource exists, in this or the last revision; another one of the same name (hook and ordinary) does
   * not count.
   */
  private holds(workload: Workload): boolean {
    const there = this.existing.get(this.id(workload.resource));
    return there === workload.resource || (there !== undefined && !this.own.has(there));
  }

  private id(resource: Resource): string {
    let id = this.ids.get(resource);
    if (id === undefined) {
      id = `${resource.kind}/${this.release.namespaceOf(resource)}/${resource.name}`;
      this.ids.set(resource, id);
    }
    return id;
  }
}
