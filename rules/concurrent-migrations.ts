import {
  beside,
  defineRule,
  describe,
  migrationKey,
  type Release,
  type Report,
  type Workload,
  type WorkloadMigration,
} from '../src/rule.ts';

export const concurrentMigrations = defineRule({
  id: 'concurrent-migrations',
  title: 'The same migrations can run more than once at the same time on one database',
  severity: 'warning',
  preset: 'recommended',
  why: `Pods of one workload start together, and so do plain Jobs and Deployments: each of them finds the same migrations pending and runs them. Tools without a lock then fail on each
other ("relation … already exists", "duplicate key value violates unique constraint") or apply a step twice. Tools that take a lock in the database run one after the other; for those it is
an info. One migration too many at another time, or in pods that never run at the same time, is what \`one-hook-job\` reports.`,
  fix: 'Run the migrations of a service in one Job, and let its pods wait for the schema or not at all; or use a tool that locks.',
  off: 'When the migration is safe to run twice at once.',
  see: [
    'https://github.com/ory/k8s/issues/247',
    'https://docs.djangoproject.com/en/stable/topics/migrations/',
    'https://github.com/pressly/goose',
  ],
  *check({ release, wait }) {
    yield* inPods(release);
    yield* besideEachOther(release, wait);
  },
});

/** Tools that hold a lock in the database while they migrate. */
const locking =
  /^(flyway|liquibase|golang-migrate|atlas|prisma|rails|hanami|ecto|sqlx|refinery|knex|mongock|tern|node-pg-migrate|river|temporal)$/;

/** Init containers and start-up commands of which several pods run at once. */
function* inPods(release: Release): Iterable<Report> {
  const seen = new Set<Workload>();
  for (const migration of release.migrations) {
    const { workload, container, tool, certainty } = migration;
    if (certainty !== 'certain' || seen.has(workload)) continue;
    const many = release.podsAtOnce(workload);
    if (!many) continue;
    seen.add(workload);
    const locks = locking.test(tool);
    yield {
      at: migration.place,
      message: `${describe(workload)} migrates in its ${container.role === 'main' ? 'start-up command' : `init container ${container.name}`} (${tool}) with ${many}: the same migrations run at the same time${locks ? ', one after the other by the lock of the tool' : ' unless the tool takes a lock'}`,
      severity: locks ? 'info' : 'warning',
      resource: workload.resource,
    };
  }
}

/** The same migration in two workloads that Helm creates together; a post hook follows at once where Helm does not wait. */
function* besideEachOther(release: Release, wait: boolean): Iterable<Report> {
  const early = (hook: Workload['hook']) =>
    !hook || (!wait && (hook.events.includes('post-install') || hook.events.includes('post-upgrade')));
  const together = release.migrations.filter(
    ({ workload, certainty }) =>
      early(workload.hook) && workload.kind !== 'Pod' && workload.replicas !== 0 && certainty === 'certain',
  );
  const first = new Map<string, WorkloadMigration>();
  const said = new Map<WorkloadMigration, WorkloadMigration[]>();
  for (const migration of together) {
    const key = migrationKey(migration);
    const before = first.get(key);
    if (!before) first.set(key, migration);
    // Two hooks run one after the other.
    else if (before.workload !== migration.workload && !(before.workload.hook && migration.workload.hook)) {
      const others = said.get(before) ?? [];
      others.push(migration);
      said.set(before, others);
    }
  }
  for (const [migration, others] of said) {
    const locks = locking.test(migration.tool);
    yield {
      at: migration.place,
      message: `${describe(migration.workload)} and ${beside(others.map(({ workload }) => describe(workload)))} run the same migration (${migration.text}) at the same time${locks ? ', one after the other by the lock of the tool' : ', unless the tool takes a lock'}`,
      because: others
        .slice(0, 3)
        .map((other) => ({ message: `${describe(other.workload)} runs it too`, at: other.place })),
      severity: locks ? 'info' : 'warning',
      resource: migration.workload.resource,
    };
  }
}
