import { isMapping } from '../document.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** A patch that is not understood, or does not fit; `message` is part of a sentence. */
export class PatchError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PatchError';
  }
}

/**
 * A strategic merge patch of a custom resource, whose lists have no keys: mappings are merged, `null` removes, anything
 * else replaces (kyaml's `merge2`; compared with kustomize 5.7.1). Throws {@link PatchError}. `undefined`: the patch
 * removes the resource.
 */
export function mergedPatch(value: Mapping, patch: Mapping): Mapping | undefined {
  const directive = patch['$patch'];
  if (directive === 'delete') return undefined;
  if (directive === 'replace') return without(patch, '$patch');
  if (directive !== undefined && directive !== 'merge')
    throw new PatchError(`the directive $patch: ${JSON.stringify(directive)?.slice(0, 50)}`);
  const out: Record<string, unknown> = { ...value };
  for (const [key, wanted] of Object.entries(patch)) {
    if (key === '$patch') continue;
    if (key.startsWith('$')) throw new PatchError(`the directive ${key.slice(0, 50)}`);
    const there = Object.hasOwn(out, key) ? out[key] : undefined;
    if (wanted === null) delete out[key];
    else if (!isMapping(wanted)) define(out, key, wanted);
    else {
      const merged = mergedPatch(isMapping(there) ? there : {}, wanted);
      if (merged === undefined) delete out[key];
      else define(out, key, merged);
    }
  }
  return out;
}

/** The operations of a JSON patch (RFC 6902) on a value. Throws {@link PatchError} for one that does not fit. */
export function jsonPatched(value: Mapping, operations: readonly unknown[]): Mapping {
  const root = { value: structuredClone(value) as unknown };
  for (const operation of operations) {
    if (!isMapping(operation)) throw new PatchError('an operation that is not a mapping');
    const { op, path, from } = operation;
    if (typeof path !== 'string') throw new PatchError('an operation without a path');
    if (op === 'add') add(root, path, structuredClone(operation['value']));
    else if (op === 'remove') remove(root, path);
    else if (op === 'replace') {
      remove(root, path);
      add(root, path, structuredClone(operation['value']));
    } else if ((op === 'move' || op === 'copy') && typeof from === 'string') {
      const moved = op === 'move' ? remove(root, from) : structuredClone(at(root, from));
      add(root, path, moved);
    } else if (op === 'test') at(root, path);
    else throw new PatchError(`the operation ${JSON.stringify(op)?.slice(0, 50)}`);
  }
  if (!isMapping(root.value)) throw new PatchError('an operation on the whole resource');
  return root.value;
}

interface Root {
  value: unknown;
}

const keysOf = (path: string) => {
  if (!path.startsWith('/')) throw new PatchError(`the path ${JSON.stringify(path.slice(0, 100))}`);
  return path
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
};

/** The mapping or list that holds the last key of a path. */
function holder(root: Root, path: string): { into: Record<string, unknown> | unknown[]; key: string } {
  const keys = keysOf(path);
  let here = root.value;
  for (const key of keys.slice(0, -1)) here = child(here, key, path);
  if (!Array.isArray(here) && !isMapping(here)) throw missing(path);
  return { into: here as Record<string, unknown> | unknown[], key: keys.at(-1)! };
}

function child(value: unknown, key: string, path: string): unknown {
  if (Array.isArray(value) && /^\d{1,9}$/.test(key) && Number(key) < value.length) return value[Number(key)];
  if (isMapping(value) && Object.hasOwn(value, key)) return value[key];
  throw missing(path);
}

const missing = (path: string) => new PatchError(`the path ${path.slice(0, 200)}, which is not there`);

function at(root: Root, path: string): unknown {
  const { into, key } = holder(root, path);
  return child(into, key, path);
}

function add(root: Root, path: string, value: unknown): void {
  const { into, key } = holder(root, path);
  if (!Array.isArray(into)) define(into, key, value);
  else if (key === '-') into.push(value);
  else if (/^\d{1,9}$/.test(key) && Number(key) <= into.length) into.splice(Number(key), 0, value);
  else throw missing(path);
}

function remove(root: Root, path: string): unknown {
  const { into, key } = holder(root, path);
  const value = child(into, key, path);
  if (Array.isArray(into)) into.splice(Number(key), 1);
  else delete into[key];
  return value;
}

function without(value: Mapping, key: string): Mapping {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

/** Also for a key like `__proto__`. */
function define(into: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(into, key, { value, writable: true, enumerable: true, configurable: true });
}
