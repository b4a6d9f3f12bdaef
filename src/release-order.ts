import type { Deployment } from './deployments/deployment.ts';
import { deploymentFinding, placeOf } from './deployment-findings.ts';
import type { Finding } from './finding.ts';
import type { Release, Workload } from './model/index.ts';
import type { JudgedChart, Onlooker } from './onlooker.ts';
import type { Location } from './place/index.ts';
import type { Place } from './parse/index.ts';
import { adviceForCycle, adviceForWait } from './order-advice.ts';
import { needsOf, type Need } from './simulate/index.ts';
import { annotationPlaces, ignoredRules } from './suppress/annotations.ts';
import { describe } from './words.ts';

/** A wait for a host that the release itself does not have. */
interface ForeignWait {
  need: Need & { type: 'wait' };
  host: string;
  workload: Workload;
  location?: Location;
  /** Where what waits has an annotation that ignores this rule. */
  ignoredAt?: Location;
}

/** What is wrong with the order, the deployment that it is about, and an annotation that suppresses it. */
export interface OrderFinding {
  deployment: Deployment;
  finding: Finding;
  ignoredAt?: Location;
}

/** Of a longer chain this much is shown. */
const mostSteps = 50;

/**
 * The order between the releases of a repository: looks at each deployment as it is judged, and says at the end which
 * of them can never be reached.
 */
export class ReleaseOrder {
  private readonly all: ReadonlyMap<string, Deployment>;
  private readonly releases = new Map<string, { release: Release; waits: ForeignWait[] }>();

  constructor(deployments: readonly Deployment[]) {
    this.all = new Map(deployments.map((one) => [one.name, one]));
  }

  /** Remembers what a deployment creates and waits for. */
  look({ name }: Deployment, { play, actions }: JudgedChart): Onlooker {
    if (!actions.includes('install')) return { places: [], located: () => undefined };
    const { release } = play('install');
    const waits = release.workloads.flatMap((workload) =>
      needsOf(workload, release).flatMap((need): ForeignWait[] => {
        if (need.type !== 'wait' || need.wait.kind !== 'host') return [];
        const { host } = need.wait;
        return release.servicesOf(host, workload.namespace).length > 0 ? [] : [{ need, host, workload }];
      }),
    );
    this.releases.set(name, { release, waits });
    return {
      places: waits.flatMap(({ need, workload }) => [need.place, ...ignoringPlaces(workload)]),
      located: (locate) =>
        waits.forEach((wait) => {
          wait.location = locate(wait.need.place);
          const [ignoring] = ignoringPlaces(wait.workload);
          if (ignoring) wait.ignoredAt = locate(ignoring);
        }),
    };
  }

  /** Each finding with the deployment that it is about. */
  findings(): OrderFinding[] {
    return [...this.cycles(), ...[...this.releases.keys()].flatMap((name) => this.waitsOf(name))];
  }

  /** Each cycle once, at its first deployment. */
  private *cycles(): Iterable<OrderFinding> {
    const done = new Set<string>();
    for (const name of this.entangled()) {
      if (done.has(name)) continue;
      const deployment = this.all.get(name)!;
      const chain = this.chain(this.later(name), name, name);
      // Something in a cycle further down holds it up, and has a finding of its own.
      if (chain.length < 2) continue;
      const members = chain.slice(0, -1);
      members.forEach((one) => done.add(one));
      yield {
        deployment,
        finding: deploymentFinding({
          rule: 'release-order',
          severity: 'error',
          message:
            members.length === 1
              ? `${name} comes after itself, so it is never deployed`
              : `${listed(members)} wait for each other, so none of them is ever deployed`,
          at: placeOf(deployment, 'after'),
          because: this.steps(chain),
          actions: ['install'],
          help: adviceForCycle(
            members.map((one) => this.all.get(one)!),
            (one, other) => this.needs(one, other),
          ),
        }),
      };
    }
  }

  /** The deployments that a cycle holds up: what is left once all are taken away that can be deployed in some order. */
  private entangled(): string[] {
    const open = new Map(
      [...this.all].map(([name, { after }]) => [name, after.filter((one) => this.all.has(one)).length]),
    );
    const ready = [...open].flatMap(([name, count]) => (count === 0 ? [name] : []));
    for (const name of ready) {
      open.delete(name);
      for (const next of this.following(name)) {
        const left = (open.get(next) ?? 0) - 1;
        if (left === 0) ready.push(next);
        open.set(next, left);
      }
    }
    return [...open.keys()];
  }

  /** The waits of one deployment for Services of deployments that come after it. */
  private waitsOf(name: string): OrderFinding[] {
    const deployment = this.all.get(name);
    const { waits } = this.releases.get(name)!;
    if (!deployment || waits.length === 0) return [];
    const later = this.later(name);
    return waits.flatMap(({ need, host, workload, location, ignoredAt }) => {
      if (!workload.hook && !deployment.wait && deployment.engine !== 'argocd') return [];
      for (const other of later.keys()) {
        const [service] = this.releases.get(other)?.release.servicesOf(host, workload.namespace) ?? [];
        // Where it comes before, too, the cycle is what is wrong.
        if (!service || !location || this.later(other).has(name)) continue;
        // Argo CD waits for an Application only where it is told how to assess its health.
        const doubt =
          deployment.engine === 'argocd'
            ? ', if Argo CD waits for the health of Applications'
            : need.wait.doubt !== undefined
              ? `, where ${need.wait.doubt}`
              : '';
        const finding = deploymentFinding({
          rule: 'release-order',
          severity: doubt === '' ? 'error' : 'warning',
          message: `${describe(workload)} of ${name} waits for ${describe(service.resource)} of ${other}, which is deployed only after ${name}: neither ever is${doubt}`,
          at: location,
          resource: resourceOf(workload),
          because: this.steps(this.chain(later, name, other)),
          actions: ['install'],
          help: adviceForWait(
            deployment,
            this.all.get(other)!,
            this.all.get(other)!.after.filter((one) => one === name || later.has(one)),
          ),
        });
        return [
          {
            deployment,
            ...(ignoredAt && { ignoredAt }),
            finding: { ...finding, location, only: `in ${name}: ${deployment.at.file}:${deployment.at.line}` },
          },
        ];
      }
      return [];
    });
  }

  /** Whether something of a release waits for a Service of another one. */
  private needs(name: string, other: string): boolean {
    const there = this.releases.get(other)?.release;
    return (this.releases.get(name)?.waits ?? []).some(
      ({ host, workload }) => (there?.servicesOf(host, workload.namespace) ?? []).length > 0,
    );
  }

  /** `b comes after a`, for each two neighbours of a chain. */
  private steps(chain: readonly string[]): Finding['because'] {
    return chain.slice(1, mostSteps + 1).flatMap((name, index) => {
      const one = this.all.get(name);
      if (!one) return [];
      const wave = one.wave === undefined ? '' : ` (sync wave ${one.wave})`;
      return [
        { message: `${name} comes after ${chain[index]!}${wave}`, location: { ...placeOf(one, 'after'), column: 1 } },
      ];
    });
  }

  /** What comes after a deployment (itself, where it is in a cycle), each with the one before it on the shortest way. */
  private later(name: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    const queue = [name];
    for (const before of queue) {
      for (const next of this.following(before)) {
        if (found.has(next)) continue;
        found.set(next, before);
        queue.push(next);
      }
    }
    return found;
  }

  private chain(later: ReadonlyMap<string, string>, from: string, to: string): string[] {
    const chain = [to];
    for (let before = later.get(to); before !== undefined; before = later.get(before)) {
      chain.push(before);
      if (before === from) break;
    }
    return chain.reverse();
  }

  private followers?: ReadonlyMap<string, readonly string[]>;

  private following(name: string): readonly string[] {
    if (!this.followers) {
      const followers = new Map<string, string[]>();
      for (const one of this.all.values())
        for (const before of one.after) followers.set(before, [...(followers.get(before) ?? []), one.name]);
      this.followers = followers;
    }
    return this.followers.get(name) ?? [];
  }
}

const ignoringPlaces = ({ resource }: Workload): Place[] =>
  ignoredRules(resource).includes('release-order') ? annotationPlaces([resource]) : [];

function resourceOf({ resource }: Workload): Finding['resource'] {
  const { apiVersion, kind, name, namespace } = resource;
  return { apiVersion, kind, name: name ?? '', namespace: namespace ?? '' };
}

function listed(names: readonly string[]): string {
  return names.length > 4
    ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
    : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`;
}
