import fc from 'fast-check';
import { deployment, holder, hook, job, service } from './charts.ts';
import type { Loose } from './kinds.ts';

type Kind = 'Job' | 'Deployment' | 'ConfigMap' | 'Secret' | 'ServiceAccount';

/** A resource of a generated release; a Deployment brings its Service. */
export interface Part {
  kind: Kind;
  hook?: { events: string[]; weight?: number; policy?: string };
  /** Parts that it needs, by index: it waits for a Deployment's Service, and refers to the others. */
  needs: number[];
  /** How a ConfigMap or Secret is referred to. */
  by: 'env' | 'envFrom' | 'volume' | 'optional';
  /** In a subchart. */
  below: boolean;
  /** It waits in its main container, not in an init container. */
  main: boolean;
}

/** A release as it is generated: charts of Helm's grammar that somebody could have written. */
export type Spec = readonly Part[];

const events = ['pre-install', 'post-install', 'pre-upgrade', 'post-upgrade'] as const;
const policies = [
  'before-hook-creation',
  'hook-succeeded',
  'hook-failed',
  'before-hook-creation,hook-succeeded',
  'hook-succeeded,hook-failed',
] as const;

const hooks = fc.record(
  {
    events: fc.uniqueArray(fc.constantFrom(...events), { minLength: 1, maxLength: 3 }),
    weight: fc.integer({ min: -3, max: 3 }),
    policy: fc.constantFrom(...policies),
  },
  { requiredKeys: ['events'] },
);

const part = (count: number): fc.Arbitrary<Part> =>
  fc
    .record({
      kind: fc.oneof(
        { weight: 5, arbitrary: fc.constant<Kind>('Job') },
        { weight: 3, arbitrary: fc.constant<Kind>('Deployment') },
        { weight: 4, arbitrary: fc.constantFrom<Kind>('ConfigMap', 'Secret', 'ServiceAccount') },
      ),
      hook: fc.option(hooks, { nil: undefined, freq: 3 }),
      needs: fc.uniqueArray(fc.nat(count - 1), { maxLength: 2 }),
      by: fc.constantFrom('env' as const, 'envFrom' as const, 'volume' as const, 'optional' as const),
      below: fc.boolean(),
      main: fc.boolean(),
    })
    // A server that is a hook is rare, and Helm does not wait for it.
    .map((one) => (one.kind === 'Deployment' && one.hook?.weight !== 2 ? { ...one, hook: undefined } : one));

/** Releases of up to seven parts. */
export const releases: fc.Arbitrary<Spec> = fc
  .integer({ min: 1, max: 7 })
  .chain((count) => fc.array(part(count), { minLength: count, maxLength: count }));

/** The names that parts have: not in the order in which they are written. */
export const nameOf = (spec: Spec, index: number) =>
  `${spec[index]!.kind.toLowerCase().slice(0, 3)}-${'hcfadgbe'[index]}`;

/** The files of a chart that says what a spec says. */
export function filesOf(spec: Spec): Record<string, string | Loose[]> {
  const files: Record<string, string | Loose[]> = {};
  spec.forEach((one, index) => {
    const folder = one.below ? '/charts/sub/templates/' : '';
    files[`${folder}${nameOf(spec, index)}.yaml`] = objectsOf(spec, index);
  });
  return spec.some(({ below }) => below)
    ? { ...files, '/charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 0.1.0\n' }
    : files;
}

function objectsOf(spec: Spec, index: number): Loose[] {
  const { kind, hook: as } = spec[index]!;
  const name = nameOf(spec, index);
  const annotations = as
    ? hook(as.events.join(','), as.weight === undefined ? undefined : String(as.weight), as.policy)
    : {};
  switch (kind) {
    case 'Job':
      return [job(name, annotations, podOf(spec, index), { backoffLimit: 1 })];
    case 'Deployment':
      return [
        deployment(name, podOf(spec, index), annotations),
        { ...service(name, name, 80), metadata: { name, annotations } },
      ];
    case 'ServiceAccount':
      return [{ apiVersion: 'v1', kind, metadata: { name, annotations } }];
    default:
      return [holder(kind, name, annotations)];
  }
}

/** What a part's needs make of its pod. */
function podOf(spec: Spec, index: number): Loose {
  const { needs, by, kind, main } = spec[index]!;
  const container: Loose = {
    name: 'main',
    image: 'registry.example/app:1',
    ...(kind === 'Job' && { command: ['true'] }),
  };
  const pod: Loose = { containers: [container] };
  const waits: string[] = [];
  for (const need of needs) {
    const name = nameOf(spec, need);
    const wanted = spec[need]!.kind;
    if (wanted === 'Deployment') waits.push(`until nc -z ${name} 80; do sleep 1; done`);
    if (wanted === 'ServiceAccount') pod['serviceAccountName'] = name;
    if (wanted === 'ConfigMap' || wanted === 'Secret') refer(pod, container, wanted, name, by);
  }
  const script = waits.join('; ');
  if (script && main && kind === 'Job') container['command'] = ['sh', '-c', script];
  else if (script) pod['initContainers'] = [{ name: 'wait', image: 'busybox:1.36.1', command: ['sh', '-c', script] }];
  return pod;
}

function refer(pod: Loose, container: Loose, kind: 'ConfigMap' | 'Secret', name: string, by: Part['by']): void {
  const [env, source, field] =
    kind === 'Secret' ? ['secretKeyRef', 'secretRef', 'secretName'] : ['configMapKeyRef', 'configMapRef', 'name'];
  if (by === 'volume') {
    pod['volumes'] = [
      ...(pod['volumes'] ?? []),
      { name, [kind === 'Secret' ? 'secret' : 'configMap']: { [field]: name } },
    ];
    container['volumeMounts'] = [...(container['volumeMounts'] ?? []), { name, mountPath: `/mnt/${name}` }];
  } else if (by === 'envFrom') container['envFrom'] = [...(container['envFrom'] ?? []), { [source]: { name } }];
  else
    container['env'] = [
      ...(container['env'] ?? []),
      {
        name: name.replace('-', '_').toUpperCase(),
        valueFrom: { [env]: { name, key: 'key', ...(by === 'optional' && { optional: true }) } },
      },
    ];
}
