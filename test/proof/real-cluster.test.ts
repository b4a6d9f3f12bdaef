// The proof on a cluster that is not our own, by its kubeconfig. A cluster of ours stands for it here, behind the same
// door.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { helmBinary, helmVersions } from '../helm/binaries.ts';
import { deployment, hook, job, removeCharts, service, writeChart } from './charts.ts';
import { RealCluster } from './real-cluster.ts';
import { named } from './rig.ts';
import { ProvingGround } from './run.ts';

afterAll(removeCharts);

async function kubeconfigOf(folder: string, server: string): Promise<string> {
  const file = join(folder, 'kubeconfig');
  await writeFile(
    file,
    `apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: "${server}"}}]\nusers: [{name: u, user: {token: t}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n`,
  );
  return file;
}

async function on<T>(
  use: (cluster: RealCluster, ground: ProvingGround) => Promise<T>,
  ports = new Map<string, number[]>(),
): Promise<T> {
  const ground = await ProvingGround.start({ scale: 100 });
  const folder = await mkdtemp(join(tmpdir(), 'proof-test-'));
  const kubeconfig = await kubeconfigOf(folder, ground.url);
  const cluster = await RealCluster.start({
    kubeconfig,
    existing: [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'given' }, data: { key: 'eA==' } }],
    outside: ['db:5432'],
    ports,
  });
  try {
    return await use(cluster, ground);
  } finally {
    await cluster.stop();
    await ground.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

it('asks again where the server closes a connection that was kept open', async () => {
  const asked = new Map<Socket, number>();
  const server = createServer((request, response) => {
    const times = (asked.get(request.socket) ?? 0) + 1;
    asked.set(request.socket, times);
    // Each connection is closed in the place of its third answer.
    if (times === 3) request.socket.resetAndDestroy();
    else response.end(JSON.stringify({ items: [{ metadata: { name: 'a' } }] }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const folder = await mkdtemp(join(tmpdir(), 'proof-test-'));
  try {
    const cluster = await RealCluster.start({
      kubeconfig: await kubeconfigOf(folder, `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      existing: [],
      outside: [],
      ports: new Map(),
    });
    for (let times = 0; times < 7; times += 1) expect(await cluster.list('/api/v1', 'pods')).toHaveLength(1);
    expect(asked.size).toBeGreaterThan(1);
    await cluster.stop();
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
});

describe.each(helmVersions)('Helm %s', (version) => {
  it('is seen to run the hooks in order, with images that can be pulled', async () => {
    const { path: helm } = await helmBinary(version);
    const chart = await writeChart({
      'all.yaml': [
        job('late', hook('pre-install', '2')),
        job('early', hook('pre-install', '-1', 'hook-succeeded'), {
          containers: [
            {
              name: 'main',
              image: 'registry.example/none',
              command: ['alembic', 'upgrade'],
              env: [{ name: 'K', valueFrom: { secretKeyRef: { name: 'given', key: 'key' } } }],
            },
          ],
        }),
        deployment('web'),
        service('web', 'web', 8080),
      ],
    });
    await on(
      async (cluster, ground) => {
        const seen = await cluster.play({ helm, action: 'install', chart, timeout: '5s' });
        expect([seen.exitCode, seen.stderr]).toEqual([0, expect.not.stringContaining('Error')]);
        expect(named(seen)).toEqual(['pre-install Job/early succeeded', 'pre-install Job/late succeeded']);
        expect(seen.left).toEqual(['Deployment/web', 'Job/late', 'Service/web']);
        expect(seen.createdOrdinary.sort()).toEqual(['Deployment/web', 'Service/web']);
        const web = ground.store.list('deployments.apps', cluster.namespace)[0]!.spec.template.spec.containers[0];
        expect([web.image, web.command[2]]).toEqual(['busybox:1.36.1', expect.stringContaining('nc -lk -p 8080')]);
      },
      new Map([['web', [8080]]]),
    );
  });
  it('is seen to stop at a hook that never ends, and leaves nothing behind', async () => {
    const { path: helm } = await helmBinary(version);
    const chart = await writeChart({
      'all.yaml': [
        job('first', hook('pre-install', '1')),
        job('stuck', hook('pre-install', '2'), { serviceAccountName: 'later' }),
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'later' } },
      ],
    });
    const ground = await on(async (cluster, here) => {
      const seen = await cluster.play({ helm, action: 'install', chart, timeout: '3s' });
      expect(seen.exitCode).not.toBe(0);
      expect(named(seen)).toEqual(['pre-install Job/first succeeded', 'pre-install Job/stuck timed-out']);
      return here;
    });
    expect(
      ground.store
        .list('namespaces')
        .filter(({ metadata }) => metadata.name.startsWith('migrate-lint-proof-') && !metadata.deletionTimestamp),
    ).toEqual([]);
  });
});
