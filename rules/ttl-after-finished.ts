import { defineRule, describe, int } from '../src/rule.ts';

export const ttlAfterFinished = defineRule({
  id: 'ttl-after-finished',
  title: 'A TTL that removes a Job too soon, or a Job without one that piles up',
  severity: 'warning',
  preset: 'recommended',
  why: `Kubernetes deletes a finished Job \`ttlSecondsAfterFinished\` seconds after its end. If that comes before Helm has seen the end, Helm 3 takes the vanished Job for a success, even a failed
one, and Helm 4 waits for it until its timeout. Its log is gone before anybody can read it. A plain Job with a new name each time and no TTL stays for ever.`,
  fix: 'Give hook Jobs no TTL (the delete policy cleans up) or one of several minutes; give plain Jobs with a name per revision a TTL of hours or days.',
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
  *check({ release, options, newName }) {
    for (const { resource, hook } of release.jobs) {
      const ttl = int(resource.get('spec', 'ttlSecondsAfterFinished'));
      if (hook && ttl !== undefined && ttl < options.min) {
        yield {
          at: resource.place('spec', 'ttlSecondsAfterFinished'),
          message: `${describe(resource)} is deleted ${ttl === 0 ? 'as soon as it ends, perhaps before Helm has seen how' : `${ttl} s after its end, with the log of a failed run`} (ttlSecondsAfterFinished: ${ttl})`,
        };
      } else if (!hook && ttl === undefined && newName(resource)) {
        yield {
          at: resource.key('spec'),
          severity: 'info',
          message: `${describe(resource)} gets a new name at each upgrade and no ttlSecondsAfterFinished: finished Jobs pile up`,
        };
      }
    }
  },
});
