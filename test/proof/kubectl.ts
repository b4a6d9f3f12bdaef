import { jobEnd } from './jobs.ts';
import type { Loose, Obj } from './kinds.ts';
import { wordsOf, type Words } from './kubectl-args.ts';
import { find, resourceOf, type Found } from './kubectl-find.ts';
import { isWrite, write } from './kubectl-write.ts';
import { refusalOf } from './rights.ts';
import { filterOf } from './selectors.ts';
import type { Store } from './store.ts';

/** What a question to the API server came to; nothing while it still has to wait. */
export type Reply = { code: number; output: string } | undefined;

/** A program's question: its words, its environment, and what `-f` names or standard input gives it. */
export interface Question {
  argv: string[];
  env: Record<string, string>;
  file?: string;
}

/**
 * Answers `kubectl`, `k8s-wait-for` and `kubernetes-entrypoint` from the objects of the cluster, as far as charts use
 * them: with the rights of the pod's ServiceAccount.
 */
export function askCluster(store: Store, pod: Obj, { argv, env, file }: Question): Reply {
  const [program, ...args] = argv;
  if (program === 'kubernetes-entrypoint') return entrypoint(store, pod, env);
  const said = wordsOf(args);
  const namespace = said.option('-n', '--namespace') ?? pod.metadata.namespace;
  if (program !== 'kubectl') return waitFor(store, pod, said, namespace);
  const [verb = '', ...rest] = said.words;
  if (['version', 'config', 'cluster-info', 'api-resources', 'api-versions'].includes(verb))
    return { code: 0, output: '' };
  if (isWrite(verb, rest)) return write(store, pod, { verb, rest, said, namespace, file });
  const found = find(store, verb === 'rollout' ? rest.slice(1) : rest, said, namespace);
  if (!found) return { code: 1, output: `error: the server doesn't have a resource type "${rest[0] ?? ''}"\n` };
  const may = (what: string, name?: string) => refusalOf(store, pod, { verb: what, of: found.of, namespace, name });
  const names = found.names ?? [undefined];
  // Named objects are got one by one, others are listed.
  for (const name of names) {
    const refusal = may(name === undefined ? 'list' : 'get', name);
    if (refusal !== undefined) return { code: 1, output: refusal };
  }
  if (verb === 'get') {
    const missing = said.has('--ignore-not-found') ? undefined : found.missing;
    return missing === undefined
      ? { code: 0, output: print(found.objects, said.option('-o', '--output')) }
      : { code: 1, output: missing };
  }
  // Both list and watch an object by its name, and try again until their time is up where they may not.
  const follow = () =>
    found.objects.every(({ metadata }) => !may('list', metadata.name) && !may('watch', metadata.name));
  if (verb === 'rollout') {
    if (found.missing !== undefined) return { code: 1, output: found.missing };
    return said.has('--watch') || !given(args, '--watch')
      ? follow() && found.objects.every(rolledOut)
        ? { code: 0, output: '' }
        : undefined
      : { code: 0, output: '' };
  }
  if (verb !== 'wait') return { code: 0, output: '' };
  return waited(found, said.option('--for') ?? '', follow);
}

const given = (args: readonly string[], name: string) => args.some((arg) => arg.startsWith(`${name}=`));

/** `kubectl wait`: what is not there fails at once, unless it is awaited itself. */
function waited(found: Found, condition: string, follow: () => boolean): Reply {
  if (condition === 'delete') return found.objects.length === 0 ? { code: 0, output: '' } : undefined;
  const isThere = found.missing === undefined && found.objects.length > 0;
  if (condition === 'create') return isThere ? { code: 0, output: '' } : undefined;
  if (!isThere) return { code: 1, output: found.missing ?? 'error: no matching resources found\n' };
  return follow() && found.objects.every((object) => meets(object, condition)) ? { code: 0, output: '' } : undefined;
}

function hasCondition(object: Obj, type: string, status = 'true'): boolean {
  return (object.status?.conditions ?? []).some(
    (one: Loose) => one.type.toLowerCase() === type.toLowerCase() && one.status.toLowerCase() === status.toLowerCase(),
  );
}

function meets(object: Obj, condition: string): boolean {
  const [, type = '', , status] = /^condition=([^=]+)(=(.*))?$/.exec(condition) ?? [];
  if (type !== '') return hasCondition(object, type, status);
  const [, path = '', value] = /^jsonpath='?\{?\.?([^}='"]+)\}?'?=?(.*)$/.exec(condition) ?? [];
  const read = path.split('.').reduce((part: Loose, field) => part?.[field], object);
  return value === undefined || value === '' ? read !== undefined : String(read) === value;
}

function rolledOut({ kind, spec, status }: Obj): boolean {
  const wanted = kind === 'DaemonSet' ? 1 : spec.replicas;
  return (status?.readyReplicas ?? status?.numberReady ?? 0) >= wanted;
}

function print(objects: Obj[], format: string | undefined): string {
  const path = /^jsonpath='?(.*?)'?$/.exec(format ?? '')?.[1];
  if (path !== undefined) {
    return path.replaceAll(/\{([^}]*)\}/g, (_whole, expression: string) => {
      const query = /\[\?\(@\.type\s*==\s*["']?(\w+)["']?\)\]\.(\w+)/.exec(expression);
      const [object] = objects;
      if (query)
        return String(
          (object?.status?.conditions ?? []).find((one: Loose) => one.type === query[1])?.[query[2] ?? ''] ?? '',
        );
      const read = expression
        .split('.')
        .filter(Boolean)
        .reduce((part: Loose, field) => part?.[field], object);
      return read === undefined ? '' : typeof read === 'object' ? JSON.stringify(read) : String(read);
    });
  }
  if (format === 'json') return `${JSON.stringify(objects.length === 1 ? objects[0] : { items: objects })}\n`;
  return objects
    .map(({ kind, metadata }) =>
      format === 'name' ? `${kind.toLowerCase()}/${metadata.name}\n` : `${metadata.name}\n`,
    )
    .join('');
}

/** groundnuty/k8s-wait-for: `job`, `job-we`, `job-wr`, `pod`, `pod-we`, `pod-wr`, `service`. */
function waitFor(store: Store, pod: Obj, said: Words, namespace: string): Reply {
  const [what = '', name] = said.words;
  const [kind = '', variant] = what.split('-');
  const of = resourceOf(store, kind);
  if (!of) return { code: 1, output: `unknown kind ${kind}\n` };
  const refusal = refusalOf(store, pod, { verb: name === undefined ? 'list' : 'get', of, namespace, name });
  if (refusal !== undefined) return { code: 1, output: refusal };
  const labels = said.option('-l', '--selector') ?? '';
  const filter = filterOf(new URLSearchParams({ labelSelector: labels }));
  const objects =
    name === undefined
      ? store.list(of.id, namespace).filter(filter)
      : [store.get(of.id, namespace, name)].filter((object) => object !== undefined);
  const done = (object: Obj) => {
    if (kind === 'job')
      return (
        jobEnd(object) === 'Complete' ||
        ((variant === 'we' || variant === 'wr') && jobEnd(object) === 'Failed') ||
        (variant === 'wr' && (object.status?.succeeded ?? 0) > 0)
      );
    if (kind === 'pod') return hasCondition(object, 'Ready') || object.status?.phase === 'Succeeded';
    const endpoints = store.get('endpoints', namespace, object.metadata.name);
    return (endpoints?.subsets ?? []).length > 0;
  };
  return objects.length > 0 && objects.every(done) ? { code: 0, output: '' } : undefined;
}

/** kubernetes-entrypoint reads its dependencies from the environment. */
function entrypoint(store: Store, pod: Obj, env: Record<string, string>): Reply {
  const { namespace } = pod.metadata;
  const names = (list: string | undefined) =>
    (list ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean);
  const at = (name: string): [string, string] =>
    name.includes(':') ? [name.split(':')[0] ?? '', name.split(':')[1] ?? ''] : [namespace, name];
  const listed = JSON.parse(env.DEPENDENCY_JOBS_JSON ?? '[]') as { name?: string; namespace?: string }[];
  const jobs = [
    ...names(env.DEPENDENCY_JOBS).map(at),
    ...listed.map((one): [string, string] => [one.namespace ?? namespace, one.name ?? '']),
  ];
  const finished = jobs.every(([space, name]) => {
    const job = store.get('jobs.batch', space, name);
    return job && jobEnd(job) === 'Complete';
  });
  const served = names(env.DEPENDENCY_SERVICE)
    .map(at)
    .every(([space, name]) => (store.get('endpoints', space, name)?.subsets ?? []).length > 0);
  return finished && served ? { code: 0, output: '' } : undefined;
}
