// etcd, the API server and the controllers.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { certificates, kubeconfig } from './certificates.ts';
import { runInside, startInside } from './namespace.ts';
import { NoCluster, runFolder, type Programs } from './programs.ts';

const state = join(runFolder, 'state');

/** The addresses of the one node: its own, and one that stands for hosts outside. */
export function makeNetwork(): void {
  runInside('ip', 'link', 'set', 'lo', 'up');
  runInside('ip', 'link', 'add', 'node0', 'type', 'bridge');
  runInside('ip', 'addr', 'add', '10.200.0.1/24', 'dev', 'node0');
  runInside('ip', 'addr', 'add', '10.200.0.2/24', 'dev', 'node0');
  runInside('ip', 'link', 'set', 'node0', 'up');
  runInside('ip', 'route', 'add', 'default', 'dev', 'node0', 'src', '10.200.0.1');
}

/** Starts them, and returns when the API server is ready. */
export function startControlPlane({ bin, debian }: Programs): void {
  mkdirSync(state, { recursive: true });
  const client = 'http://127.0.0.1:2379';
  const peer = 'http://127.0.0.1:2380';
  startInside('etcd', join(debian, 'usr/bin/etcd'), [
    '--name=cluster',
    `--data-dir=${join(state, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=cluster=${peer}`,
    '--unsafe-no-fsync',
  ]);
  const of = (name: string) => join(certificates, name);
  startInside('apiserver', join(bin, 'kube-apiserver'), [
    `--etcd-servers=${client}`,
    '--advertise-address=10.200.0.1',
    '--bind-address=0.0.0.0',
    '--secure-port=6443',
    `--tls-cert-file=${of('apiserver.crt')}`,
    `--tls-private-key-file=${of('apiserver.key')}`,
    `--client-ca-file=${of('ca.crt')}`,
    `--token-auth-file=${of('tokens.csv')}`,
    '--authorization-mode=Node,RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${of('accounts.key')}`,
    `--service-account-key-file=${of('accounts.pub')}`,
    `--kubelet-client-certificate=${of('client.crt')}`,
    `--kubelet-client-key=${of('client.key')}`,
    '--allow-privileged=true',
    '--endpoint-reconciler-type=lease',
    '--max-requests-inflight=2000',
  ]);
  until('the API server', 120, () => ask('/readyz') === 'ok');
  const config = kubeconfig('controller-manager');
  startInside('controller-manager', join(bin, 'kube-controller-manager'), [
    `--kubeconfig=${config}`,
    `--authentication-kubeconfig=${config}`,
    `--authorization-kubeconfig=${config}`,
    `--service-account-private-key-file=${of('accounts.key')}`,
    `--root-ca-file=${of('ca.crt')}`,
    '--use-service-account-credentials=true',
    '--allocate-node-cidrs=true',
    '--cluster-cidr=10.244.0.0/16',
    '--leader-elect=false',
    '--enable-hostpath-provisioner=true',
    '--concurrent-namespace-syncs=10',
  ]);
}

/** Asks the API server as the administrator; empty where it does not answer. */
export function ask(path: string): string {
  try {
    return runInside(
      process.execPath,
      '--use-openssl-ca',
      '--input-type=module',
      '-e',
      `import { get } from 'node:https';
       get('https://127.0.0.1:6443${path}', { rejectUnauthorized: false, headers: { authorization: 'Bearer admin-token' } }, (response) => response.pipe(process.stdout))
         .on('error', () => process.exit(1));`,
    );
  } catch {
    return '';
  }
}

/** Waits for something; throws `NoCluster` when it does not come within some seconds. */
export function until(what: string, seconds: number, holds: () => boolean): void {
  const limit = Date.now() + seconds * 1000;
  while (!holds()) {
    if (Date.now() > limit)
      throw new NoCluster(`${what} was not ready within ${seconds} s: see ${join(runFolder, 'log')}`);
    execFileSync('sleep', ['0.5']);
  }
}
