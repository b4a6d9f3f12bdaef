import {
  actor,
  annotation,
  defineRule,
  describe,
  explainCause,
  int,
  newSuffix,
  parseSelector,
  placeIn,
  policiesOf,
  rootOf,
  selects,
  type Container,
  type Engine,
  type Release,
  type Report,
  type Timeline,
  type Workload,
} from '../src/rule.ts';

export const missingJob = defineRule({
  id: 'missing-job',
  title: 'A pod waits for a Job that does not exist',
  severity: 'warning',
  preset: 'recommended',
  why: `If the Job never existed or is gone, \`kubectl wait job/migrate\` fails with "jobs.batch "migrate" not found", and
    k8s-wait-for waits forever. A Job is gone when \`hook-succeeded\` deletes it before the ordinary resources of the
    release are created, or when its \`ttlSecondsAfterFinished\` has passed. In the last case everything works on the
    first day. Later a pod is rescheduled or scaled up and never starts.`,
  fix: `Wait for the schema (with the migration tool's own check), not for the Job. Alternatively, keep the Job as long as
    pods wait for it: no TTL and no \`hook-succeeded\`.`,
  off: 'When something outside the chart creates the Job under this name.',
  see: ['https://github.com/groundnuty/k8s-wait-for', 'https://github.com/helm/helm/issues/9206'],
  *check({ release, timeline, engine, newName }) {
    const stuck = stuckOn(timeline);
    for (const workload of release.workloads) {
      const seen = new Set<string>();
      for (const { container, wait } of waitsForJobs(workload)) {
        const { name, selector, namespace = workload.namespace } = wait;
        const target = name ? `Job/${name}` : `a Job with the labels ${selector ?? ''}`;
        if (/[$`]/.test(name ?? selector ?? '$') || seen.has(target)) continue;
        seen.add(target);
        const jobs = release.jobs.filter(
          (job) => job !== workload && job.namespace === namespace && isMeant(job, name, selector),
        );
        const at = placeIn(workload.resource, container, wait);
        const report = { at, resource: workload.resource };
        const block = stuck.get(workload);
        const [first] = jobs;
        if (!first) {
          if (namespace === release.namespace)
            yield {
              ...report,
              message: `${describe(workload)} waits for ${target}, which the chart does not create: its pods never start unless something else creates the Job`,
              help: `Wait for a Job of this chart${similar(name, release)}, or remove the wait.`,
            };
        } else if (block && jobs.some((job) => timeline.removedBy(job.resource))) {
          yield {
            ...report,
            severity: 'error',
            message: `${describe(workload)} waits for ${describe(first)}, which ${actor(engine)} deletes (hook-succeeded) before it creates ${describe(workload)}: its pods never start`,
            because: block,
            help: `Write \`${annotation.policy}: before-hook-creation\` on ${describe(first)}.`,
          };
        } else
          yield* goneLater(workload, jobs, report, engine, (job) =>
            job.hook || newName(job.resource)
              ? ''
              : ` and append ${newSuffix(engine)} to its name wherever the chart uses it`,
          );
      }
    }
  },
});

/**
 * A Job that is there at first, and gone when the next pod of a lasting workload asks for it. Without a TTL the next
 * upgrade needs a Job of another name: `renamed`.
 */
function* goneLater(
  workload: Workload,
  jobs: readonly Workload[],
  report: Pick<Report, 'at' | 'resource'>,
  engine: Engine,
  renamed: (job: Workload) => string,
): Iterable<Report> {
  if (!/^(?:Deployment|StatefulSet|DaemonSet|ReplicaSet)$/.test(workload.kind) || workload.hook) return;
  const goes = jobs.map((job) => {
    const ttl = int(job.resource.get('spec', 'ttlSecondsAfterFinished'));
    if (ttl !== undefined)
      return {
        job,
        how: `Kubernetes deletes it ${ttl} s after it has finished (ttlSecondsAfterFinished)`,
        at: job.resource.place('spec', 'ttlSecondsAfterFinished'),
        help: `Remove \`ttlSecondsAfterFinished\` from ${describe(job)}${renamed(job)}`,
      };
    if (job.hook && policiesOf(job.hook, engine).has('hook-succeeded'))
      return {
        job,
        how: `${actor(engine)} deletes it when ${engine === 'argocd' ? 'the sync has' : 'the hooks have'} succeeded (hook-succeeded)`,
        at: job.resource.place('metadata', 'annotations', annotation.policy),
        help: `Write \`${annotation.policy}: before-hook-creation\` on ${describe(job)}`,
      };
    return undefined;
  });
  const [first] = goes;
  if (!first || goes.includes(undefined)) return;
  yield {
    ...report,
    message: `${describe(workload)} waits for ${describe(first.job)}, but ${first.how}: a pod that starts later (rescheduled, scaled up) never becomes ready`,
    because: [{ message: `what deletes ${describe(first.job)}`, at: first.at }],
    help: `${first.help}, or let ${describe(workload)} wait for the schema instead of the Job.`,
  };
}

/** Workloads that never start because of a Job, with the chain of reasons. */
function stuckOn(timeline: Timeline): Map<Workload, ReturnType<typeof explainCause>> {
  return new Map(
    timeline.stuck.flatMap(({ workload, causes }) =>
      causes
        .filter((cause) => {
          const { need } = rootOf(cause);
          return need.type === 'wait' && need.wait.kind === 'job' && need.workload === workload;
        })
        .slice(0, 1)
        .map((cause) => [workload, explainCause(cause, timeline)] as const),
    ),
  );
}

type JobWait = Extract<Container['understanding']['waits'][number], { kind: 'job' }>;

function waitsForJobs({ pod }: Workload): { container: Container; wait: JobWait }[] {
  return pod.containers.flatMap((container) =>
    container.understanding.waits.flatMap((wait) =>
      wait.kind === 'job' && !wait.givesUp ? [{ container, wait }] : [],
    ),
  );
}

function isMeant(job: Workload, name: string | undefined, selector: string | undefined): boolean {
  if (name) return job.name === name;
  const wanted = selector === undefined ? undefined : parseSelector(selector);
  return wanted !== undefined && selects(wanted, job.resource.labels as Readonly<Record<string, string>>);
}

/** The one Job of the chart whose name contains the name, or the only Job. */
function similar(name: string | undefined, release: Release): string {
  const near = release.jobs.filter((job) => name && (job.name.includes(name) || name.includes(job.name)));
  const [only] = near.length > 0 ? near : release.jobs;
  return only && (near.length === 1 || release.jobs.length === 1) ? `, such as ${describe(only)}` : '';
}
