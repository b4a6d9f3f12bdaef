import { defineRule, describe, int, map, type Resource } from '../src/rule.ts';

export const singleRun = defineRule({
  id: 'single-run',
  title: 'A migration Job runs more than once or never',
  severity: 'warning',
  preset: 'recommended',
  why: `\`completions\` above 1, or \`parallelism\` above 1 without \`completions\`, run the same migration in several pods,
    at the same time or one after the other. A hook Job with \`suspend: true\` or \`parallelism: 0\` never starts, and
    Helm waits for it until its timeout ("timed out waiting for the condition"). Kubernetes refuses \`completionMode:
    Indexed\` with \`parallelism\` and without \`completions\`: "spec.completions: Required value: when completion mode
    is Indexed".`,
  fix: `Remove \`parallelism\`, \`completions\`, \`completionMode\` and \`suspend\`. The defaults mean one run.`,
  off: `When the pods share the work (\`completionMode: Indexed\` with one partition for each index).`,
  see: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/job/#parallel-jobs',
    'https://kubernetes.io/docs/concepts/workloads/controllers/job/#suspending-a-job',
  ],
  *check({ release, engine }) {
    const migrating = new Set(release.migrations.map(({ workload }) => workload));
    for (const job of release.jobs) {
      const { resource, hook } = job;
      if (!hook && !migrating.has(job)) continue;
      const spec = map(resource.get('spec'));
      const parallelism = int(spec['parallelism']) ?? 1;
      const completions = int(spec['completions']);
      const halt =
        spec['suspend'] === true && !queued(resource) ? 'suspend' : parallelism === 0 ? 'parallelism' : undefined;
      if (halt) {
        const what = halt === 'suspend' ? 'is suspended' : 'may run no pods (parallelism: 0)';
        yield {
          at: resource.place('spec', halt),
          resource,
          severity: hook ? 'error' : 'warning',
          message: `${describe(resource)} ${what}: ${hook ? (engine === 'argocd' ? 'Argo CD waits for it without end' : 'Helm waits for it until its timeout') : 'the migration does not run until somebody starts it'}`,
          help: `Remove \`${halt}: ${String(spec[halt])}\`.`,
        };
      }
      // Without either, Kubernetes fills in one completion first.
      if (spec['completionMode'] === 'Indexed' && completions === undefined && spec['parallelism'] != null) {
        yield {
          at: resource.place('spec', 'completionMode'),
          resource,
          severity: 'error',
          message: `${describe(resource)} is Indexed with parallelism and without completions, which Kubernetes refuses`,
          help: 'Remove `completionMode: Indexed`.',
        };
      }
      if (!migrating.has(job)) continue;
      if (completions !== undefined && completions > 1)
        yield {
          at: resource.place('spec', 'completions'),
          resource,
          message: `${describe(resource)} runs the migration ${completions} times (completions)`,
          help: 'Write `completions: 1`.',
        };
      // No more pods than completions are left run at once.
      const atOnce = Math.min(parallelism, completions ?? parallelism);
      if (atOnce > 1)
        yield {
          at: resource.place('spec', 'parallelism'),
          resource,
          message: `${describe(resource)} runs the migration in ${atOnce} pods at the same time (parallelism)`,
          help: 'Write `parallelism: 1`.',
        };
    }
  },
});

/** Suspended for a queue, which starts it. */
function queued(resource: Resource): boolean {
  return (
    resource.get('spec', 'managedBy') !== undefined ||
    [...Object.keys(resource.labels), ...Object.keys(resource.annotations)].some((key) =>
      key.startsWith('kueue.x-k8s.io/'),
    )
  );
}
