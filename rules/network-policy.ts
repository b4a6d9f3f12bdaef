import {
  defineRule,
  describe,
  hooksOf,
  int,
  list,
  map,
  needsOf,
  readNetworkPolicy,
  str,
  type Need,
  type NetworkPolicy,
  type PolicedPod,
  type PolicedPort,
  type Release,
  type Report,
  type RuleContext,
  type Service,
  type Workload,
} from '../src/rule.ts';

export const networkPolicy = defineRule({
  id: 'network-policy',
  title: 'A NetworkPolicy keeps a migration from its database',
  severity: 'warning',
  preset: 'recommended',
  why: `A NetworkPolicy that selects the pods of the migration Job and has the policy type Egress allows only the connections
    that its rules list. One that selects the pods of the database allows only the clients that it lists, and the
    labels of the Job are easily forgotten. The connection then runs into a timeout: the wait for the database never
    ends, or the migration fails until its retries are used up. Name lookups need a connection, too: to the DNS of the
    cluster, port 53. An ordinary NetworkPolicy does not exist yet when a pre-install hook runs, so the first install
    succeeds and the next upgrade fails. This is a warning because not every network plugin enforces NetworkPolicies,
    and because another policy outside the chart may allow the connection.`,
  fix: `Allow the connection: add the Job's labels to \`from\` of the database's policy, or the database's labels to \`to\` of the
    Job's policy. Allow UDP and TCP port 53 where the policy has the type Egress.`,
  off: 'When the network of all clusters does not enforce NetworkPolicies.',
  see: [
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-egress-traffic',
  ],
  *check(context) {
    const { release } = context;
    const policies = release.resources.flatMap(
      (resource) => readNetworkPolicy(resource, release.namespaceOf(resource)) ?? [],
    );
    if (policies.length === 0) return;
    const jobs = new Set([...release.migrations.map(({ workload }) => workload), ...hooksOf(release)]);
    for (const job of jobs) {
      // Policies do not hold for pods in the network of their node.
      if ((job.kind !== 'Job' && !job.hook) || job.pod.spec['hostNetwork'] === true) continue;
      const there = policies.filter((policy) => exists(policy, job, context));
      if (there.length > 0) yield* refused(job, there, release);
    }
  },
});

/**
 * Whether a Job runs in this action, and a policy is in the cluster by then: an ordinary one comes after the
 * pre-install hooks.
 */
function exists({ resource }: NetworkPolicy, { hook }: Workload, { action, release, engine }: RuleContext): boolean {
  if (release.hookFor(resource)) return false;
  if (!hook) return true;
  // Argo CD runs the hooks of install and upgrade at each sync.
  const runs = (event: string) =>
    hook.events.some((one) => one === event || (engine === 'argocd' && /-(?:install|upgrade)$/.test(one)));
  return action === 'upgrade' ? runs('pre-upgrade') || runs('post-upgrade') : runs('post-install');
}

function* refused(job: Workload, policies: readonly NetworkPolicy[], release: Release): Iterable<Report> {
  const from: PolicedPod = {
    namespace: job.namespace,
    // The Job controller adds these to its pods.
    labels: {
      ...job.pod.labels,
      ...(job.kind === 'Job' && { 'job-name': job.name, 'batch.kubernetes.io/job-name': job.name }),
    },
  };
  const leaving = policies.filter((policy) => policy.egress && policy.selects(from));
  const told = new Set<string>();
  for (const need of needsOf(job, release)) {
    const to = hostOf(need);
    if (!to) continue;
    for (const service of release.servicesOf(to.host, job.namespace).slice(0, 1)) {
      const name = service.resource.name;
      const pods = release.behind(service);
      if (pods.length === 0 || told.has(name)) continue;
      const closed = pods.map((pod) => closedFor(pod, service, to.port, from, leaving, policies));
      const [first] = closed;
      if (!first || closed.includes(undefined)) continue;
      told.add(name);
      yield {
        at: first.policy.resource.key('spec', first.direction === 'ingress' ? 'ingress' : 'egress'),
        message: messageOf(first, job, pods[0]!, service),
        because: [
          { message: `${describe(job)} connects to Service/${name}`, at: need.place },
          {
            message: `Service/${name} selects the pods of ${describe(pods[0]!)}`,
            at: service.resource.place('spec', 'selector'),
          },
        ],
        help: helpOf(first, from, pods[0]!),
      };
    }
  }
}

interface Closed {
  policy: NetworkPolicy;
  direction: 'ingress' | 'egress' | 'dns';
  /** The port, where the policy admits the pods to another one only. */
  port?: number | string;
}

/** The policy that keeps a Job from a pod of the Service; `undefined` where none does. */
function closedFor(
  pod: Workload,
  service: Service,
  port: string | undefined,
  from: PolicedPod,
  leaving: readonly NetworkPolicy[],
  policies: readonly NetworkPolicy[],
): Closed | undefined {
  if (pod.pod.spec['hostNetwork'] === true) return undefined;
  const to: PolicedPod = { namespace: pod.namespace, labels: pod.pod.labels };
  const ports = portsOf(pod, service, port);
  const entering = policies.filter((policy) => policy.ingress && policy.selects(to));
  if (entering.length > 0 && !entering.some((policy) => policy.admits('ingress', from, ports)))
    return closed(entering, 'ingress', from, ports);
  if (leaving.length === 0) return undefined;
  if (!leaving.some((policy) => policy.admits('egress', to, ports))) return closed(leaving, 'egress', to, ports);
  return leaving.some((policy) => policy.admitsDns()) ? undefined : { policy: leaving[0]!, direction: 'dns' };
}

function closed(
  policies: readonly NetworkPolicy[],
  direction: 'ingress' | 'egress',
  other: PolicedPod,
  ports: readonly PolicedPort[],
): Closed {
  const near = policies.find((policy) => policy.admits(direction, other, []));
  const [port] = ports;
  return near ? { policy: near, direction, port: port?.number ?? port?.names[0] } : { policy: policies[0]!, direction };
}

/** The container ports to which a Service forwards its port; all of its ports where none is named. */
function portsOf({ pod, resource }: Workload, service: Service, port: string | undefined): PolicedPort[] {
  const own = pod.containers
    .flatMap(({ path }) => list(map(resource.get(...path))['ports']))
    .map((one) => ({ number: int(map(one)['containerPort']), name: str(map(one)['name']) }));
  const meant = service.ports.filter((one) => port === undefined || String(one.port) === port || one.name === port);
  return meant.map(({ port: number, targetPort }) => {
    const target = service.headless ? number : (targetPort ?? number);
    const same = own.filter((one) => (typeof target === 'string' ? one.name === target : one.number === target));
    return {
      number: typeof target === 'string' ? same[0]?.number : target,
      names: [...same.flatMap(({ name }) => name ?? []), ...(typeof target === 'string' ? [target] : [])],
    };
  });
}

function hostOf(need: Need): { host: string; port: string | undefined } | undefined {
  if (need.type === 'connection') return { host: need.connection.host, port: need.connection.port };
  if (need.type !== 'wait' || need.wait.kind !== 'host' || need.wait.nameOnly || need.wait.doubt) return undefined;
  return { host: need.wait.host, port: need.wait.port };
}

function messageOf({ policy, direction }: Closed, job: Workload, pod: Workload, service: Service): string {
  const name = describe(policy.resource);
  const target = `Service/${service.resource.name}`;
  const end = 'if the network enforces policies';
  if (direction === 'ingress')
    return `${name} does not allow connections from ${describe(job)} to ${describe(pod)}, so it cannot reach ${target} ${end}`;
  return direction === 'egress'
    ? `${name} does not allow ${describe(job)} to connect to ${target} ${end}`
    : `${name} does not allow ${describe(job)} to ask the DNS of the cluster, so it cannot find ${target} ${end}`;
}

function helpOf({ policy, direction, port }: Closed, from: PolicedPod, pod: Workload): string {
  const name = describe(policy.resource);
  if (direction === 'dns') return `Allow port 53, UDP and TCP, in \`egress\` of ${name}.`;
  if (port !== undefined) return `Allow \`port: ${port}\` in \`${direction}\` of ${name}.`;
  const labels = Object.entries(direction === 'ingress' ? from.labels : pod.pod.labels)
    .filter(([key]) => !/job-name$/.test(key))
    .slice(0, 2)
    .map(([key, value]) => `\`${key}: ${value}\``);
  const whose = direction === 'ingress' ? "the Job's pods" : `the pods of ${describe(pod)}`;
  return labels.length === 0
    ? `Give ${whose} a label, and allow it in \`${direction}\` of ${name}.`
    : `Allow ${whose} (${labels.join(', ')}) in \`${direction}\` of ${name}.`;
}
