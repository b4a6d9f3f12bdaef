import type { Loose } from './kinds.ts';
import type { Store } from './store.ts';

const sources = { secret: 'secrets', configMap: 'configmaps' } as const;

function missingSource(
  store: Store,
  kind: 'secret' | 'configMap',
  namespace: string,
  name: string,
  keys: string[] = [],
): { object: boolean; key?: string } | undefined {
  const found = store.get(sources[kind], namespace, name);
  if (!found) return { object: true };
  const has = { ...found.data, ...found.binaryData };
  const key = keys.find((wanted) => !(wanted in has));
  return key === undefined ? undefined : { object: false, key };
}

/** What keeps the scheduler from placing a pod: a claim that is not there. */
export function missingClaim(store: Store, namespace: string, spec: Loose): string | undefined {
  for (const volume of spec.volumes ?? []) {
    const name = volume.persistentVolumeClaim?.claimName;
    if (name === undefined) continue;
    const claim = store.get('persistentvolumeclaims', namespace, name);
    if (!claim) return `persistentvolumeclaim "${name}" not found`;
    if (claim.status?.phase !== 'Bound') return 'pod has unbound immediate PersistentVolumeClaims';
  }
  return undefined;
}

/** What keeps the kubelet from mounting the volumes of a pod, in its own words. */
export function missingVolume(store: Store, namespace: string, spec: Loose): string | undefined {
  for (const volume of spec.volumes ?? []) {
    const parts = [volume, ...(volume.projected?.sources ?? [])];
    for (const kind of ['secret', 'configMap'] as const) {
      for (const part of parts) {
        const source = part[kind];
        const name = source?.secretName ?? source?.name;
        if (name === undefined || source.optional === true) continue;
        const missing = missingSource(
          store,
          kind,
          namespace,
          name,
          (source.items ?? []).map((item: Loose) => item.key),
        );
        if (!missing) continue;
        const lower = kind.toLowerCase();
        const cause = missing.object
          ? `${lower} "${name}" not found`
          : `references non-existent ${kind === 'secret' ? 'secret' : 'config'} key: ${missing.key}`;
        return `MountVolume.SetUp failed for volume "${volume.name}" : ${cause}`;
      }
    }
  }
  return undefined;
}

/** What keeps a container from being made (`CreateContainerConfigError`). */
export function missingEnv(store: Store, namespace: string, container: Loose): string | undefined {
  const entries = [
    ...(container.envFrom ?? []).map((from: Loose) => ({ secret: from.secretRef, configMap: from.configMapRef })),
    ...(container.env ?? []).map((entry: Loose) => ({
      secret: entry.valueFrom?.secretKeyRef,
      configMap: entry.valueFrom?.configMapKeyRef,
    })),
  ];
  for (const entry of entries) {
    for (const kind of ['secret', 'configMap'] as const) {
      const from = entry[kind];
      if (!from || from.optional === true) continue;
      const missing = missingSource(store, kind, namespace, from.name, from.key === undefined ? [] : [from.key]);
      if (!missing) continue;
      return missing.object
        ? `${kind.toLowerCase()} "${from.name}" not found`
        : `couldn't find key ${missing.key} in ${kind === 'secret' ? 'Secret' : 'ConfigMap'} ${namespace}/${from.name}`;
    }
  }
  return undefined;
}
