import { base64Length, byteLength, fromBase64 } from '../../bytes.ts';
import {
  applyKeys,
  around,
  duplicate,
  each,
  entries,
  field,
  needs,
  pointer,
  unique,
  when,
  type Check,
  type Fault,
} from '../refusal.ts';
import {
  address,
  addressRange,
  between,
  configKey,
  dnsLabel,
  dnsSubdomain,
  invalid,
  labelValue,
  oneOf,
  pathSegment,
  portNumber,
  portNumberOrName,
  portOrNone,
  positive,
  qualifiedName,
  required,
} from '../formats.ts';
import { quantity } from '../quantity.ts';
import { isObject, items, obj, text, type Obj } from '../read.ts';

const maxData = 1024 * 1024;
const headless = (spec: Obj) => spec['clusterIP'] === 'None' || items(spec['clusterIPs'])[0] === 'None';
const typeOf = (spec: Obj) => text(spec['type']) || 'ClusterIP';

export const others: Readonly<Record<string, readonly Check[]>> = {
  ServiceSpec: [
    field('type', oneOf('ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort')),
    field('sessionAffinity', oneOf('ClientIP', 'None')),
    pointer('internalTrafficPolicy', oneOf('Cluster', 'Local')),
    pointer('ipFamilyPolicy', oneOf('PreferDualStack', 'RequireDualStack', 'SingleStack')),
    entries('selector', { key: qualifiedName, value: labelValue }),
    each('externalIPs', address),
    servicePorts,
    serviceType,
    unique('ports', ({ name }) => text(name), duplicate, 'name'),
    unique('ports', ({ port, protocol }) => `${String(port)}/${text(protocol) || 'TCP'}`, duplicate),
  ],
  ServicePort: [
    field('name', dnsLabel),
    function* ({ value, path }) {
      const fault = portNumber(value['port'] ?? 0);
      if (fault) yield { path: [...path, 'port'], text: fault };
    },
    field('targetPort', (value) => (value === 0 ? undefined : portNumberOrName(value))),
    field('nodePort', portOrNone),
    field('protocol', oneOf('TCP', 'UDP', 'SCTP')),
    pointer('appProtocol', qualifiedName),
  ],
  ClientIPConfig: [
    function* (at) {
      const fault =
        around(at, 'ServiceSpec')?.value['sessionAffinity'] === 'ClientIP'
          ? between(1, 86_400)(at.value['timeoutSeconds'] ?? undefined)
          : undefined;
      if (fault) yield { path: [...at.path, 'timeoutSeconds'], text: fault };
    },
  ],
  ConfigMap: [
    entries('data', { key: configKey }),
    entries('binaryData', { key: configKey, value: base64 }),
    size(['data', 'binaryData']),
    function* ({ value, path }) {
      for (const key of Object.keys(obj(value['data'])))
        if (Object.hasOwn(obj(value['binaryData']), key))
          yield { path: [...path, 'data', key], text: invalid(key, 'duplicate of key present in binaryData') };
    },
  ],
  Secret: [
    entries('data', { key: configKey, value: base64 }),
    entries('stringData', { key: configKey }),
    size(['data', 'stringData']),
    secretType,
  ],
  PersistentVolumeClaimSpec: [
    needs('accessModes', undefined, 'at least 1 access mode is required'),
    each('accessModes', oneOf('ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod')),
    field('storageClassName', dnsSubdomain),
    pointer('volumeMode', oneOf('Block', 'Filesystem')),
    function* ({ value, path }) {
      const modes = items(value['accessModes']);
      if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod'))
        yield {
          path: [...path, 'accessModes'],
          text: 'Forbidden: may not use ReadWriteOncePod with other access modes',
        };
      const storage = obj(obj(value['resources'])['requests'])['storage'];
      const place = [...path, 'resources', 'requests', 'storage'];
      if (storage === undefined || storage === null) yield { path: place, text: required() };
      else if ((quantity(storage) ?? 1) <= 0)
        yield { path: place, text: invalid(storage, 'must be greater than zero') };
    },
  ],
  ServiceAccount: [applyKeys('secrets', 'name')],
  RoleRef: [needs('name', pathSegment), needs('kind')],
  PolicyRule: [needs('verbs', undefined, 'verbs must contain at least one value')],
  Subject: [needs('name'), needs('kind')],
  HorizontalPodAutoscalerSpec: [needs('maxReplicas', positive)],
  HorizontalPodAutoscalerSpec2: [needs('maxReplicas', positive)],
  PodDisruptionBudgetSpec: [
    when(
      ({ minAvailable, maxUnavailable }) => minAvailable != null && maxUnavailable != null,
      'maxUnavailable',
      () => 'Invalid value: minAvailable and maxUnavailable cannot be both set',
    ),
  ],
  IngressSpec: [
    when(
      ({ rules, defaultBackend }) => items(rules).length === 0 && !isObject(defaultBackend),
      'rules',
      () => 'Invalid value: either `defaultBackend` or `rules` must be specified',
    ),
  ],
  HTTPIngressPath: [
    needs('pathType', oneOf('Exact', 'ImplementationSpecific', 'Prefix'), 'pathType must be specified'),
  ],
};

/** Ports where a Service needs them, and names where it has several. */
function* servicePorts({ value, path }: Parameters<Check>[0]): Iterable<Fault> {
  const ports = items(value['ports']);
  if (ports.length === 0 && !headless(value) && typeOf(value) !== 'ExternalName')
    yield { path: [...path, 'ports'], text: required() };
  const nodePorts = new Set<string>();
  for (const [index, item] of ports.entries()) {
    const { name, nodePort, protocol } = obj(item);
    if (ports.length > 1 && !text(name)) yield { path: [...path, 'ports', index, 'name'], text: required() };
    if (typeof nodePort !== 'number' || nodePort === 0) continue;
    const place = [...path, 'ports', index, 'nodePort'];
    if (typeOf(value) === 'ClusterIP')
      yield { path: place, text: "Forbidden: may not be used when `type` is 'ClusterIP'" };
    const key = `${nodePort}/${text(protocol) || 'TCP'}`;
    if (nodePorts.has(key)) yield { path: place, text: `Duplicate value: ${nodePort}` };
    nodePorts.add(key);
  }
}

/** What only some types of Services can have. */
function* serviceType({ value, path }: Parameters<Check>[0]): Iterable<Fault> {
  const type = typeOf(value);
  const fail = (key: string, detail: string): Fault => ({ path: [...path, key], text: detail });
  if (type === 'ExternalName') {
    const name = (text(value['externalName']) ?? '').replace(/\.$/, '');
    if (name === '') yield fail('externalName', required());
    else {
      const fault = dnsSubdomain(name);
      if (fault) yield fail('externalName', fault);
    }
    if (text(value['clusterIP'])) yield fail('clusterIP', 'Forbidden: may not be set for ExternalName services');
  } else {
    const own = text(value['clusterIP']);
    if (headless(value) && type !== 'ClusterIP')
      yield fail('clusterIP', `Invalid value: "None": may not be set to 'None' for ${type} services`);
    const fault = own && own !== 'None' ? address(own) : undefined;
    if (fault) yield fail('clusterIP', fault);
  }
  const balanced = type === 'LoadBalancer';
  for (const [index, range] of items(value['loadBalancerSourceRanges']).entries()) {
    const fault = addressRange(typeof range === 'string' ? range.trim() : range);
    if (fault) yield { path: [...path, 'loadBalancerSourceRanges', index], text: fault };
  }
  for (const key of ['loadBalancerSourceRanges', 'allocateLoadBalancerNodePorts', 'loadBalancerClass'])
    if (!balanced && value[key] != null && !(Array.isArray(value[key]) && items(value[key]).length === 0))
      yield fail(key, "Forbidden: may only be used when `type` is 'LoadBalancer'");
  const policy = text(value['externalTrafficPolicy']) ?? '';
  const outside = balanced || type === 'NodePort' || (type === 'ClusterIP' && items(value['externalIPs']).length > 0);
  if (policy !== '' && !outside)
    yield fail('externalTrafficPolicy', invalid(policy, 'may only be set for externally-accessible services'));
  else if (policy !== '') {
    const fault = oneOf('Cluster', 'Local')(policy);
    if (fault) yield fail('externalTrafficPolicy', fault);
  }
}

/** What a Secret of a known type must hold. */
function* secretType({ value, path }: Parameters<Check>[0]): Iterable<Fault> {
  const data: Obj = { ...obj(value['data']), ...obj(value['stringData']) };
  const needed = (key: string): Fault => ({ path: [...path, 'data', key], text: required() });
  const has = (key: string) => data[key] !== undefined;
  const json = (key: string) => {
    const plain = obj(value['stringData'])[key] ?? decoded(obj(value['data'])[key]);
    return typeof plain === 'string' && !isJsonObject(plain);
  };
  switch (value['type']) {
    case 'kubernetes.io/tls':
      for (const key of ['tls.crt', 'tls.key']) if (!has(key)) yield needed(key);
      break;
    case 'kubernetes.io/dockerconfigjson':
    case 'kubernetes.io/dockercfg': {
      const key = value['type'] === 'kubernetes.io/dockercfg' ? '.dockercfg' : '.dockerconfigjson';
      if (!has(key)) yield needed(key);
      else if (json(key))
        yield {
          path: [...path, 'data', key],
          text: invalid('<secret contents redacted>', 'invalid character in JSON'),
        };
      break;
    }
    case 'kubernetes.io/basic-auth':
      if (!has('username') && !has('password')) yield needed('username');
      break;
    case 'kubernetes.io/ssh-auth':
      if (!has('ssh-privatekey') || data['ssh-privatekey'] === '') yield needed('ssh-privatekey');
      break;
    case 'kubernetes.io/service-account-token':
      if (!obj(obj(value['metadata'])['annotations'])['kubernetes.io/service-account.name'])
        yield {
          path: [...path, 'metadata', 'annotations', 'kubernetes.io/service-account.name'],
          text: required(),
        };
  }
}

function decoded(value: unknown): string | undefined {
  return typeof value === 'string' && base64(value) === undefined ? fromBase64(value) : undefined;
}

function isJsonObject(value: string): boolean {
  try {
    const parsed: unknown = JSON.parse(value);
    return parsed === null || isObject(parsed);
  } catch {
    return false;
  }
}

/** Go's reader skips line breaks, and wants the padding. */
function base64(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const plain = value.replace(/[\r\n]/g, '');
  return plain.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(plain)
    ? undefined
    : invalid('<contents redacted>', 'illegal base64 data');
}

/** What a ConfigMap or Secret may hold in all. */
function size(keys: readonly string[]): Check {
  return function* ({ value, path }) {
    let bytes = 0;
    for (const key of keys)
      for (const item of Object.values(obj(value[key])))
        if (typeof item === 'string')
          bytes +=
            (key === 'data' && value['kind'] === 'Secret') || key === 'binaryData'
              ? base64Length(item)
              : byteLength(item);
    if (bytes > maxData) yield { path: [...path, keys[0]!], text: `Too long: may not be more than ${maxData} bytes` };
  };
}
