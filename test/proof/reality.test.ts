// What a real Kubernetes does beyond the simple case, on our own server.
import { afterAll, describe, expect, test } from 'vitest';
import { scripted } from './behaviour.ts';
import { deployment, hook, job, removeCharts, service } from './charts.ts';
import type { Loose, Obj } from './kinds.ts';
import { askCluster } from './kubectl.ts';
import { environmentOf } from './pod-files.ts';
import { amountOf } from './quota.ts';
import { chartOf, named, rigOf } from './rig.ts';
import { Store } from './store.ts';

afterAll(removeCharts);

const { install, installThenUpgrade } = rigOf('4.2.3');
const pod: Obj = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: {} };

describe('kubectl', () => {
  const group = 'rbac.authorization.k8s.io';
  /** A cluster in which the default account may do something. */
  function cluster(...rules: Loose[]) {
    const store = new Store();
    const metadata = { name: 'r', namespace: 'default' };
    store.create(store.resource('namespaces'), { metadata: { name: 'default' } });
    store.create(store.resource(`roles.${group}`), { metadata, rules });
    store.create(store.resource(`rolebindings.${group}`), {
      metadata,
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [{ kind: 'ServiceAccount', name: 'default' }],
    });
    const kubectl = (line: string, file?: string) =>
      askCluster(store, pod, { argv: ['kubectl', ...line.split(' ')], env: {}, file });
    return { store, kubectl };
  }
  const all = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };

  test('create makes an object once', () => {
    const { store, kubectl } = cluster(all);
    expect(kubectl('create secret generic auth --from-literal=user=shop')).toEqual({
      code: 0,
      output: 'secret/auth created\n',
    });
    expect(store.get('secrets', 'default', 'auth')?.data).toEqual({ user: 'c2hvcA==' });
    expect(kubectl('create secret generic auth --from-literal=user=shop')).toEqual({
      code: 1,
      output: 'Error from server (AlreadyExists): secrets "auth" already exists\n',
    });
  });

  test('what create prints, apply and delete take', () => {
    const { store, kubectl } = cluster(all);
    const printed = kubectl('create configmap seen --from-literal=version=7 --dry-run=client -o yaml')?.output;
    expect(store.get('configmaps', 'default', 'seen')).toBeUndefined();
    expect([kubectl('apply -f -', printed)?.code, kubectl('apply -f -', printed)?.code]).toEqual([0, 0]);
    expect(store.get('configmaps', 'default', 'seen')?.data).toEqual({ version: '7' });
    expect(kubectl('delete configmap seen')).toEqual({ code: 0, output: 'configmap/seen deleted\n' });
    expect(kubectl('delete configmap seen')?.output).toContain('configmaps "seen" not found');
    expect(kubectl('delete configmap seen --ignore-not-found')?.code).toBe(0);
  });

  test('scale, patch and annotate change what is there', () => {
    const { store, kubectl } = cluster(all);
    store.create(store.resource('deployments.apps'), deployment('app'));
    store.change('deployments.apps', 'default', 'app', (app) => (app.spec.replicas = 1));
    expect(kubectl('scale deployment/app --replicas=0')?.output).toBe('deployment/app scaled\n');
    expect(kubectl('patch deployment app -p {"spec":{"paused":true}}')?.code).toBe(0);
    expect(kubectl('annotate deployment app seen=yes')?.code).toBe(0);
    const { spec, metadata } = store.get('deployments.apps', 'default', 'app')!;
    expect([spec.replicas, spec.paused, metadata.annotations]).toEqual([0, true, { seen: 'yes' }]);
  });

  test('each verb is asked for by its own', () => {
    const read = cluster({ apiGroups: ['', 'apps'], resources: ['pods', 'deployments'], verbs: ['get'] });
    read.store.create(read.store.resource('deployments.apps'), {
      ...deployment('app'),
      status: { conditions: [{ type: 'Available', status: 'True' }] },
    });
    expect(read.kubectl('get deployment app')?.code).toBe(0);
    expect(read.kubectl('get deployments')?.output).toContain('cannot list resource "deployments"');
    expect(read.kubectl('create configmap a')?.output).toContain('cannot create resource "configmaps"');
    expect(read.kubectl('delete deployment app')?.output).toContain('cannot delete resource "deployments"');
    // It lists and watches, and tries again until its time is up.
    expect(read.kubectl('wait --for=condition=Available deployment/app')).toBeUndefined();
    const watch = cluster({
      apiGroups: ['apps'],
      resources: ['deployments'],
      resourceNames: ['app'],
      verbs: ['get', 'list', 'watch'],
    });
    watch.store.create(watch.store.resource('deployments.apps'), {
      ...deployment('app'),
      status: { conditions: [{ type: 'Available', status: 'True' }] },
    });
    expect(watch.kubectl('wait --for=condition=Available deployment/app')?.code).toBe(0);
    expect(watch.kubectl('get deployment other')?.output).toContain('"other" is forbidden');
  });
});

test('variables for Services', () => {
  const store = new Store();
  const metadata = { name: 'my-redis', namespace: 'default' };
  const spec = { clusterIP: '127.96.0.9', ports: [{ name: 'redis', port: 6379 }] };
  store.create(store.resource('services'), { metadata, spec });
  expect(environmentOf(store, pod, {})).toMatchObject({
    MY_REDIS_SERVICE_HOST: '127.96.0.9',
    MY_REDIS_SERVICE_PORT: '6379',
    MY_REDIS_SERVICE_PORT_REDIS: '6379',
    MY_REDIS_PORT: 'tcp://127.96.0.9:6379',
    MY_REDIS_PORT_6379_TCP_ADDR: '127.96.0.9',
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
  });
  const without = environmentOf(store, { ...pod, spec: { enableServiceLinks: false } }, {});
  expect([without.MY_REDIS_PORT, without.KUBERNETES_PORT]).toEqual([undefined, 'tcp://127.0.0.1:443']);
});

const indexed = (completions: number, parallelism: number, more: Loose = {}) =>
  job('shards', {}, {}, { completionMode: 'Indexed', completions, parallelism, ...more });

describe('Jobs', () => {
  test('completions of an Indexed Job change together with its parallelism only', async () => {
    const [, both] = await installThenUpgrade(await chartOf(indexed(2, 2)), await chartOf(indexed(3, 3)));
    expect([both.exitCode, both.stderr]).toEqual([0, '']);
    const [, alone] = await installThenUpgrade(await chartOf(indexed(2, 2)), await chartOf(indexed(3, 2)));
    expect(alone.stderr).toContain(
      'spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism',
    );
    const plain = (completions: number) => chartOf(job('plain', {}, {}, { completions, parallelism: completions }));
    const [, other] = await installThenUpgrade(await plain(2), await plain(3));
    expect(other.stderr).toContain('spec.completions: Invalid value: 3: field is immutable');
  });

  test('each index has its own pod, with its number and host name', async () => {
    const seen: string[] = [];
    const behaviour = scripted({});
    await install(
      await chartOf(job('shards', hook('pre-install'), {}, { completionMode: 'Indexed', completions: 3 })),
      [],
      {
        behaviour: {
          ...behaviour,
          run: ({ env }, { spec }) => {
            seen.push(`${env[0].name}=${env[0].value} ${spec.hostname}`);
            return Promise.resolve(seen.length === 2 ? 1 : 0);
          },
        },
      },
    );
    // backoffLimit: 0, so the second one ends the Job.
    expect(seen).toEqual(['JOB_COMPLETION_INDEX=0 shards-0', 'JOB_COMPLETION_INDEX=1 shards-1']);
  });

  const onFailure = (backoffLimit: number) =>
    chartOf(job('mig', hook('pre-install'), { restartPolicy: 'OnFailure' }, { backoffLimit }));
  /** A container that fails the first time. */
  const failsOnce = () => {
    let runs = 0;
    return { ...scripted({}), run: () => Promise.resolve(runs++ === 0 ? 1 : 0) };
  };

  test('with OnFailure the Job fails while its last retry begins', async () => {
    const one = await install(await onFailure(1), [], { behaviour: failsOnce() });
    expect([one.exitCode, named(one)]).toEqual([1, ['pre-install Job/mig failed']]);
    const two = await install(await onFailure(2), [], { behaviour: failsOnce() });
    expect([two.exitCode, named(two)]).toEqual([0, ['pre-install Job/mig succeeded']]);
  });

  test('a podFailurePolicy decides what counts', async () => {
    const withRule = (action: string, backoffLimit: number) => {
      const podFailurePolicy = { rules: [{ action, onExitCodes: { operator: 'In', values: [1] } }] };
      return chartOf(job('mig', hook('pre-install'), {}, { backoffLimit, podFailurePolicy }));
    };
    const ignored = await install(await withRule('Ignore', 0), [], { behaviour: failsOnce() });
    expect(named(ignored)).toEqual(['pre-install Job/mig succeeded']);
    const ended = await install(await withRule('FailJob', 6), [], { behaviour: failsOnce() });
    expect(named(ended)).toEqual(['pre-install Job/mig failed']);
  });
});

describe('workloads', () => {
  test('a Deployment that becomes Recreate keeps its rollingUpdate under server-side apply', async () => {
    const as = (strategy: Loose) => {
      const app = deployment('app');
      return chartOf({ ...app, spec: { ...app.spec, strategy } });
    };
    const plain = await as({ type: 'RollingUpdate' });
    const refused = /spec\.strategy\.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'/;
    for (const recreate of [{ type: 'Recreate' }, { type: 'Recreate', rollingUpdate: null }]) {
      const [, upgrade] = await installThenUpgrade(plain, await as(recreate));
      expect([upgrade.exitCode, upgrade.stderr]).toEqual([1, expect.stringMatching(refused)]);
    }
    const [, second] = await rigOf('3.17.3').installThenUpgrade(plain, await as({ type: 'Recreate' }));
    expect([second.exitCode, second.stderr]).toEqual([0, '']);
  });

  test('pods are ready after the initial delay, those of a StatefulSet one after the other', async () => {
    const probe = { readinessProbe: { tcpSocket: { port: 5432 }, initialDelaySeconds: 100 } };
    const db = (more: Loose) => {
      const one = deployment('db', { containers: [{ name: 'main', image: 'image', ...probe }] });
      return chartOf({ ...one, kind: 'StatefulSet', spec: { ...one.spec, replicas: 2, serviceName: 'db', ...more } });
    };
    const podsAtOnce = async (more: Loose) => {
      let pods: string[] = [];
      const seen = await install(await db(more), [], {
        intervene: (store) => store.onChange(() => (pods = store.list('pods').map(({ metadata }) => metadata.name))),
      });
      expect(seen.states).toEqual({ 'StatefulSet/db': 'NotReady' });
      return pods;
    };
    expect([await podsAtOnce({}), await podsAtOnce({ podManagementPolicy: 'Parallel' })]).toEqual([
      ['db-0'],
      ['db-0', 'db-1'],
    ]);
  });

  test('an autoscaler raises a Deployment to its minimum, and the next upgrade conflicts with it', async () => {
    const autoscaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'app' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app' },
        minReplicas: 2,
        maxReplicas: 4,
      },
    };
    const app = (replicas?: number) => {
      const one = deployment('app');
      return { ...one, spec: { ...one.spec, ...(replicas === undefined ? {} : { replicas }) } };
    };
    const replicas: number[] = [];
    const [, upgrade] = await installThenUpgrade(await chartOf(app(1), autoscaler), undefined, {
      intervene: (store) =>
        store.onChange(({ object }) => object.kind === 'Deployment' && replicas.push(object.spec.replicas)),
    });
    expect([replicas[0], replicas.at(-1)]).toEqual([1, 2]);
    expect(upgrade.stderr).toContain(
      'conflict with "kube-controller-manager" with subresource "scale" using apps/v1: .spec.replicas',
    );
    const [, free] = await installThenUpgrade(await chartOf(app(), autoscaler));
    expect(free.exitCode).toBe(0);
  });
});

describe('limits of a namespace', () => {
  const object = (kind: string, spec: Loose) => ({ apiVersion: 'v1', kind, metadata: { name: 'it' }, spec });

  test('a quota of pods lets no further pod be made', async () => {
    const chart = await chartOf(
      object('ResourceQuota', { hard: { pods: 1 } }),
      deployment('app'),
      job('seed', hook('post-install')),
    );
    const seen = await install(chart);
    expect(seen).toMatchObject({ exitCode: 1, steps: [{ outcome: 'timed-out' }] });
    expect(seen.blocked[0]?.reason).toContain('exceeded quota: it, requested: pods=1, used: pods=1, limited: pods=1');
    // What has ended does not count.
    const after = await install(
      await chartOf(
        object('ResourceQuota', { hard: { pods: 1 } }),
        job('a', hook('post-install')),
        job('b', hook('post-install')),
      ),
    );
    expect(after.exitCode).toBe(0);
  });

  test('a quota of memory is used up by what pods ask for', async () => {
    const asking = (memory: string) => ({
      containers: [{ name: 'main', image: 'image', resources: { requests: { memory } } }],
    });
    const quota = object('ResourceQuota', { hard: { 'requests.memory': '1Gi' } });
    const play = async (memory: string) =>
      install(
        await chartOf(quota, deployment('app', asking('768Mi')), job('seed', hook('post-install'), asking(memory))),
      );
    expect([(await play('256Mi')).exitCode, (await play('257Mi')).exitCode]).toEqual([0, 1]);
    expect(['250m', '1Gi', '2', '1.5k'].map(amountOf)).toEqual([0.25, 2 ** 30, 2, 1500]);
  });

  test('the defaults of a LimitRange are enough for a quota', async () => {
    const quota = object('ResourceQuota', { hard: { 'limits.memory': '1Gi', 'requests.cpu': 1 } });
    const range = object('LimitRange', {
      limits: [{ type: 'Container', default: { memory: '128Mi' }, defaultRequest: { cpu: '100m' } }],
    });
    const [without, withDefaults] = [
      await install(await chartOf(quota, job('mig', hook('post-install')))),
      await install(await chartOf(quota, range, job('mig', hook('post-install')))),
    ];
    expect([without.exitCode, withDefaults.exitCode]).toEqual([1, 0]);
  });

  test('a quota of Services refuses one more', async () => {
    const quota = object('ResourceQuota', { hard: { services: 1 } });
    const seen = await install(await chartOf(quota, service('a', 'a', 80), service('b', 'b', 80)));
    expect(seen.stderr).toContain('exceeded quota: it, requested: services=1, used: services=1, limited: services=1');
  });
});
