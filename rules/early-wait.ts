import {
  defineRule,
  describe,
  hooksOf,
  int,
  isKubectl,
  map,
  placeIn,
  writtenIn,
  type Command,
  type Release,
  type Workload,
} from '../src/rule.ts';

export const earlyWait = defineRule({
  id: 'early-wait',
  title: 'kubectl wait runs before the pod exists',
  severity: 'warning',
  preset: 'recommended',
  why: `\`kubectl wait\` fails at once if the pod that it names does not exist: "Error from server (NotFound): pods "db-1" not
    found". Its \`--timeout\` counts only for pods that are there. A StatefulSet creates its second pod when the first one
    is ready, its third when the second is ready. Without \`--wait\`, Helm starts a post-install hook before that, so the
    hook fails at the first install. A hook with many retries may succeed later.`,
  fix: `Wait for the StatefulSet: \`kubectl rollout status statefulset/db\`. Or wait for the pod to be created first:
    \`kubectl wait --for=create pod/db-1\` (kubectl 1.31).`,
  off: 'When the release is always installed with `--wait`.',
  see: [
    'https://kubernetes.io/docs/reference/kubectl/generated/kubectl_wait/',
    'https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#deployment-and-scaling-guarantees',
  ],
  *check({ release, action, engine, wait }) {
    if (action !== 'install' || engine !== 'helm' || wait) return;
    for (const job of hooksOf(release)) {
      if (!job.hook?.events.includes('post-install')) continue;
      for (const container of job.pod.containers) {
        if (container.role === 'sidecar') continue;
        const command = container.understanding.commands.find(({ argv }) => !idle.has(argv[0] ?? ''));
        if (!command || command.loop || command.lost || command.instead || command.doubt !== undefined) break;
        const found = laterPod(command, job, release);
        // What comes before may wait, or take long enough.
        if (!found) break;
        const { pod, set, seconds } = found;
        if (retriesFor(job) > 0 && seconds <= 10 * (2 ** retriesFor(job) - 1)) break;
        yield {
          at: placeIn(job.resource, container, writtenIn(container, command)),
          message: `${describe(job)} waits for pod ${pod}, which ${describe(set)} creates only when the pods before it are ready: kubectl fails at once (NotFound), unless the pod is there by then`,
          because: [
            {
              message: `${describe(set)} creates its pods one after the other`,
              at: set.resource.place('metadata', 'name'),
            },
          ],
          resource: job.resource,
          help: `Wait with \`kubectl rollout status statefulset/${set.name}\`, or write \`kubectl wait --for=create pod/${pod}\` before it.`,
        };
        break;
      }
    }
  },
});

/** What says or sets something, and ends at once. */
const idle = new Set(['echo', 'printf', 'set', 'export', 'date', 'cd', ':']);

/**
 * The pod of a StatefulSet that `kubectl wait` names and that is not the first one, and for how long it certainly does
 * not exist, in seconds.
 */
function laterPod(
  { argv }: Command,
  job: Workload,
  release: Release,
): { pod: string; set: Workload; seconds: number } | undefined {
  if (!isKubectl(argv) || !argv.includes('wait')) return undefined;
  const text = argv.join(' ');
  if (/\s--for[= ](?:create|delete)\b/.test(text)) return undefined;
  const namespace = /\s(?:-n|--namespace)[= ]?(\S+)/.exec(text)?.[1] ?? job.namespace;
  for (const [, pod = ''] of text.matchAll(/\s(?:po|pods?)[/ ](\S+)/g))
    for (const set of release.workloads) {
      const { kind, name, resource } = set;
      if (kind !== 'StatefulSet' || set.hook || set.namespace !== namespace) continue;
      if (pod.replace(/-\d+$/, '') !== name || resource.get('spec', 'podManagementPolicy') === 'Parallel') continue;
      const start = int(resource.get('spec', 'ordinals', 'start')) ?? 0;
      const before = Number(pod.slice(name.length + 1)) - start;
      if (before > 0) return { pod, set, seconds: before * delayOf(set) };
    }
  return undefined;
}

/** How long a pod is certainly not ready after its start, in seconds. */
function delayOf({ pod, resource }: Workload): number {
  const delays = pod.containers.flatMap(({ path }) => {
    const { readinessProbe, startupProbe } = map(resource.get(...path));
    return [readinessProbe, startupProbe].map((probe) => int(map(probe)['initialDelaySeconds']) ?? 0);
  });
  return Math.max(0, ...delays);
}

/** How often a hook tries again; the pauses between are 10 s, 20 s, 40 s, … */
function retriesFor({ kind, pod, resource }: Workload): number {
  if (kind === 'Job') return int(resource.get('spec', 'backoffLimit')) ?? 6;
  return pod.spec['restartPolicy'] === 'Never' ? 0 : 6;
}
