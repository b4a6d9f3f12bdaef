// Changes an object that the API takes in one or two places, mostly into something that somebody could have written.
import type { Loose } from '../../proof/kinds.ts';
import { definitions } from '../../../src/api/schema.generated.js';
import { typeOf } from '../../../src/api/index.ts';
import type { Random } from '../../../scripts/fuzz/random.ts';

interface Spot {
  /** What holds the value. */
  holder: Loose;
  key: string | number;
  type: string;
}

const strings = [
  '',
  'a',
  'shop',
  'http',
  'main',
  'data',
  'A_b',
  'Shop',
  'a.b',
  'a/b',
  'a//b',
  '-a',
  'a-',
  'a--b',
  '1abc',
  '123',
  '80',
  'a=b',
  'a b',
  ' a',
  'ä',
  'a:b',
  '1.0.0+build.5',
  '../x',
  '..',
  '..data',
  '/abs',
  'a/../b',
  '25%',
  '150%',
  '10',
  '100m',
  '2Gi',
  '1.5Gi',
  '-1',
  'abc!',
  '1GB',
  'x'.repeat(16),
  'x'.repeat(53),
  'x'.repeat(64),
  'x'.repeat(254),
  '10.0.0.1',
  '300.0.0.1',
  '::1',
  'example.com',
  'kubernetes.io/x',
  'metadata.name',
  'metadata.labels',
  "metadata.labels['app']",
  'status.podIP',
  'spec.foo',
  'limits.memory',
  '* * * * *',
  '@daily',
  '0 25 * * *',
  '* * * *',
  'TZ=UTC 0 0 * * *',
  'Europe/Berlin',
  'Mars/Base',
  'c2VjcmV0',
  'c2VjcmV',
  'not base64!',
];
const words = [
  'Always',
  'OnFailure',
  'Never',
  'IfNotPresent',
  'always',
  'TCP',
  'UDP',
  'tcp',
  'HTTP',
  'HTTPS',
  'ClusterIP',
  'NodePort',
  'LoadBalancer',
  'ExternalName',
  'None',
  'ClientIP',
  'Cluster',
  'Local',
  'ClusterFirst',
  'Default',
  'RollingUpdate',
  'Recreate',
  'OnDelete',
  'Parallel',
  'OrderedReady',
  'Indexed',
  'NonIndexed',
  'Allow',
  'Forbid',
  'Replace',
  'FailJob',
  'FailIndex',
  'Ignore',
  'Count',
  'In',
  'NotIn',
  'Exists',
  'Equal',
  'NoSchedule',
  'NoExecute',
  'ReadWriteOnce',
  'ReadWriteMany',
  'ReadOnlyMany',
  'ReadWriteOncePod',
  'Filesystem',
  'Block',
  'Directory',
  'RuntimeDefault',
  'Localhost',
  'Unconfined',
  'DoNotSchedule',
  'ScheduleAnyway',
  'True',
  'Terminating',
  'Failed',
  'TerminatingOrFailed',
  'Retain',
  'Delete',
  'Opaque',
  'kubernetes.io/tls',
  'kubernetes.io/basic-auth',
  'Bidirectional',
  'HostToContainer',
  'File',
];
const integers = [-1, 0, 1, 2, 3, 10, 30, 63, 80, 443, 511, 512, 600, 3600, 8080, 65535, 65536, 100_001];
/** What nobody writes into a migration, and what only a cluster of its own takes. */
const left =
  /^(status|managedFields|ownerReferences|uid|resourceVersion|selfLink|generation|creationTimestamp|deletionTimestamp|deletionGracePeriodSeconds|finalizers|namespace|windowsOptions|appArmorProfile|seLinuxOptions|os|overhead|ephemeralContainers|resourceClaims|claims|schedulingGates|readinessGates|serviceAccountName|serviceAccount|priorityClassName|priority|runtimeClassName|nodeName|schedulerName|flexVolume|gitRepo|csi|clusterTrustBundle|podCertificate|volumeDevices|resizePolicy|hostUsers|procMount|dataSource|dataSourceRef|volumeAttributesClassName|volumeName|selector\.|image|ipFamilies|clusterIPs|loadBalancerIP|healthCheckNodePort|fileKeyRef|restartPolicyRules|workloadRef|schedulingGroup|hostnameOverride|sysctls|supplementalGroups|supplementalGroupsPolicy|stopSignal|recursiveReadOnly|matchLabelKeys|mismatchLabelKeys|namespaceSelector|namespaces|nodeAffinity|ephemeral|successPolicy|nodePort|externalIPs|apiVersion|kind|loadBalancerClass|trafficDistribution|divisor)$/;

/** A changed copy of an object, and what was changed. */
export function mutate(object: Loose, random: Random): { object: Loose; changes: string[] } {
  const copy = structuredClone(object);
  const changes: string[] = [];
  const count = chance(random, 0.3) ? 2 : 1;
  for (let done = 0; done < count; done += 1) {
    const spots = [...spotsOf(copy, typeOf(copy.apiVersion, copy.kind)!)];
    const change = changeAt(random.pick(spots), random);
    if (change) changes.push(change);
  }
  return { object: copy, changes };
}

/** Every value of an object, and the object itself, with its type. */
function* spotsOf(value: Loose, type: string): Generator<Spot> {
  if (type.startsWith('[')) {
    for (const [index] of (value as unknown as Loose[]).entries()) yield* under(value, index, type.slice(1));
  } else if (type.startsWith('{')) {
    for (const key of Object.keys(value)) yield* under(value, key, type.slice(1));
  } else {
    for (const key of Object.keys(value)) {
      const field = definitions[type]?.[key];
      if (field !== undefined && !left.test(key)) yield* under(value, key, field);
    }
  }
}

function* under(holder: Loose, key: string | number, type: string): Generator<Spot> {
  yield { holder, key, type };
  const value = holder[key] as Loose;
  const fits = type.startsWith('[') ? Array.isArray(value) : !Array.isArray(value);
  if (value !== null && typeof value === 'object' && fits) yield* spotsOf(value, type);
}

function changeAt({ holder, key, type }: Spot, random: Random): string | undefined {
  const before = JSON.stringify(holder[key])?.slice(0, 60);
  const set = (value: unknown) => {
    holder[key] = value as Loose;
    return `${key}: ${before} -> ${JSON.stringify(value)?.slice(0, 60)}`;
  };
  const remove = () => {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key as string];
    return `${key} removed`;
  };
  if (chance(random, 0.08)) return remove();
  if (chance(random, 0.03)) return set(random.pick([null, 5, 'text', true, [], {}, 1.5]));
  if (type.startsWith('[')) {
    const list: unknown[] = Array.isArray(holder[key]) ? [...(holder[key] as unknown[])] : [];
    if (list.length > 0 && chance(random, 0.5)) return set([...list, structuredClone(random.pick(list))]);
    return set(chance(random, 0.4) ? [] : [...list, make(type.slice(1), random, 0)]);
  }
  if (type.startsWith('{'))
    return set({ ...(holder[key] as object), [random.pick(strings)]: make(type.slice(1), random, 0) });
  if (type.length > 1) {
    const fields = Object.keys(definitions[type] ?? {}).filter((field) => !left.test(field));
    const object = holder[key] as Loose;
    if (object === null || typeof object !== 'object' || Array.isArray(object)) return undefined;
    if (chance(random, 0.15)) {
      const name = chance(random, 0.5) && fields.length > 0 ? misspell(random.pick(fields), random) : 'someField';
      if (Object.hasOwn(definitions[type] ?? {}, name)) return undefined;
      object[name] = random.pick(['x', 1, true]) as unknown as Loose;
      return `unknown ${name}`;
    }
    if (fields.length === 0) return undefined;
    const field = random.pick(fields);
    object[field] = make(definitions[type]![field]!, random, 0) as Loose;
    return `${key}.${field} = ${JSON.stringify(object[field])?.slice(0, 80)}`;
  }
  return set(make(type, random, 0));
}

function make(type: string, random: Random, depth: number): unknown {
  switch (type[0]) {
    case 's':
      return random.pick(chance(random, 0.5) ? strings : words);
    case 'i':
      return random.pick(integers);
    case 'b':
      return chance(random, 0.5);
    case 'q':
      return random.pick([
        '100m',
        '1',
        '2',
        '0',
        '-1',
        '64Mi',
        '1Gi',
        '1.5',
        '1GB',
        'abc',
        0.5,
        2,
        '1e3',
        '0.1',
        '500m',
      ]);
    case 'p':
      return random.pick([0, 1, 80, 65536, -1, 'http', '80', '25%', '150%', '0%', 'x'.repeat(16), 'A_b', '']);
    case '*':
      return {};
    case '[':
      return depth > 2 ? [] : Array.from({ length: random.int(3) }, () => make(type.slice(1), random, depth + 1));
    case '{':
      return chance(random, 0.5) ? {} : { [random.pick(strings)]: make(type.slice(1), random, depth + 1) };
  }
  if (depth > 3) return {};
  const fields = Object.entries(definitions[type] ?? {}).filter(([field]) => !left.test(field));
  return Object.fromEntries(
    fields
      .filter(() => chance(random, Math.min(0.9, 2.5 / fields.length)))
      .map(([field, of]) => [field, make(of, random, depth + 1)]),
  );
}

function misspell(field: string, random: Random): string {
  return random.pick([
    field.toLowerCase(),
    field[0]!.toUpperCase() + field.slice(1),
    `${field}s`,
    field.slice(0, -1),
    field.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`),
  ]);
}

function chance(random: Random, share: number): boolean {
  return random.int(1000) < share * 1000;
}
