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
  title: 'The same migrations run at the same time',
  severity: 'warning',
  preset: 'recommended',
  why: `The pods of one workload start together, and so do plain Jobs and Deployments. Each of them finds the same pending
    migrations and runs them. Tools without a lock then fail ("relation … already exists", "duplicate key value violates
    unique constraint") or apply a step twice. Tools that lock the database run one after the other, so for them the
    finding is an info. \`one-hook-job\` reports migrations that run more than once, but never at the same time.`,
  fix: `Run the migrations of a service in one Job. Its pods wait for the schema, or do not wait at all. Alternatively, use
    a tool that locks the database.`,
  off: 'When it is safe to run the migration twice at the same time.',
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
      message: `${describe(workload)} migrates in its ${container.role === 'main' ? 'start-up command' : `init container ${container.name}`} (${tool}) with ${many}: ${locks ? `they run the same migrations one after the other, because ${tool} locks the database` : 'they run the same migrations at the same time, unless the tool locks the database'}`,
      help: `Run \`${migration.text}\` in one Job instead of ${describe(workload)}.`,
      severity: locks ? 'info' : 'warning',
      resource: workload.resource,
    };
  }
}

/**
 * The same migration in two workloads that Helm creates together; a post hook follows at once where Helm does not wait.
 */
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
      message: `${describe(migration.workload)} and ${beside(others.map(({ workload }) => describe(workload)))} run the same migration (${migration.text}) ${locks ? 'one after the other, because the tool locks the database' : 'at the same time, unless the tool locks the database'}`,
      help: `Remove \`${migration.text}\` from all but one of ${beside(
        [migration, ...others].map(({ workload }) => describe(workload)),
        9,
      )}.`,
      because: others
        .slice(0, 3)
        .map((other) => ({ message: `${describe(other.workload)} runs it too`, at: other.place })),
      severity: locks ? 'info' : 'warning',
      resource: migration.workload.resource,
    };
  }
}
