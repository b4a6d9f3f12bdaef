import { defineRule, describe, int } from '../src/rule.ts';

export const backoffLimit = defineRule({
  id: 'backoff-limit',
  title: 'A migration Job leaves its retries to chance',
  severity: 'error',
  preset: 'recommended',
  why: `Without \`backoffLimit\` Kubernetes retries a failed Job six times, after 10 s, 20 s, 40 s … up to 6 minutes: about ten minutes in all. Helm gives up after
its timeout of 5 minutes, so a broken migration shows as "timed out waiting for the condition" instead of "BackoffLimitExceeded", and goes on being retried
after the release has failed.`,
  fix: 'Write `backoffLimit` into the spec of the Job: 0 for migrations that must not run twice on their own, 1 to 3 for idempotent ones that may find their database not ready.',
  off: 'When a mutating webhook or operator sets it.',
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
    for (const job of release.jobs) {
      // A hook Job holds up the release whatever it does; that it migrates may not show.
      const migrates = migrating.has(job);
      if (!migrates && !job.hook?.events.some((event) => /^(pre|post)-(install|upgrade)$/.test(event))) continue;
      const limit = job.resource.get('spec', 'backoffLimit');
      if (limit === undefined || limit === null) {
        yield {
          at: job.resource.key('spec'),
          message: `${describe(job)} sets no backoffLimit, so Kubernetes retries a failed ${migrates ? 'migration' : 'hook'} 6 times, for about 10 minutes`,
          severity: migrates ? 'error' : 'warning',
          resource: job.resource,
          fix: {
            description: 'Set backoffLimit to 1',
            edits: [{ at: job.resource.place('spec', 'backoffLimit'), action: 'set', text: '1' }],
          },
        };
      } else if ((int(limit) ?? 0) > options.max) {
        yield {
          at: job.resource.place('spec', 'backoffLimit'),
          message: `${describe(job)} retries a failed ${migrates ? 'migration' : 'hook'} up to ${int(limit)} times (more than ${options.max})`,
          severity: 'warning',
          resource: job.resource,
        };
      }
    }
  },
});
