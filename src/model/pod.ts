import type { Path, Place, Resource } from '../parse/index.ts';
import type { Understanding, Wait } from '../tools/index.ts';
import { int, list, map, str, strings } from './read.ts';

/** The kinds of objects that a pod cannot start without when it names them. */
export type ReferenceKind =
  | 'Secret'
  | 'ConfigMap'
  | 'ServiceAccount'
  | 'PersistentVolumeClaim'
  | 'PriorityClass'
  | 'RuntimeClass'
  /** Of the claim that a volume names, or of one that the pod makes itself. */
  | 'StorageClass';

/** A pod's need of another object, by name. */
export interface Reference {
  kind: ReferenceKind;
  name: string;
  /** The key of the Secret or ConfigMap, where one is named. */
  key?: string;
  /** `optional: true`: the pod starts without it. */
  optional: boolean;
  via:
    'env' | 'envFrom' | 'volume' | 'serviceAccountName' | 'priorityClassName' | 'runtimeClassName' | 'storageClassName';
  /** The container that names it; absent for what the pod as a whole needs. */
  container?: Container;
  place: Place;
}

/** A container of a pod, with what its command waits for and migrates. */
export interface Container {
  name: string;
  image: string;
  /** `image` without tag and digest. */
  repository: string;
  role: 'init' | 'sidecar' | 'main';
  command: readonly string[] | undefined;
  args: readonly string[] | undefined;
  /** Where the container stands in its resource. */
  path: Path;
  place: Place;
  /** Resolved environment; `undefined` values are set, but not visible in the chart. */
  readonly env: ReadonlyMap<string, string | undefined>;
  readonly understanding: Understanding;
  /** What the commands of its probes ask for, again and again until they succeed. */
  readonly probes: readonly Probe[];
}

/** What a probe's command waits for. */
export interface Probe {
  type: 'startupProbe' | 'readinessProbe';
  wait: Wait;
}

/** A pod template and what a pod made from it needs before it runs. */
export interface Pod {
  /** Path of the pod template's `spec`. */
  path: Path;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, unknown>>;
  spec: Readonly<Record<string, unknown>>;
  serviceAccount: string | undefined;
  /** Names that `hostAliases` writes into the pod's /etc/hosts. */
  aliases: ReadonlySet<string>;
  /** The names that its containers give to ports. */
  portNames: ReadonlySet<string>;
  /** The ports that its containers declare. */
  ports: readonly { name: string | undefined; number: number }[];
  /** All containers in the order in which they start: init containers, then the others. */
  containers: readonly Container[];
  references: readonly Reference[];
}

const podPaths: Readonly<Record<string, Path>> = {
  Pod: [],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
};

/** What `readPod` needs from the release: the meaning of a container's command, and what files it sees. */
export interface PodReader {
  env(
    resource: Resource,
    container: Readonly<Record<string, unknown>>,
    path: Path,
  ): ReadonlyMap<string, string | undefined>;
  understand(container: Container, raw: Readonly<Record<string, unknown>>, pod: Pod, resource: Resource): Understanding;
}

/** The pod template of a workload; `undefined` for a resource that makes no pods. */
export function readPod(resource: Resource, reader: PodReader): Pod | undefined {
  const templatePath = podPaths[resource.kind];
  if (!templatePath || !Object.hasOwn(podPaths, resource.kind)) return undefined;
  if (resource.kind !== 'Pod' && !/^(batch|apps|extensions)\/|^v1$/.test(resource.apiVersion)) return undefined;
  const path = [...templatePath, 'spec'];
  const spec = map(resource.get(...path));
  const metadata = map(resource.get(...templatePath, 'metadata'));
  const containers: Container[] = [];
  const ports = ['initContainers', 'containers'].flatMap((key) =>
    list(spec[key]).flatMap((item) =>
      list(map(item)['ports']).map((entry) => {
        const port = map(entry);
        return { name: str(port['name']), number: int(port['containerPort']) ?? 0 };
      }),
    ),
  );
  const pod: Pod = {
    path,
    labels: strings(metadata['labels']),
    annotations: map(metadata['annotations']),
    spec,
    serviceAccount: str(spec['serviceAccountName']) ?? str(spec['serviceAccount']),
    aliases: new Set(
      list(spec['hostAliases']).flatMap((alias) => list(map(alias)['hostnames']).map((name) => str(name) ?? '')),
    ),
    portNames: new Set(ports.map(({ name }) => name ?? '')),
    ports,
    containers,
    references: [],
  };
  for (const key of ['initContainers', 'containers'] as const) {
    list(spec[key]).forEach((item, index) => {
      containers.push(readContainer(resource, pod, map(item), [...path, key, index], key === 'initContainers', reader));
    });
  }
  pod.references = [
    ...podReferences(resource, pod),
    ...containers.flatMap((container) => containerReferences(resource, container)),
  ];
  return pod;
}

function readContainer(
  resource: Resource,
  pod: Pod,
  raw: Readonly<Record<string, unknown>>,
  path: Path,
  init: boolean,
  reader: PodReader,
): Container {
  const image = str(raw['image']) ?? '';
  let env: ReadonlyMap<string, string | undefined> | undefined;
  let understanding: Understanding | undefined;
  let probes: readonly Probe[] | undefined;
  const container: Container = {
    // Without a name, which the API refuses, findings speak of `initContainers[0]`.
    name: str(raw['name']) || `${String(path.at(-2))}[${String(path.at(-1))}]`,
    image,
    repository: image.replace(/@.*$/, '').replace(/:[^/:]*$/, ''),
    role: !init ? 'main' : raw['restartPolicy'] === 'Always' ? 'sidecar' : 'init',
    command: textsOf(raw['command']),
    args: textsOf(raw['args']),
    path,
    place: resource.place(...path),
    get env() {
      return (env ??= reader.env(resource, raw, path));
    },
    get understanding() {
      return (understanding ??= reader.understand(container, raw, pod, resource));
    },
    get probes() {
      return (probes ??= readProbes(container, raw, (asked) => reader.understand(asked, raw, pod, resource)));
    },
  };
  return container;
}

/** A probe's command is repeated until it succeeds, as if it stood in a loop. */
function readProbes(
  container: Container,
  raw: Readonly<Record<string, unknown>>,
  understand: (container: Container) => Understanding,
): Probe[] {
  return (['startupProbe', 'readinessProbe'] as const).flatMap((type) => {
    const command = textsOf(map(map(raw[type])['exec'])['command']) ?? [];
    if (command.length === 0) return [];
    const script = /(?:^|\/)(?:ba|da|a)?sh$/.test(command[0]!)
      ? command.findIndex((word) => /^-\w*c$/.test(word)) + 1
      : 0;
    const text = script > 0 ? (command[script] ?? '') : command.map(quoted).join(' ');
    // What a comparison or the background makes of a command's end is not read.
    if (/\$\(|`|(?<!&)&\s*$/.test(text)) return [];
    const waitsOf = (line: string) => {
      const command = { value: ['sh', '-c', line] };
      const asked = Object.create(container, { command, args: { value: undefined } }) as Container;
      return understand(asked).waits.filter(({ at, givesUp }) => at[0] === 'command' && !givesUp);
    };
    const waits = waitsOf(`until (\n${text}\n); do sleep 1; done`);
    // Whether all rounds of a loop must succeed, only the loop by itself shows.
    if (waits.length === 0 && /\bfor\b/.test(text)) waits.push(...waitsOf(text));
    return waits.map((wait) => ({ type, wait: { ...wait, at: [type, 'exec', 'command', script] } }));
  });
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function textsOf(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.map((word) => str(word) ?? '') : undefined;
}

function podReferences(resource: Resource, pod: Pod): Reference[] {
  const out: Reference[] = [];
  if (pod.serviceAccount && pod.serviceAccount !== 'default') {
    const key = pod.spec['serviceAccountName'] === undefined ? 'serviceAccount' : 'serviceAccountName';
    out.push({
      kind: 'ServiceAccount',
      name: pod.serviceAccount,
      optional: false,
      via: 'serviceAccountName',
      place: resource.place(...pod.path, key),
    });
  }
  for (const [key, kind] of [
    ['priorityClassName', 'PriorityClass'],
    ['runtimeClassName', 'RuntimeClass'],
  ] as const) {
    const name = str(pod.spec[key]);
    if (name) out.push({ kind, name, optional: false, via: key, place: resource.place(...pod.path, key) });
  }
  list(pod.spec['volumes']).forEach((item, index) => {
    const volume = map(item);
    const at: Path = [...pod.path, 'volumes', index];
    const add = (kind: ReferenceKind, source: unknown, nameKey: string, ...path: (string | number)[]) => {
      const name = str(map(source)[nameKey]);
      if (name)
        out.push({
          kind,
          name,
          optional: map(source)['optional'] === true,
          via: 'volume',
          place: resource.place(...at, ...path, nameKey),
        });
    };
    add('Secret', volume['secret'], 'secretName', 'secret');
    add('ConfigMap', volume['configMap'], 'name', 'configMap');
    add('PersistentVolumeClaim', volume['persistentVolumeClaim'], 'claimName', 'persistentVolumeClaim');
    const template = ['ephemeral', 'volumeClaimTemplate', 'spec', 'storageClassName'];
    const storage = str(resource.get(...at, ...template));
    if (storage)
      out.push({
        kind: 'StorageClass',
        name: storage,
        optional: false,
        via: 'storageClassName',
        place: resource.place(...at, ...template),
      });
    list(map(volume['projected'])['sources']).forEach((source, n) => {
      add('Secret', map(source)['secret'], 'name', 'projected', 'sources', n, 'secret');
      add('ConfigMap', map(source)['configMap'], 'name', 'projected', 'sources', n, 'configMap');
    });
  });
  return out;
}

function containerReferences(resource: Resource, container: Container): Reference[] {
  const out: Reference[] = [];
  const raw = map(resource.get(...container.path));
  list(raw['envFrom']).forEach((item, index) => {
    for (const [key, kind] of [
      ['secretRef', 'Secret'],
      ['configMapRef', 'ConfigMap'],
    ] as const) {
      const source = map(map(item)[key]);
      const name = str(source['name']);
      if (name)
        out.push({
          kind,
          name,
          optional: source['optional'] === true,
          via: 'envFrom',
          container,
          place: resource.place(...container.path, 'envFrom', index, key, 'name'),
        });
    }
  });
  list(raw['env']).forEach((item, index) => {
    for (const [key, kind] of [
      ['secretKeyRef', 'Secret'],
      ['configMapKeyRef', 'ConfigMap'],
    ] as const) {
      const source = map(map(map(item)['valueFrom'])[key]);
      const name = str(source['name']);
      if (name) {
        const place = resource.place(...container.path, 'env', index, 'valueFrom', key, 'name');
        out.push({
          kind,
          name,
          key: str(source['key']),
          optional: source['optional'] === true,
          via: 'env',
          container,
          place,
        });
      }
    }
  });
  return out;
}

/**
 * A place in a container as commands are understood: `['args', 0]`; an environment variable is named, and found in its
 * list.
 */
export function placeIn(resource: Resource, container: Container, { at, row }: { at: Path; row?: number }): Place {
  if (at[0] !== 'env') return { ...resource.place(...container.path, ...at), ...(row !== undefined && { row }) };
  const index = list(resource.get(...container.path, 'env')).findIndex((item) => map(item)['name'] === at[1]);
  return index === -1 ? resource.place(...container.path) : resource.place(...container.path, 'env', index, 'value');
}

/** For how long a container is certainly not ready after its start, in seconds: what its probes wait before they ask. */
export function delayOf(resource: Resource, { path }: Pick<Container, 'path'>): number {
  const { readinessProbe, startupProbe } = map(resource.get(...path));
  return Math.max(0, ...[readinessProbe, startupProbe].map((probe) => int(map(probe)['initialDelaySeconds']) ?? 0));
}
