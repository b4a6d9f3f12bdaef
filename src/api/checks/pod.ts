import {
  applyKeys,
  around,
  duplicate,
  each,
  entries,
  field,
  needs,
  unique,
  when,
  pointer,
  type Check,
  type Fault,
} from '../refusal.ts';
import {
  address,
  between,
  dnsLabel,
  dnsSubdomain,
  fileMode,
  filePath,
  invalid,
  labelValue,
  labelValueFault,
  oneOf,
  positive,
  qualifiedName,
  required,
  searchDomain,
} from '../formats.ts';
import { isObject, items, obj, text, type Obj } from '../read.ts';
import { quantity } from '../quantity.ts';
import { definitions } from '../schema.generated.js';

/** The kinds of volume that an object names; a field that the API does not know is none. */
function sources(value: Obj, type: 'Volume' | 'VolumeProjection'): string[] {
  const known = definitions[type] ?? {};
  return Object.keys(value).filter(
    (key) => key !== 'name' && value[key] !== null && value[key] !== undefined && Object.hasOwn(known, key),
  );
}

/** A name that the controller of a StatefulSet writes itself, so that the API does not look at it (seen with 1.34.4). */
function ofNamedPod(key: 'hostname' | 'subdomain'): Check {
  return (at) => (around(at, 'StatefulSetSpec') ? [] : field(key, dnsLabel)(at));
}

export const pod: Readonly<Record<string, readonly Check[]>> = {
  PodSpec: [
    function* ({ value, path }) {
      if (items(value['containers']).length === 0) yield { path: [...path, 'containers'], text: required() };
    },
    field('restartPolicy', oneOf('Always', 'OnFailure', 'Never')),
    field('dnsPolicy', oneOf('ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None')),
    field('preemptionPolicy', oneOf('Never', 'PreemptLowerPriority')),
    entries('nodeSelector', { key: qualifiedName, value: labelValue }),
    field('serviceAccountName', dnsSubdomain),
    field('nodeName', dnsSubdomain),
    field('priorityClassName', dnsSubdomain),
    pointer('runtimeClassName', dnsSubdomain),
    ofNamedPod('hostname'),
    ofNamedPod('subdomain'),
    pointer('activeDeadlineSeconds', between(1, 2 ** 31 - 1)),
    unique('volumes', ({ name }) => text(name), duplicate, 'name'),
    applyKeys('imagePullSecrets', ['name', '']),
    applyKeys('hostAliases', 'ip'),
    containerNames,
    podHostPorts,
    function* ({ value, path }) {
      if (value['dnsPolicy'] !== 'None') return;
      if (!isObject(value['dnsConfig']))
        yield { path: [...path, 'dnsConfig'], text: required('must provide `dnsConfig` when `dnsPolicy` is None') };
      else if (items(value['dnsConfig']['nameservers']).length === 0)
        yield {
          path: [...path, 'dnsConfig', 'nameservers'],
          text: required('must provide at least one DNS nameserver when `dnsPolicy` is None'),
        };
    },
    function* ({ value, path }) {
      const seen = new Set<string>();
      for (const [index, item] of items(value['topologySpreadConstraints']).entries()) {
        const { topologyKey, whenUnsatisfiable } = obj(item);
        const key = `{${String(topologyKey)}, ${String(whenUnsatisfiable)}}`;
        if (seen.has(key)) yield { path: [...path, 'topologySpreadConstraints', index], text: duplicate(key) };
        seen.add(key);
      }
    },
  ],
  PodDNSConfig: [
    each('nameservers', address),
    each('searches', searchDomain),
    function* ({ value, path }) {
      if (items(value['nameservers']).length > 3)
        yield { path: [...path, 'nameservers'], text: 'Invalid value: must not have more than 3 nameservers' };
      if (items(value['searches']).length > 32)
        yield { path: [...path, 'searches'], text: 'Invalid value: must not have more than 32 search paths' };
    },
  ],
  PodDNSConfigOption: [needs('name', undefined, 'must not be empty')],
  HostAlias: [
    function* ({ value, path }) {
      const fault = address(value['ip'] ?? '');
      if (fault) yield { path: [...path, 'ip'], text: fault };
    },
    each('hostnames', dnsSubdomain),
  ],
  Toleration: [
    field('key', qualifiedName),
    field('operator', oneOf('Equal', 'Exists')),
    field('effect', oneOf('NoExecute', 'NoSchedule', 'PreferNoSchedule')),
    function* ({ value, path }) {
      const operator = text(value['operator']) ?? '';
      const given = text(value['value']) ?? '';
      const place = [...path, 'operator'];
      if (!text(value['key']) && operator !== 'Exists')
        yield {
          path: place,
          text: invalid(
            operator,
            'operator must be Exists when `key` is empty, which means "match all values and all keys"',
          ),
        };
      if (value['tolerationSeconds'] != null && value['effect'] !== 'NoExecute')
        yield {
          path: [...path, 'effect'],
          text: invalid(value['effect'] ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"),
        };
      if (operator === 'Exists' && given !== '')
        yield { path: place, text: invalid(given, "value must be empty when `operator` is 'Exists'") };
      const fault = operator === 'Exists' ? undefined : labelValueFault(given);
      if (fault) yield { path: place, text: invalid(given, fault) };
    },
  ],
  TopologySpreadConstraint: [
    needs('topologyKey', undefined, 'can not be empty'),
    pointer('minDomains', positive),
    when(
      ({ minDomains, whenUnsatisfiable }) => minDomains != null && whenUnsatisfiable !== 'DoNotSchedule',
      'minDomains',
      ({ minDomains }) => invalid(minDomains, 'can only use minDomains if whenUnsatisfiable=DoNotSchedule'),
    ),
    ...['nodeAffinityPolicy', 'nodeTaintsPolicy'].map((key) => pointer(key, oneOf('Honor', 'Ignore'))),
    function* ({ value, path }) {
      const fault =
        oneOf('DoNotSchedule', 'ScheduleAnyway')(value['whenUnsatisfiable'] ?? '') ?? positive(value['maxSkew'] ?? 0);
      if (fault) yield { path: [...path, fault.startsWith('U') ? 'whenUnsatisfiable' : 'maxSkew'], text: fault };
    },
  ],
  Volume: [
    needs('name', dnsLabel),
    function* ({ value, path }) {
      // A volume without any is an emptyDir.
      for (const key of sources(value, 'Volume').slice(1))
        yield { path: [...path, key], text: 'Forbidden: may not specify more than 1 volume type' };
    },
  ],
  SecretVolumeSource: [needs('secretName'), field('defaultMode', fileMode)],
  ConfigMapVolumeSource: [needs('name'), field('defaultMode', fileMode)],
  SecretProjection: [needs('name')],
  ConfigMapProjection: [needs('name')],
  DownwardAPIVolumeSource: [field('defaultMode', fileMode)],
  ProjectedVolumeSource: [field('defaultMode', fileMode), projectedPaths],
  VolumeProjection: [
    function* ({ value, path }) {
      if (sources(value, 'VolumeProjection').length > 1)
        yield { path, text: 'Forbidden: may not specify more than 1 volume type' };
    },
  ],
  ServiceAccountTokenProjection: [
    needs('path', filePath),
    pointer('expirationSeconds', (value) =>
      typeof value === 'number' && value < 600
        ? invalid(value, 'may not specify a duration less than 10 minutes')
        : undefined,
    ),
  ],
  DownwardAPIVolumeFile: [
    needs('path', filePath),
    field('mode', fileMode),
    function* ({ value, path }) {
      const field = isObject(value['fieldRef']);
      const resource = isObject(value['resourceFieldRef']);
      if (!field && !resource) yield { path, text: required('one of fieldRef and resourceFieldRef is required') };
      if (field && resource)
        yield { path, text: invalid('resource', 'fieldRef and resourceFieldRef can not be specified simultaneously') };
      if (resource && !field && !text(obj(value['resourceFieldRef'])['containerName']))
        yield { path: [...path, 'resourceFieldRef', 'containerName'], text: required() };
    },
  ],
  EmptyDirVolumeSource: [
    function* ({ value, path }) {
      if ((quantity(value['sizeLimit'] ?? undefined) ?? 0) < 0)
        yield { path: [...path, 'sizeLimit'], text: 'Forbidden: SizeLimit field must be a valid resource quantity' };
    },
  ],
  KeyToPath: [needs('key'), needs('path', filePath), field('mode', fileMode)],
  PersistentVolumeClaimVolumeSource: [needs('claimName')],
  HostPathVolumeSource: [
    needs('path'),
    pointer(
      'type',
      oneOf('', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'),
    ),
    function* ({ value, path }) {
      if (text(value['path'])?.split('/').includes('..'))
        yield { path: [...path, 'path'], text: invalid(value['path'], "must not contain '..'") };
    },
  ],
  NFSVolumeSource: [
    needs('server'),
    needs('path', (value) =>
      typeof value === 'string' && !value.startsWith('/') ? invalid(value, 'must be an absolute path') : undefined,
    ),
  ],
  EphemeralVolumeSource: [
    function* ({ value, path }) {
      if (!isObject(value['volumeClaimTemplate'])) yield { path: [...path, 'volumeClaimTemplate'], text: required() };
    },
  ],
  PodAffinityTerm: [needs('topologyKey', qualifiedName, 'can not be empty')],
  WeightedPodAffinityTerm: [weight()],
  PreferredSchedulingTerm: [weight()],
  NodeSelector: [needs('nodeSelectorTerms', undefined, 'must have at least one node selector term')],
  PodSecurityContext: [
    pointer('seLinuxChangePolicy', oneOf('MountOption', 'Recursive')),
    field('fsGroupChangePolicy', oneOf('Always', 'OnRootMismatch')),
    ...['runAsUser', 'runAsGroup', 'fsGroup'].map((key) => field(key, between(0, 2 ** 31 - 1))),
  ],
};

function weight(): Check {
  return function* ({ value, path }) {
    const given = value['weight'] ?? 0;
    if (typeof given === 'number' && (given < 1 || given > 100))
      yield { path: [...path, 'weight'], text: invalid(given, 'must be in the range 1-100') };
  };
}

/** Containers and init containers have names of their own. */
function* containerNames({ value, path }: Parameters<Check>[0]): Iterable<Fault> {
  const seen = new Set<string>();
  for (const list of ['containers', 'initContainers'])
    for (const [index, item] of items(value[list]).entries()) {
      const name = text(obj(item)['name']) ?? '';
      if (name !== '' && seen.has(name)) yield { path: [...path, list, index, 'name'], text: duplicate(name) };
      seen.add(name);
    }
}

/** Ports of the node that two containers want, and ports of pods that share the node's network. */
function* podHostPorts({ value, path }: Parameters<Check>[0]): Iterable<Fault> {
  const seen = new Set<string>();
  for (const [container, item] of items(value['containers']).entries()) {
    const own = new Set<string>();
    for (const [index, port] of items(obj(item)['ports']).entries()) {
      const { hostPort, hostIP, protocol, containerPort } = obj(port);
      const place = [...path, 'containers', container, 'ports', index, 'hostPort'];
      const none = hostPort === undefined || hostPort === null || hostPort === 0;
      if (value['hostNetwork'] === true && !none && hostPort !== containerPort)
        yield { path: place, text: invalid(hostPort, 'must match `containerPort` when `hostNetwork` is true') };
      if (none) continue;
      const key = `${text(protocol) || 'TCP'}/${text(hostIP) ?? ''}/${String(hostPort)}`;
      if (seen.has(key)) yield { path: place, text: duplicate(key) };
      own.add(key);
    }
    own.forEach((key) => seen.add(key));
  }
}

/** Files of one projected volume. */
function* projectedPaths({ value, path }: Parameters<Check>[0]): Iterable<Fault> {
  const seen = new Set<string>();
  for (const [index, source] of items(value['sources']).entries())
    for (const kind of ['secret', 'configMap', 'downwardAPI'])
      for (const item of items(obj(obj(source)[kind])['items'])) {
        const file = text(obj(item)['path']) ?? '';
        if (file !== '' && seen.has(file))
          yield { path: [...path, 'sources', index, kind], text: invalid(file, 'conflicting duplicate paths') };
        seen.add(file);
      }
}
