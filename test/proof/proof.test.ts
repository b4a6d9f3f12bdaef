import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { helmBinary, helmVersions } from '../helm/binaries.ts';
import { scripted } from './behaviour.ts';
import { deployment, holder, hook, job, removeCharts, writeChart } from './charts.ts';
import { chartOf, named, rigOf } from './rig.ts';

afterAll(removeCharts);

describe.each(helmVersions)('Helm %s', { concurrent: true }, (version) => {
  const { helm4, play, install, installThenUpgrade } = rigOf(version);

  test('hooks run by weight, then name, then kind, in one list with the subcharts', async () => {
    const subchart = {
      '/charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 0.1.0\n',
      '/charts/sub/templates/x.yaml': [job('bb', hook('pre-install'))],
    };
    const own = [
      job('zz', hook('pre-install', '-1')),
      job('cc', hook('pre-install')),
      holder('ConfigMap', 'dd', hook('pre-install')),
      job('aa', hook('pre-install', '+5')),
      job('dd', hook('pre-install')),
      job('ee', hook('pre-install', 'abc')),
      job('010', hook('pre-install', '010')),
    ];
    const seen = await install(await writeChart({ ...subchart, 'own.yaml': own }));
    expect(seen.steps.map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      'Job/zz',
      'Job/bb',
      'Job/cc',
      'ConfigMap/dd',
      'Job/dd',
      'Job/ee',
      'Job/aa',
      'Job/010',
    ]);
  });

  test('a completed Job of the last run: already exists in Helm 3, silently skipped in Helm 4', async () => {
    const [, upgrade] = await installThenUpgrade(
      await chartOf(job('mig', hook('pre-install,pre-upgrade', undefined, 'hook-failed'))),
    );
    if (helm4) {
      expect(upgrade).toMatchObject({
        exitCode: 0,
        steps: [{ event: 'pre-upgrade', name: 'mig', outcome: 'skipped' }],
      });
    } else {
      expect(upgrade).toMatchObject({ exitCode: 1, steps: [{ outcome: 'refused' }] });
      expect(upgrade.stderr).toContain('jobs.batch "mig" already exists');
    }
  });

  test('a changed Job of the last run is refused', async () => {
    const annotations = hook('pre-install,pre-upgrade', undefined, 'hook-failed');
    const changed = job('mig', annotations, { containers: [{ name: 'main', image: 'image:2' }] });
    const [, upgrade] = await installThenUpgrade(await chartOf(job('mig', annotations)), await chartOf(changed));
    expect(upgrade.exitCode).toBe(1);
    expect(upgrade.stderr).toMatch(
      helm4 ? /Job\.batch "mig" is invalid: spec\.template: .*field is immutable/s : /jobs\.batch "mig" already exists/,
    );
  });

  test.each(['', 'befor-hook-creation'])('the delete policy "%s" turns the default off', async (policy) => {
    const [, upgrade] = await installThenUpgrade(
      await chartOf(job('mig', hook('pre-install,pre-upgrade', undefined, policy))),
    );
    expect(upgrade.steps[0]?.outcome).toBe(helm4 ? 'skipped' : 'refused');
  });

  test('without a delete policy the last Job is deleted and runs again', async () => {
    const [, upgrade] = await installThenUpgrade(await chartOf(job('mig', hook('pre-install,pre-upgrade'))));
    expect(upgrade).toMatchObject({ exitCode: 0, steps: [{ outcome: 'succeeded' }] });
  });

  test('after a failed first install an upgrade runs pre-upgrade, never pre-install or post-install', async () => {
    const chart = await chartOf(
      job('a', hook('pre-install')),
      job('b', hook('post-install')),
      job('c', hook('pre-upgrade')),
      deployment('app'),
    );
    const [first, again] = await play(
      [
        { action: 'install', chart },
        { action: 'upgrade --install', chart },
      ],
      { behaviour: failingOnce('a') },
    );
    expect([first?.exitCode, first && named(first)]).toEqual([1, ['pre-install Job/a failed']]);
    expect(first?.createdOrdinary).toEqual([]);
    expect([again?.exitCode, again && named(again)]).toEqual([0, ['pre-upgrade Job/c succeeded']]);
    expect(again?.createdOrdinary).toEqual(['Deployment/app']);
  });

  test('an ordinary resource that becomes a hook is deleted by that upgrade', async () => {
    const [, upgrade] = await installThenUpgrade(
      await chartOf(holder('ConfigMap', 'x'), holder('ConfigMap', 'y')),
      await chartOf(holder('ConfigMap', 'x', hook('pre-install,pre-upgrade')), holder('ConfigMap', 'y')),
    );
    expect(upgrade.exitCode).toBe(0);
    expect(upgrade.left).toEqual(['ConfigMap/y']);
  });

  test('a hook that becomes an ordinary resource fails on ownership', async () => {
    const [, upgrade] = await installThenUpgrade(
      await chartOf(holder('ConfigMap', 'x', hook('pre-install,pre-upgrade'))),
      await chartOf(holder('ConfigMap', 'x')),
    );
    expect(upgrade.exitCode).toBe(1);
    expect(upgrade.stderr).toMatch(
      /[Uu]nable to continue with update: .* exists and cannot be imported into the current release: invalid ownership metadata/,
    );
  });

  test('a name that is hook and ordinary: a failed migration leaves the live Secret deleted in 4.2', async () => {
    const both = (image: string) =>
      chartOf(
        holder('Secret', 's', hook('pre-upgrade', '-1', 'before-hook-creation,hook-succeeded')),
        holder('Secret', 's'),
        job('mig', hook('pre-upgrade'), { containers: [{ name: 'main', image }] }),
        deployment('app'),
      );
    const [first, upgrade] = await installThenUpgrade(await both('image'), await both('broken'), {
      behaviour: scripted({ broken: 1 }),
    });
    expect([first.exitCode, first.left.includes('Secret/s')]).toEqual([0, true]);
    expect(named(upgrade)).toEqual(['pre-upgrade Secret/s succeeded', 'pre-upgrade Job/mig failed']);
    expect([upgrade.exitCode, upgrade.left.includes('Secret/s')]).toEqual([1, version === '3.17.3']);
  });

  test('numbers and booleans in annotations lint and render, and fail at install', async () => {
    const { path: helm } = await helmBinary(version);
    for (const value of [5, true]) {
      const chart = await chartOf(job('mig', { 'helm.sh/hook': 'pre-install', 'helm.sh/hook-weight': value }));
      await promisify(execFile)(helm, ['lint', chart]);
      expect((await promisify(execFile)(helm, ['template', chart])).stdout).toContain('pre-install');
      const seen = await install(chart);
      expect(seen.exitCode).toBe(1);
      expect(seen.stderr).toMatch(
        /cannot unmarshal (number|bool) into Go struct field ObjectMeta\.metadata\.annotations of type string/,
      );
    }
  });

  test('a hook-succeeded Secret is gone before the ordinary resources exist', async () => {
    const secret = holder('Secret', 's', hook('pre-install', '-5', 'hook-succeeded'));
    const env = {
      containers: [
        { name: 'main', image: 'image', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'key' } } }] },
      ],
    };
    const seen = await install(await chartOf(secret, job('mig', hook('pre-install'), env), deployment('app', env)));
    expect([seen.exitCode, named(seen)]).toEqual([
      0,
      ['pre-install Secret/s succeeded', 'pre-install Job/mig succeeded'],
    ]);
    const order = seen.writes
      .filter(({ kind, verb }) => (kind === 'Secret' && verb === 'delete') || kind === 'Deployment')
      .map(({ kind, name }) => `${kind}/${name}`);
    expect(order).toEqual(['Secret/s', 'Deployment/app']);
    expect(seen.blocked).toMatchObject([
      { owner: 'Deployment/app', container: 'main', reason: 'secret "s" not found' },
    ]);
  });

  test('a failed Job in its words', async () => {
    const seen = await install(await chartOf(job('mig', hook('pre-install'))), [], {
      behaviour: scripted({ main: 1 }),
    });
    expect(seen).toMatchObject({ exitCode: 1, steps: [{ outcome: 'failed' }], left: ['Job/mig'] });
    if (helm4)
      expect(seen.stderr).toContain(
        'failed pre-install: resource Job/default/mig not ready. status: Failed, message: Job Failed. failed: 1/1',
      );
    else expect(seen.stderr).toMatch(/failed pre-install: 1 error occurred:\s+\* job mig failed: BackoffLimitExceeded/);
  });

  test('a Job that does not end times out in its words, and is left running', async () => {
    const seen = await install(await chartOf(job('m3', hook('pre-install'))), [], {
      behaviour: scripted({ main: 'never' }),
    });
    expect(seen).toMatchObject({
      exitCode: 1,
      steps: [{ outcome: 'timed-out' }],
      left: ['Job/m3'],
      states: { 'Job/m3': 'Running' },
    });
    if (helm4)
      expect(seen.stderr).toMatch(
        /resource Job\/default\/m3 not ready\. status: InProgress, message: Job in progress[^]*context deadline exceeded/,
      );
    else expect(seen.stderr).toContain('timed out waiting for the condition');
  });

  test('hook-failed deletes a Job in the middle of its migration at the timeout', async () => {
    const seen = await install(await chartOf(job('mig', hook('pre-install', undefined, 'hook-failed'))), [], {
      behaviour: scripted({ main: 'never' }),
    });
    expect(seen).toMatchObject({
      exitCode: 1,
      steps: [{ outcome: 'timed-out' }],
      left: [],
      blocked: [{ owner: 'Job/mig', reason: 'container main still running' }],
    });
  });

  test('a changed ordinary Job is immutable', async () => {
    const [, upgrade] = await installThenUpgrade(
      await chartOf(job('plain')),
      await chartOf(job('plain', {}, { containers: [{ name: 'main', image: 'image:2' }] })),
    );
    expect(upgrade.exitCode).toBe(1);
    expect(upgrade.stderr).toMatch(/Job\.batch "plain" is invalid: spec\.template: .*field is immutable/s);
    if (!helm4) expect(upgrade.stderr).toContain('cannot patch "plain" with kind Job');
  });

  test('a workload that is never ready under --wait keeps post-hooks from running', async () => {
    const chart = await chartOf(
      deployment('app', { initContainers: [{ name: 'wait-elk', image: 'image' }] }),
      job('mig', hook('post-install')),
    );
    const seen = await install(chart, ['--wait'], { behaviour: scripted({ 'wait-elk': 'never' }) });
    expect(seen).toMatchObject({
      exitCode: 1,
      steps: [],
      blocked: [{ owner: 'Deployment/app', container: 'wait-elk', reason: 'init container wait-elk still running' }],
    });
    expect(seen.stderr).toContain(
      helm4
        ? 'resource Deployment/default/app not ready. status: InProgress, message: Available: 0/1'
        : 'context deadline exceeded',
    );
    const without = await install(chart, [], { behaviour: scripted({ 'wait-elk': 'never' }) });
    expect([without.exitCode, named(without)]).toEqual([0, ['post-install Job/mig succeeded']]);
  });
});

/** The first run of a Job's container fails, later ones succeed. */
function failingOnce(name: string) {
  let failed = false;
  const behaviour = scripted({});
  return {
    ...behaviour,
    run: (...args: Parameters<typeof behaviour.run>) => {
      if (failed || args[1].metadata.labels?.['job-name'] !== name) return behaviour.run(...args);
      failed = true;
      return Promise.resolve(1);
    },
  };
}
