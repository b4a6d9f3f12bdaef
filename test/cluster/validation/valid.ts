// Objects that the API takes, with something of everything that charts write: what the campaign changes.
import type { Loose } from '../../proof/kinds.ts';

const labels = { app: 'shop', 'app.kubernetes.io/name': 'shop' };

const probe = { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5, failureThreshold: 3 };

const container = {
  name: 'main',
  image: 'shop:1',
  imagePullPolicy: 'IfNotPresent',
  command: ['sh', '-c'],
  args: ['run'],
  ports: [
    { name: 'http', containerPort: 8080 },
    { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
  ],
  env: [
    { name: 'A', value: 'x' },
    { name: 'B', valueFrom: { secretKeyRef: { name: 'shop', key: 'password' } } },
    { name: 'C', valueFrom: { configMapKeyRef: { name: 'shop', key: 'url', optional: true } } },
    { name: 'D', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'E', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
  ],
  envFrom: [{ configMapRef: { name: 'shop' } }, { prefix: 'P_', secretRef: { name: 'shop' } }],
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } },
  volumeMounts: [
    { name: 'data', mountPath: '/data' },
    { name: 'config', mountPath: '/etc/shop', readOnly: true },
    { name: 'config', mountPath: '/etc/one', subPath: 'one' },
  ],
  securityContext: { runAsUser: 1000, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
};

const init = {
  name: 'wait',
  image: 'busybox:1',
  command: ['sh', '-c', 'until nc -z db 5432; do sleep 1; done'],
  env: [{ name: 'HOST', value: 'db' }],
};

const podSpec = {
  serviceAccountName: 'default',
  terminationGracePeriodSeconds: 30,
  securityContext: { fsGroup: 1000, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'shop', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }],
  hostAliases: [{ ip: '10.0.0.1', hostnames: ['db.local'] }],
  imagePullSecrets: [{ name: 'registry' }],
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: labels } },
        },
      ],
    },
  },
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: labels },
    },
  ],
  volumes: [
    { name: 'data', emptyDir: { sizeLimit: '1Gi' } },
    { name: 'config', configMap: { name: 'shop', items: [{ key: 'one', path: 'one' }] } },
    { name: 'secret', secret: { secretName: 'shop', defaultMode: 256, optional: true } },
    { name: 'claim', persistentVolumeClaim: { claimName: 'shop' } },
    {
      name: 'all',
      projected: {
        sources: [
          { secret: { name: 'shop' } },
          { configMap: { name: 'shop', items: [{ key: 'a', path: 'a' }] } },
          { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
          { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
        ],
      },
    },
    { name: 'host', hostPath: { path: '/var/log', type: 'Directory' } },
  ],
};

const serving = {
  ...podSpec,
  initContainers: [
    init,
    { ...init, name: 'proxy', restartPolicy: 'Always', startupProbe: { tcpSocket: { port: 15000 } } },
  ],
  containers: [
    {
      ...container,
      readinessProbe: probe,
      livenessProbe: { exec: { command: ['true'] }, initialDelaySeconds: 5 },
      startupProbe: { tcpSocket: { port: 8080 }, failureThreshold: 30 },
      lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
    },
    { name: 'sidecar', image: 'proxy:1', ports: [{ containerPort: 15001 }] },
  ],
};

const ending = { ...podSpec, restartPolicy: 'Never', initContainers: [init], containers: [container] };
const meta = (name: string, more: Loose = {}) => ({
  name,
  labels: { ...labels, 'helm.sh/chart': 'shop-1.0.0' },
  annotations: { 'helm.sh/hook-weight': '1', note: 'anything at all' },
  ...more,
});
const template = (spec: Loose) => ({ metadata: { labels, annotations: { checksum: 'abc' } }, spec });
const selector = { matchLabels: { app: 'shop' } };
const claim = {
  accessModes: ['ReadWriteOnce'],
  storageClassName: 'standard',
  resources: { requests: { storage: '1Gi' } },
};
const jobSpec = {
  backoffLimit: 0,
  activeDeadlineSeconds: 300,
  ttlSecondsAfterFinished: 60,
  template: template(ending),
};

/** One object of each kind, or several where the kind has several shapes. */
export const validObjects: readonly Loose[] = [
  { apiVersion: 'batch/v1', kind: 'Job', metadata: meta('migrate'), spec: jobSpec },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: meta('indexed'),
    spec: {
      ...jobSpec,
      completionMode: 'Indexed',
      completions: 3,
      parallelism: 2,
      backoffLimitPerIndex: 1,
      maxFailedIndexes: 1,
      podFailurePolicy: {
        rules: [
          { action: 'FailJob', onExitCodes: { containerName: 'main', operator: 'In', values: [1, 42] } },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
    },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: meta('nightly'),
    spec: {
      schedule: '*/5 2 * * mon-fri',
      concurrencyPolicy: 'Forbid',
      timeZone: 'Europe/Berlin',
      successfulJobsHistoryLimit: 1,
      startingDeadlineSeconds: 60,
      jobTemplate: { spec: jobSpec },
    },
  },
  { apiVersion: 'v1', kind: 'Pod', metadata: meta('pod'), spec: ending },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('shop'),
    spec: {
      replicas: 2,
      selector,
      minReadySeconds: 1,
      revisionHistoryLimit: 3,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
      template: template(serving),
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: meta('db'),
    spec: {
      replicas: 1,
      serviceName: 'db',
      podManagementPolicy: 'Parallel',
      selector,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      template: template({
        ...serving,
        // The controller names its pods.
        hostname: 'No_Name',
        subdomain: 'No_Name',
        containers: [{ ...container, volumeMounts: [{ name: 'disk', mountPath: '/var/lib/db' }] }],
      }),
      volumeClaimTemplates: [{ metadata: { name: 'disk' }, spec: claim }],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: meta('agent'),
    spec: {
      selector,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: template(serving),
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta('shop'),
    spec: {
      type: 'ClusterIP',
      selector: labels,
      ports: [
        { name: 'http', port: 80, targetPort: 'http' },
        { name: 'grpc', port: 9000, targetPort: 9000, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta('outside'),
    spec: { type: 'ExternalName', externalName: 'db.example.com' },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta('balanced'),
    spec: {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Cluster',
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
      loadBalancerSourceRanges: ['10.0.0.0/8'],
      selector: labels,
      ports: [{ port: 443, targetPort: 8443 }],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta('headless'),
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: labels,
      ports: [{ name: 'db', port: 5432 }],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: meta('shop'),
    type: 'Opaque',
    data: { password: 'c2VjcmV0' },
    stringData: { user: 'shop' },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: meta('tls'),
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': 'YQ==', 'tls.key': 'YQ==' },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: meta('registry'),
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': '{"auths":{}}' },
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: meta('shop'),
    data: { url: 'http://x', one: '1' },
    binaryData: { blob: 'YQ==' },
  },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta('shop'), spec: claim },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: meta('shop'),
    automountServiceAccountToken: true,
    imagePullSecrets: [{ name: 'registry' }],
    secrets: [{ name: 'token' }],
  },
];
