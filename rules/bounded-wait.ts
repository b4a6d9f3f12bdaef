import { beside, defineRule, describe, hooksOf, int, placeIn } from '../src/rule.ts';

export const boundedWait = defineRule({
  id: 'bounded-wait',
  title: 'A hook waits without a time limit',
  severity: 'warning',
  preset: 'strict',
  why: `A loop such as \`until nc -z db 5432; do sleep 2; done\` never gives up. Helm gives up after its timeout with "timed
    out waiting for the condition", which does not name the database. The pod keeps waiting, and the next upgrade finds
    it still running.`,
  fix: `Limit the wait (\`timeout 120 sh -c …\`, \`-t 120\` or a counter), or set \`activeDeadlineSeconds\` on the Job. The
    Job then fails, and its log says what it waited for.`,
  off: 'When Helm always runs with a timeout and failed releases are cleaned up by hand.',
  see: ['https://github.com/helm/helm/issues/9864'],
  *check({ release }) {
    for (const { kind, pod, resource } of hooksOf(release)) {
      // The Job's own, or one for each of its pods.
      if ((int(resource.get('spec', 'activeDeadlineSeconds')) ?? int(pod.spec['activeDeadlineSeconds'])) !== undefined)
        continue;
      const endless = pod.containers.flatMap((container) =>
        container.understanding.waits.filter(({ bounded }) => !bounded).map((wait) => ({ container, wait })),
      );
      const [first] = endless;
      if (!first) continue;
      const targets = endless.map(({ wait }) =>
        'host' in wait ? wait.host : 'name' in wait ? (wait.name ?? `a ${wait.kind}`) : `a ${wait.kind}`,
      );
      yield {
        at: placeIn(resource, first.container, first.wait),
        resource,
        message: `${describe(resource)} waits for ${beside(targets)} without a time limit, and has no activeDeadlineSeconds`,
        help:
          kind === 'Job'
            ? `Write \`activeDeadlineSeconds: 240\` in the spec of ${describe(resource)}, or limit the wait itself.`
            : `Limit the wait (\`${first.wait.text}\`), for example with \`timeout 120\`.`,
      };
    }
  },
});
