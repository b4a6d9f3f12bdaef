import type { Resource } from '../parse/index.ts';
import { push } from './labels.ts';
import { list, map, str } from './read.ts';

/** What a binding of the chart lets a ServiceAccount do. */
export interface Grant {
  /** The binding and its role. */
  resources: readonly Resource[];
  /** The role's rules; `undefined` where the role is not in the chart, so that nothing can be said. */
  rules: readonly unknown[] | undefined;
  allows(verb: string, group: string, resource: string, name: string | undefined): boolean;
}

/** Kubernetes' own roles that may read all that pods wait for. */
const readers = new Set(['view', 'edit', 'admin', 'cluster-admin']);

/** The bindings of a release, by the subjects that they name. */
export class Grants {
  private readonly bySubject = new Map<string, { binding: Resource; order: number }[]>();
  private readonly answers = new Map<string, readonly Grant[]>();

  private readonly clusterRoles: ReadonlyMap<string, Resource>;
  private readonly namespaceOf: (resource: Resource) => string;
  private readonly find: (kind: string, name: string, namespace: string) => readonly Resource[];

  constructor(resources: readonly Resource[], namespaceOf: Grants['namespaceOf'], find: Grants['find']) {
    this.namespaceOf = namespaceOf;
    this.find = find;
    this.clusterRoles = firstByName(resources.filter(({ kind }) => kind === 'ClusterRole'));
    for (const [order, binding] of resources.entries()) {
      const cluster = binding.kind === 'ClusterRoleBinding';
      if (!cluster && binding.kind !== 'RoleBinding') continue;
      for (const subject of list(binding.get('subjects')))
        push(this.bySubject, subjectOf(map(subject), cluster ? undefined : namespaceOf(binding)), { binding, order });
    }
  }

  /** The grants that the bindings give a ServiceAccount of namespace `home` in namespace `target`. */
  of(account: string, home: string, target: string): readonly Grant[] {
    const question = JSON.stringify([account, home, target]);
    const known = this.answers.get(question);
    if (known) return known;
    const found = [
      `Group/system:serviceaccounts`,
      `Group/system:serviceaccounts:${home}`,
      'Group/system:authenticated',
      `User/system:serviceaccount:${home}:${account}`,
      `ServiceAccount/${home}/${account}`,
      // A ClusterRoleBinding's subject without a namespace.
      `ServiceAccount//${account}`,
    ].flatMap((subject) => this.bySubject.get(subject) ?? []);
    const bindings = new Set(found.sort((a, b) => a.order - b.order).map(({ binding }) => binding));
    const answer = [...bindings]
      .filter((binding) => binding.kind === 'ClusterRoleBinding' || this.namespaceOf(binding) === target)
      .map((binding) => this.grant(binding));
    this.answers.set(question, answer);
    return answer;
  }

  private grant(binding: Resource): Grant {
    const ref = map(binding.get('roleRef'));
    const name = str(ref['name']) ?? '';
    const clusterRole = ref['kind'] === 'ClusterRole';
    const role = clusterRole ? this.clusterRoles.get(name) : this.find('Role', name, this.namespaceOf(binding))[0];
    const aggregated = role?.get('aggregationRule') !== undefined;
    const rules =
      role && !aggregated
        ? list(role.get('rules'))
        : clusterRole && readers.has(name)
          ? [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]
          : undefined;
    return {
      resources: role ? [binding, role] : [binding],
      rules,
      allows: (verb, group, resource, wanted) =>
        (rules ?? []).some((rule) => covers(map(rule), verb, group, resource, wanted)),
    };
  }
}

function firstByName(resources: readonly Resource[]): ReadonlyMap<string, Resource> {
  return new Map([...resources].reverse().map((resource) => [resource.name, resource]));
}

/**
 * `ServiceAccount/shop/migrate`. A RoleBinding's subject without a namespace is refused by the API; charts that leave
 * it out mean their own.
 */
function subjectOf(subject: Readonly<Record<string, unknown>>, namespace: string | undefined): string {
  const { kind, name } = subject;
  if (kind !== 'ServiceAccount') return `${String(kind)}/${String(name)}`;
  return `ServiceAccount/${str(subject['namespace']) ?? namespace ?? ''}/${String(name)}`;
}

function covers(
  rule: Readonly<Record<string, unknown>>,
  verb: string,
  group: string,
  resource: string,
  name: string | undefined,
): boolean {
  const has = (key: string, wanted: string) => list(rule[key]).some((item) => item === '*' || item === wanted);
  const names = list(rule['resourceNames']);
  return (
    has('verbs', verb) &&
    has('apiGroups', group) &&
    has('resources', resource) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
}
