import {
  defineRule,
  describe,
  jobsOfService,
  migrationKey,
  plural,
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
  severity: 'error',
  preset: 'recommended',
  why: `Migrations in an init container or at start-up run once for every pod, and again at every restart and scale-up. Two hook Jobs that run the same migrations at the
same event do the work twice, one after the other, and the second meets what the first left. A service of the policy without a migration Job starts on an old schema.
What runs several times at the same moment (replicas, plain Jobs) is reported by \`concurrent-migrations\`, not here.`,
  fix: 'Run the migrations of each service in one Job: a hook, or a plain Job that waits for its database, and let the pods wait for the schema or not at all.',
  off: 'When the migration tool takes a lock on the database and its start-up check is meant to run in every pod.',
  see: ['https://helm.sh/docs/topics/charts_hooks/', 'https://github.com/ory/k8s/issues/247'],
  *check({ release, services }) {
    for (const service of services) yield* listed(service, release);
    yield* inPods(release);
    yield* twice(release);
  },
});

/** Services of the policy that this release holds: each has a migration Job. Other charts of the team hold the others. */
function* listed(service: PolicyService, release: Release): Iterable<Report> {
  const [first] = workloadsOfService(service, release);
  if (!first || jobsOfService(service, release).length > 0) return;
  const named = first.name === service.name ? '' : ` (${describe(first)})`;
  yield {
    at: first.resource.place('metadata', 'name'),
    resource: first.resource,
    message: `Service ${service.name}${named}, which the policy lists as migrating, has no migration Job`,
  };
}

/** Workloads that migrate in an init container or at start-up, one pod at a time; several at once are for concurrent-migrations. */
function* inPods(release: Release): Iterable<Report> {
  const seen = new Set<Workload>();
  for (const { workload, container, certainty, tool, place } of release.migrations) {
    if (
      workload.kind === 'Job' ||
      workload.kind === 'Pod' ||
      certainty !== 'certain' ||
      seen.has(workload) ||
      release.podsAtOnce(workload)
    )
      continue;
    seen.add(workload);
    yield {
      at: place,
      message: `${describe(workload)} migrates in its ${container.role === 'main' ? 'start-up command' : `init container ${container.name}`} (${tool}) instead of in one Job`,
      severity: 'info',
      resource: workload.resource,
    };
  }
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
          message: `${describe(workload)} runs the same migration at ${event} as ${describe(before.workload)} (${migration.text}): ${plural(2, 'hook Job')} for one service`,
          because: [{ message: `${describe(before.workload)} runs it first`, at: before.place }],
          resource: workload.resource,
        };
      }
    }
  }
}
