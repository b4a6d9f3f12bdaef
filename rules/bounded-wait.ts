import { beside, defineRule, describe, hooksOf, int } from '../src/rule.ts';

export const boundedWait = defineRule({
  id: 'bounded-wait',
  title: 'A hook waits without end',
  severity: 'warning',
  preset: 'strict',
  why: `A loop such as \`until nc -z db 5432; do sleep 2; done\` never gives up. Helm does, after its timeout, with "timed out waiting for the condition" and not a word of the database; the
pod waits on for ever, and the next upgrade finds it there.`,
  fix: 'Give the wait a limit (`timeout 120 sh -c …`, `-t 120`, a counter), or the Job `activeDeadlineSeconds`: then it fails, and says what it waited for.',
  off: 'When Helm is always called with a timeout and failed releases are cleaned up by hand.',
  see: ['https://github.com/helm/helm/issues/9864'],
  *check({ release }) {
    for (const { pod, resource } of hooksOf(release)) {
      // The Job's own, or one for each of its pods.
      if ((int(resource.get('spec', 'activeDeadlineSeconds')) ?? int(pod.spec['activeDeadlineSeconds'])) !== undefined)
        continue;
      const endless = pod.containers.flatMap((container) =>
        container.understanding.waits.filter(({ bounded }) => !bounded).map((wait) => ({ container, wait })),
      );
      const [first] = endless;
      if (!first) continue;
      const targets = endless.map(({ wait }) =>
        'host' in wait ? wait.host : 'name' in wait ? (wait.name ?? wait.kind) : wait.kind,
      );
      yield {
        at: resource.place(...first.container.path, ...first.wait.at),
        resource,
        message: `${describe(resource)} waits for ${beside(targets)} without a limit, and has no activeDeadlineSeconds`,
      };
    }
  },
});
