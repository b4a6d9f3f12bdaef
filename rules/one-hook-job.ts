import {
  defineRule,
  describe,
  jobsOfService,
  migrationKey,
  workloadsOfService,
  type PolicyService,
  type Release,
  type Report,
  type Workload,
  type WorkloadMigration,
} from '../src/rule.ts';

export const oneHookJob = defineRule({
  id: 'one-hook-job',
  title: 'A service is not migrated by exactly one Job',
  severity: 'warning',
  preset: 'recommended',
  why: `Migrations in an init container or at start-up run once for every pod, and again at every restart and scale-up. Two
    hook Jobs with the same migrations at the same event do the work twice, one after the other. A service that the
    policy lists but that has no migration Job starts on an old schema. A migration in an init container or start-up
    command is a warning. Two Jobs for one migration, and a listed service without a Job, are errors. \`one-hook-job:
    error\` in the policy makes all of them errors.`,
  fix: `Run the migrations of each service in one Job: a hook, or a plain Job that waits for its database. The pods wait for
    the schema, or do not wait at all.`,
  off: 'When the migration tool locks the database and its check is meant to run in every pod at start-up.',
  see: ['https://helm.sh/docs/topics/charts_hooks/', 'https://github.com/ory/k8s/issues/247'],
  *check({ release, services }) {
    const reported = new Set<Workload>();
    for (const service of services) yield* listed(service, release, reported);
    yield* inPods(release, reported);
    yield* twice(release);
  },
});

/**
 * Services of the policy that this release holds: each has a migration Job. Other charts of the team hold the others.
 */
function* listed(service: PolicyService, release: Release, reported: Set<Workload>): Iterable<Report> {
  const workloads = workloadsOfService(service, release);
  const [first] = workloads;
  if (!first || jobsOfService(service, release).length > 0) return;
  const named = first.name === service.name ? '' : ` (${describe(first)})`;
  const among = new Set(workloads);
  const instead = release.migrations.find(({ workload }) => among.has(workload));
  if (instead) reported.add(instead.workload);
  yield {
    at: instead?.place ?? first.resource.place('metadata', 'name'),
    resource: first.resource,
    message: `The service ${service.name}${named}, which the policy lists as migrating, has no migration Job${instead ? `: ${describe(instead.workload)} migrates in its ${whereIn(instead)}` : ''}`,
    help: instead
      ? `Run \`${instead.text}\` in one Job instead of ${describe(instead.workload)}.`
      : `Add a Job that migrates ${service.name}, or remove ${service.name} from \`services\` in the policy.`,
    severity: 'error',
  };
}

/**
 * Workloads that migrate in an init container or at start-up. One that only its name says to migrate counts where a Job
 * runs the same image with the same command.
 */
function* inPods(release: Release, reported: ReadonlySet<Workload>): Iterable<Report> {
  const jobs = new Map(
    release.migrations
      .filter(({ workload }) => workload.kind === 'Job')
      .map((migration) => [sameWork(migration), migration.workload]),
  );
  const seen = new Set(reported);
  for (const migration of release.migrations) {
    const { workload, certainty, tool, place } = migration;
    if (workload.kind === 'Job' || workload.kind === 'Pod' || seen.has(workload)) continue;
    const job = jobs.get(sameWork(migration));
    if (certainty !== 'certain' && !job) continue;
    seen.add(workload);
    const sign = certainty === 'certain' ? ` (${tool})` : '';
    const known =
      certainty === 'certain' || !job
        ? ''
        : `; its name says so, and ${describe(job)} runs the same command in the same image`;
    yield {
      at: place,
      message: `${describe(workload)} migrates in its ${whereIn(migration)}${sign}, once for each pod, instead of in one Job${known}`,
      resource: workload.resource,
      help: job
        ? `Remove \`${migration.text}\` from ${describe(workload)}: ${describe(job)} runs it.`
        : `Move \`${migration.text}\` into one Job: a pre-install,pre-upgrade hook if the database is outside the chart, or a post-install,post-upgrade hook if it is part of the chart and the pods do not wait for the schema.`,
    };
  }
}

function whereIn({ container }: WorkloadMigration): string {
  return container.role === 'main' ? 'start-up command' : `init container ${container.name}`;
}

/** Equal where the same image runs the same command, whatever the environment. */
function sameWork({ workload, container, line }: WorkloadMigration): string {
  return JSON.stringify([workload.namespace, container.repository, line]);
}

/** Hook Jobs that run the same migrations at the same event. */
function* twice(release: Release): Iterable<Report> {
  const hooks = release.migrations.filter(({ workload }) => workload.kind === 'Job' && workload.hook);
  const first = new Map<string, WorkloadMigration>();
  const seen = new Set<Workload>();
  for (const migration of hooks) {
    const { workload } = migration;
    for (const event of workload.hook?.events ?? []) {
      const key = `${event} ${migrationKey(migration)}`;
      const before = first.get(key);
      if (!before) first.set(key, migration);
      else if (before.workload !== workload && !seen.has(workload)) {
        seen.add(workload);
        yield {
          at: migration.place,
          message: `${describe(workload)} runs the same migration at ${event} as ${describe(before.workload)} (${migration.text}): two hook Jobs for one service`,
          severity: 'error',
          because: [{ message: `${describe(before.workload)} runs it first`, at: before.place }],
          help: `Remove ${describe(workload)} or ${describe(before.workload)}.`,
          resource: workload.resource,
        };
      }
    }
  }
}
