import { defineRule, describe, hooksOf, int } from '../src/rule.ts';

export const jobDeadline = defineRule({
  id: 'job-deadline',
  title: "A hook Job that outlives Helm's timeout",
  severity: 'warning',
  preset: 'recommended',
  why: `Helm waits for each hook until its \`--timeout\`, 5 minutes by default. Then the release has failed, and the Job goes on: the migration runs to its end (or waits for ever) under a
release that was given up, perhaps beside the next attempt. With \`activeDeadlineSeconds\` below the timeout the Job is stopped first, and Helm says why.`,
  fix: 'Set `activeDeadlineSeconds` in the spec of the Job to less than the timeout that the release is installed with; it covers all retries.',
  off: 'When the release is installed with a longer `--timeout`: then set the option `timeout`.',
  see: ['https://github.com/helm/helm/issues/9864', 'https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup'],
  options: { timeout: { type: 'integer', minimum: 1, default: 300, description: "Helm's timeout for each hook, in seconds." } },
  *check({ release, options }) {
    for (const { kind, resource } of hooksOf(release)) {
      if (kind !== 'Job') continue;
      const deadline = int(resource.get('spec', 'activeDeadlineSeconds'));
      if (deadline !== undefined && deadline > options.timeout) {
        yield { at: resource.place('spec', 'activeDeadlineSeconds'), resource, message: `${describe(resource)} may run for ${deadline} s, and Helm gives up after ${options.timeout} s (--timeout) and leaves it running` };
      }
    }
  },
});
