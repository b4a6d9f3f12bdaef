import { afterAll, describe, expect, test } from 'vitest';
import { helmVersions } from '../helm/binaries.ts';
import { scripted } from './behaviour.ts';
import { deployment, holder, hook, job, removeCharts, service, writeChart } from './charts.ts';
import type { Loose } from './kinds.ts';
import { chartOf, named, rigOf } from './rig.ts';

afterAll(removeCharts);

const main = (more: Loose) => ({ containers: [{ name: 'main', image: 'image', ...more }] });
const secretEnv = (more: Loose = {}) =>
  main({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'x', key: 'key', ...more } } }] });
const volume = (source: Loose) => ({
  ...main({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
  volumes: [{ name: 'v', ...source }],
});

const blocks: [what: string, pod: Loose, reason: string | RegExp][] = [
  [
    'a ServiceAccount',
    { serviceAccountName: 'sa' },
    /error looking up service account default\/sa: serviceaccount "sa" not found/,
  ],
  ['a Secret in env', secretEnv(), 'secret "x" not found'],
  ['a ConfigMap in envFrom', main({ envFrom: [{ configMapRef: { name: 'x' } }] }), 'configmap "x" not found'],
  [
    'a key of a Secret',
    main({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'there', key: 'other' } } }] }),
    "couldn't find key other in Secret default/there",
  ],
  [
    'a Secret volume',
    volume({ secret: { secretName: 'x' } }),
    'MountVolume.SetUp failed for volume "v" : secret "x" not found',
  ],
  [
    'a projected ConfigMap',
    volume({ projected: { sources: [{ configMap: { name: 'x' } }] } }),
    /configmap "x" not found/,
  ],
  ['a claim', volume({ persistentVolumeClaim: { claimName: 'x' } }), 'persistentvolumeclaim "x" not found'],
];

const passes: [what: string, pod: Loose][] = [
  ['an optional Secret in env', secretEnv({ optional: true })],
  ['an optional volume', volume({ configMap: { name: 'x', optional: true } })],
  ['an image pull Secret', { imagePullSecrets: [{ name: 'x' }] }],
  ['nothing: the default ServiceAccount is there', {}],
];

const existing = [holder('Secret', 'there')].map((object) => ({ ...object, data: { key: 'dg==' } }));

describe.each(helmVersions)('the cluster under Helm %s', { concurrent: true }, (version) => {
  const { install, play, helm4 } = rigOf(version);

  test.each(blocks)('a missing reference blocks and uses up no retry: %s', async (_what, pod, reason) => {
    const seen = await install(await chartOf(job('mig', hook('pre-install'), pod)), [], { existing });
    expect(seen).toMatchObject({
      exitCode: 1,
      steps: [{ outcome: 'timed-out' }],
      blocked: [
        { owner: 'Job/mig', reason: typeof reason === 'string' ? reason : (expect.stringMatching(reason) as string) },
      ],
    });
  });

  test.each(passes)('does not block: %s', async (_what, pod) => {
    const seen = await install(await chartOf(job('mig', hook('pre-install'), pod)));
    expect([seen.exitCode, named(seen), seen.blocked]).toEqual([0, ['pre-install Job/mig succeeded'], []]);
  });

  test('a quota of limits lets no pod without them', async () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'quota' },
      spec: { hard: { 'limits.cpu': '2' } },
    };
    const seen = await install(await chartOf(job('mig', hook('pre-install'))), [], { existing: [quota] });
    expect(seen.blocked[0]?.reason).toContain('failed quota: quota: must specify limits.cpu');
  });

  test('what a hook needs and an ordinary resource brings is there at an upgrade', async () => {
    const chart = await chartOf(job('mig', hook('pre-install,pre-upgrade'), secretEnv()), holder('Secret', 'x'));
    const onUpgrade = await chartOf(job('mig', hook('pre-upgrade'), secretEnv()), holder('Secret', 'x'));
    const [first, again] = await play([
      { action: 'install', chart },
      { action: 'upgrade --install', chart: onUpgrade },
    ]);
    expect([first?.exitCode, first?.createdOrdinary, again?.exitCode]).toEqual([1, [], 1]);
    const [fresh, upgrade] = await play([
      { action: 'install', chart: onUpgrade },
      { action: 'upgrade', chart },
    ]);
    expect([fresh?.exitCode, upgrade?.exitCode, upgrade && named(upgrade)]).toEqual([
      0,
      0,
      ['pre-upgrade Job/mig succeeded'],
    ]);
  });

  test('a second container that never ends keeps a Job open, a sidecar init container does not', async () => {
    const proxy = { name: 'proxy', image: 'proxy' };
    const behaviour = scripted({ proxy: 'never' });
    const ordinary = await install(
      await chartOf(job('mig', hook('pre-install'), { containers: [{ name: 'main', image: 'image' }, proxy] })),
      [],
      { behaviour },
    );
    expect(ordinary).toMatchObject({ exitCode: 1, blocked: [{ container: 'proxy' }] });
    const sidecar = await install(
      await chartOf(job('mig', hook('pre-install'), { initContainers: [{ ...proxy, restartPolicy: 'Always' }] })),
      [],
      { behaviour },
    );
    expect(sidecar).toMatchObject({ exitCode: 0, blocked: [] });
  });

  test('activeDeadlineSeconds covers the retries', async () => {
    const seen = await install(
      await chartOf(job('mig', hook('pre-install'), {}, { backoffLimit: 6, activeDeadlineSeconds: 20 })),
      [],
      { behaviour: scripted({ main: 1 }) },
    );
    expect(seen).toMatchObject({ exitCode: 1, steps: [{ outcome: 'failed' }] });
    if (!helm4) expect(seen.stderr).toContain('job mig failed: DeadlineExceeded');
  });

  test('crds/ are waited for in Helm 3, in Helm 4 only with --wait', async () => {
    const names = { kind: 'Thing', plural: 'things', singular: 'thing', listKind: 'ThingList' };
    const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }];
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.example.com' },
      spec: { group: 'example.com', names, scope: 'Namespaced', versions },
    };
    const chart = await writeChart({
      '/crds/crd.yaml': [crd],
      'thing.yaml': [{ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 't' }, spec: { size: 1 } }],
    });
    // Slow enough for a new kind that Helm is at its objects first, on a busy machine too.
    const plain = await install(chart, ['--timeout', '10s'], { scale: 0.5 });
    const waiting = await install(chart, ['--wait', '--timeout', '10s'], { scale: 0.5 });
    expect([plain.exitCode, waiting.exitCode]).toEqual([helm4 ? 1 : 0, 0]);
    if (helm4) expect(plain.stderr).toContain('no matches for kind "Thing" in version "example.com/v1"');
  });

  test.each(['Deployment', 'StatefulSet', 'DaemonSet'])(
    '--wait sees a %s become ready, at install and upgrade',
    async (kind) => {
      const workload = (image: string) => {
        const made = { ...deployment('app', { containers: [{ name: 'main', image }] }), kind };
        if (kind === 'StatefulSet') made.spec = { ...made.spec, replicas: 2, serviceName: 'app' };
        return chartOf(made, service('app', 'app', 80));
      };
      const [first, second, gone] = await play([
        { action: 'install', chart: await workload('image:1'), flags: ['--wait'], timeout: '3s' },
        { action: 'upgrade', chart: await workload('image:2'), flags: ['--wait'], timeout: '3s' },
        { action: 'uninstall', flags: ['--wait'], timeout: '3s' },
      ]);
      expect([first?.exitCode, second?.exitCode, gone?.exitCode, second?.states, gone?.left]).toEqual([
        0,
        0,
        0,
        { [`${kind}/app`]: 'Ready' },
        [],
      ]);
    },
  );
});
