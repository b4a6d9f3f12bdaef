/** What the small API server serves: one row a resource, as `kubectl api-resources` would list them. */

/** A Kubernetes object or any part of one: plain JSON that a chart wrote, so its shape is not known. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Loose = any;

/** A whole Kubernetes object as the store keeps it. */
export interface Obj {
  apiVersion: string;
  kind: string;
  metadata: Loose;
  [field: string]: Loose;
}

/** One served resource; `id` is `plural` or `plural.group`, the key by which the store and the player name it. */
export interface Resource {
  id: string;
  group: string;
  versions: string[];
  kind: string;
  plural: string;
  namespaced: boolean;
  subresources: string[];
  custom: boolean;
}

/** Makes a row of the table. */
export function resource(
  group: string,
  versions: string[],
  kind: string,
  namespaced: boolean,
  more: Partial<Resource> = {},
): Resource {
  const plural = more.plural ?? pluralOf(kind);
  return {
    id: group === '' ? plural : `${plural}.${group}`,
    group,
    versions,
    kind,
    plural,
    namespaced,
    subresources: more.subresources ?? ['status'],
    custom: more.custom ?? false,
  };
}

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower === 'endpoints') return lower;
  if (lower.endsWith('ss') || lower.endsWith('ch')) return `${lower}es`;
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

const scaled = { subresources: ['status', 'scale'] };

const rows: [group: string, versions: string, namespaced: string, cluster: string][] = [
  [
    '',
    'v1',
    'Endpoints Secret ConfigMap ServiceAccount Service PersistentVolumeClaim ResourceQuota LimitRange Event PodTemplate',
    'Namespace Node PersistentVolume',
  ],
  ['apps', 'v1', 'DaemonSet ControllerRevision', ''],
  ['batch', 'v1', 'Job CronJob', ''],
  ['rbac.authorization.k8s.io', 'v1', 'Role RoleBinding', 'ClusterRole ClusterRoleBinding'],
  ['networking.k8s.io', 'v1', 'Ingress NetworkPolicy', 'IngressClass'],
  ['policy', 'v1', 'PodDisruptionBudget', ''],
  ['autoscaling', 'v2 v1', 'HorizontalPodAutoscaler', ''],
  ['storage.k8s.io', 'v1', '', 'StorageClass CSIDriver CSINode VolumeAttachment'],
  ['apiextensions.k8s.io', 'v1', '', 'CustomResourceDefinition'],
  ['scheduling.k8s.io', 'v1', '', 'PriorityClass'],
  ['coordination.k8s.io', 'v1', 'Lease', ''],
  ['discovery.k8s.io', 'v1', 'EndpointSlice', ''],
  ['events.k8s.io', 'v1', 'Event', ''],
  ['admissionregistration.k8s.io', 'v1', '', 'ValidatingWebhookConfiguration MutatingWebhookConfiguration'],
  ['apiregistration.k8s.io', 'v1', '', 'APIService'],
  ['node.k8s.io', 'v1', '', 'RuntimeClass'],
  ['certificates.k8s.io', 'v1', '', 'CertificateSigningRequest'],
];

const words = (text: string) => text.split(' ').filter(Boolean);

/** The resources of a plain cluster, without any custom ones. */
export function builtinResources(): Resource[] {
  return [
    resource('', ['v1'], 'Pod', true, { subresources: ['status', 'log'] }),
    resource('', ['v1'], 'ReplicationController', true, scaled),
    ...['Deployment', 'ReplicaSet', 'StatefulSet'].map((kind) => resource('apps', ['v1'], kind, true, scaled)),
    ...rows.flatMap(([group, versions, namespaced, cluster]) => [
      ...words(namespaced).map((kind) => resource(group, words(versions), kind, true)),
      ...words(cluster).map((kind) => resource(group, words(versions), kind, false)),
    ]),
  ];
}

/** The resource that an applied CustomResourceDefinition stands for. */
export function customResource(crd: Obj): Resource {
  const { group, names, scope, versions } = crd.spec;
  const served = (versions ?? [])
    .filter((version: Loose) => version.served !== false)
    .map((version: Loose) => String(version.name));
  return resource(group, served, names.kind, scope !== 'Cluster', { plural: names.plural, custom: true });
}

/** `jobs.batch "x"`: how Kubernetes names an object in its errors. */
export function qualified(of: Resource, name: string): string {
  return `${of.id} "${name}"`;
}
