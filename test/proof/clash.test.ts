import { afterAll, describe, expect, test } from 'vitest';
import { helmVersions } from '../helm/binaries.ts';
import { scripted } from './behaviour.ts';
import { holder, hook, job, removeCharts } from './charts.ts';
import { chartOf, rigOf } from './rig.ts';

afterAll(removeCharts);

/**
 * Event, policy, whether Helm 3 installs and upgrades, and whether a live object is deleted at install and at upgrade.
 */
const clashes: [event: string, policy: string | undefined, ok3: [boolean, boolean], deletes: [boolean, boolean]][] = [
  ['pre-install', undefined, [false, true], [false, false]],
  ['pre-install', 'before-hook-creation,hook-succeeded', [true, true], [false, false]],
  ['post-install', undefined, [true, true], [true, false]],
  ['pre-upgrade', undefined, [true, true], [false, true]],
  ['post-upgrade', undefined, [true, true], [false, true]],
  ['pre-upgrade', 'hook-succeeded', [true, false], [false, true]],
];

describe.each(helmVersions)(
  'what hook-shared-resource, restart-policy and single-run say, in Helm %s',
  { concurrent: true },
  (version) => {
    const { helm4, install, installThenUpgrade } = rigOf(version);

    test.each(clashes)(
      'one name as %s hook (%s) and as ordinary resource',
      async (event, policy, [installs, upgrades], [atInstall, atUpgrade]) => {
        const seen = await installThenUpgrade(
          await chartOf(holder('Secret', 's', hook(event, undefined, policy)), holder('Secret', 's')),
        );
        expect(seen.map(({ exitCode }) => exitCode === 0)).toEqual(helm4 ? [true, true] : [installs, upgrades]);
        // Deleted while it is the release's: a first deletion after the last revision, or after the ordinary one was
        // made.
        const verbs = seen.map(({ writes }) =>
          writes.filter(({ name }) => name === 's').map(({ verb }) => (verb === 'apply' ? 'create' : verb)),
        );
        if (installs || helm4) expect(verbs[0]!.lastIndexOf('delete') > 0 && event.startsWith('post')).toBe(atInstall);
        if (upgrades || helm4) expect(verbs[1]!.includes('delete')).toBe(atUpgrade);
      },
    );

    test.each(['Always', undefined, 'Never'])('a Pod as a hook with restartPolicy %s', async (restartPolicy) => {
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p', annotations: hook('pre-install') },
        spec: { ...(restartPolicy && { restartPolicy }), containers: [{ name: 'main', image: 'main' }] },
      };
      const seen = await install(await chartOf(pod), [], { behaviour: scripted({ main: 0 }) });
      expect(seen).toMatchObject(
        restartPolicy === 'Never' ? { exitCode: 0 } : { exitCode: 1, steps: [{ outcome: 'timed-out' }] },
      );
    });

    test('a plain Job with the revision in its name is deleted by the next upgrade', async () => {
      const seen = await installThenUpgrade(await chartOf(job('mig-{{ .Release.Revision }}')));
      expect(seen[1]!.exitCode).toBe(0);
      expect(seen[1]!.writes).toContainEqual(expect.objectContaining({ verb: 'delete', name: 'mig-1' }));
    });

    test('a hook Job with parallelism 0 never ends', async () => {
      expect(await install(await chartOf(job('mig', hook('pre-install'), {}, { parallelism: 0 })))).toMatchObject({
        exitCode: 1,
        steps: [{ outcome: 'timed-out' }],
      });
    });
  },
);
