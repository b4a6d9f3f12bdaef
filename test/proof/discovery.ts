import type { Resource } from './kinds.ts';

/** The version that the server claims to have. */
export const serverVersion = {
  major: '1',
  minor: '33',
  gitVersion: 'v1.33.0',
  gitCommit: '0',
  gitTreeState: 'clean',
  buildDate: '2025-04-23T00:00:00Z',
  goVersion: 'go1.24',
  compiler: 'gc',
  platform: 'linux/amd64',
};

/** The content type of aggregated discovery, which saves a client one request a group. */
export const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** `/api` or `/apis` with all resources in one answer. */
export function aggregated(resources: Resource[], core: boolean) {
  const items = groupsOf(resources)
    .filter((group) => (group === '') === core)
    .map((group) => ({
      metadata: { name: group, creationTimestamp: null },
      versions: versionsOf(resources, group).map((version) => ({
        version,
        freshness: 'Current',
        resources: served(resources, group, version).map((row) => ({
          resource: row.plural,
          responseKind: { group: row.group, version, kind: row.kind },
          scope: row.namespaced ? 'Namespaced' : 'Cluster',
          singularResource: row.kind.toLowerCase(),
          verbs,
          subresources: row.subresources.map((sub) => ({
            subresource: sub,
            responseKind: { group: row.group, version, kind: row.kind },
            verbs: ['get', 'patch', 'update'],
          })),
        })),
      })),
    }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

/** `/apis` for clients that do not ask for the aggregated form. */
export function groupList(resources: Resource[]) {
  const groups = groupsOf(resources)
    .filter((group) => group !== '')
    .map((name) => {
      const versions = versionsOf(resources, name).map((version) => ({ groupVersion: `${name}/${version}`, version }));
      return { name, versions, preferredVersion: versions[0] };
    });
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

/** `/api/v1` or `/apis/<group>/<version>`, or nothing when that is not served. */
export function resourceList(resources: Resource[], group: string, version: string) {
  const rows = served(resources, group, version);
  if (rows.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: rows.flatMap((row) => [
      { name: row.plural, singularName: row.kind.toLowerCase(), namespaced: row.namespaced, kind: row.kind, verbs },
      ...row.subresources.map((sub) => ({
        name: `${row.plural}/${sub}`,
        singularName: '',
        namespaced: row.namespaced,
        kind: row.kind,
        verbs: ['get', 'patch', 'update'],
      })),
    ]),
  };
}

/** The index of OpenAPI v3: one document a group and version. */
export function openApiIndex(resources: Resource[]) {
  const paths = groupsOf(resources).flatMap((group) =>
    versionsOf(resources, group).map((version) => {
      const path = group === '' ? `api/${version}` : `apis/${group}/${version}`;
      return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${resources.length}` }] as const;
    }),
  );
  return { paths: Object.fromEntries(paths) };
}

/** An OpenAPI v3 document without schemas: it says only that the server validates fields itself, so clients do not. */
export function openApiDocument(resources: Resource[], group: string, version: string) {
  const parameters = [{ name: 'fieldValidation', in: 'query', schema: { type: 'string' } }];
  const paths = served(resources, group, version).map((row) => {
    const prefix = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const operation = {
      'x-kubernetes-group-version-kind': { group, version, kind: row.kind },
      parameters,
      responses: {},
    };
    return [
      `${prefix}${row.namespaced ? '/namespaces/{namespace}' : ''}/${row.plural}/{name}`,
      { patch: operation, post: operation, put: operation },
    ] as const;
  });
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: serverVersion.gitVersion },
    paths: Object.fromEntries(paths),
  };
}

function groupsOf(resources: Resource[]): string[] {
  return [...new Set(resources.map((row) => row.group))];
}

function versionsOf(resources: Resource[], group: string): string[] {
  return [...new Set(resources.filter((row) => row.group === group).flatMap((row) => row.versions))];
}

function served(resources: Resource[], group: string, version: string): Resource[] {
  return resources.filter((row) => row.group === group && row.versions.includes(version));
}
