import {
  beside,
  byCause,
  contents,
  defineRule,
  describe,
  groupBy,
  list,
  map,
  str,
  whenSent,
  type Container,
  type Reference,
  type Release,
  type Report,
  type Resource,
  type RuleContext,
  type Workload,
} from '../src/rule.ts';

export const missingKey = defineRule({
  id: 'missing-key',
  title: 'A ConfigMap or Secret lacks a required key',
  severity: 'error',
  preset: 'recommended',
  why: `If an environment variable names a key that its ConfigMap or Secret does not have, the container does not start
    ("couldn't find key url in ConfigMap default/shop"). A volume with such an item is not mounted ("references
    non-existent config key: url"). The pod stays in CreateContainerConfigError or ContainerCreating and uses up no
    retries: a hook hangs until Helm's timeout, and a workload is never ready. A mount with \`subPath\` is different:
    where the volume has no such file, an empty directory is mounted. The rule assumes that something else
    fills in an object without any data. If a command of the chart names the object, or a pod of the chart may write it
    (by a Role of its ServiceAccount), the finding is a warning. So it is for a test, which only \`helm test\` runs.`,
  fix: `Use a key that the object has, add the key to the object, or mark the reference \`optional: true\` if the container
    can run without it.`,
  off: 'When an operator or a Job adds the key to the object in the cluster.',
  see: [
    'https://kubernetes.io/docs/concepts/configuration/configmap/#configmaps-and-pods',
    'https://kubernetes.io/docs/tasks/inject-data-application/distribute-credentials-secure/',
  ],
  *check(context) {
    yield* byCause(missing(context), ({ message }) => message.slice(message.lastIndexOf(' of ')));
    yield* unmounted(context.release);
  },
});

function* missing({ release, action, engine, looksUp }: RuleContext): Iterable<Report> {
  const lacks = new Map(
    [...release.workloads, ...release.tests].map((workload) => [workload, lackedBy(workload, release)] as const),
  );
  // A pod that cannot start adds nothing. Its first container may, before a later one needs the key.
  const starting = release.workloads.filter(
    (workload) => !lacks.get(workload)!.some(({ container }) => !container || container === workload.pod.containers[0]),
  );
  for (const [workload, lacking] of lacks) {
    const { resource, namespace } = workload;
    const isTest = release.tests.includes(workload);
    const when = isTest ? {} : whenSent(workload.hook, action, engine);
    if (!when) continue;
    for (const [first, ...others] of groupBy(lacking, ({ kind, name }) => `${kind} ${name}`).values()) {
      const { kind, name, key, place } = first;
      const source = release.find(kind, name, namespace)[0]!;
      const keys = Object.keys(contents(source));
      if (keys.length === 0 || filled(source)) continue;
      const writers = starting.filter((other) =>
        mayWrite(other, source, release.grantsOf(other.pod.serviceAccount ?? 'default', other.namespace, namespace)),
      );
      const wanted = [...new Set([key, ...others.map((other) => other.key)])];
      const one = wanted.length === 1;
      const found = looksUp(source);
      const unless =
        writers.length === 0
          ? found
            ? ', unless the template looks it up in the cluster'
            : ''
          : `, unless ${beside(writers.map(describe))} ${writers.length === 1 ? 'adds' : 'add'} ${one ? 'it' : 'them'}`;
      yield {
        at: place,
        message: `${describe(resource)}${isTest ? ', which only helm test runs,' : ''} needs the ${one ? 'key' : 'keys'} ${beside(wanted)} of ${kind}/${name}, which has only ${beside(keys, 5)}: its pod cannot start${unless}`,
        help:
          (one ? nearKey(key, keys) : undefined) ??
          `Add ${beside(wanted)} to ${kind}/${name}, or use ${one ? 'one of its keys' : 'keys that it has'}.`,
        because: [
          { message: `${kind}/${name} is created here`, at: source.place('metadata', 'name') },
          ...others.slice(0, 5).map((other) => ({ message: `key ${other.key} is needed here`, at: other.place })),
        ],
        severity: isTest || writers.length > 0 || found || guarded(source) ? 'warning' : 'error',
        resource,
        ...when,
      };
    }
  }
}

/** The keys that a workload needs of objects of the chart that do not have them. */
function lackedBy({ resource, pod, namespace }: Workload, release: Release): Key[] {
  return [...keysOf(resource, pod)].filter(({ kind, name, key, optional }) => {
    const found = release.find(kind, name, namespace);
    return !optional && found.length > 0 && !found.some((one) => has(one, key));
  });
}

/** Whether a workload may add keys to an object in the cluster: a command names it, or a Role lets it. */
function mayWrite({ pod }: Workload, { kind, name }: Resource, grants: ReturnType<Release['grantsOf']>): boolean {
  return (
    pod.containers.some(({ command, args }) => [...(command ?? []), ...(args ?? [])].join(' ').includes(name)) ||
    grants.some(
      ({ rules, allows }) =>
        rules === undefined || ['update', 'patch'].some((verb) => allows(verb, '', `${kind.toLowerCase()}s`, name)),
    )
  );
}

/**
 * Mounts of a file that its volume does not have. The kubelet makes an empty directory of that name in the volume, and
 * mounts it (pkg/volume/util/subpath of Kubernetes).
 */
function* unmounted(release: Release): Iterable<Report> {
  for (const { resource, pod, namespace } of [...release.workloads, ...release.tests])
    for (const { path, name: container } of pod.containers)
      for (const [index, item] of list(map(resource.get(...path))['volumeMounts']).entries()) {
        const mount = map(item);
        const [file, at] = [str(mount['subPath']), str(mount['mountPath'])];
        const volume = list(pod.spec['volumes'])
          .map(map)
          .find(({ name }) => name === mount['name']);
        if (!file || !at || !volume) continue;
        const [field, kind] = volume['configMap'] ? ['configMap', 'ConfigMap'] : ['secret', 'Secret'];
        const from = map(volume[field!]);
        const name = str(from['name']) ?? str(from['secretName']);
        const sources = name ? release.find(kind!, name, namespace) : [];
        // What has no data is filled in by others, and what is guarded may be.
        if (sources.length === 0 || sources.some((one) => keysIn(one).length === 0 || filled(one) || guarded(one)))
          continue;
        const files = Array.isArray(from['items'])
          ? list(from['items']).map((entry) => str(map(entry)['path']) ?? '')
          : sources.flatMap(keysIn);
        if (files.some((one) => one === file || one.startsWith(`${file}/`))) continue;
        const near = Array.isArray(from['items']) ? undefined : nearKey(file, files);
        yield {
          at: resource.place(...path, 'volumeMounts', index, 'subPath'),
          message: `Container ${container} of ${describe(resource)} mounts ${file} of ${kind}/${name}, which has only ${beside(files, 5)}: ${at} becomes an empty directory, or the container does not start because its image has a file there`,
          help:
            near === undefined
              ? `Use a file that the volume has, or add the key ${file} to ${kind}/${name}.`
              : near.replace('key:', 'subPath:'),
          because: [{ message: `${kind}/${name} is created here`, at: sources[0]!.place('metadata', 'name') }],
          severity: 'warning',
          resource,
        };
      }
}

function keysIn(source: Resource): string[] {
  return [...Object.keys(contents(source)), ...Object.keys(map(source.get('binaryData')))];
}

interface Key {
  kind: 'ConfigMap' | 'Secret';
  name: string;
  key: string;
  optional: boolean;
  /** The container that cannot start without it; absent where the pod as a whole cannot. */
  container?: Container;
  place: Report['at'];
}

/** The keys that a pod names: in the environment of its containers, and as items of its volumes. */
function* keysOf(
  resource: Resource,
  pod: {
    path: readonly (string | number)[];
    spec: Readonly<Record<string, unknown>>;
    references: readonly Reference[];
  },
): Iterable<Key> {
  for (const { kind, name, key, optional, container, place } of pod.references)
    if (key !== undefined && (kind === 'ConfigMap' || kind === 'Secret'))
      yield {
        kind,
        name,
        key,
        optional,
        ...(container && { container }),
        place: resource.place(...place.path.slice(0, -1), 'key'),
      };
  for (const [index, item] of list(pod.spec['volumes']).entries()) {
    const volume = map(item);
    const at = [...pod.path, 'volumes', index];
    const sources = [
      { value: volume, path: at },
      ...list(map(volume['projected'])['sources']).map((source, n) => ({
        value: map(source),
        path: [...at, 'projected', 'sources', n],
      })),
    ];
    for (const { value, path } of sources)
      for (const [field, kind] of [
        ['configMap', 'ConfigMap'],
        ['secret', 'Secret'],
      ] as const) {
        const source = map(value[field]);
        const name = str(source['name']) ?? str(source['secretName']);
        if (!name) continue;
        for (const [n, entry] of list(source['items']).entries()) {
          const key = str(map(entry)['key']);
          if (key)
            yield {
              kind,
              name,
              key,
              optional: source['optional'] === true,
              place: resource.place(...path, field, 'items', n, 'key'),
            };
        }
      }
  }
}

function has(source: Resource, key: string): boolean {
  return contents(source)[key] !== undefined || map(source.get('binaryData'))[key] !== undefined;
}

/** Kubernetes itself fills these in. */
function filled(source: Resource): boolean {
  return source.get('type') === 'kubernetes.io/service-account-token';
}

/** Annotations of others than Helm may mean that a controller adds keys. */
function guarded(source: Resource): boolean {
  return Object.keys(source.annotations).some(
    (key) => !/^(?:meta\.)?helm\.sh\/|^argocd\.argoproj\.io\/|^checksum|^kubernetes\.io\/description/.test(key),
  );
}

/** The key that differs in case and separators only. */
function nearKey(key: string, keys: readonly string[]): string | undefined {
  const letters = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const meant = keys.find((one) => letters(one) === letters(key));
  return meant && `Write \`key: ${meant}\`.`;
}
