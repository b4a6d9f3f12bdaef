import { defineRule, describe, int } from '../src/rule.ts';

export const ttlAfterFinished = defineRule({
  id: 'ttl-after-finished',
  title: "A Job's TTL is too short or missing",
  severity: 'warning',
  preset: 'recommended',
  why: `Kubernetes deletes a finished Job after \`ttlSecondsAfterFinished\` seconds. If this happens before Helm has seen
    the result, Helm 3 takes the missing Job for a success, even if it failed, and Helm 4 waits for it until its
    timeout. Its log is gone before anybody can read it. Helm deletes a plain Job that has a new name at the next
    upgrade. Argo CD does so only if it prunes. Without pruning and without a TTL such Jobs pile up.`,
  fix: `Remove the TTL from hook Jobs (the delete policy removes old ones), or set several minutes. Under Argo CD, give
    plain Jobs with a new name for each sync a TTL of hours or days.`,
  off: 'When logs are collected elsewhere and Helm does not wait for the Job.',
  see: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/',
    'https://github.com/helm/helm/issues/9206',
  ],
  options: {
    min: {
      type: 'integer',
      minimum: 0,
      default: 30,
      description: 'The shortest TTL of a hook Job that passes, in seconds.',
    },
  },
  *check({ release, options, newName, engine }) {
    for (const { resource, hook } of release.jobs) {
      const ttl = int(resource.get('spec', 'ttlSecondsAfterFinished'));
      if (hook && ttl !== undefined && ttl < options.min) {
        yield {
          at: resource.place('spec', 'ttlSecondsAfterFinished'),
          message: `${describe(resource)} is deleted ${ttl === 0 ? 'as soon as it has finished, perhaps before Helm has seen the result' : `${ttl} s after it has finished, with the log of a failed run`} (ttlSecondsAfterFinished: ${ttl})`,
          help: 'Remove `ttlSecondsAfterFinished`: the delete policy removes the old Job. Or write `ttlSecondsAfterFinished: 600`.',
        };
      } else if (!hook && ttl === undefined && engine === 'argocd' && newName(resource)) {
        // Helm deletes what the new revision no longer has (test/proof/clash.test.ts).
        yield {
          at: resource.key('spec'),
          severity: 'info',
          message: `${describe(resource)} has a new name at each sync and no ttlSecondsAfterFinished: finished Jobs pile up unless Argo CD prunes them`,
          help: 'Write `ttlSecondsAfterFinished: 86400` in the spec of the Job.',
        };
      }
    }
  },
});
