import type { Loose, Obj, Resource } from './kinds.ts';
import type { Store } from './store.ts';

const rbac = 'rbac.authorization.k8s.io';

/** What a program asks the API server for; a list or a watch of one object by its name names it too. */
export interface Asked {
  verb: string;
  of: Resource;
  namespace: string;
  name?: string;
  /** `scale`, `exec` … */
  sub?: string;
}

/** The API server's words where the ServiceAccount of a pod may not do something; nothing where it may. */
export function refusalOf(store: Store, pod: Obj, { verb, of, namespace, name, sub }: Asked): string | undefined {
  const resource = sub === undefined ? of.plural : `${of.plural}/${sub}`;
  const grants = (rule: Loose): boolean =>
    has(rule.verbs, verb) &&
    has(rule.apiGroups, of.group) &&
    has(rule.resources, resource) &&
    (!rule.resourceNames?.length || (name !== undefined && rule.resourceNames.includes(name)));
  if (rulesOf(store, pod, namespace).some(grants)) return undefined;
  const account = `system:serviceaccount:${pod.metadata.namespace}:${pod.spec.serviceAccountName ?? 'default'}`;
  return `Error from server (Forbidden): ${of.id}${name === undefined ? '' : ` "${name}"`} is forbidden: User "${account}" cannot ${verb} resource "${resource}" in API group "${of.group}" in the namespace "${namespace}"\n`;
}

const has = (list: string[] | undefined, value: string) => (list ?? []).some((one) => one === '*' || one === value);

/** The roles that every cluster has, as far as charts bind them. */
const ofCluster: Readonly<Record<string, Loose>> = {
  'cluster-admin': { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  admin: { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  edit: { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  view: { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
};

/** The rules of all Roles and ClusterRoles that are bound to the account of a pod in a namespace. */
function rulesOf(store: Store, pod: Obj, namespace: string): Loose[] {
  const account = pod.spec.serviceAccountName ?? 'default';
  const own = pod.metadata.namespace;
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${own}`, 'system:authenticated'];
  const bound = (binding: Obj) =>
    (binding.subjects ?? []).some((subject: Loose) =>
      subject.kind === 'Group'
        ? groups.includes(subject.name)
        : subject.kind === 'ServiceAccount' &&
          subject.name === account &&
          (subject.namespace ?? binding.metadata.namespace) === own,
    );
  return [...store.list(`rolebindings.${rbac}`, namespace), ...store.list(`clusterrolebindings.${rbac}`)]
    .filter(bound)
    .flatMap(({ roleRef, metadata }) => {
      const known = roleRef.kind === 'ClusterRole' ? ofCluster[roleRef.name] : undefined;
      const role = store.get(
        `${roleRef.kind === 'Role' ? 'roles' : 'clusterroles'}.${rbac}`,
        metadata.namespace,
        roleRef.name,
      );
      return known ? [known] : (role?.rules ?? []);
    });
}
