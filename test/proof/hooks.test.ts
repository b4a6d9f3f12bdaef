import { afterAll, describe, expect, test } from 'vitest';
import { helmVersions } from '../helm/binaries.ts';
import { scripted } from './behaviour.ts';
import { deployment, holder, hook, job, removeCharts, writeChart } from './charts.ts';
import { chartOf, named, rigOf } from './rig.ts';
import type { Store } from './store.ts';

afterAll(removeCharts);

describe.each(helmVersions)('hooks in Helm %s', { concurrent: true }, (version) => {
  const { helm4, play, install, installThenUpgrade } = rigOf(version);

  test.each(['pre-instal', 'pre-install,foo', 'pre-install,', '', 'crd-install', 'test-failure'])(
    'the hook "%s" drops the document',
    async (events) => {
      const seen = await install(await chartOf(holder('ConfigMap', 'x', hook(events)), holder('ConfigMap', 'y')));
      expect(seen).toMatchObject({ exitCode: 0, steps: [], left: ['ConfigMap/y'] });
      expect(seen.stderr).toContain(helm4 ? 'skipping unknown hooks' : 'skipping unknown hook');
    },
  );

  test('an event listed twice runs twice', async () => {
    const seen = await install(await chartOf(job('mig', hook('pre-install,pre-install'))));
    expect(seen.exitCode).toBe(0);
    expect(seen.steps.map(({ name }) => name)).toEqual(['mig', 'mig']);
  });

  test('a Deployment as a hook is not awaited, a suspended Job is', async () => {
    const never = { behaviour: scripted({ main: 'never' }) };
    const seen = await install(
      await chartOf(deployment('app', { serviceAccountName: 'absent' }, hook('pre-install'))),
      [],
      never,
    );
    expect(seen).toMatchObject({ exitCode: 0, steps: [{ kind: 'Deployment', outcome: 'succeeded' }] });
    const suspended = await install(await chartOf(job('mig', hook('pre-install'), {}, { suspend: true })));
    expect(suspended).toMatchObject({ exitCode: 1, steps: [{ outcome: 'timed-out' }] });
  });

  test('a Job deleted while Helm waits: success in Helm 3, the timeout in Helm 4', async () => {
    const chart = await chartOf(
      job('mig', hook('pre-install'), {}, { suspend: true }),
      job('then', hook('post-install')),
    );
    const seen = await install(chart, ['--timeout', '4s'], { intervene: deleteFirstJob });
    expect(seen.exitCode).toBe(helm4 ? 1 : 0);
    expect(seen.steps.length).toBe(helm4 ? 1 : 2);
  });

  test('hook-succeeded deletions wait for all hooks of the event, then run backwards', async () => {
    const annotations = (weight: string) => hook('pre-install', weight, 'hook-succeeded');
    const seen = await install(
      await chartOf(
        holder('ConfigMap', 'a', annotations('1')),
        holder('ConfigMap', 'b', annotations('2')),
        job('c', annotations('3')),
      ),
    );
    const order = seen.writes
      .filter(({ kind }) => kind !== 'Secret')
      .map(({ verb, name }) => `${verb === 'delete' ? 'delete' : 'create'} ${name}`);
    expect(order).toEqual(['create a', 'create b', 'create c', 'delete c', 'delete b', 'delete a']);
  });

  test('after a later failure earlier hook-succeeded hooks are deleted since 3.19', async () => {
    const seen = await install(
      await chartOf(
        holder('ConfigMap', 'a', hook('pre-install', '1', 'hook-succeeded')),
        job('c', hook('pre-install', '2')),
      ),
      [],
      { behaviour: scripted({ main: 1 }) },
    );
    expect(seen.exitCode).toBe(1);
    expect(seen.left).toEqual(helm4 ? ['Job/c'] : ['ConfigMap/a', 'Job/c']);
  });

  test('hooks survive an uninstall, and keep does not save them from their delete policy', async () => {
    const kept = { ...hook('pre-install', '1', 'hook-succeeded'), 'helm.sh/resource-policy': 'keep' };
    const chart = await chartOf(
      holder('ConfigMap', 'kept', kept),
      job('mig', hook('pre-install', '2')),
      holder('ConfigMap', 'plain'),
    );
    const [, gone] = await play([{ action: 'install', chart }, { action: 'uninstall' }]);
    expect(gone).toMatchObject({ exitCode: 0, left: ['Job/mig'] });
  });

  test('generateName fails with the default policy, in Helm 4 always', async () => {
    const withName = (policy?: string) => {
      const made = job('x', hook('pre-install', undefined, policy));
      made.metadata = { generateName: 'mig-', annotations: made.metadata.annotations };
      return chartOf(made);
    };
    const plain = await install(await withName());
    const other = await install(await withName('hook-failed'));
    expect([plain.exitCode, other.exitCode]).toEqual([1, helm4 ? 1 : 0]);
  });

  test('one name as hook and as ordinary resource: the first install', async () => {
    const seen = await install(await chartOf(holder('Secret', 's', hook('pre-install')), holder('Secret', 's')));
    expect(seen.exitCode).toBe(helm4 ? 0 : 1);
    if (!helm4) expect(seen.stderr).toContain('secrets "s" already exists');
  });

  test('--wait-for-jobs without --wait waits for nothing', async () => {
    const never = { behaviour: scripted({ main: 'never' }) };
    const chart = await chartOf(job('plain'));
    const alone = await install(chart, ['--wait-for-jobs'], never);
    const both = await install(chart, ['--wait', '--wait-for-jobs'], never);
    expect([alone.exitCode, both.exitCode]).toEqual([0, 1]);
  });

  test('a failed upgrade that rolls back runs the rollback hooks of the older revision', async () => {
    const old = await chartOf(job('old', hook('pre-rollback')), deployment('app'));
    const broken = await chartOf(
      job('new', hook('pre-rollback')),
      job('mig', hook('pre-upgrade'), { containers: [{ name: 'main', image: 'broken' }] }),
      deployment('app'),
    );
    const flags = [helm4 ? '--rollback-on-failure' : '--atomic'];
    const [, upgrade] = await play(
      [
        { action: 'install', chart: old },
        { action: 'upgrade', chart: broken, flags },
      ],
      { behaviour: scripted({ broken: 1 }) },
    );
    expect([upgrade?.exitCode, upgrade && named(upgrade)]).toEqual([
      1,
      ['pre-upgrade Job/mig failed', 'pre-rollback Job/old succeeded'],
    ]);
  });

  test('a failed install that rolls back runs the delete hooks', async () => {
    const chart = await chartOf(
      job('mig', hook('post-install')),
      job('bye', hook('pre-delete')),
      holder('ConfigMap', 'x'),
    );
    const seen = await install(chart, [helm4 ? '--rollback-on-failure' : '--atomic'], {
      behaviour: scripted({ main: { exit: 1, after: 0 } }),
    });
    expect(seen.exitCode).toBe(1);
    expect(named(seen)).toEqual(['post-install Job/mig failed', 'pre-delete Job/bye failed']);
  });

  test("six retries outlast Helm's five minutes", async () => {
    const chart = await chartOf(job('mig', hook('pre-install'), {}, { backoffLimit: 6 }));
    const [seen] = await play([{ action: 'install', chart, timeout: '3s' }], { behaviour: scripted({ main: 1 }) });
    expect(seen).toMatchObject({ exitCode: 1, steps: [{ outcome: 'timed-out' }] });
    const [longer] = await play([{ action: 'install', chart, timeout: '9s' }], { behaviour: scripted({ main: 1 }) });
    expect(longer).toMatchObject({ exitCode: 1, steps: [{ outcome: 'failed' }] });
  });

  test('a hook that is one only at upgrades flips: the live object is deleted', async () => {
    const flipping = `apiVersion: v1
kind: ConfigMap
metadata:
  name: x
{{- if .Release.IsUpgrade }}
  annotations:
    helm.sh/hook: pre-upgrade
{{- end }}
`;
    const [first, upgrade] = await installThenUpgrade(await writeChart({ 'x.yaml': flipping }));
    expect([first.left, upgrade.exitCode, upgrade.left]).toEqual([['ConfigMap/x'], 0, []]);
  });

  test('ordinary resources are created by kind', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sa' } };
    const seen = await install(
      await chartOf(job('j'), deployment('d'), holder('ConfigMap', 'c'), account, holder('Secret', 's')),
    );
    const kinds = seen.createdOrdinary.map((made) => made.split('/')[0]);
    expect(kinds).toEqual(['ServiceAccount', 'Secret', 'ConfigMap', 'Deployment', 'Job']);
  });
});

/** Deletes the first Job once Helm has had the time to look at it. */
function deleteFirstJob(store: Store): void {
  const stop = store.onChange(() => {
    const [job] = store.list('jobs.batch');
    if (!job) return;
    stop();
    setTimeout(() => store.delete(store.resource('jobs.batch'), job), 1000);
  });
}
