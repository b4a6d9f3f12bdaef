import { parseAllDocuments, stringify } from 'yaml';
import { ApiError } from './admission.ts';
import type { Loose, Obj, Resource } from './kinds.ts';
import { find, resourceOf } from './kubectl-find.ts';
import type { Words } from './kubectl-args.ts';
import { refusalOf, type Asked } from './rights.ts';
import type { Store } from './store.ts';
import { scaleTo, Writer } from './writer.ts';

/** What a command that writes came to. */
interface Done {
  code: number;
  output: string;
}

/** A command of `kubectl` that writes. */
interface Command {
  verb: string;
  /** The words behind the verb. */
  rest: string[];
  said: Words;
  namespace: string;
  /** What `-f` names, or standard input. */
  file?: string;
}

const verbs = ['create', 'apply', 'replace', 'delete', 'patch', 'scale', 'annotate', 'label', 'run'];

/** Whether a command changes objects. */
export function isWrite(verb: string, rest: readonly string[]): boolean {
  return verbs.includes(verb) || (verb === 'rollout' && rest[0] === 'restart');
}

/** A refusal of the API server, in the words of `kubectl`. */
class Refused extends Error {}

/** Carries out a command that writes, with the rights of the pod's ServiceAccount. */
export function write(store: Store, pod: Obj, command: Command): Done {
  const { verb, said, namespace } = command;
  const may = (asked: Omit<Asked, 'namespace'>) => {
    const refusal = refusalOf(store, pod, { ...asked, namespace });
    if (refusal !== undefined) throw new Refused(refusal);
  };
  const hand: Hand = { store, writer: new Writer(store, []), may, namespace };
  try {
    if (['create', 'apply', 'replace', 'run'].includes(verb)) return put(hand, command);
    const rest = verb === 'rollout' ? command.rest.slice(1) : command.rest.filter((word) => !isMark(verb, word));
    const found = find(store, rest, said, namespace);
    if (!found && verb === 'delete' && command.file !== undefined) return removeAll(hand, command);
    if (!found)
      return { code: 1, output: `error: the server doesn't have a resource type "${command.rest[0] ?? ''}"\n` };
    const { of, objects, missing } = found;
    if (verb !== 'delete' || found.names === undefined)
      for (const name of found.names ?? [undefined]) may({ verb: name === undefined ? 'list' : 'get', of, name });
    if (missing !== undefined && !(verb === 'delete' && said.has('--ignore-not-found')))
      return { code: 1, output: missing };
    for (const object of objects) change(hand, command, of, object);
    const done = { delete: 'deleted', scale: 'scaled', rollout: 'restarted', annotate: 'annotated', label: 'labeled' };
    return answer(objects, done[verb as keyof typeof done] ?? 'patched');
  } catch (error) {
    if (error instanceof Refused) return { code: 1, output: error.message };
    if (error instanceof ApiError)
      return { code: 1, output: `Error from server (${error.reason}): ${error.message}\n` };
    throw error;
  }
}

interface Hand {
  store: Store;
  writer: Writer;
  /** Throws where the account may not. */
  may: (asked: Omit<Asked, 'namespace'>) => void;
  namespace: string;
}

const answer = (objects: readonly Obj[], done: string): Done => ({
  code: 0,
  output: objects.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name} ${done}\n`).join(''),
});

function put(hand: Hand, { verb, rest, said, file }: Command): Done {
  const { store, namespace, may } = hand;
  const made = file === undefined ? [objectOf(verb === 'run' ? ['pod', ...rest] : rest, said)] : documents(file);
  const dry = said.option('--dry-run');
  const written: Obj[] = [];
  for (const object of made) {
    const of = object && resourceOf(store, object.kind);
    if (!of) return { code: 1, output: `error: no matches for kind "${object?.kind ?? rest[0] ?? ''}"\n` };
    // The client prints what it would send, and asks nobody.
    if (dry !== undefined && dry !== 'none' && dry !== 'server') {
      written.push(object);
      continue;
    }
    const place = object.metadata.namespace ?? namespace;
    const live = store.get(of.id, place, object.metadata.name);
    const call = callOf(of, place, dry === 'server');
    const { name } = object.metadata;
    if (verb === 'apply') may({ verb: 'get', of, name });
    if (verb === 'replace' || (verb === 'apply' && live)) {
      may({ verb: verb === 'replace' ? 'update' : 'patch', of, name });
      const how = verb === 'replace' ? 'PUT' : 'PATCH';
      hand.writer.write(how, { ...call, name, type: 'application/strategic-merge-patch+json', body: object });
    } else {
      may({ verb: 'create', of });
      hand.writer.write('POST', { ...call, body: object });
    }
    written.push(object);
  }
  const format = said.option('-o', '--output');
  if (format === 'yaml' || format === 'json')
    return { code: 0, output: written.map((object) => stringify(object)).join('---\n') };
  return answer(written, verb === 'apply' ? 'configured' : verb === 'replace' ? 'replaced' : 'created');
}

const callOf = (of: Resource, namespace: string, dry = false) => ({
  of,
  namespace: of.namespaced ? namespace : undefined,
  query: new URLSearchParams(dry ? { dryRun: 'All' } : {}),
  type: 'application/json',
});

function documents(text: string): Obj[] {
  return parseAllDocuments(text).flatMap((document): Obj[] => {
    const object = (document as { toJS(): Loose }).toJS();
    return object?.kind === 'List' ? object.items : object?.kind ? [{ metadata: {}, ...object }] : [];
  });
}

/** What `kubectl create TYPE NAME …` makes; nothing for a type that is not known here. */
function objectOf(rest: readonly string[], said: Words): Loose {
  const [type = '', ...more] = rest;
  const data = Object.fromEntries(
    [...said.options('--from-literal'), ...said.options('--from-file')].map((pair) => {
      const [key = '', value = ''] = pair.split(/=(.*)/s);
      return [key.split('/').pop(), value];
    }),
  );
  const image = said.option('--image') ?? '';
  const container = (name: string | undefined) => ({ containers: [{ name, image }] });
  const [name] = more;
  switch (type) {
    case 'configmap':
    case 'cm':
      return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
    case 'secret':
      return { apiVersion: 'v1', kind: 'Secret', metadata: { name: more[1] }, stringData: data };
    case 'namespace':
    case 'ns':
      return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    case 'serviceaccount':
    case 'sa':
      return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } };
    case 'pod':
      return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { run: name } }, spec: container(name) };
    case 'job': {
      const template = { spec: { restartPolicy: 'Never', ...container(name) } };
      return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template } };
    }
    case 'deployment':
    case 'deploy': {
      const template = { metadata: { labels: { app: name } }, spec: container(name) };
      const spec = { selector: { matchLabels: { app: name } }, template };
      return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec };
    }
    default:
      return undefined;
  }
}

function change(hand: Hand, { verb, rest, said }: Command, of: Resource, object: Obj): void {
  const { name } = object.metadata;
  const call = { ...callOf(of, object.metadata.namespace), name };
  if (verb === 'delete') {
    hand.may({ verb: 'delete', of, name });
    hand.writer.write('DELETE', { ...call, body: undefined });
  } else if (verb === 'scale') {
    hand.may({ verb: 'patch', of, name, sub: 'scale' });
    scaleTo(hand.store, object, Number(said.option('--replicas')), 'kubectl');
  } else {
    hand.may({ verb: 'patch', of, name });
    const kind = said.option('--type') ?? 'strategic';
    const type = { json: 'application/json-patch+json', merge: 'application/merge-patch+json' }[kind];
    const body = verb === 'patch' ? documentOf(said.option('-p', '--patch')) : marks(verb, rest);
    hand.writer.write('PATCH', { ...call, type: type ?? 'application/strategic-merge-patch+json', body });
  }
}

const documentOf = (text: string | undefined): Loose => parseAllDocuments(text ?? '{}')[0]?.toJS() ?? {};

/** `key=value` or `key-` of `annotate` and `label`. */
const isMark = (verb: string, word: string) => (verb === 'annotate' || verb === 'label') && /=|-$/.test(word);

/** `annotate`, `label` and `rollout restart` are patches too; `key-` removes. */
function marks(verb: string, rest: readonly string[]): Loose {
  if (verb === 'rollout') {
    const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
    return { spec: { template: { metadata: { annotations } } } };
  }
  const pairs = rest.filter((word) => isMark(verb, word)).map((word) => word.split(/=(.*)/s));
  const set = pairs.map(([key = '', value]) => (value === undefined ? [key.slice(0, -1), null] : [key, value]));
  return { metadata: { [verb === 'label' ? 'labels' : 'annotations']: Object.fromEntries(set) } };
}

/** `kubectl delete -f`. */
function removeAll(hand: Hand, { file = '', said, namespace }: Command): Done {
  const gone: Obj[] = [];
  for (const { kind, metadata } of documents(file)) {
    const of = resourceOf(hand.store, kind);
    const live = of && hand.store.get(of.id, metadata.namespace ?? namespace, metadata.name);
    if (!of || !live) {
      if (said.has('--ignore-not-found')) continue;
      return { code: 1, output: `Error from server (NotFound): ${of?.id ?? kind} "${metadata.name}" not found\n` };
    }
    hand.may({ verb: 'delete', of, name: metadata.name });
    hand.writer.write('DELETE', { ...callOf(of, live.metadata.namespace), name: metadata.name, body: undefined });
    gone.push(live);
  }
  return answer(gone, 'deleted');
}
