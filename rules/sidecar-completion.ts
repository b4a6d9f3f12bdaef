import { defineRule, describe, map, str, strings, type Container, type Resource, type Workload } from '../src/rule.ts';

export const sidecarCompletion = defineRule({
  id: 'sidecar-completion',
  title: 'A sidecar keeps a Job from completing',
  severity: 'error',
  preset: 'recommended',
  why: `The pod of a Job completes only when all its ordinary containers have ended. A database proxy, a log shipper or a
    mesh proxy continues after the migration. The Job stays "Running", and a hook ends in "timed out waiting for the
    condition" although the migration succeeded. It runs again at the next upgrade. Init containers with
    \`restartPolicy: Always\` (native sidecars, Kubernetes 1.29) do not count.`,
  fix: `Make the proxy an init container with \`restartPolicy: Always\`. Keep a mesh out of the Job: label
    \`sidecar.istio.io/inject: "false"\` or annotation \`linkerd.io/inject: disabled\` on its pod template. Or stop the
    proxy from the script of the migration (\`/quitquitquit\`).`,
  off: 'When the mesh of every cluster injects native sidecars.',
  see: [
    'https://github.com/helm/helm/issues/5098',
    'https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/',
    'https://istio.io/latest/blog/2023/native-sidecars/',
    'https://linkerd.io/2/tasks/graceful-shutdown/',
  ],
  *check({ release }) {
    const namespaces = new Map<string, Resource>();
    for (const resource of release.resources)
      if (resource.kind === 'Namespace' && !namespaces.has(resource.name)) namespaces.set(resource.name, resource);
    for (const job of release.jobs) {
      const { pod, resource } = job;
      if (endsThem(job)) continue;
      const main = pod.containers.filter(({ role }) => role === 'main');
      for (const container of main.length > 1 ? main : []) {
        const how = endless(container);
        if (!how) continue;
        yield {
          at: resource.place(...container.path, how.certain ? (container.command ? 'command' : 'args') : 'image'),
          message: `${describe(job)} never completes: container ${container.name} beside ${main.find((other) => other !== container)?.name ?? ''} ${how.certain ? `runs ${how.what}, which never ends` : `is ${how.what}, which does not end unless something stops it`}`,
          help: `Move container ${container.name} to \`initContainers\`, with \`restartPolicy: Always\`.`,
          severity: how.certain ? 'error' : 'warning',
          resource,
        };
      }
      const injected = injection(job, namespaces.get(job.namespace));
      if (injected) yield { ...injected, severity: 'warning', resource };
    }
  },
});

/**
 * Whether a container ends its neighbours: by the proxy's own way out, or by a signal in a shared process namespace.
 */
function endsThem({ pod, resource }: Workload): boolean {
  if (pod.spec['shareProcessNamespace'] === true) return true;
  const text = pod.containers
    .map((container) =>
      JSON.stringify([map(resource.get(...container.path)), container.understanding.commands.map(({ argv }) => argv)]),
    )
    .join('\n');
  return /quitquitquit|\/shutdown\b|\bp?kill(all)?\b|linkerd-await|pilot-agent|scuttle|exit-after-auth/i.test(text);
}

const proxies =
  /^(cloud[-_]?sql[-_]?proxy|gce-proxy|alloydb-auth-proxy|pgbouncer|envoy|proxyv2|istio-proxy|linkerd-proxy|daprd|consul-dataplane|fluent-bit|fluentd|filebeat|promtail|vector|statsd-exporter|oauth2-proxy|tailscale|twingate-connector|otel-collector|opentelemetry-collector(-contrib)?)$/;

function endless(container: Container): { what: string; certain: boolean } | undefined {
  const { commands } = container.understanding;
  const last = commands.at(-1);
  const line = last?.argv.join(' ') ?? '';
  if (
    last &&
    !last.timeout &&
    !last.loop &&
    last.lost !== 'background' &&
    /^(\S*\/)?(sleep (inf|infinity)|tail (-[fF]|-n ?\d+ -[fF]|-[fF]n ?\d+) .*)$/.test(line)
  )
    return { what: line, certain: true };
  const image = container.repository.split('/').at(-1) ?? '';
  if (proxies.test(image) && container.understanding.migrations.every(({ certainty }) => certainty === 'named'))
    return { what: `a ${image}`, certain: false };
  return undefined;
}

/** What opts a pod out, by annotation or label. */
const off: Readonly<Record<string, string>> = {
  'sidecar.istio.io/inject': 'false',
  'linkerd.io/inject': 'disabled',
  'dapr.io/enabled': 'false',
  'consul.hashicorp.com/connect-inject': 'false',
};

/**
 * A mesh that puts its proxy into the pod: asked for by the pod template, or by its Namespace where the chart shows it.
 */
function injection(
  job: Workload,
  namespace: Resource | undefined,
): { at: ReturnType<Workload['resource']['place']>; message: string; help: string } | undefined {
  const { pod, resource } = job;
  const meta = [...pod.path.slice(0, -1), 'metadata'];
  const own = { ...strings(pod.annotations), ...pod.labels };
  const native =
    own['sidecar.istio.io/nativeSidecar'] === 'true' ||
    own['config.alpha.linkerd.io/proxy-enable-native-sidecar'] === 'true' ||
    own['config.beta.linkerd.io/proxy-enable-native-sidecar'] === 'true';
  if (native) return undefined;
  const asked: readonly [key: string, value: RegExp, what: string][] = [
    ['sidecar.istio.io/inject', /^true$/, 'Istio'],
    ['linkerd.io/inject', /^(enabled|ingress)$/, 'Linkerd'],
    ['dapr.io/enabled', /^true$/, 'Dapr'],
    ['consul.hashicorp.com/connect-inject', /^true$/, 'Consul'],
  ];
  for (const [key, value, what] of asked) {
    if (own[key] === undefined) continue;
    if (!value.test(own[key])) return undefined;
    const part = pod.labels[key] === undefined ? 'annotations' : 'labels';
    return {
      at: resource.place(...meta, part, key),
      message: `${describe(job)} never completes where ${what} injects an ordinary sidecar: its pod template requests one (${key}: ${own[key]})`,
      help: `Write \`${key}: ${JSON.stringify(off[key])}\`.`,
    };
  }
  if (
    own['vault.hashicorp.com/agent-inject'] === 'true' &&
    own['vault.hashicorp.com/agent-pre-populate-only'] !== 'true'
  ) {
    return {
      at: resource.place(...meta, 'annotations', 'vault.hashicorp.com/agent-inject'),
      message: `${describe(job)} never completes: the injected Vault agent keeps running (no vault.hashicorp.com/agent-pre-populate-only)`,
      help: 'Add the annotation `vault.hashicorp.com/agent-pre-populate-only: "true"` beside it.',
    };
  }
  const mesh =
    namespace &&
    (str(namespace.labels['istio-injection']) === 'enabled' || namespace.labels['istio.io/rev'] !== undefined
      ? 'Istio'
      : namespace.annotations['linkerd.io/inject'] === 'enabled'
        ? 'Linkerd'
        : undefined);
  return mesh
    ? {
        at: resource.key(...pod.path),
        message: `${describe(job)} never completes where ${mesh} injects an ordinary sidecar: Namespace/${job.namespace} requests one, and the Job does not opt out`,
        help:
          mesh === 'Istio'
            ? 'Add the label `sidecar.istio.io/inject: "false"` to the pod template.'
            : 'Add the annotation `linkerd.io/inject: disabled` to the pod template.',
      }
    : undefined;
}
