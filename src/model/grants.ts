import type { Resource } from '../parse/index.ts';
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

/** The grants that the chart's bindings give a ServiceAccount in a namespace. */
export function grantsOf(
  account: string,
  home: string,
  target: string,
  resources: readonly Resource[],
  namespaceOf: (resource: Resource) => string,
): Grant[] {
  const out: Grant[] = [];
  for (const binding of resources) {
    const cluster = binding.kind === 'ClusterRoleBinding';
    if (!cluster && (binding.kind !== 'RoleBinding' || namespaceOf(binding) !== target)) continue;
    if (
      !list(binding.get('subjects')).some((subject) =>
        isSubject(map(subject), account, home, namespaceOf(binding), cluster),
      )
    )
      continue;
    const ref = map(binding.get('roleRef'));
    const name = str(ref['name']) ?? '';
    const clusterRole = ref['kind'] === 'ClusterRole';
    const role = resources.find(
      (one) =>
        one.kind === (clusterRole ? 'ClusterRole' : 'Role') &&
        one.name === name &&
        (clusterRole || namespaceOf(one) === namespaceOf(binding)),
    );
    const aggregated = role?.get('aggregationRule') !== undefined;
    const rules =
      role && !aggregated
        ? list(role.get('rules'))
        : clusterRole && readers.has(name)
          ? [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]
          : undefined;
    out.push({
      resources: role ? [binding, role] : [binding],
      rules,
      allows: (verb, group, resource, wanted) =>
        (rules ?? []).some((rule) => covers(map(rule), verb, group, resource, wanted)),
    });
  }
  return out;
}

function isSubject(
  subject: Readonly<Record<string, unknown>>,
  account: string,
  home: string,
  namespace: string,
  cluster: boolean,
): boolean {
  if (subject['kind'] === 'Group')
    return (
      subject['name'] === 'system:serviceaccounts' ||
      subject['name'] === `system:serviceaccounts:${home}` ||
      subject['name'] === 'system:authenticated'
    );
  if (subject['kind'] === 'User') return subject['name'] === `system:serviceaccount:${home}:${account}`;
  // A RoleBinding's subject without a namespace is refused by the API; charts that leave it out mean their own.
  return (
    subject['kind'] === 'ServiceAccount' &&
    subject['name'] === account &&
    (str(subject['namespace']) ?? (cluster ? home : namespace)) === home
  );
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
