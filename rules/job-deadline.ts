import { beside, defineRule, describe, hooksOf, int, type Workload } from '../src/rule.ts';

export const jobDeadline = defineRule({
  id: 'job-deadline',
  title: "A hook Job that outlives Helm's timeout",
  severity: 'warning',
  preset: 'recommended',
  why: `Helm waits for each hook until its \`--timeout\`, 5 minutes by default. Then the release has failed, and the Job goes on: the migration runs to its end (or waits for ever) under a
release that was given up, perhaps beside the next attempt. The limits of several waits in one pod add up, as its init containers run one after the other. With \`activeDeadlineSeconds\` below the
timeout the Job is stopped first, and Helm says why. A pod that cannot start (CreateContainerConfigError, a Secret from elsewhere that is not there) uses up no \`backoffLimit\`: only a deadline ends its Job.`,
  fix: 'Set `activeDeadlineSeconds` in the spec of the Job to less than the timeout that the release is installed with; it covers all retries.',
  off: 'When the release is installed with a longer `--timeout`: then set the option `timeout`.',
  see: [
    'https://github.com/helm/helm/issues/9864',
    'https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup',
  ],
  options: {
    timeout: { type: 'integer', minimum: 1, default: 300, description: "Helm's timeout for each hook, in seconds." },
  },
  *check({ release, options: { timeout } }) {
    for (const job of hooksOf(release)) {
      const { kind, resource } = job;
      if (kind !== 'Job') continue;
      const deadline = int(resource.get('spec', 'activeDeadlineSeconds'));
      if (deadline !== undefined && deadline > timeout) {
        yield {
          at: resource.place('spec', 'activeDeadlineSeconds'),
          resource,
          message: `${describe(resource)} may run for ${deadline} s, and Helm gives up after ${timeout} s (--timeout) and leaves it running`,
        };
      }
      if (deadline !== undefined) continue;
      const waits = limits(job);
      const total = waits.reduce((sum, { seconds }) => sum + seconds, 0);
      if (total > timeout) {
        const each = waits.map(({ container, seconds }) => `${container} ${seconds} s`);
        yield {
          at: resource.key('spec'),
          resource,
          message: `${describe(resource)} may wait for ${total} s (${beside(each)}) without activeDeadlineSeconds, and Helm gives up after ${timeout} s (--timeout) and leaves it running`,
        };
      } else {
        // Kubernetes itself keeps that ConfigMap in every namespace.
        const foreign = job.pod.references.filter(
          ({ kind: what, name, optional }) =>
            !optional && name !== 'kube-root-ca.crt' && release.find(what, name, job.namespace).length === 0,
        );
        if (foreign[0])
          yield {
            at: resource.key('spec'),
            resource,
            severity: 'info',
            message: `${describe(resource)} has no activeDeadlineSeconds, and its pod waits for ever while ${beside(foreign.map((one) => `${one.kind} ${one.name}`))} from outside the chart is not there`,
          };
      }
    }
  },
});

/** How long each container may wait at most, where it says so: init containers one after the other, of the main ones the longest. */
function limits({ pod }: Workload): { container: string; seconds: number }[] {
  const each = pod.containers.map(({ name, role, understanding }) => {
    // One command may wait for several things at once.
    const commands = new Map(
      understanding.waits.map(({ at, text, seconds }) => [JSON.stringify([at, text]), seconds ?? 0]),
    );
    return { container: name, role, seconds: [...commands.values()].reduce((sum, seconds) => sum + seconds, 0) };
  });
  const main = each
    .filter(({ role }) => role === 'main')
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 1);
  return [...each.filter(({ role }) => role === 'init'), ...main].filter(({ seconds }) => seconds > 0);
}
