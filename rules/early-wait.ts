import {
  defineRule,
  delayOf,
  describe,
  endsAtOnce,
  hooksOf,
  int,
  isKubectl,
  placeIn,
  podsBefore,
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
      // What comes before may wait, or take long enough.
      const container = job.pod.containers.find(({ role }) => role !== 'sidecar');
      const command = container?.understanding.commands.find((one) => !endsAtOnce(one));
      if (!container || !command || command.loop || command.lost || command.instead || command.doubt !== undefined)
        continue;
      const found = laterPod(command, job, release);
      if (!found) continue;
      const { pod, set, seconds } = found;
      const retries = retriesFor(job);
      if (retries > 0 && seconds <= 10 * (2 ** retries - 1)) continue;
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
    }
  },
});

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
      if (set.hook || set.namespace !== namespace) continue;
      const before = podsBefore(set, pod);
      const delays = set.pod.containers.map((container) => delayOf(set.resource, container));
      if (before > 0) return { pod, set, seconds: before * Math.max(0, ...delays) };
    }
  return undefined;
}

/** How often a hook tries again; the pauses between are 10 s, 20 s, 40 s, … */
function retriesFor({ kind, pod, resource }: Workload): number {
  if (kind === 'Job') return int(resource.get('spec', 'backoffLimit')) ?? 6;
  return pod.spec['restartPolicy'] === 'Never' ? 0 : 6;
}
