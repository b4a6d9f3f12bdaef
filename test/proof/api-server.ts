import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse as parseYaml } from 'yaml';
import { ApiError } from './admission.ts';
import {
  aggregated,
  aggregatedType,
  groupList,
  openApiDocument,
  openApiIndex,
  resourceList,
  serverVersion,
} from './discovery.ts';
import type { Loose, Obj, Resource } from './kinds.ts';
import { fromProtobuf, isProtobuf } from './protobuf.ts';
import { filterOf } from './selectors.ts';
import type { Change, Store } from './store.ts';
import { Writer } from './writer.ts';

/** One write that a client asked for, in the order of arrival: the observed timeline. */
export interface WriteRequest {
  verb: 'create' | 'apply' | 'patch' | 'update' | 'delete';
  kind: string;
  name: string;
  namespace: string;
  time: number;
  /** `created`, `configured`, `unchanged`, `deleted`, or the reason of the refusal (`AlreadyExists`, `Invalid` …). */
  outcome: string;
  message?: string;
  /** What was stored, or what was refused. */
  object?: Obj;
}

/** A running API server. */
export interface ApiServer {
  url: string;
  writes: WriteRequest[];
  close(): Promise<void>;
}

/** What a request's path says. */
interface Target {
  of: Resource;
  version: string;
  namespace?: string;
  name?: string;
  sub?: string;
}

/** Serves a store on a free port of the loopback interface. */
export async function serveApi(store: Store): Promise<ApiServer> {
  const writes: WriteRequest[] = [];
  const writer = new Writer(store, writes);
  const server = createServer((request, response) => {
    answer(store, writer, request, response).catch((error: unknown) => refuse(response, error));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, writes, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function send(response: ServerResponse, code: number, body: Loose, type = 'application/json'): void {
  if (response.headersSent) return void response.end();
  response.writeHead(code, { 'content-type': type });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, error: unknown): void {
  const { code, reason, message } =
    error instanceof ApiError ? error : new ApiError(500, 'InternalError', String(error));
  send(response, code, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code });
}

async function answer(store: Store, writer: Writer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const body = await readBody(request);
  // Clients read only the protobuf form of the old document; an empty message knows no schemas, so nothing is checked
  // by it.
  if (url.pathname === '/openapi/v2')
    return void response
      .writeHead(200, { 'content-type': 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf' })
      .end();
  const meta = metaAnswer(store.resources, url.pathname, request.headers.accept ?? '');
  if (meta) return send(response, 200, meta.body, meta.type);
  if (url.pathname.endsWith('accessreviews') && request.method === 'POST')
    return send(response, 201, { ...body, status: { allowed: true } });
  const target = targetOf(store.resources, url.pathname);
  if (!target) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
  const stamp = (object: Obj): Obj => ({
    ...object,
    apiVersion: target.of.group === '' ? target.version : `${target.of.group}/${target.version}`,
  });
  if (request.method !== 'GET') {
    const { code, object } = writer.write(request.method ?? '', {
      ...target,
      query: url.searchParams,
      type: request.headers['content-type'] ?? '',
      body,
    });
    return send(response, code, object.kind === 'Status' ? object : stamp(object));
  }
  if (target.sub === 'log') return void response.writeHead(200, { 'content-type': 'text/plain' }).end('');
  const filter = filterOf(url.searchParams, target.name);
  const matches = (of: Resource, object: Obj) =>
    of === target.of &&
    (target.namespace === undefined || object.metadata.namespace === target.namespace) &&
    filter(object);
  if (['1', 'true'].includes(url.searchParams.get('watch') ?? ''))
    return watch(store, url.searchParams, matches, stamp, target, response);
  if (target.name !== undefined) return send(response, 200, stamp(writer.find(target)));
  const items = store
    .list(target.of.id, target.namespace)
    .filter((object) => filter(object))
    .map(stamp);
  const kind = `${target.of.kind}List`;
  send(response, 200, {
    kind,
    apiVersion: stamp({} as Obj).apiVersion,
    metadata: { resourceVersion: String(store.revision) },
    items,
  });
}

/** Streams changes: from a resource version on, or everything there is and then what happens. */
function watch(
  store: Store,
  query: URLSearchParams,
  matches: (of: Resource, object: Obj) => boolean,
  stamp: (object: Obj) => Obj,
  target: Target,
  response: ServerResponse,
): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const put = (type: string, object: Loose) => response.write(`${JSON.stringify({ type, object })}\n`);
  const shown = new Set<string>();
  const onChange = ({ type, resource, object }: Change) => {
    const { uid } = object.metadata;
    if (matches(resource, object)) {
      put(type === 'MODIFIED' && !shown.has(uid) ? 'ADDED' : type, stamp(object));
      if (type === 'DELETED') shown.delete(uid);
      else shown.add(uid);
    } else if (shown.delete(uid)) {
      // An object that no longer fits the selector is gone for this watcher.
      put('DELETED', stamp(object));
    }
  };
  const since = Number(query.get('resourceVersion') ?? 0);
  const initial = query.get('sendInitialEvents') === 'true';
  if (since > 0 && !initial) {
    for (const change of store.history) {
      if (change.revision > since) onChange(change);
      else if (change.type !== 'DELETED' && matches(change.resource, change.object))
        shown.add(change.object.metadata.uid);
    }
  } else {
    for (const object of store.list(target.of.id, target.namespace))
      onChange({ type: 'ADDED', resource: target.of, object, revision: store.revision });
  }
  if (initial) {
    const metadata = { resourceVersion: String(store.revision), annotations: { 'k8s.io/initial-events-end': 'true' } };
    put('BOOKMARK', stamp({ kind: target.of.kind, apiVersion: '', metadata }));
  }
  const stop = store.onChange(onChange);
  const limit = setTimeout(() => response.end(), Number(query.get('timeoutSeconds') ?? 600) * 1000);
  response.on('close', () => {
    stop();
    clearTimeout(limit);
  });
  response.flushHeaders();
}

function metaAnswer(resources: Resource[], path: string, accept: string): { body: Loose; type?: string } | undefined {
  const parts = path.split('/').filter(Boolean);
  if (path === '/version') return { body: serverVersion };
  if (path === '/healthz' || path === '/readyz' || path === '/livez') return { body: 'ok' };
  if (parts.length === 1 && (parts[0] === 'api' || parts[0] === 'apis')) {
    const core = parts[0] === 'api';
    if (accept.includes('as=APIGroupDiscoveryList') && accept.includes('v=v2;'))
      return { body: aggregated(resources, core), type: aggregatedType };
    return {
      body: core ? { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] } : groupList(resources),
    };
  }
  if (path === '/openapi/v3') return { body: openApiIndex(resources) };
  if (path.startsWith('/openapi/v3/')) {
    const [, , root, first, second] = parts;
    return {
      body:
        root === 'api'
          ? openApiDocument(resources, '', first ?? '')
          : openApiDocument(resources, first ?? '', second ?? ''),
    };
  }
  const list = parts[0] === 'api' && parts.length === 2 ? resourceList(resources, '', parts[1] ?? '') : undefined;
  const grouped =
    parts[0] === 'apis' && parts.length === 3 ? resourceList(resources, parts[1] ?? '', parts[2] ?? '') : undefined;
  return (list ?? grouped) ? { body: list ?? grouped } : undefined;
}

function targetOf(resources: Resource[], path: string): Target | undefined {
  const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  const group = parts[0] === 'apis' ? (parts[1] ?? '') : '';
  const version = parts[0] === 'apis' ? (parts[2] ?? '') : (parts[1] ?? '');
  let rest = parts.slice(parts[0] === 'apis' ? 3 : 2);
  let namespace: string | undefined;
  // /namespaces/x is the namespace itself, /namespaces/x/pods lies in it.
  if (rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status' && rest[2] !== 'finalize') {
    namespace = rest[1];
    rest = rest.slice(2);
  }
  const [plural, name, sub] = rest;
  const of = resources.find((row) => row.group === group && row.plural === plural && row.versions.includes(version));
  return of && { of, version, namespace, name, sub };
}

async function readBody(request: IncomingMessage): Promise<Loose> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  if (isProtobuf(body)) {
    const object = fromProtobuf(body) as Loose;
    if (object === undefined)
      throw new ApiError(
        415,
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: application/json',
      );
    return object;
  }
  const text = body.toString('utf8');
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as Loose;
  } catch {
    return parseYaml(text) as Loose;
  }
}
