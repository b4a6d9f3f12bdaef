import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { WriteRequest } from './api-server.ts';
import type { Loose, Obj } from './kinds.ts';
import { fromProtobuf, isProtobuf } from './protobuf.ts';
import { ordinaryOf, stepsOf, type Observation } from './observe.ts';
import { callHelm, type Ground, type Play } from './run.ts';
import type { Change } from './store.ts';

/** The image that every container gets: a real cluster cannot pull those of fixtures. */
const image = 'busybox:1.36.1';

/** What a real cluster is told before a play. */
export interface RealOptions {
  /** Path of the kubeconfig file; its current context is used. */
  kubeconfig: string;
  /** What is to be there before the release. */
  existing: readonly Obj[];
  /** `host:port` that answer though the release does not make them. */
  outside: readonly string[];
  /** Ports on which the pods of a workload listen, by the workload's name: those of the Services before it. */
  ports: ReadonlyMap<string, readonly number[]>;
  /** The cluster gives pods an image of its own (`npm run cluster`): what Helm sends is handed on as it is. */
  asSent?: boolean;
  /** Labels of the namespace. */
  labels?: Readonly<Record<string, string>>;
}

/** An API server closes a connection that nobody used for 90 s; ours is given up before, in milliseconds. */
const idle = 30_000;

/** Where everything of the plays on a real cluster is named after. */
export const namespacePrefix = 'migrate-lint-proof-';

/**
 * A throw-away namespace of a real cluster. What Helm writes goes through a proxy that keeps a record, and pods run for
 * real.
 */
export class RealCluster implements Ground {
  readonly namespace = `${namespacePrefix}${randomBytes(4).toString('hex')}`;
  readonly #access: Access;
  readonly #options: RealOptions;
  readonly #writes: WriteRequest[] = [];
  /** The last state of each hook Job and Pod that was seen. */
  readonly #seen = new Map<string, Change>();
  readonly #releases = new Map<string, Play>();
  /** Where what Helm made stands, by `Kind/name`. */
  readonly #made = new Map<string, string>();
  /** Namespaces that Helm deleted. */
  #deleted: string[] = [];
  #home = '';
  #proxy: http.Server | undefined;
  #watching: NodeJS.Timeout | undefined;

  private constructor(access: Access, options: RealOptions) {
    this.#access = access;
    this.#options = options;
  }

  /** Makes the namespace and what is to be there. Throws where the cluster does not answer. */
  static async start(options: RealOptions): Promise<RealCluster> {
    const cluster = new RealCluster(await accessOf(options.kubeconfig), options);
    try {
      await cluster.#prepare();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  async #prepare(): Promise<void> {
    const { namespace } = this;
    this.#home = await mkdtemp(join(tmpdir(), 'proof-'));
    await this.#make('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: this.#options.labels },
    });
    // Pods are refused until the controller has made their ServiceAccount.
    for (
      let tries = 0;
      (await this.#ask('GET', `/api/v1/namespaces/${namespace}/serviceaccounts/default`)).code !== 200;
      tries += 1
    ) {
      if (tries > 60) throw new Error('the cluster made no default ServiceAccount within 30 s');
      await pause(500);
    }
    for (const object of this.#options.existing)
      await this.#make(`/api/v1/namespaces/${namespace}/${object.kind.toLowerCase()}s`, {
        ...object,
        metadata: { ...object.metadata, namespace },
      });
    for (const target of this.#options.outside) {
      const [host = '', port = ''] = target.split(':');
      if (this.#options.asSent) {
        await this.#nameOutside(host);
        continue;
      }
      const labels = { outside: `${host}-${port}` };
      await this.#make(`/api/v1/namespaces/${namespace}/pods`, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `outside-${host}-${port}`, labels },
        spec: { containers: [{ name: 'main', image, command: listening([Number(port)]) }] },
      });
      await this.#make(`/api/v1/namespaces/${namespace}/services`, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: host },
        spec: { selector: labels, ports: [{ port: Number(port) }] },
      });
    }
    const proxy = http.createServer(
      (request, response) => void this.#forward(request, response).catch(() => response.destroy()),
    );
    await new Promise<void>((done, failed) => proxy.once('error', failed).listen(0, '127.0.0.1', done));
    this.#proxy = proxy;
    this.#watching = setInterval(() => void this.#look(), 400);
  }

  /**
   * A host that the chart takes for granted, as a name for what answers outside of the cluster
   * (`test/cluster/rig/names.go`).
   */
  async #nameOutside(host: string): Promise<void> {
    const [name = '', namespace = this.namespace, ...rest] = host.split('.');
    if (!/^[a-z0-9-]+$/.test(name) || (rest.length > 0 && rest[0] !== 'svc')) return;
    if (namespace !== this.namespace)
      await this.#make('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await this.#make(`/api/v1/namespaces/${namespace}/services`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { type: 'ExternalName', externalName: 'outside.example' },
    });
  }

  /** What the namespace holds of a kind (`/apis/apps/v1`, `deployments`). */
  async list(group: string, plural: string): Promise<Loose[]> {
    const { body } = await this.#ask('GET', `${group}/namespaces/${this.namespace}/${plural}`);
    return (body.items as Loose[] | undefined) ?? [];
  }

  /** The first 64 KiB of what a container printed; empty where there is nothing yet. */
  async log(pod: string, container: string): Promise<string> {
    const path = `/api/v1/namespaces/${this.namespace}/pods/${pod}/log?container=${container}&limitBytes=65536`;
    const { code, text } = await this.#ask('GET', path).catch(() => ({ code: 0, text: '' }));
    return code === 200 ? text : '';
  }

  /** Sets labels of the namespace; `null` removes one. */
  async label(labels: Readonly<Record<string, string | null>>): Promise<void> {
    await this.#ask('PATCH', `/api/v1/namespaces/${this.namespace}`, { metadata: { labels } });
  }

  async play(play: Play): Promise<Observation> {
    const begun = Date.now();
    const first = this.#writes.length;
    this.#deleted = [];
    this.#releases.set(play.release ?? 'rel', play);
    const url = `http://127.0.0.1:${(this.#proxy!.address() as AddressInfo).port}`;
    const { exitCode, stdout, stderr } = await callHelm(this.#home, url, { ...play, namespace: this.namespace });
    await this.#look();
    const writes = this.#writes.slice(first);
    return {
      exitCode,
      stdout,
      stderr,
      steps: stepsOf(writes, [...this.#seen.values()], exitCode === 0),
      createdOrdinary: ordinaryOf(writes),
      blocked: [],
      left: await this.#left(),
      states: {},
      writes,
      deletedNamespaces: this.#deleted,
      milliseconds: Date.now() - begun,
    };
  }

  async stop(): Promise<void> {
    clearInterval(this.#watching);
    // What stands outside of the namespace goes with its release.
    for (const play of this.#releases.values())
      await callHelm(this.#home, `http://127.0.0.1:${(this.#proxy!.address() as AddressInfo).port}`, {
        ...play,
        action: 'uninstall',
        namespace: this.namespace,
        flags: ['--no-hooks'],
        timeout: '60s',
      });
    const ofCluster = [...this.#made.values()].filter((path) => !path.includes(`/namespaces/${this.namespace}/`));
    for (const path of ofCluster) await this.#ask('DELETE', path).catch(() => undefined);
    // A definition lives on until its objects are gone, and the next play would find it.
    for (const path of ofCluster)
      for (let tries = 0; tries < 60 && (await this.#isThere(path)); tries += 1) await pause(500);
    await this.#ask('DELETE', `/api/v1/namespaces/${this.namespace}`).catch(() => undefined);
    this.#proxy?.closeAllConnections();
    this.#proxy?.close();
    if (this.#home) await rm(this.#home, { recursive: true, force: true });
  }

  async #isThere(path: string): Promise<boolean> {
    return this.#ask('GET', path).then(
      ({ code }) => code === 200,
      () => false,
    );
  }

  async #left(): Promise<string[]> {
    const found = await Promise.all(
      [...this.#made].map(async ([key, path]) => ((await this.#ask('GET', path)).code === 200 ? [key] : [])),
    );
    return found
      .flat()
      .filter((key) => !key.startsWith('Secret/sh.helm.release.v1.'))
      .sort();
  }

  /** Looks at the hooks that run, while they can be seen: Helm may delete them as soon as they end. */
  async #look(): Promise<void> {
    for (const { kind, name, object } of this.#writes.slice(-20)) {
      const path =
        kind === 'Job'
          ? `/apis/batch/v1/namespaces/${this.namespace}/jobs/${name}`
          : kind === 'Pod'
            ? `/api/v1/namespaces/${this.namespace}/pods/${name}`
            : undefined;
      const uid = object?.metadata?.uid as string | undefined;
      if (path === undefined || uid === undefined) continue;
      const { code, body } = await this.#ask('GET', path).catch(() => ({ code: 0, body: {} as Loose }));
      if (code === 200 && body.metadata.uid === uid) this.#seen.set(uid, { object: body } as Change);
    }
  }

  async #make(path: string, object: Loose): Promise<void> {
    const { code, body } = await this.#ask('POST', path, object);
    if (code >= 300 && code !== 409)
      throw new Error(`the cluster refuses ${object.kind} ${object.metadata.name}: ${body.message ?? code}`);
  }

  #ask(method: string, path: string, body?: Loose): Promise<{ code: number; body: Loose; text: string }> {
    return new Promise((done, failed) => {
      const request = this.#access.request(
        method,
        path,
        {
          accept: 'application/json',
          ...(body && { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
        },
        (response) => {
          const chunks: Buffer[] = [];
          response
            .on('data', (chunk: Buffer) => chunks.push(chunk))
            .on('error', failed)
            .on('end', () => {
              const bytes = Buffer.concat(chunks);
              done({ code: response.statusCode ?? 0, body: parsed(bytes), text: bytes.toString('utf8') });
            });
        },
      );
      request
        .on('error', (error: NodeJS.ErrnoException) =>
          // The server closed a connection that was kept open just when it was used again.
          request.reusedSocket && error.code === 'ECONNRESET' && method === 'GET'
            ? this.#ask(method, path).then(done, failed)
            : failed(error),
        )
        .end(body && JSON.stringify(body));
    });
  }

  /** Hands a request on, with images that can be pulled; keeps a record of writes. */
  async #forward(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = 'GET', url = '/' } = request;
    const sent = Buffer.concat(chunks);
    const object = method === 'POST' || method === 'PATCH' || method === 'PUT' ? parsed(sent) : undefined;
    const body = object?.kind && !this.#options.asSent ? Buffer.from(JSON.stringify(this.#runnable(object))) : sent;
    const headers = {
      ...request.headers,
      host: undefined,
      'accept-encoding': undefined,
      'content-length': body.length > 0 ? String(body.length) : undefined,
    };
    const write =
      method !== 'GET'
        ? this.#record(method, url, object?.kind ? object : isProtobuf(sent) ? fromProtobuf(sent) : undefined)
        : undefined;
    const onward = this.#access.request(
      method,
      url,
      Object.fromEntries(
        Object.entries(headers).filter(([, value]) => value !== undefined),
      ) as http.OutgoingHttpHeaders,
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        // A watch may have nothing to say for long, and its client waits for this.
        response.flushHeaders();
        const got: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => {
          if (write) got.push(chunk);
          response.write(chunk);
        });
        answer.on('end', () => {
          if (write) settle(write, answer.statusCode ?? 0, parsed(Buffer.concat(got)));
          const deleted = method === 'DELETE' && /^\/api\/v1\/namespaces\/([^/?]+)(?:\?|$)/.exec(url)?.[1];
          if (deleted && (answer.statusCode ?? 0) < 300) this.#deleted.push(deleted);
          response.end();
        });
        answer.on('error', () => response.destroy());
      },
    );
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    onward.end(body);
  }

  #record(method: string, url: string, object: Loose): WriteRequest | undefined {
    const path = url.split('?')[0]!;
    if (path.endsWith('reviews')) return undefined;
    const apply = method === 'PATCH' && typeof object?.kind === 'string';
    const verb =
      method === 'POST'
        ? 'create'
        : method === 'DELETE'
          ? 'delete'
          : method === 'PUT'
            ? 'update'
            : apply
              ? 'apply'
              : 'patch';
    const write: WriteRequest = {
      verb,
      kind: object?.kind ?? '',
      name: object?.metadata?.name ?? path.split('/').at(-1)!,
      namespace: this.namespace,
      time: Date.now(),
      outcome: '',
      object,
    };
    this.#writes.push(write);
    if (verb === 'create' || verb === 'apply')
      this.#made.set(`${write.kind}/${write.name}`, verb === 'create' ? `${path}/${write.name}` : path);
    return write;
  }

  /** A workload that this cluster can run: waits in a shell as they are, servers that listen, Jobs that succeed. */
  #runnable(object: Loose): Loose {
    const pod =
      object.kind === 'Pod'
        ? object.spec
        : object.kind === 'CronJob'
          ? object.spec?.jobTemplate?.spec?.template?.spec
          : object.spec?.template?.spec;
    if (!Array.isArray(pod?.containers)) return object;
    const ends = object.kind === 'Job' || object.kind === 'CronJob' || pod.restartPolicy === 'Never';
    const plain = (container: Loose, other: string[]) => {
      const words = [...(container.command ?? []), ...(container.args ?? [])] as string[];
      const script = /^(?:\/bin\/)?(?:ba|da|a)?sh$/.test(words[0] ?? '')
        ? words.find((_, index) => /^-\w*c$/.test(words[index - 1] ?? ''))
        : undefined;
      const { name, env, envFrom, volumeMounts, restartPolicy } = container;
      return {
        name,
        env,
        envFrom,
        volumeMounts,
        restartPolicy,
        image,
        command: script !== undefined && /\b(?:until|while|for|nc)\b/.test(script) ? ['sh', '-c', script] : other,
      };
    };
    pod.initContainers = pod.initContainers?.map((container: Loose) => plain(container, ['true']));
    pod.containers = pod.containers.map((container: Loose) =>
      plain(container, ends ? ['true'] : listening(this.#options.ports.get(object.metadata.name) ?? [])),
    );
    delete pod.imagePullSecrets;
    return object;
  }
}

/** Listens on ports for ever. */
function listening(ports: readonly number[]): string[] {
  return ['sh', '-c', `${ports.map((port) => `nc -lk -p ${port} -e true & `).join('')}while true; do sleep 3600; done`];
}

function settle(write: WriteRequest, code: number, body: Loose): void {
  write.outcome =
    code === 201
      ? 'created'
      : code < 300
        ? write.verb === 'delete'
          ? 'deleted'
          : 'configured'
        : (body.reason ?? String(code));
  if (code < 300 && body.kind === write.kind) write.object = body;
  // Server-side apply makes an object too: its first generation says so.
  if (write.verb === 'apply' && code === 201) write.outcome = 'created';
}

function parsed(bytes: Buffer): Loose {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return {};
  }
}

interface Access {
  request(
    method: string,
    path: string,
    headers: http.OutgoingHttpHeaders,
    answered: (response: http.IncomingMessage) => void,
  ): http.ClientRequest;
}

/**
 * How to speak with the cluster of a kubeconfig's current context: client certificates and tokens (kind and k3d have
 * certificates).
 */
async function accessOf(file: string): Promise<Access> {
  const config = parse(await readFile(file, 'utf8')) as Loose;
  const named = (list: Loose[], name: string) => list?.find((one) => one.name === name);
  const context = named(config.contexts, config['current-context'])?.context;
  const cluster = named(config.clusters, context?.cluster)?.cluster;
  const user = named(config.users, context?.user)?.user ?? {};
  if (!cluster?.server) throw new Error(`${file}: the current context names no cluster`);
  if (user.exec || user['auth-provider'])
    throw new Error(`${file}: users that a program logs in are not supported; use one with a certificate or a token`);
  const read = async (holder: Loose, key: string) =>
    holder[`${key}-data`]
      ? Buffer.from(holder[`${key}-data`], 'base64')
      : holder[key]
        ? readFile(resolve(dirname(file), holder[key]))
        : undefined;
  const server = new URL(cluster.server);
  const secure = server.protocol === 'https:';
  const agent = secure
    ? new https.Agent({
        keepAlive: true,
        timeout: idle,
        ca: await read(cluster, 'certificate-authority'),
        cert: await read(user, 'client-certificate'),
        key: await read(user, 'client-key'),
        rejectUnauthorized: !cluster['insecure-skip-tls-verify'],
      })
    : new http.Agent({ keepAlive: true, timeout: idle });
  const token = user.token ?? (user.tokenFile ? (await readFile(user.tokenFile, 'utf8')).trim() : undefined);
  return {
    request: (method, path, headers, answered) =>
      (secure ? https : http).request(
        {
          agent,
          method,
          hostname: server.hostname,
          port: server.port || (secure ? 443 : 80),
          path: `${server.pathname.replace(/\/$/, '')}${path}`,
          headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }) },
        },
        answered,
      ),
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
