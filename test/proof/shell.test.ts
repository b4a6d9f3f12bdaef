import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { deployment, holder, hook, job, removeCharts, service } from './charts.ts';
import type { Loose } from './kinds.ts';
import { chartOf, named, rigOf } from './rig.ts';
import { RealShell, sandboxAvailability } from './wait-sandbox.ts';
import { taskOf } from './stand-ins.ts';

// A folder of its own shows what plays leave behind.
const own = mkdtempSync(join(tmpdir(), 'proof-test-'));
process.env.TMPDIR = own;

afterAll(async () => {
  await removeCharts();
  rmSync(own, { recursive: true, force: true });
});

const availability = sandboxAvailability();
if (!availability.available) console.warn(`waits are not really run here: ${availability.reason}`);

const { install } = rigOf('4.2.3');
/** Shells take their time on a busy machine; only what blocks waits so long. */
const patient = ['--timeout', '8s'];
const shell = (script: string, more: Loose = {}) => ({
  name: 'wait',
  image: 'busybox',
  command: ['sh', '-c', script],
  ...more,
});
const migrate = {
  containers: [
    {
      name: 'main',
      image: 'image',
      command: ['alembic', 'upgrade', 'head'],
      env: [{ name: 'DATABASE_URL', value: 'postgresql+asyncpg://u:p@db:5432/app' }],
    },
  ],
};

/** A database, a Service without pods, and a Job that waits by a script. */
function release(events: string, script: string, more: Loose = {}, ...others: Loose[]) {
  const container = { initContainers: [shell(script, more.container)], ...migrate, ...more.pod };
  return chartOf(
    deployment('db', { containers: [{ name: 'main', image: 'image', ports: [{ name: 'pg', containerPort: 5432 }] }] }),
    service('db', 'db', 5432, { ports: [{ port: 5432, targetPort: 'pg' }] }),
    service('nobody', 'nobody', 80),
    service('headless', 'nobody', 80, { clusterIP: 'None' }),
    job('mig', hook(events), container),
    ...others,
  );
}

const held = [
  'until nc -z db 5432; do sleep 2; done',
  'while ! nc -vz -w 1 db.default.svc.cluster.local 5432; do sleep 1; done && getent hosts nobody',
  'until (nc -z db.default 5432) && wget -q -O - http://db:5432/; do sleep 1; done',
  'until nslookup db.$(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace).svc.cluster.local; do sleep 2; done; nc -z db 5432',
  'until mysql --connect-timeout=2 -h db -P 5432 -e "SELECT 1"; do sleep 2; done',
  'until psql -h db -tAc "select 1 from schema_version" | grep -q 1; do sleep 2; done',
  'until pg_isready -h db -p 5432; do sleep 1; done',
  'timeout 60 sh -c "until nc -z db 5432; do sleep 1; done"',
  'wait-for-it.sh db:5432 -t 60 -s -- sh -c "exit 0"',
  "until bash -c '</dev/tcp/db/5432'; do sleep 1; done",
  'until curl -sf http://db:5432/health; do sleep 1; done',
  'nc -z "$DB_SERVICE_HOST" "$DB_SERVICE_PORT"',
];

const refused = [
  'nc -z nobody 80',
  'getent hosts headless',
  'getent hosts absent',
  'wait-for-it.sh nobody:80 -t 3 -- true',
  'kubectl get deployment db',
  'psql -h nobody -c "select 1"',
  'wget -T 1 -q http://192.0.2.1/',
];

describe.skipIf(!availability.available)('waits in a real shell', { concurrent: true }, () => {
  test.each(held)('%s', async (script) => {
    const early = await install(await release('pre-install', script), [], { behaviour: new RealShell() });
    expect([early.exitCode, early.createdOrdinary]).toEqual([1, []]);
    const late = await install(await release('post-install', script), patient, { behaviour: new RealShell() });
    expect([late.stderr, named(late)]).toEqual(['', ['post-install Job/mig succeeded']]);
  });

  test.each(refused)('fails though the database is up: %s', async (script) => {
    const seen = await install(await release('post-install', script), patient, { behaviour: new RealShell() });
    expect(seen.steps).toMatchObject([{ outcome: 'failed' }]);
  });

  test('a migration without a wait fails before its database, and uses its retries', async () => {
    const seen = await install(await release('pre-install', 'true'), patient, { behaviour: new RealShell() });
    expect(seen.steps).toMatchObject([{ outcome: 'failed' }]);
  });

  test('what lies outside the cluster is there when it is said to be', async () => {
    const chart = await release('pre-install', 'until nc -z db.example.com 5432; do sleep 2; done', {
      pod: { containers: [shell('true', { name: 'main' })] },
    });
    const behaviour = () => new RealShell({ outside: ['db.example.com:5432'] });
    const [there, absent] = [
      await install(chart, patient, { behaviour: behaviour() }),
      await install(chart, [], { behaviour: new RealShell() }),
    ];
    expect([there.exitCode, absent.exitCode]).toEqual([0, 1]);
  });

  test('a script mounted from a ConfigMap, a file on a shared volume', async () => {
    const script = {
      ...holder('ConfigMap', 'script', hook('pre-install', '-1')),
      data: { 'wait.sh': '/opt/tool/check --now\ntouch /shared/marker\n' },
    };
    const volumes = [
      { name: 'script', configMap: { name: 'script' } },
      { name: 'shared', emptyDir: {} },
    ];
    const mounts = {
      volumeMounts: [
        { name: 'script', mountPath: '/wait' },
        { name: 'shared', mountPath: '/shared' },
      ],
    };
    const containers = [{ ...shell('test -e /shared/marker'), name: 'main', ...mounts }];
    const seen = await install(
      await release('pre-install', 'bash /wait/wait.sh', { container: mounts, pod: { volumes, containers } }, script),
      patient,
      { behaviour: new RealShell() },
    );
    expect([seen.stderr, named(seen)]).toEqual([
      '',
      ['pre-install ConfigMap/script succeeded', 'pre-install Job/mig succeeded'],
    ]);
  });

  test('kubectl asks the cluster, as its ServiceAccount may', async () => {
    const group = 'rbac.authorization.k8s.io';
    const role = {
      apiVersion: `${group}/v1`,
      kind: 'Role',
      metadata: { name: 'r' },
      rules: [{ apiGroups: ['apps', ''], resources: ['deployments', 'pods'], verbs: ['get', 'list', 'watch'] }],
    };
    const binding = {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'r' },
      roleRef: { apiGroup: group, kind: 'Role', name: 'r' },
      subjects: [{ kind: 'ServiceAccount', name: 'default' }],
    };
    const script =
      'kubectl rollout status deployment/db --timeout=60s && kubectl wait --for=condition=ready pod -l app=db --timeout=60s && ! kubectl get jobs';
    const seen = await install(await release('post-install', script, {}, role, binding), patient, {
      behaviour: new RealShell(),
    });
    expect([seen.stderr, named(seen)]).toEqual(['', ['post-install Job/mig succeeded']]);
  });

  test('hostile commands reach nothing, and nothing outlives the play', async () => {
    const mark = `escaped-${process.pid}`;
    const checks = [
      `! touch /lib/${mark}`,
      `! touch /real/${mark}`,
      '! test -e /work',
      '! test -e /etc/shadow',
      '! mount -t tmpfs none /mnt',
      '! unshare -m mount -t tmpfs none /lib',
      '! chroot / true',
      '! kill -9 1 2> /dev/null || true',
    ];
    const paths = {
      volumeMounts: [{ name: 'v', mountPath: `/../../../tmp/${mark}`, subPath: `tmp/${mark}` }],
    };
    const script = `${checks.join(' && ')} && (sleep 9999999 & sleep 9999999 & true) && while :; do sleep 9999999; done`;
    const seen = await install(
      await release('pre-install', script, { container: paths, pod: { volumes: [{ name: 'v', emptyDir: {} }] } }),
      [],
      { behaviour: new RealShell() },
    );
    expect(seen.blocked).toMatchObject([{ container: 'wait', reason: 'init container wait still running' }]);
    expect(existsSync(`/tmp/${mark}`) || existsSync(`/lib/${mark}`)).toBe(false);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain('9999999');
  });
});

test('plays leave no folders behind', () => {
  expect(readdirSync(own).filter((name) => !name.startsWith('proof-chart-'))).toEqual([]);
});

test('stand-ins read their own arguments', () => {
  expect(taskOf('mysql', ['--connect-timeout=2', '-h', 'mariadb', '-psecret', '-e', 'SELECT 1'], {})).toEqual({
    kind: 'connect',
    to: [{ host: 'mariadb', port: 3306 }],
    failure: 1,
  });
  expect(taskOf('redis-cli', ['-h', 'cache', '-p', '6380', 'ping'], {})).toMatchObject({
    to: [{ host: 'cache', port: 6380 }],
  });
  expect(taskOf('dockerize', ['-wait', 'tcp://db:5432', '-timeout', '60s'], {})).toEqual({
    kind: 'wait',
    to: [{ host: 'db', port: 5432 }],
    seconds: 60,
    drop: 0,
  });
  expect(taskOf('wait4x', ['tcp', 'db:5432', '-t', '0'], {})).toMatchObject({
    kind: 'wait',
    to: [{ host: 'db', port: 5432 }],
    seconds: undefined,
  });
  expect(taskOf('migrate', ['up'], { PGHOST: 'db', PGPORT: '5433' })).toMatchObject({
    to: [{ host: 'db', port: 5433 }],
  });
  expect(taskOf('python', ['manage.py', 'migrate'], { DB_HOST: 'mysql', OTHER: 'x' })).toMatchObject({
    to: [{ host: 'mysql', port: 5432 }],
  });
});
