// A chart repository and a registry on loopback: what `helm pull` asks of them, and no more.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitingJob } from './repository.ts';

/** A server of charts: `repository` for `--repo`, `registry` for `oci://`. */
export interface ChartsServer {
  repository: string;
  registry: string;
  /** The paths that were asked for. */
  asked: string[];
  close(): void;
}

const template = `${waitingJob({
  name: '{{ .Release.Name }}-migrate',
  host: '{{ .Values.host | default (printf "%s-db" .Release.Name) }}',
})}---
apiVersion: v1
kind: Service
metadata: { name: {{ .Release.Name }}-db }
spec: { selector: { app: db }, ports: [{ port: 5432 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }}-db }
spec:
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { containers: [{ name: db, image: db:1 }] }
`;

/** The chart `shop` in these versions, packed by the real Helm. */
function packed(helm: string, version: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-charts-'));
  try {
    mkdirSync(join(folder, 'shop/templates'), { recursive: true });
    writeFileSync(join(folder, 'shop/Chart.yaml'), `apiVersion: v2\nname: shop\nversion: ${version}\n`);
    writeFileSync(join(folder, 'shop/templates/migrate.yaml'), template);
    execFileSync(helm, ['package', join(folder, 'shop'), '--destination', folder], { stdio: 'ignore' });
    return readFileSync(join(folder, `shop-${version}.tgz`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Serves `shop` 1.0.0 and 1.2.0, and `archives` beside them: versions of a chart `odd` whose archives are these bytes. */
export async function serveCharts(helm: string, archives: Readonly<Record<string, Buffer>>): Promise<ChartsServer> {
  const files = new Map<string, Buffer>();
  const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const entries: Record<string, object[]> = { shop: [], odd: [] };
  const add = (name: string, version: string, bytes: Buffer) => {
    files.set(`/charts/${name}-${version}.tgz`, bytes);
    entries[name]!.push({ apiVersion: 'v2', name, version, urls: [`${name}-${version}.tgz`] });
  };
  for (const version of ['1.0.0', '1.2.0']) {
    const bytes = packed(helm, version);
    add('shop', version, bytes);
    const config = Buffer.from(JSON.stringify({ name: 'shop', version, apiVersion: 'v2' }));
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        config: {
          mediaType: 'application/vnd.cncf.helm.config.v1+json',
          digest: digestOf(config),
          size: config.length,
        },
        layers: [
          {
            mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
            digest: digestOf(bytes),
            size: bytes.length,
          },
        ],
      }),
    );
    for (const blob of [config, bytes]) files.set(`/v2/team/shop/blobs/${digestOf(blob)}`, blob);
    for (const reference of [version, digestOf(manifest)]) files.set(`/v2/team/shop/manifests/${reference}`, manifest);
    if (version === '1.2.0') files.set('/v2/team/shop/manifests/latest', manifest);
  }
  for (const [version, bytes] of Object.entries(archives)) add('odd', version, bytes);
  files.set('/charts/index.yaml', Buffer.from(JSON.stringify({ apiVersion: 'v1', entries })));
  files.set('/v2/', Buffer.from('{}'));
  files.set(
    '/v2/team/shop/tags/list',
    Buffer.from(JSON.stringify({ name: 'team/shop', tags: ['1.0.0', '1.2.0', 'latest'] })),
  );
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0]!;
    asked.push(path);
    if (path.startsWith('/slow/')) return;
    const bytes = files.get(path);
    if (!bytes) return void response.writeHead(404).end();
    const type = path.includes('/manifests/')
      ? 'application/vnd.oci.image.manifest.v1+json'
      : 'application/octet-stream';
    response.writeHead(200, {
      'content-type': type,
      'content-length': bytes.length,
      'docker-content-digest': digestOf(bytes),
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    repository: `http://127.0.0.1:${port}/charts`,
    registry: `127.0.0.1:${port}/team`,
    asked,
    close: () => (server.closeAllConnections(), void server.close()),
  };
}
