import { annotation, defineRule, describe, placeIn, type Release, type Report, type Timeline } from '../src/rule.ts';

export const waitPermission = defineRule({
  id: 'wait-permission',
  title: 'A pod may not read what it waits for',
  severity: 'warning',
  preset: 'recommended',
  why: `\`kubectl wait\`, k8s-wait-for and kubernetes-entrypoint read Jobs, pods or Services from the Kubernetes API as the
    ServiceAccount of the pod. Without a Role that allows it, the API answers 'jobs.batch "…" is forbidden: User
    "system:serviceaccount:…:default" cannot get resource "jobs" in API group "batch"'. The wait fails or continues
    forever, and the pod never starts.`,
  fix: `Give the pod its own ServiceAccount, with a Role (get, list and watch for what it waits for) and a RoleBinding in
    the chart. If the pod is a hook, these must be hooks of the same events with a lower weight.`,
  off: 'When the permissions are granted outside the chart.',
  see: [
    'https://github.com/groundnuty/k8s-wait-for#readme',
    'https://kubernetes.io/docs/reference/access-authn-authz/rbac/',
    'https://opendev.org/airship/kubernetes-entrypoint',
  ],
  *check({ release, timeline }) {
    const order = new Map(timeline.steps.map((step, index) => [step, index]));
    for (const workload of release.workloads) {
      for (const container of workload.pod.containers) {
        const asked = new Set<string>();
        for (const wait of container.understanding.waits) {
          if (wait.givesUp) continue;
          const wanted = rights(wait);
          if (!wanted || asked.has(wanted.resource)) continue;
          asked.add(wanted.resource);
          yield* missing({ release, timeline, order, workload, container, wait, wanted });
        }
      }
    }
  },
});

type Workload = Release['workloads'][number];
type Container = Workload['pod']['containers'][number];
type Wait = Container['understanding']['waits'][number];
interface Wanted {
  resource: string;
  group: string;
  verbs: readonly string[];
  name: string | undefined;
}

const groups: Readonly<Record<string, string>> = {
  jobs: 'batch',
  pods: '',
  services: '',
  endpoints: '',
  deployments: 'apps',
  statefulsets: 'apps',
  daemonsets: 'apps',
  replicasets: 'apps',
};

/** What the tool asks the API for; `undefined` for waits that do not. */
function rights(wait: Wait): Wanted | undefined {
  if (!/^(kubectl|oc|k|k8s-wait-for|kubernetes-entrypoint)$/.test(wait.tool)) return undefined;
  const resource =
    wait.kind === 'job'
      ? 'jobs'
      : wait.kind === 'pod'
        ? 'pods'
        : wait.kind === 'service'
          ? wait.tool === 'kubernetes-entrypoint'
            ? 'endpoints'
            : 'services'
          : wait.kind === 'workload'
            ? `${wait.resource}s`
            : undefined;
  const group = resource === undefined ? undefined : groups[resource];
  if (resource === undefined || group === undefined) return undefined;
  const name = 'name' in wait ? wait.name : undefined;
  const watches = /^(kubectl|oc|k)$/.test(wait.tool) && /\b(wait|rollout)\b/.test(wait.text);
  return { resource, group, name, verbs: watches ? ['get', 'list', 'watch'] : name === undefined ? ['list'] : ['get'] };
}

/** The rule of a Role that allows what a wait asks for, and who needs it. */
function grantAdvice({ pod, hook }: Workload, { group, resource, verbs }: Wanted): string {
  const rule = `{apiGroups: ["${group}"], resources: [${resource}], verbs: [${verbs.join(', ')}]}`;
  const account = pod.serviceAccount ?? 'default';
  const who =
    account === 'default'
      ? 'Give the pod its own ServiceAccount (`serviceAccountName`), and bind it'
      : `Bind ServiceAccount/${account}`;
  const early = hook
    ? `, all as hooks with \`${annotation.hook}: ${hook.events.join(',')}\` and \`${annotation.weight}: "${hook.weight - 1}"\``
    : '';
  return `${who} to a Role with the rule \`${rule}\`${early}.`;
}

function* missing(ask: {
  release: Release;
  timeline: Timeline;
  /** Where each step stands in the timeline. */
  order: ReadonlyMap<unknown, number>;
  workload: Workload;
  container: Container;
  wait: Wait;
  wanted: Wanted;
}): Iterable<Report> {
  const { release, timeline, order, workload, container, wait, wanted } = ask;
  const { pod, resource } = workload;
  const account = pod.serviceAccount ?? 'default';
  const at = placeIn(resource, container, wait);
  const who = `${container.role === 'main' ? 'Container' : 'Init container'} ${container.name} of ${describe(workload)} asks the API for ${wanted.resource} (${wait.tool})`;
  const target = ('namespace' in wait ? wait.namespace : undefined) ?? workload.namespace;
  // Other credentials than the account's.
  if (container.env.has('KUBECONFIG') || /--(kubeconfig|server|token)\b/.test(wait.text)) return;
  const projected = JSON.stringify(pod.spec['volumes'] ?? '').includes('serviceAccountToken');
  if (pod.spec['automountServiceAccountToken'] === false && !projected) {
    yield {
      at,
      message: `${who} but mounts no token of its ServiceAccount (automountServiceAccountToken: false)`,
      resource,
      help: 'Write `automountServiceAccountToken: true` in the spec of the pod.',
    };
    return;
  }
  const grants = release.grantsOf(account, workload.namespace, target);
  if (grants.some(({ rules }) => rules === undefined)) return;
  const defined = release.find('ServiceAccount', account, workload.namespace);
  // Somebody else's account, and somebody else's Roles.
  if (grants.length === 0 && defined.length === 0 && account !== 'default') return;
  const missingVerbs = (given: typeof grants) =>
    wanted.verbs.filter(
      (verb) => !given.some(({ allows }) => allows(verb, wanted.group, wanted.resource, wanted.name)),
    );
  const none = missingVerbs(grants);
  if (none.length > 0) {
    const lacks =
      grants.length === 0
        ? 'which the chart binds to no Role'
        : `whose Roles in the chart do not allow ${none.join(', ')}`;
    yield {
      at,
      message: `${who} as ServiceAccount/${account}, ${lacks}`,
      resource,
      help: grantAdvice(workload, wanted),
    };
    return;
  }
  // A hook that runs before the release's own Roles exist.
  const step = timeline.createdBy(resource);
  if (timeline.options.action !== 'install' || step?.phase !== 'pre') return;
  const index = order.get(step)!;
  const there = grants.filter(({ resources }) =>
    resources.every((one) => {
      const made = timeline.createdBy(one);
      return made !== undefined && order.get(made)! <= index;
    }),
  );
  if (missingVerbs(there).length > 0)
    yield {
      at,
      message: `${who} as ServiceAccount/${account}, whose Roles are created only after it`,
      resource,
      help: `Make ServiceAccount/${account}, its Role and its RoleBinding hooks too, under names of their own: \`${annotation.hook}: ${workload.hook!.events.join(',')}\` and \`${annotation.weight}: "${workload.hook!.weight - 1}"\`.`,
    };
}
