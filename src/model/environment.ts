import { fromBase64 } from '../bytes.ts';
import type { Resource } from '../parse/index.ts';
import { list, map, str, strings } from './read.ts';

/** Finds a resource of the release by kind and name in the namespace of the one that asks. */
export type Lookup = (kind: string, name: string, near: Resource) => Resource | undefined;

/**
 * Linux hands no longer string to a program (MAX_ARG_STRLEN): the container would not start ("argument list too long").
 */
const maxValue = 131_072;

/**
 * A container's environment, with ConfigMaps and Secrets of the chart looked into. `namespace` is where the pod runs.
 * `undefined`: set, but not visible. A value that variables in variables make too long for any program is not visible
 * either, and `onTooLong` gets its index in `env` and its name.
 */
export function readEnv(
  resource: Resource,
  raw: Readonly<Record<string, unknown>>,
  lookup: Lookup,
  onTooLong: (index: number, name: string) => void = () => undefined,
  namespace = resource.namespace,
): ReadonlyMap<string, string | undefined> {
  const env = new Map<string, string | undefined>();
  for (const item of list(raw['envFrom'])) {
    const prefix = str(map(item)['prefix']) ?? '';
    for (const [key, kind] of [
      ['configMapRef', 'ConfigMap'],
      ['secretRef', 'Secret'],
    ] as const) {
      const name = str(map(map(item)[key])['name']);
      const source = name ? lookup(kind, name, resource) : undefined;
      if (source) for (const [field, value] of Object.entries(contents(source))) env.set(prefix + field, value);
    }
  }
  for (const [index, item] of list(raw['env']).entries()) {
    const name = str(map(item)['name']);
    if (!name) continue;
    const literal = map(item)['value'];
    const expanded = literal === undefined ? undefined : expand(str(literal) ?? '', env);
    if (literal !== undefined && expanded === undefined) onTooLong(index, name);
    env.set(
      name,
      literal === undefined ? fromSource(map(map(item)['valueFrom']), resource, lookup, namespace) : expanded,
    );
  }
  return env;
}

function fromSource(
  from: Readonly<Record<string, unknown>>,
  resource: Resource,
  lookup: Lookup,
  namespace: string | undefined,
): string | undefined {
  for (const [key, kind] of [
    ['configMapKeyRef', 'ConfigMap'],
    ['secretKeyRef', 'Secret'],
  ] as const) {
    const ref = map(from[key]);
    const source = str(ref['name']) ? lookup(kind, str(ref['name'])!, resource) : undefined;
    if (source) return contents(source)[str(ref['key']) ?? ''];
  }
  const fieldPath = str(map(from['fieldRef'])['fieldPath']);
  if (fieldPath === 'metadata.namespace') return namespace;
  return undefined;
}

/**
 * Kubernetes' own expansion of `$(VAR)` in values: earlier variables only, `$$` escapes. `undefined` for what gets too
 * long.
 */
function expand(value: string, env: ReadonlyMap<string, string | undefined>): string | undefined {
  const parts: string[] = [];
  const last = value.lastIndexOf(')');
  let length = 0;
  let at = 0;
  const add = (part: string) => {
    parts.push(part);
    length += part.length;
  };
  for (let next = value.indexOf('$'); next !== -1 && length <= maxValue; next = value.indexOf('$', at)) {
    add(value.slice(at, next));
    at = next + 2;
    if (value[next + 1] === '$') {
      add('$');
      continue;
    }
    const end = value[next + 1] === '(' && at <= last ? value.indexOf(')', at) : -1;
    if (end <= at) {
      add('$');
      at = next + 1;
      continue;
    }
    const name = value.slice(at, end);
    // A value that is not visible: for a shell it is then the variable itself.
    add(env.has(name) ? (env.get(name) ?? `\${${name}}`) : value.slice(next, end + 1));
    at = end + 1;
  }
  add(value.slice(at));
  return length > maxValue && at > 0 ? undefined : parts.join('');
}

/** The text entries of a ConfigMap or Secret. */
export function contents(source: Resource): Readonly<Record<string, string>> {
  if (source.kind !== 'Secret') return strings(source.get('data'));
  const out = Object.create(null) as Record<string, string>;
  for (const [key, value] of Object.entries(strings(source.get('data')))) out[key] = fromBase64(value);
  return Object.assign(out, strings(source.get('stringData')));
}

/** The content of a file in a container that is mounted from a ConfigMap or Secret of the chart. */
export function readMountedFile(
  path: string,
  raw: Readonly<Record<string, unknown>>,
  podSpec: Readonly<Record<string, unknown>>,
  resource: Resource,
  lookup: Lookup,
): string | undefined {
  for (const item of list(raw['volumeMounts'])) {
    const mount = map(item);
    const mountPath = str(mount['mountPath'])?.replace(/\/+$/, '');
    if (!mountPath || (path !== mountPath && !path.startsWith(`${mountPath}/`))) continue;
    const volume = map(list(podSpec['volumes']).find((candidate) => map(candidate)['name'] === mount['name']));
    const inner = [str(mount['subPath']), path.slice(mountPath.length + 1)].filter(Boolean).join('/');
    const sources = [volume, ...list(map(volume['projected'])['sources']).map(map)];
    for (const source of sources) {
      const configMap = map(source['configMap']);
      const secret = map(source['secret']);
      const name = str(configMap['name']) ?? str(secret['secretName']) ?? str(secret['name']);
      const found = name ? lookup(str(configMap['name']) ? 'ConfigMap' : 'Secret', name, resource) : undefined;
      if (!found) continue;
      const items = list(configMap['items'] ?? secret['items']).map(map);
      const key = items.length ? str(items.find((entry) => entry['path'] === inner)?.['key']) : inner;
      const text = key === undefined ? undefined : contents(found)[key];
      if (text !== undefined) return text;
    }
  }
  return undefined;
}
