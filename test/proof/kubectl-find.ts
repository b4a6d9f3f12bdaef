import type { Obj, Resource } from './kinds.ts';
import type { Words } from './kubectl-args.ts';
import { filterOf } from './selectors.ts';
import type { Store } from './store.ts';

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
  rs: 'replicasets',
  cj: 'cronjobs',
  hpa: 'horizontalpodautoscalers',
  quota: 'resourcequotas',
  limits: 'limitranges',
};

/** The objects that a command is about. */
export interface Found {
  of: Resource;
  objects: Obj[];
  /** The names that the command gives; absent where it chooses by selectors. */
  names?: string[];
  /** The API server's words about the first that is not there. */
  missing?: string;
}

/** The resource that a word such as `deploy`, `job` or `jobs.batch` means. */
export function resourceOf(store: Store, word: string): Resource | undefined {
  const [name = ''] = word.toLowerCase().split('.');
  return store.resources.find((row) => [row.plural, row.kind.toLowerCase()].includes(short[name] ?? name));
}

/** What the words of a command line name, `TYPE NAME…` or `TYPE/NAME…`, or what its selectors choose. */
export function find(store: Store, words: string[], said: Words, namespace: string): Found | undefined {
  const pairs = words[0]?.includes('/')
    ? words.map((word) => word.split('/'))
    : words.slice(1).map((name) => [words[0] ?? '', name]);
  const of = resourceOf(store, words[0]?.split('/')[0] ?? '');
  if (!of) return undefined;
  if (pairs.length === 0) {
    const filter = filterOf(
      new URLSearchParams({
        labelSelector: said.option('-l', '--selector') ?? '',
        fieldSelector: said.option('--field-selector') ?? '',
      }),
    );
    return { of, objects: store.list(of.id, of.namespaced ? namespace : undefined).filter(filter) };
  }
  const objects = pairs.map(([, name = '']) => store.get(of.id, namespace, name));
  const absent = pairs.find((_pair, index) => objects[index] === undefined);
  return {
    of,
    names: pairs.map(([, name = '']) => name),
    objects: objects.filter((object) => object !== undefined),
    missing: absent && `Error from server (NotFound): ${of.id} "${absent[1]}" not found\n`,
  };
}
