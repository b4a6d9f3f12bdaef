import type { Place, Resource } from '../parse/index.ts';
import { understand, type Understanding, type Wait } from '../tools/index.ts';
import { readEnv, readMountedFile, type Lookup } from './environment.ts';
import { Grants, type Grant } from './grants.ts';
import { byHelmOrder, hookOf, type Hook } from './hook.ts';
import { groupBy } from '../group-by.ts';
import { LabelIndex, lazy, push } from './labels.ts';
import { kindRank } from './order.ts';
import { readPod, type Container } from './pod.ts';
import { int, map } from './read.ts';
import { clusterNames, readService, type Service } from './service.ts';
import { autoscalerTarget, migrationsOf, podsAtOnce, type Workload, type WorkloadMigration } from './workload.ts';

/** What a team's policy adds to what manifests show. */
export interface Knowledge {
  /** Adds to (or takes from) what a container's command was understood to do. */
  understand?: (found: Understanding, container: Container) => Understanding;
  /** What a workload waits for though no manifest shows it, and the container that does. */
  needs?: (workload: Workload, release: Release) => readonly { wait: Wait; container: Container }[];
  /** Hosts that are outside the release whatever the chart holds. */
  external?: (host: string) => boolean;
}

/** What the chart declares for one action: resources, hooks, and the workloads among both. */
export interface Release {
  name: string;
  namespace: string;
  /** All resources, hooks included, in the order in which they were printed. */
  resources: readonly Resource[];
  /** What Helm keeps in the release, in the order in which it creates it. */
  ordinary: readonly Resource[];
  hooks: readonly Hook[];
  workloads: readonly Workload[];
  services: readonly Service[];
  /** Workloads that run migrations: Jobs, and what migrates in an init container or at start-up. */
  migrations: readonly WorkloadMigration[];
  /** Workloads that only `helm test` runs. */
  tests: readonly Workload[];
  /** `batch/v1` Jobs, hooks and ordinary ones. */
  jobs: readonly Workload[];
  /**
   * Containers whose shell is nested too deep or too long to be read as a whole; known once somebody has asked for
   * them.
   */
  unreadShell: readonly { container: string; place: Place }[];
  /** Environment variables whose expanded value is too long for any program; known once somebody has asked for them. */
  tooLong: readonly { variable: string; place: Place }[];
  namespaceOf(resource: Resource): string;
  /** The name by which Helm sorts a hook: its own, or what it would be under another release name. */
  sortName(resource: Resource): string;
  /** Every resource of that kind and name: more than one where a name is both hook and ordinary. */
  find(kind: string, name: string, namespace: string): readonly Resource[];
  hookFor(resource: Resource): Hook | undefined;
  workloadFor(resource: Resource): Workload | undefined;
  /** The Services of this release that a host means to a pod in `namespace`; none for hosts outside it. */
  servicesOf(host: string, namespace: string): readonly Service[];
  /** The workloads whose pods a Service selects; the same list for the same selector. */
  behind(service: Service): readonly Workload[];
  /** The workloads of a name, of any kind. */
  workloadsNamed(name: string, namespace: string): readonly Workload[];
  /** The workloads with labels: their pods' (`pods`, CronJobs left out), or those of the Jobs themselves (`jobs`). */
  labelled(what: 'pods' | 'jobs', selector: Readonly<Record<string, string>>, namespace: string): readonly Workload[];
  /** The migrations that a workload of this release runs. */
  migrationsIn(workload: Workload): readonly WorkloadMigration[];
  /** The workloads whose pods cannot start without an object: references that are not optional. */
  needing(kind: string, name: string): readonly Workload[];
  /** What the chart's bindings let a ServiceAccount of namespace `home` do in namespace `target`. */
  grantsOf(account: string, home: string, target: string): readonly Grant[];
  /** What the team says that a workload waits for, beside what its manifest shows. */
  toldNeeds(workload: Workload): readonly { wait: Wait; container: Container }[];
  /** Which of a workload's pods start at the same time, in words; `undefined` for one at a time, and for Jobs. */
  podsAtOnce(workload: Workload): string | undefined;
}

/** Kinds whose objects are in no namespace, as far as others of a release name them. */
const clusterScoped = new Set(['PriorityClass', 'RuntimeClass', 'StorageClass', 'Namespace']);

function scopeOf(kind: string, namespace: string): string {
  return clusterScoped.has(kind) ? '' : namespace;
}

/** Builds the model of a release from its resources. Test hooks are left out: Helm runs them on `helm test` only. */
export function buildRelease(input: {
  name: string;
  namespace: string;
  resources: readonly Resource[];
  knowledge?: Knowledge;
}): Release {
  const { name, namespace, knowledge } = input;
  const hookByResource = new Map<Resource, Hook>();
  const resources: Resource[] = [];
  const tests: Resource[] = [];
  for (const resource of input.resources) {
    const hook = hookOf(resource);
    if (hook?.events.every((event) => event === 'test' || event === 'test-success')) {
      tests.push(resource);
      continue;
    }
    if (hook) hookByResource.set(resource, hook);
    resources.push(resource);
  }
  const namespaceOf = (resource: Resource) => resource.namespace ?? namespace;
  const byName = new Map<string, Resource[]>();
  for (const resource of resources)
    push(byName, `${resource.kind}/${scopeOf(resource.kind, namespaceOf(resource))}/${resource.name}`, resource);
  const find: Release['find'] = (kind, wanted, where) => byName.get(`${kind}/${scopeOf(kind, where)}/${wanted}`) ?? [];
  const lookup: Lookup = (kind, wanted, near) => find(kind, wanted, namespaceOf(near)).at(-1);

  const unreadShell: { container: string; place: Place }[] = [];
  const tooLong: { variable: string; place: Place }[] = [];
  const workloadOf = (resource: Resource): Workload[] => {
    const pod = readPod(resource, {
      env: (near, raw, container) =>
        readEnv(
          near,
          raw,
          lookup,
          (index, variable) => tooLong.push({ variable, place: near.place(...container, 'env', index, 'value') }),
          namespaceOf(near),
        ),
      understand: (container, raw, owner, near) => {
        const found = understand({
          name: container.name,
          image: container.image,
          command: container.command as string[] | undefined,
          args: container.args as string[] | undefined,
          env: container.env,
          workload: near.kind === 'Job' ? near.name : undefined,
          readFile: (path) => readMountedFile(path, raw, owner.spec, near, lookup),
        });
        if (found.cut) unreadShell.push({ container: container.name, place: near.place(...container.path) });
        return knowledge?.understand?.(found, container) ?? found;
      },
    });
    if (!pod) return [];
    const { kind, name: own } = resource;
    return [
      {
        resource,
        kind,
        name: own,
        namespace: namespaceOf(resource),
        pod,
        replicas: replicasOf(resource),
        hook: hookByResource.get(resource),
      },
    ];
  };
  const workloads = resources.flatMap(workloadOf);
  const workloadByResource = new Map(workloads.map((workload) => [workload.resource, workload]));
  const services = resources
    .filter(({ kind, apiVersion }) => kind === 'Service' && apiVersion === 'v1')
    .map((resource) => readService(resource, namespaceOf(resource)));
  const jobs = workloads.filter((workload) => workload.kind === 'Job');
  const servicesByName = groupBy(services, ({ namespace: at, resource }) => `${at}/${resource.name}`);
  const workloadsByName = lazy(() => groupBy(workloads, ({ namespace: at, name: own }) => `${at}/${own}`));
  const podLabels = ({ namespace: at, pod }: Workload) => ({ namespace: at, labels: pod.labels });
  const lasting = lazy(
    () =>
      new LabelIndex(
        workloads.filter(({ kind }) => kind !== 'CronJob' && kind !== 'Job'),
        podLabels,
      ),
  );
  const pods = lazy(
    () =>
      new LabelIndex(
        workloads.filter(({ kind }) => kind !== 'CronJob'),
        podLabels,
      ),
  );
  const jobsByLabel = lazy(
    () => new LabelIndex(jobs, ({ namespace: at, resource }) => ({ namespace: at, labels: resource.labels })),
  );
  const needing = lazy(() => {
    const users = new Map<string, Workload[]>();
    for (const workload of workloads) {
      const needed = workload.pod.references.filter(({ optional }) => !optional);
      for (const key of new Set(needed.map((one) => `${one.kind}/${one.name}`))) push(users, key, workload);
    }
    return users;
  });
  const migrations = lazy(() => workloads.filter(({ kind }) => kind !== 'CronJob').flatMap(migrationsOf));
  const migrationsByWorkload = lazy(() => groupBy(migrations(), ({ workload }) => workload));
  const grants = lazy(() => new Grants(resources, namespaceOf, find));
  const autoscalers = lazy(() =>
    groupBy(
      resources.filter(({ kind }) => kind === 'HorizontalPodAutoscaler'),
      autoscalerTarget,
    ),
  );
  const release: Release = {
    name,
    namespace,
    resources,
    ordinary: resources
      .filter((resource) => !hookByResource.has(resource))
      .sort((a, b) => kindRank(a.kind) - kindRank(b.kind)),
    hooks: [...hookByResource.values()],
    workloads,
    services,
    tests: tests.flatMap(workloadOf),
    jobs,
    tooLong,
    unreadShell,
    get migrations() {
      return migrations();
    },
    namespaceOf,
    sortName: (resource) => resource.name,
    find,
    hookFor: (resource) => hookByResource.get(resource),
    workloadFor: (resource) => workloadByResource.get(resource),
    servicesOf: (host, near) => {
      if (knowledge?.external?.(host)) return [];
      for (const candidate of clusterNames(host, near)) {
        const found = servicesByName.get(`${candidate.namespace}/${candidate.service}`) ?? [];
        if (found.length > 0) return found;
      }
      return [];
    },
    grantsOf: (account, home, target) => grants().of(account, home, target),
    toldNeeds: (workload) => knowledge?.needs?.(workload, release) ?? [],
    podsAtOnce: (workload) => podsAtOnce(workload, autoscalers().get(`${workload.kind}/${workload.name}`)?.[0]),
    behind: (service) => lasting().select(service.namespace, service.selector),
    workloadsNamed: (wanted, where) => workloadsByName().get(`${where}/${wanted}`) ?? [],
    labelled: (what, selector, where) => (what === 'pods' ? pods : jobsByLabel)().select(where, selector),
    migrationsIn: (workload) => migrationsByWorkload().get(workload) ?? [],
    needing: (kind, wanted) => needing().get(`${kind}/${wanted}`) ?? [],
  };
  return release;
}

/**
 * Release names that put hooks of one weight into different orders: one that sorts before, one that sorts after. Helm
 * sorts by the whole name, so `pre-install-{{ .Release.Name }}` and `{{ .Release.Name }}-migrate` change places with
 * it. Empty where no name changes the order.
 */
export function namesThatMatter(release: Release): string[] {
  const orderUnder = (name: string) => {
    const { sortName } = renamed(release, name);
    return [...release.hooks].sort((a, b) => byHelmOrder(a, b, sortName));
  };
  const high = orderUnder('zz');
  const differs = orderUnder('a').some((hook, index) => hook !== high[index]);
  return differs ? ['a', 'zz'] : [];
}

/** The same release with its hooks in the order in which another release name puts them. */
export function renamed(release: Release, name: string): Release {
  const sortName = (resource: Resource) => resource.name.replaceAll(release.name, name);
  return Object.create(release, { sortName: { value: sortName } }) as Release;
}

function replicasOf(resource: Resource): number | undefined {
  const spec = map(resource.get('spec'));
  switch (resource.kind) {
    case 'Pod':
    case 'CronJob':
      return 1;
    case 'DaemonSet':
      return undefined;
    case 'Job':
      return int(spec['parallelism']) ?? 1;
    default:
      return int(spec['replicas']) ?? 1;
  }
}
