import {
  beside,
  defineRule,
  delayOf,
  describe,
  endsAtOnce,
  hooksOf,
  int,
  placeIn,
  type Command,
  type Container,
  type Release,
  type Report,
  type Workload,
} from '../src/rule.ts';

export const jobDeadline = defineRule({
  id: 'job-deadline',
  title: 'A hook Job can run longer than its limits',
  severity: 'warning',
  preset: 'recommended',
  why: `Helm waits for each hook until its \`--timeout\`, 5 minutes by default. Then the release has failed, but the Job
    continues: the migration finishes (or waits forever) under a release that has failed, perhaps at the same time as
    the next attempt. The time limits of several waits in one pod add up, because its init containers run one after the
    other. \`activeDeadlineSeconds\` stops the Job first, and Helm reports the failed Job. The Job counts as failed only
    when its pod is gone, up to \`terminationGracePeriodSeconds\` (30 s) after the deadline. If both together reach the
    timeout, Helm reports only that it timed out. A pod that cannot start (CreateContainerConfigError, a missing Secret)
    does not use up \`backoffLimit\`: only a deadline ends its Job. A deadline can also be too short: for what the pod
    sleeps at its start, or for the \`initialDelaySeconds\` of the server that it waits for. Argo CD has no such timeout, so only deadlines
    that are too short are reported there.`,
  fix: `Set \`activeDeadlineSeconds\` in the spec of the Job, so that the deadline and the grace period of its pod end at
    least 30 s before the timeout of the release. The deadline covers all retries.`,
  off: `When the release is installed with a longer \`--timeout\`. Set the option \`timeout\` instead.`,
  see: [
    'https://github.com/helm/helm/issues/9864',
    'https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup',
  ],
  options: {
    timeout: { type: 'integer', minimum: 1, default: 300, description: "Helm's timeout for each hook, in seconds." },
  },
  *check({ release, engine, action, wait, options: { timeout } }) {
    // Argo CD waits for a hook as long as it takes.
    const limit = engine === 'argocd' ? undefined : timeout;
    for (const job of hooksOf(release)) {
      const { kind, resource } = job;
      if (kind !== 'Job') continue;
      const deadline = int(resource.get('spec', 'activeDeadlineSeconds'));
      if (deadline !== undefined) {
        yield* tooShort(job, deadline);
        // With --wait the server is ready first, and at an upgrade the old one is.
        if (action === 'install' && !wait && engine === 'helm' && job.hook?.events.includes('post-install'))
          yield* tooEarly(job, deadline, release);
        if (limit !== undefined) yield* tooLate(job, deadline, limit);
        continue;
      }
      const waits = limits(job);
      const total = waits.reduce((sum, { seconds }) => sum + seconds, 0);
      if (limit !== undefined && total > limit) {
        const each = waits.map(({ container, seconds }) => `${container} ${seconds} s`);
        yield {
          at: resource.key('spec'),
          resource,
          message: `${describe(resource)} may wait for ${total} s (${beside(each)}) and has no activeDeadlineSeconds, but Helm gives up after ${limit} s (--timeout) and ${afterTimeout(job)}`,
          help: `Write \`activeDeadlineSeconds: ${atMost(job, limit)}\` in the spec of ${describe(resource)}, or install with \`--timeout ${total + 60}s\`.`,
        };
        continue;
      }
      // Kubernetes itself keeps that ConfigMap in every namespace.
      const foreign = new Set(
        job.pod.references
          .filter(
            ({ kind: what, name, optional }) =>
              !optional && name !== 'kube-root-ca.crt' && release.find(what, name, job.namespace).length === 0,
          )
          .map((one) => `${one.kind}/${one.name}`),
      );
      if (foreign.size > 0)
        yield {
          at: resource.key('spec'),
          resource,
          severity: 'info',
          message: `${describe(resource)} has no activeDeadlineSeconds, and its pod waits forever if ${beside([...foreign])} from outside the chart ${foreign.size === 1 ? 'is' : 'are'} missing`,
          help: `Write \`activeDeadlineSeconds: ${atMost(job, timeout)}\` in the spec of ${describe(resource)}.`,
        };
    }
  },
});

/** A deadline that comes before the end of what the pod sleeps in any case. */
function* tooShort(job: Workload, deadline: number): Iterable<Report> {
  const { resource } = job;
  const sleeps = inTurn(job, ({ understanding }) => {
    const { commands } = understanding;
    // What comes first in a script is run, whatever the rest of it says.
    const start = commands.findIndex((command) => !endsAtOnce(command));
    const end = commands.findIndex((command, index) => index >= start && !isFixedSleep(command));
    const slept = start === -1 ? [] : commands.slice(start, end === -1 ? undefined : end);
    return slept.reduce((sum, { argv }) => sum + argv.slice(1).reduce((one, text) => one + secondsOf(text), 0), 0);
  });
  const total = sleeps.reduce((sum, { seconds }) => sum + seconds, 0);
  if (total >= deadline)
    yield {
      at: resource.place('spec', 'activeDeadlineSeconds'),
      resource,
      severity: 'error',
      message: `${describe(resource)} sleeps for ${total} s (${beside(sleeps.map(({ container, seconds }) => `${container} ${seconds} s`))}) before it does anything else, and is stopped after ${deadline} s`,
      help: `Write a longer \`activeDeadlineSeconds\` that covers the ${total} s and the migration, or wait for what is needed instead of sleeping.`,
    };
}

function isFixedSleep({ argv, loop, doubt, lost }: Command): boolean {
  return (
    argv[0] === 'sleep' &&
    !loop &&
    doubt === undefined &&
    lost !== 'background' &&
    argv.slice(1).every((text) => /^\d+[smh]?$/.test(text))
  );
}

/**
 * A deadline that ends before the pods of a server that the Job waits for can be ready: not before their
 * `initialDelaySeconds`, counted from the start of the container, while the deadline counts from the creation of the
 * Job.
 */
function* tooEarly(job: Workload, deadline: number, release: Release): Iterable<Report> {
  const { resource, pod } = job;
  for (const container of pod.containers)
    for (const wait of container.understanding.waits) {
      if (wait.kind !== 'host' || wait.doubt !== undefined || wait.givesUp) continue;
      const services = release.servicesOf(wait.host, job.namespace);
      const behind = services.flatMap((service) =>
        service.publishNotReadyAddresses || service.externalName ? [] : release.behind(service),
      );
      const delays = behind.map(notReadyFor);
      const least = Math.min(...delays);
      if (services.length !== 1 || delays.length === 0 || least < deadline) continue;
      yield {
        at: resource.place('spec', 'activeDeadlineSeconds'),
        resource,
        message: `${describe(resource)} waits for ${describe(services[0]!.resource)}, whose pods are not ready before ${least} s (initialDelaySeconds), and is stopped after ${deadline} s, unless Helm runs it long after it creates ${describe(behind[0]!)}`,
        because: [
          { message: `the wait (${wait.text})`, at: placeIn(resource, container, wait) },
          { message: `${describe(behind[0]!)} is ready only later`, at: behind[0]!.resource.place('metadata', 'name') },
        ],
        help: `Write \`activeDeadlineSeconds: ${Math.max(2 * least, least + 60)}\`, or install with \`--wait\`.`,
      };
      return;
    }
}

/** How long a pod is certainly not ready after its start, in seconds. */
function notReadyFor({ pod, resource, hook }: Workload): number {
  const main = pod.containers.filter(({ role }) => role === 'main');
  return hook ? 0 : Math.max(0, ...main.map((container) => delayOf(resource, container)));
}

function secondsOf(text: string): number {
  return Number.parseInt(text, 10) * ({ m: 60, h: 3600 }[text.at(-1)!] ?? 1);
}

/** A deadline that Helm's timeout comes before: by itself, or with the time that the pod takes to end. */
function* tooLate(job: Workload, deadline: number, limit: number): Iterable<Report> {
  const { resource } = job;
  const grace = graceOf(job);
  const at = resource.place('spec', 'activeDeadlineSeconds');
  const help = `Write \`activeDeadlineSeconds: ${atMost(job, limit)}\`, or install with \`--timeout ${deadline + grace + 30}s\`.`;
  if (deadline > limit)
    yield {
      at,
      resource,
      message: `${describe(resource)} may run for ${deadline} s, but Helm gives up after ${limit} s (--timeout) and ${afterTimeout(job)}`,
      help,
    };
  else if (deadline + grace >= limit)
    yield {
      at,
      resource,
      severity: 'info',
      message: `${describe(resource)} counts as failed only when its pod has ended, up to ${grace} s after its deadline of ${deadline} s: Helm gives up after ${limit} s (--timeout) and reports only that it timed out`,
      help,
    };
}

/** What Helm does with a hook Job when its time is over (`deleteHookByPolicy` after a failed wait in Helm's hooks.go). */
function afterTimeout({ hook }: Workload): string {
  return hook?.policies.has('hook-failed') ? 'deletes it while it runs (hook-failed)' : 'leaves it running';
}

/** How long the pod may take to end, in seconds. */
function graceOf({ pod }: Workload): number {
  return int(pod.spec['terminationGracePeriodSeconds']) ?? 30;
}

/** The longest deadline that ends before Helm's timeout, in seconds. */
function atMost(job: Workload, limit: number): number {
  return Math.max(1, limit - graceOf(job) - Math.min(30, Math.floor(limit / 10)));
}

/** How long each container may wait at most, where it says so. */
function limits(job: Workload): Spell[] {
  return inTurn(job, ({ understanding }) => {
    // One command may wait for several things at once.
    const commands = new Map(
      understanding.waits.map(({ at, text, seconds }) => [JSON.stringify([at, text]), seconds ?? 0]),
    );
    return [...commands.values()].reduce((sum, seconds) => sum + seconds, 0);
  });
}

interface Spell {
  container: string;
  seconds: number;
}

/** The times that containers take one after the other: of all init containers, and of the longest of the main ones. */
function inTurn({ pod }: Workload, secondsOfOne: (container: Container) => number): Spell[] {
  const each = pod.containers.map((container) => ({
    container: container.name,
    role: container.role,
    seconds: secondsOfOne(container),
  }));
  const main = each
    .filter(({ role }) => role === 'main')
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 1);
  return [...each.filter(({ role }) => role === 'init'), ...main].filter(({ seconds }) => seconds > 0);
}
