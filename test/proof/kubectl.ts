import { jobEnd } from './jobs.ts';
import type { Loose, Obj, Resource } from './kinds.ts';
import { filterOf } from './selectors.ts';
import type { Store } from './store.ts';

/** What a question to the API server came to; nothing while it still has to wait. */
export type Reply = { code: number; output: string } | undefined;

/**
 * Answers `kubectl`, `k8s-wait-for` and `kubernetes-entrypoint` from the objects of the cluster, as far as charts use
 * them to wait.
 */
export function askCluster(store: Store, pod: Obj, argv: string[], env: Record<string, string>): Reply {
  const [program, ...args] = argv;
  const namespace = optionOf(args, '-n', '--namespace') ?? pod.metadata.namespace;
  if (program === 'kubernetes-entrypoint') return entrypoint(store, pod, env);
  const words = args.filter(
    (arg, index) =>
      !arg.startsWith('-') &&
      !['-n', '--namespace', '-l', '--selector', '-o', '--output'].includes(args[index - 1] ?? ''),
  );
  if (program !== 'kubectl') return waitFor(store, pod, words, args, namespace);
  const [verb, ...rest] = words[0] === 'rollout' ? ['rollout', ...words.slice(2)] : words;
  const selector = optionOf(args, '-l', '--selector');
  const found = find(store, rest, selector, namespace);
  if (!found) return { code: 1, output: `error: the server doesn't have a resource type "${rest[0] ?? ''}"\n` };
  const refusal = forbidden(store, pod, found.of, namespace);
  if (refusal !== undefined) return { code: 1, output: refusal };
  if (verb === 'get')
    return found.missing === undefined
      ? { code: 0, output: print(found.objects, optionOf(args, '-o', '--output')) }
      : { code: 1, output: found.missing };
  if (verb === 'rollout')
    return found.missing !== undefined
      ? { code: 1, output: found.missing }
      : found.objects.every(rolledOut)
        ? { code: 0, output: '' }
        : undefined;
  if (verb !== 'wait') return { code: 0, output: '' };
  const condition = optionOf(args, '--for') ?? '';
  if (condition === 'delete') return found.objects.length === 0 ? { code: 0, output: '' } : undefined;
  const isThere = found.missing === undefined && found.objects.length > 0;
  if (condition === 'create') return isThere ? { code: 0, output: '' } : undefined;
  if (!isThere) return { code: 1, output: found.missing ?? 'error: no matching resources found\n' };
  return found.objects.every((object) => meets(object, condition)) ? { code: 0, output: '' } : undefined;
}

function optionOf(args: string[], ...names: string[]): string | undefined {
  for (const [index, arg] of args.entries()) {
    for (const name of names) {
      if (arg === name) return args[index + 1];
      if (arg.startsWith(`${name}=`)) return arg.slice(name.length + 1);
      if (!name.startsWith('--') && arg.startsWith(name) && arg.length > 2) return arg.slice(2);
    }
  }
  return undefined;
}

const short: Record<string, string> = {
  po: 'pods',
  svc: 'services',
  cm: 'configmaps',
  deploy: 'deployments',
  sts: 'statefulsets',
  ds: 'daemonsets',
  pvc: 'persistentvolumeclaims',
  sa: 'serviceaccounts',
  crd: 'customresourcedefinitions',
  ns: 'namespaces',
  ep: 'endpoints',
};

function resourceOf(store: Store, word: string): Resource | undefined {
  const [name = ''] = word.toLowerCase().split('.');
  return store.resources.find((row) => [row.plural, row.kind.toLowerCase()].includes(short[name] ?? name));
}

function find(
  store: Store,
  words: string[],
  selector: string | undefined,
  namespace: string,
): { of: Resource; objects: Obj[]; missing?: string } | undefined {
  const pairs = words[0]?.includes('/')
    ? words.map((word) => word.split('/'))
    : words.slice(1).map((name) => [words[0] ?? '', name]);
  const of = resourceOf(store, words[0]?.split('/')[0] ?? '');
  if (!of) return undefined;
  if (pairs.length === 0) {
    const filter = filterOf(new URLSearchParams({ labelSelector: selector ?? '' }));
    return { of, objects: store.list(of.id, of.namespaced ? namespace : undefined).filter(filter) };
  }
  const objects = pairs.map(([, name = '']) => store.get(of.id, namespace, name));
  const absent = pairs.find((_pair, index) => objects[index] === undefined);
  return {
    of,
    objects: objects.filter((object) => object !== undefined),
    missing: absent && `Error from server (NotFound): ${of.id} "${absent[1]}" not found\n`,
  };
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
function waitFor(store: Store, pod: Obj, words: string[], args: string[], namespace: string): Reply {
  const [what = '', name] = words;
  const [kind = '', variant] = what.split('-');
  const of = resourceOf(store, kind);
  if (!of) return { code: 1, output: `unknown kind ${kind}\n` };
  const refusal = forbidden(store, pod, of, namespace);
  if (refusal !== undefined) return { code: 1, output: refusal };
  const labels = optionOf(args, '-l', '--selector') ?? '';
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

/** Whether the pod's ServiceAccount may not read a resource: a 403, and the program ends. */
function forbidden(store: Store, pod: Obj, of: Resource, namespace: string): string | undefined {
  const account = pod.spec.serviceAccountName ?? 'default';
  const own = pod.metadata.namespace;
  const bound = (binding: Obj) =>
    (binding.subjects ?? []).some(
      (subject: Loose) =>
        (subject.kind === 'ServiceAccount' &&
          subject.name === account &&
          (subject.namespace ?? binding.metadata.namespace) === own) ||
        (subject.kind === 'Group' &&
          ['system:serviceaccounts', `system:serviceaccounts:${own}`, 'system:authenticated'].includes(subject.name)),
    );
  const group = 'rbac.authorization.k8s.io';
  const bindings = [
    ...store.list(`rolebindings.${group}`, namespace),
    ...store.list(`clusterrolebindings.${group}`),
  ].filter(bound);
  const rules = bindings.flatMap(({ roleRef, metadata }) => {
    if (roleRef.kind === 'ClusterRole' && ['cluster-admin', 'admin', 'edit', 'view'].includes(roleRef.name))
      return [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    return (
      store.get(`${roleRef.kind === 'Role' ? 'roles' : 'clusterroles'}.${group}`, metadata.namespace, roleRef.name)
        ?.rules ?? []
    );
  });
  const has = (list: string[] | undefined, value: string) => (list ?? []).some((one) => one === '*' || one === value);
  if (
    rules.some(
      (rule: Loose) => has(rule.apiGroups, of.group) && has(rule.resources, of.plural) && has(rule.verbs, 'get'),
    )
  )
    return undefined;
  return `Error from server (Forbidden): ${of.id} is forbidden: User "system:serviceaccount:${own}:${account}" cannot get resource "${of.plural}" in API group "${of.group}" in the namespace "${namespace}"\n`;
}
