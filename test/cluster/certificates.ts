// The keys of a cluster that lives for an hour and is reached from its own namespace only.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder } from './programs.ts';

export const certificates = join(runFolder, 'certificates');

/** Who may speak with the API server, by token; a session of its own for each program. */
const users: readonly (readonly [name: string, user: string, groups?: string])[] = [
  ['admin', 'admin', 'system:masters'],
  ['controller-manager', 'system:kube-controller-manager'],
  ['scheduler', 'system:kube-scheduler'],
  ['kubelet', 'system:node:node0', 'system:nodes'],
  ['proxy', 'system:kube-proxy'],
  ['rig', 'rig', 'system:masters'],
];

/** Makes all of them, and a kubeconfig for each user. */
export function makeCertificates(): void {
  mkdirSync(certificates, { recursive: true });
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '30',
    '-subj',
    '/CN=cluster',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
  );
  certificate(
    'apiserver',
    '/CN=kube-apiserver',
    'IP:127.0.0.1,IP:10.200.0.1,IP:10.96.0.1,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc',
  );
  certificate('kubelet', '/CN=node0', 'IP:10.200.0.1,DNS:node0');
  certificate('rig', '/CN=rig', 'IP:127.0.0.1');
  certificate('client', '/O=system:masters/CN=apiserver', 'DNS:client');
  openssl('genrsa', '-out', 'accounts.key', '2048');
  openssl('rsa', '-in', 'accounts.key', '-pubout', '-out', 'accounts.pub');
  writeFileSync(
    join(certificates, 'tokens.csv'),
    users.map(([name, user, groups]) => `${name}-token,${user},${user}${groups ? `,"${groups}"` : ''}`).join('\n'),
  );
  for (const [name] of users) writeFileSync(kubeconfig(name), JSON.stringify(configOf(name)));
}

/** The kubeconfig of a user. */
export function kubeconfig(name: string): string {
  return join(certificates, `${name}.conf`);
}

/** The authority, as a webhook's configuration wants it. */
export function authority(): string {
  return readFileSync(join(certificates, 'ca.crt')).toString('base64');
}

function configOf(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'cluster', cluster: { server: 'https://127.0.0.1:6443', 'certificate-authority-data': authority() } },
    ],
    users: [{ name, user: { token: `${name}-token` } }],
    contexts: [{ name: 'cluster', context: { cluster: 'cluster', user: name } }],
    'current-context': 'cluster',
  };
}

function certificate(name: string, subject: string, names: string): void {
  writeFileSync(join(certificates, `${name}.ext`), `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`);
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`);
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '30',
    '-extfile',
    `${name}.ext`,
    '-out',
    `${name}.crt`,
  );
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { cwd: certificates, stdio: 'ignore' });
}
