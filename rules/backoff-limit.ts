import {
  defineRule,
  describe,
  describeAll,
  groupBy,
  int,
  type Release,
  type Report,
  type Resource,
  type Workload,
} from '../src/rule.ts';

export const backoffLimit = defineRule({
  id: 'backoff-limit',
  title: 'A migration Job retries too often',
  severity: 'error',
  preset: 'recommended',
  fixable: true,
  why: `Without \`backoffLimit\` Kubernetes retries a failed Job six times, after 10 s, 20 s, 40 s and so on up to 6
    minutes. This takes about ten minutes. Helm gives up after its timeout of 5 minutes. A broken migration is then
    reported as "timed out waiting for the condition" instead of "BackoffLimitExceeded", and it is still retried after
    the release has failed. A missing limit is an error because it is never useful, not because the install must fail.
    A Job that only its name or
    its SQL files make a migration is a warning. Hooks that do not migrate are checked only in the preset \`strict\`.`,
  fix: `Set \`backoffLimit\` in the spec of the Job: 0 for migrations that must not run twice unattended, 1 to 3 for
    idempotent migrations whose database may not be ready yet.`,
  off: `When a mutating webhook or an operator sets \`backoffLimit\`.`,
  see: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy',
    'https://github.com/helm/helm/issues/9864',
  ],
  options: {
    max: {
      type: 'integer',
      minimum: 0,
      default: 10,
      description: 'The highest `backoffLimit` that passes without a warning.',
    },
  },
  *check({ release, options }) {
    const migrating = new Set(release.migrations.map(({ workload }) => workload));
    const jobs = release.jobs.filter(
      (job) =>
        migrating.has(job) || job.hook?.events.some((event) => /^(pre|post)-(install|upgrade)$/.test(event)) === true,
    );
    for (const migrates of [true, false]) {
      const mine = jobs.filter((job) => migrating.has(job) === migrates);
      const what = migrates ? 'migration' : 'hook';
      // Only hooks that migrate are what this rule is about; for the others it is a matter of taste.
      const preset = migrates ? {} : ({ preset: 'strict' } as const);
      const missing = mine.filter(({ resource }) => (resource.get('spec', 'backoffLimit') ?? undefined) === undefined);
      for (const job of missing) {
        const { resource } = job;
        const guess = guessOf(release, job);
        yield {
          at: resource.key('spec'),
          message: `${describe(job)} sets no backoffLimit, so Kubernetes retries a failed ${what} 6 times in about 10 minutes${guess ? ` (taken for a migration ${guess})` : ''}`,
          severity: migrates && !guess ? 'error' : 'warning',
          ...preset,
          resource,
          help: `Write \`backoffLimit: 1\` in the spec of the Job (0 if the ${what} must not run twice unattended).`,
          fix: {
            description: 'Set backoffLimit to 1',
            edits: [{ at: resource.place('spec', 'backoffLimit'), action: 'set', text: '1' }],
          },
        };
      }
      const excessive = mine.filter(({ resource }) => limitOf(resource) > options.max);
      // The same limit is one value, or one decision.
      for (const [first, ...others] of groupBy(excessive, ({ resource }) => limitOf(resource)).values()) {
        const { resource } = first;
        yield {
          at: resource.place('spec', 'backoffLimit'),
          message: `${describeAll([first, ...others])} ${others.length > 0 ? 'retry' : 'retries'} a failed ${what} up to ${limitOf(resource)} times (the limit of this rule is ${options.max})`,
          severity: 'warning',
          ...preset,
          resource,
          because: alike(others),
          help: `Write at most ${options.max}, such as \`backoffLimit: ${Math.min(options.max, 3)}\`.`,
        };
      }
    }
  },
});

/** What a Job is taken for a migration by, where none of its commands says so. */
function guessOf({ migrations }: Release, job: Workload): string | undefined {
  const mine = migrations.filter(({ workload }) => workload === job);
  return mine.every(({ guess }) => guess !== undefined) ? mine[0]?.guess : undefined;
}

function limitOf(resource: Resource): number {
  return int(resource.get('spec', 'backoffLimit')) ?? 0;
}

function alike(others: readonly Workload[]): NonNullable<Report['because']> {
  return others.slice(0, 5).map(({ resource }) => ({
    message: `${describe(resource)} has the same limit`,
    at: resource.place('spec', 'backoffLimit'),
  }));
}
