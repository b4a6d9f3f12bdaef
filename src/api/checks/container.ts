import {
  applyKeys,
  around,
  duplicate,
  exactlyOne,
  field,
  needs,
  pointer,
  unique,
  when,
  names,
  type Check,
  type Fault,
} from '../refusal.ts';
import {
  configKey,
  dnsLabel,
  dnsSubdomain,
  envName,
  headerName,
  id,
  invalid,
  nonNegative,
  oneOf,
  portName,
  portNumber,
  portNumberOrName,
  portOrNone,
  qualifiedName,
  relativePath,
  type Format,
  required,
} from '../formats.ts';

import { isObject, items, obj, text } from '../read.ts';
import { resourceRequirements } from './resources.ts';

/** `envFrom` takes what a name can begin with. */
const startOfName: Format = (value) => dnsSubdomain(typeof value === 'string' ? value.replace(/-$/, 'a') : value);

const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'];

/** The list that a container stands in: `containers` or `initContainers`. */
const listOf = (path: readonly (string | number)[]) => path.at(-2);

export const container: Readonly<Record<string, readonly Check[]>> = {
  Container: [
    needs('name', dnsLabel),
    // A workload controller's pods may get their image later; the API asks for it all the same.
    needs('image'),
    field('imagePullPolicy', oneOf('Always', 'IfNotPresent', 'Never')),
    field('terminationMessagePolicy', oneOf('File', 'FallbackToLogsOnError')),
    unique('ports', ({ name }) => text(name), duplicate, 'name'),
    unique(
      'volumeMounts',
      ({ mountPath }) => text(mountPath),
      (path) => invalid(path, 'must be unique'),
      'mountPath',
    ),
    applyKeys('env', 'name'),
    applyKeys('ports', 'containerPort', ['protocol', 'TCP']),
    function* ({ value, path }) {
      if (listOf(path) !== 'initContainers') return;
      const policy = value['restartPolicy'];
      if (policy === 'Always') return;
      for (const key of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'])
        if (isObject(value[key]))
          yield {
            path: [...path, key],
            text: 'Forbidden: may not be set for init containers without restartPolicy=Always',
          };
    },
    function* ({ value, path }) {
      const seen = new Set<string>();
      for (const [index, item] of items(value['ports']).entries()) {
        const { hostPort, hostIP, protocol } = obj(item);
        if (typeof hostPort !== 'number' || hostPort === 0) continue;
        const key = `${text(protocol) || 'TCP'}/${text(hostIP) ?? ''}/${hostPort}`;
        if (seen.has(key)) yield { path: [...path, 'ports', index, 'hostPort'], text: duplicate(key) };
        seen.add(key);
      }
    },
  ],
  ContainerPort: [
    needs('containerPort', portNumber),
    field('name', portName),
    field('hostPort', portOrNone),
    field('protocol', oneOf('TCP', 'UDP', 'SCTP')),
  ],
  EnvVar: [
    needs('name', envName),
    when(
      (value) =>
        isObject(value['valueFrom']) &&
        text(value['value'] ?? '') !== '' &&
        Object.values(value['valueFrom']).some((one) => one != null),
      'valueFrom',
      () => invalid('', 'may not be specified when `value` is not empty'),
    ),
  ],
  EnvVarSource: [
    exactlyOne(
      ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'],
      invalid('', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`'),
      () => invalid('', 'may not have more than one field specified at a time'),
    ),
  ],
  EnvFromSource: [
    field('prefix', envName),
    exactlyOne(['configMapRef', 'secretRef'], invalid('', 'must specify one of: `configMapRef` or `secretRef`'), () =>
      invalid('', 'may not have more than one field specified at a time'),
    ),
  ],
  ConfigMapEnvSource: [needs('name', startOfName)],
  SecretEnvSource: [needs('name', startOfName)],
  ConfigMapKeySelector: [named, needs('key', configKey)],
  SecretKeySelector: [named, needs('key', configKey)],
  ObjectFieldSelector: [
    function* (at) {
      const path = text(at.value['fieldPath']) ?? '';
      const place = [...at.path, 'fieldPath'];
      if (path === '') yield { path: place, text: required() };
      else if (!fieldPath(path, around(at, 'EnvVarSource') === undefined))
        yield { path: place, text: invalid(path, 'error converting fieldPath: field label not supported') };
    },
  ],
  ResourceFieldSelector: [
    needs('resource', (value) =>
      typeof value === 'string' && !/^(?:limits|requests)\.(?:cpu|memory|ephemeral-storage|hugepages-.*)$/.test(value)
        ? oneOf(
            'limits.cpu',
            'limits.ephemeral-storage',
            'limits.memory',
            'requests.cpu',
            'requests.ephemeral-storage',
            'requests.memory',
          )(value)
        : undefined,
    ),
  ],
  VolumeMount: [
    function* (at) {
      const name = text(at.value['name']) ?? '';
      if (name === '') yield { path: [...at.path, 'name'], text: required() };
      else if (!volumesAround(at).includes(name))
        yield { path: [...at.path, 'name'], text: `Not found: ${JSON.stringify(name)}` };
    },
    needs('mountPath'),
    field('subPath', relativePath),
    field('subPathExpr', relativePath),
    pointer('mountPropagation', oneOf('Bidirectional', 'HostToContainer', 'None')),
    when(
      ({ subPath, subPathExpr }) => !!text(subPath) && !!text(subPathExpr),
      'subPathExpr',
      ({ subPathExpr }) => invalid(subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
    ),
    when(
      ({ mountPropagation }, at) =>
        mountPropagation === 'Bidirectional' &&
        obj(obj(around(at, 'Container')?.value)['securityContext'])['privileged'] !== true,
      'mountPropagation',
      () => 'Forbidden: Bidirectional mount propagation is available only to privileged containers',
    ),
  ],
  Probe: [
    exactlyOne(
      handlers.slice(0, 4),
      required('must specify a handler type'),
      () => 'Forbidden: may not specify more than 1 handler type',
    ),
    ...['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'failureThreshold', 'successThreshold'].map((key) =>
      field(key, nonNegative),
    ),
    field('terminationGracePeriodSeconds', (value) =>
      typeof value === 'number' && value <= 0 ? invalid(value, 'must be greater than 0') : undefined,
    ),
    when(
      ({ successThreshold }, { path }) =>
        typeof successThreshold === 'number' && successThreshold > 1 && path.at(-1) !== 'readinessProbe',
      'successThreshold',
      ({ successThreshold }) => invalid(successThreshold, 'must be 1'),
    ),
    when(
      ({ terminationGracePeriodSeconds }, { path }) =>
        terminationGracePeriodSeconds != null && path.at(-1) === 'readinessProbe',
      'terminationGracePeriodSeconds',
      ({ terminationGracePeriodSeconds }) =>
        invalid(terminationGracePeriodSeconds, 'must not be set for readinessProbes'),
    ),
  ],
  LifecycleHandler: [
    exactlyOne(
      handlers.filter((key) => key !== 'grpc'),
      required('must specify a handler type'),
      () => 'Forbidden: may not specify more than 1 handler type',
    ),
  ],
  SleepAction: [
    function* (at) {
      const grace = around(at, 'PodSpec')?.value['terminationGracePeriodSeconds'] ?? 30;
      const seconds = at.value['seconds'] ?? 0;
      if (typeof seconds === 'number' && typeof grace === 'number' && (seconds < 0 || seconds > grace))
        yield {
          path: at.path,
          text: invalid(seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`),
        };
    },
  ],
  ExecAction: [needs('command')],
  HTTPGetAction: [needsPort(), field('scheme', oneOf('HTTP', 'HTTPS'))],
  TCPSocketAction: [needsPort()],
  GRPCAction: [needsPort()],
  HTTPHeader: [needsHeader()],
  ResourceRequirements: resourceRequirements,
  SecurityContext: [
    field('runAsUser', id),
    field('runAsGroup', id),
    when(
      ({ allowPrivilegeEscalation, privileged }) => allowPrivilegeEscalation === false && privileged === true,
      'allowPrivilegeEscalation',
      () => 'Invalid value: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ),
    when(
      ({ allowPrivilegeEscalation, capabilities }) =>
        allowPrivilegeEscalation === false && items(obj(capabilities)['add']).includes('CAP_SYS_ADMIN'),
      'allowPrivilegeEscalation',
      () => 'Invalid value: cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
    ),
  ],
  SeccompProfile: [
    needs('type', oneOf('Localhost', 'RuntimeDefault', 'Unconfined')),
    when(
      ({ type, localhostProfile }) => type === 'Localhost' && !text(localhostProfile),
      'localhostProfile',
      () => required('must be set when seccomp type is Localhost'),
    ),
    when(
      ({ type, localhostProfile }) => type !== 'Localhost' && localhostProfile != null,
      'localhostProfile',
      ({ localhostProfile }) => invalid(localhostProfile, 'can only be set when seccomp type is Localhost'),
    ),
  ],
};

/** Where no name is not said to be missing but to be wrong. */
function* named({ value, path }: Parameters<Check>[0]): Iterable<Fault> {
  const fault = dnsSubdomain(value['name'] ?? '');
  if (fault) yield { path: [...path, 'name'], text: fault };
}

function needsPort(): Check {
  return ({ value, path }) => needPort(value['port'], [...path, 'port']);
}

function* needPort(port: unknown, path: readonly (string | number)[]) {
  const fault = portNumberOrName(port ?? 0);
  if (fault) yield { path, text: fault };
}

function needsHeader(): Check {
  return ({ value, path }) => {
    const fault = headerName(value['name'] ?? '');
    return fault ? [{ path: [...path, 'name'], text: fault }] : [];
  };
}

/** The volumes that a container can mount: those of its pod, and the claims of its StatefulSet. */
function volumesAround(at: Parameters<Check>[0]): string[] {
  const set = around(at, 'StatefulSetSpec');
  const claims = items(set?.value['volumeClaimTemplates']).flatMap(
    (claim) => text(obj(obj(claim)['metadata'])['name']) ?? [],
  );
  return [...names(around(at, 'PodSpec')?.value['volumes']), ...claims];
}

const envPaths =
  /^(?:metadata\.(?:name|namespace|uid)|spec\.(?:nodeName|serviceAccountName|host)|status\.(?:hostIPs?|podIPs?))$/;
const volumePaths = /^metadata\.(?:name|namespace|uid|labels|annotations)$/;

/** Whether the downward API knows a field, in the environment or in a volume. */
function fieldPath(path: string, volume: boolean): boolean {
  const subscripted = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscripted) {
    const key = subscripted[2]!;
    return qualifiedName(subscripted[1] === 'annotations' ? key.toLowerCase() : key) === undefined;
  }
  return (volume ? volumePaths : envPaths).test(path);
}
