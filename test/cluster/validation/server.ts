// The API server's own verdict on an object, by a dry run: nothing is kept.
import * as https from 'node:https';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Loose } from '../../proof/kinds.ts';

/** How Helm sends an object: Helm 3 creates it, Helm 4 applies it on the server's side. */
export type Sent = 'create' | 'apply';

/** What the server said: nothing where it would take the object. */
export type Answer = { code: number; reason: string; message: string } | undefined;

const plurals: Readonly<Record<string, string>> = { NetworkPolicy: 'networkpolicies', Ingress: 'ingresses' };

/** Asks the API server of a kubeconfig; its user has a token. */
export function serverOf(kubeconfig: string): (object: Loose, sent: Sent) => Promise<Answer> {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as Loose;
  const { server } = config.clusters[0].cluster;
  const agent = new https.Agent({
    keepAlive: true,
    maxSockets: 24,
    ca: Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64'),
  });
  const authorization = `Bearer ${config.users[0].user.token}`;
  return (object, sent) =>
    new Promise((resolve, reject) => {
      const group = String(object.apiVersion).includes('/') ? `apis/${object.apiVersion}` : `api/${object.apiVersion}`;
      const plural = plurals[object.kind] ?? `${String(object.kind).toLowerCase()}s`;
      const name = encodeURIComponent(String(object.metadata?.name ?? ''));
      const path =
        sent === 'create'
          ? `/${group}/namespaces/default/${plural}?dryRun=All`
          : `/${group}/namespaces/default/${plural}/${name}?dryRun=All&fieldManager=helm`;
      const request = https.request(
        new URL(path, server),
        {
          agent,
          method: sent === 'create' ? 'POST' : 'PATCH',
          headers: {
            authorization,
            'content-type': sent === 'create' ? 'application/json' : 'application/apply-patch+yaml',
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const code = response.statusCode ?? 0;
            if (code < 300) return resolve(undefined);
            const text = Buffer.concat(chunks).toString();
            try {
              const { reason, message } = JSON.parse(text) as { reason: string; message: string };
              resolve({ code, reason, message });
            } catch {
              resolve({ code, reason: '', message: text });
            }
          });
        },
      );
      request.on('error', reject);
      request.end(JSON.stringify(object));
    });
}
