import { isDeepStrictEqual } from 'node:util';
import type { Loose } from './kinds.ts';

/** Lists whose items Kubernetes merges by a key; every other list is replaced as a whole. */
const mergeKeys: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  volumes: 'name',
  env: 'name',
  imagePullSecrets: 'name',
  secrets: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  conditions: 'type',
  ownerReferences: 'uid',
  hostAliases: 'ip',
};

const isMap = (value: Loose): value is Record<string, Loose> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function itemKey(field: string, items: Loose[]): ((item: Loose) => string) | undefined {
  if (items.length > 0 && !items.every(isMap)) return undefined;
  if (field === 'ports') {
    const by = items.some((item) => item.containerPort !== undefined) ? 'containerPort' : 'port';
    return items.every((item) => item[by] !== undefined)
      ? (item) => `${item[by]}/${item.protocol ?? 'TCP'}`
      : undefined;
  }
  const by = mergeKeys[field];
  return by === undefined ? undefined : (item) => String(item[by]);
}

/** RFC 7386. */
export function mergePatch(target: Loose, patch: Loose): Loose {
  if (!isMap(patch)) return patch;
  const merged: Loose = isMap(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else merged[field] = mergePatch(merged[field], value);
  }
  return merged;
}

/** RFC 6902, as far as clients of Kubernetes use it. */
export function jsonPatch(target: Loose, operations: Loose[]): Loose {
  const document = { root: structuredClone(target) };
  for (const { op, path, value, from } of operations) {
    if (op === 'move' || op === 'copy') {
      const [holder, last] = locate(document, from);
      const moved = structuredClone(holder[last]);
      if (op === 'move') removeAt(holder, last);
      addAt(...locate(document, path), moved);
      continue;
    }
    const [holder, last] = locate(document, path);
    if (op === 'test' && !isDeepStrictEqual(holder[last], value)) throw new Error(`testing value ${path} failed`);
    if (op === 'add') addAt(holder, last, value);
    if (op === 'replace') holder[last] = value;
    if (op === 'remove') removeAt(holder, last);
  }
  return document.root;
}

function locate(document: Loose, path: string): [holder: Loose, last: string] {
  const parts = [
    'root',
    ...path
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')),
  ];
  const last = parts.pop() ?? 'root';
  return [parts.reduce((holder, part) => holder?.[part], document), last];
}

function addAt(holder: Loose, last: string, value: Loose): void {
  if (Array.isArray(holder)) holder.splice(last === '-' ? holder.length : Number(last), 0, value);
  else holder[last] = value;
}

function removeAt(holder: Loose, last: string): void {
  if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
}

/** Strategic merge, near enough for what Helm 3 sends: merge keys, `$patch`, deletions from primitive lists. */
export function strategicMerge(target: Loose, patch: Loose, field = ''): Loose {
  if (Array.isArray(patch)) return mergeLists(Array.isArray(target) ? target : [], patch, field);
  if (!isMap(patch)) return patch;
  if (patch.$patch === 'replace')
    return Object.fromEntries(Object.entries(patch).filter(([name]) => name !== '$patch'));
  if (patch.$patch === 'delete') return undefined;
  const merged: Loose = isMap(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith('$setElementOrder/')) continue;
    if (name === '$retainKeys') {
      for (const own of Object.keys(merged)) if (!value.includes(own)) delete merged[own];
    } else if (name.startsWith('$deleteFromPrimitiveList/')) {
      const list = name.slice(name.indexOf('/') + 1);
      merged[list] = (merged[list] ?? []).filter((item: Loose) => !value.includes(item));
    } else if (value === null) {
      delete merged[name];
    } else {
      merged[name] = strategicMerge(merged[name], value, name);
    }
  }
  return merged;
}

function mergeLists(target: Loose[], patch: Loose[], field: string): Loose[] {
  if (field === 'finalizers') return [...new Set([...target, ...patch])];
  const key = itemKey(field, [...target, ...patch.filter((item) => item?.$patch !== 'replace')]);
  if (!key) return patch;
  if (patch.some((item) => item.$patch === 'replace')) return patch.filter((item) => item.$patch !== 'replace');
  const merged = new Map(target.map((item) => [key(item), item]));
  for (const item of patch) {
    if (item.$patch === 'delete') merged.delete(key(item));
    else merged.set(key(item), strategicMerge(merged.get(key(item)), item));
  }
  return [...merged.values()];
}

/** Server-side apply: what this manager applied last time and leaves out now is removed, the rest is merged. */
export function applyMerge(live: Loose, last: Loose, next: Loose, field = ''): Loose {
  if (Array.isArray(next)) {
    if (!Array.isArray(live)) return next;
    const key = itemKey(field, [...live, ...next]);
    if (field === 'finalizers') return [...new Set([...live, ...next])];
    if (!key) return next;
    const applied = new Map(next.map((item) => [key(item), item]));
    const before = new Map((Array.isArray(last) ? last : []).map((item) => [key(item), item]));
    const kept = live.filter((item) => applied.has(key(item)) || !before.has(key(item)));
    const merged = kept.map((item) =>
      applied.has(key(item)) ? applyMerge(item, before.get(key(item)), applied.get(key(item))) : item,
    );
    const known = new Set(kept.map(key));
    return [...merged, ...next.filter((item) => !known.has(key(item)))];
  }
  if (!isMap(next)) return next;
  const merged: Loose = isMap(live) ? { ...live } : {};
  for (const gone of Object.keys(isMap(last) ? last : {})) if (!(gone in next)) delete merged[gone];
  for (const [name, value] of Object.entries(next)) merged[name] = applyMerge(merged[name], last?.[name], value, name);
  return merged;
}
