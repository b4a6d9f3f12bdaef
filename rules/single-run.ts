import { defineRule, describe, int, map } from '../src/rule.ts';

export const singleRun = defineRule({
  id: 'single-run',
  title: 'A migration Job that runs more than once at a time, or not at all',
  severity: 'warning',
  preset: 'recommended',
  why: `\`parallelism\` or \`completions\` above 1 run the same migration in several pods, at the same time or one after the other. A hook Job with \`suspend: true\` never starts: Helm
waits for it until its timeout.`,
  fix: 'Leave `parallelism`, `completions` and `completionMode` out (all mean one run), and `suspend` too.',
  off: 'When the pods share the work among themselves (`completionMode: Indexed` with a partition for each index).',
  see: ['https://kubernetes.io/docs/concepts/workloads/controllers/job/#parallel-jobs'],
  *check({ release }) {
    for (const job of new Set(release.migrations.map(({ workload }) => workload))) {
      if (job.kind !== 'Job') continue;
      const { resource } = job;
      const spec = map(resource.get('spec'));
      for (const field of ['parallelism', 'completions'] as const) {
        const count = int(spec[field]) ?? 1;
        if (count > 1) yield { at: resource.place('spec', field), resource, message: `${describe(resource)} runs the migration ${count} times (${field})` };
      }
      if (spec['suspend'] === true) {
        yield { at: resource.place('spec', 'suspend'), resource, severity: job.hook ? 'error' : 'warning', message: `${describe(resource)} is suspended: ${job.hook ? 'Helm waits for it until its timeout' : 'the migration does not run until somebody resumes it'}` };
      }
    }
  },
});
