import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Loose, Obj } from './kinds.ts';
import type { Store } from './store.ts';

/** One mount of a container: from a folder of the play to a path of the container. */
export interface Mount {
  source: string;
  target: string;
  readOnly: boolean;
}

const safe = (name: string) => /^[-._a-zA-Z0-9]+$/.test(name) && name !== '.' && name !== '..';
/** Paths of a chart never climb out: `/a/../../b` is `/b`. */
const inside = (path: string) => posix.normalize(`/${String(path)}`).replaceAll(/[\t\n]/g, '_');

const decoded = (object: Obj | undefined): Record<string, string> => {
  const binary = object?.kind === 'Secret' ? object.data : object?.binaryData;
  const plain = object?.kind === 'Secret' ? {} : object?.data;
  return {
    ...plain,
    ...Object.fromEntries(
      Object.entries(binary ?? {}).map(([key, value]) => [key, Buffer.from(String(value), 'base64').toString('utf8')]),
    ),
  };
};

function filesOf(store: Store, namespace: string, volume: Loose): Record<string, string> {
  const files: Record<string, string> = {};
  for (const part of [volume, ...(volume.projected?.sources ?? [])]) {
    const source = part.secret ?? part.configMap;
    if (!source) continue;
    const data = decoded(
      store.get(part.secret ? 'secrets' : 'configmaps', namespace, source.secretName ?? source.name),
    );
    if (source.items) for (const { key, path } of source.items) files[path] = data[key] ?? '';
    else Object.assign(files, data);
  }
  return files;
}

/** Lays the volumes of a container out under a folder of the play. */
export function mountsOf(store: Store, pod: Obj, container: Loose, folder: string): Mount[] {
  const { namespace, uid } = pod.metadata;
  return (container.volumeMounts ?? []).flatMap((mount: Loose) => {
    const volume = pod.spec.volumes?.find((one: Loose) => one.name === mount.name);
    if (!volume) return [];
    const claim = volume.persistentVolumeClaim?.claimName;
    const kept = volume.secret ?? volume.configMap ?? volume.projected;
    // Claims outlive pods; what is mounted from the API is the pod's own.
    const source =
      claim === undefined
        ? join(folder, uid, posix.basename(volume.name))
        : join(folder, 'claims', posix.basename(`${namespace}.${claim}`));
    mkdirSync(source, { recursive: true });
    chmodSync(source, 0o777);
    for (const [path, text] of Object.entries(filesOf(store, namespace, volume))) {
      if (!path.split('/').every(safe)) continue;
      mkdirSync(posix.dirname(join(source, path)), { recursive: true });
      writeFileSync(join(source, path), text, { mode: 0o755 });
    }
    const sub = mount.subPath === undefined ? '' : inside(mount.subPath);
    return [
      {
        source: join(source, sub),
        target: inside(mount.mountPath),
        readOnly: kept !== undefined || mount.readOnly === true,
      },
    ];
  });
}

/** The variables that the kubelet sets for a Service with an address (`pkg/kubelet/envvars`). */
function linkOf(service: string, address: string, ports: readonly Loose[]): Record<string, string> {
  const variable = (name: string) => name.toUpperCase().replaceAll('-', '_');
  const prefix = variable(service);
  const env: Record<string, string> = { [`${prefix}_SERVICE_HOST`]: address };
  for (const [index, { name, port, protocol = 'TCP' }] of ports.entries()) {
    const url = `${protocol.toLowerCase()}://${address}:${port}`;
    if (index === 0) Object.assign(env, { [`${prefix}_SERVICE_PORT`]: String(port), [`${prefix}_PORT`]: url });
    if (name) env[`${prefix}_SERVICE_PORT_${variable(name)}`] = String(port);
    const one = `${prefix}_PORT_${port}_${protocol}`;
    const parts = { _PROTO: protocol.toLowerCase(), _PORT: String(port), _ADDR: address };
    env[one] = url;
    for (const [part, value] of Object.entries(parts)) env[one + part] = value;
  }
  return env;
}

/** The environment of a container: its own, what it takes from objects, and the addresses of Services. */
export function environmentOf(store: Store, pod: Obj, container: Loose): Record<string, string> {
  const { namespace } = pod.metadata;
  const env: Record<string, string> = {};
  Object.assign(env, linkOf('kubernetes', '127.0.0.1', [{ name: 'https', port: 443 }]));
  if (pod.spec.enableServiceLinks !== false)
    for (const { metadata, spec } of store.list('services', namespace))
      if (spec?.clusterIP && spec.clusterIP !== 'None')
        Object.assign(env, linkOf(metadata.name, spec.clusterIP, spec.ports ?? []));
  for (const from of container.envFrom ?? []) {
    const source = from.secretRef ?? from.configMapRef;
    const data = decoded(source && store.get(from.secretRef ? 'secrets' : 'configmaps', namespace, source.name));
    for (const [key, value] of Object.entries(data)) env[`${from.prefix ?? ''}${key}`] = value;
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const key = valueFrom?.secretKeyRef ?? valueFrom?.configMapKeyRef;
    if (key) {
      const found = decoded(store.get(valueFrom.secretKeyRef ? 'secrets' : 'configmaps', namespace, key.name))[key.key];
      if (found !== undefined) env[name] = found;
    } else if (valueFrom?.fieldRef) {
      const path = String(valueFrom.fieldRef.fieldPath)
        .replace(/\['([^']*)'\]/, '.$1')
        .split('.');
      env[name] = String(path.reduce((part: Loose, field) => part?.[field], pod) ?? '');
    } else {
      env[name] = expand(String(value ?? ''), env);
    }
  }
  return env;
}

/** Kubernetes' own `$(NAME)`; an unknown name stays as it is. */
export function expand(text: string, env: Record<string, string>): string {
  return text.replace(/\$\$|\$\(([-._a-zA-Z0-9]+)\)/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (env[name] ?? whole),
  );
}
