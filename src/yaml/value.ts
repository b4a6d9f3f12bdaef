import type { AliasNode, MappingNode, YamlNode } from './node.ts';
import { resolveScalar, scalarText, type Scalar } from './resolve.ts';
import { YamlError } from './token.ts';

/** A key that a mapping has more than once; the last one counts. */
export interface DuplicateKey {
  path: (string | number)[];
  /** Where the key stands first, and again. */
  first: number;
  again: number;
  /** It has the value of the one before. */
  same: boolean;
}

/** Go-yaml lets aliases make at most 99 % of what it decodes in a small document, which comes to fewer than this. */
const maxExpanded = 400_000;
/** More than a person writes: everything that walks through values would take its time. */
const maxAliases = 5_000;

/** A document's value, and what is lost in it. */
export interface Decoded {
  value: unknown;
  duplicates: DuplicateKey[];
  /**
   * By mapping and key: how Helm writes a number where it expects a text, if not as JavaScript does (`1e6` is `1e+06`).
   */
  texts: Map<object, Map<string, string>>;
}

/**
 * The value of a node as JSON holds it, as sigs.k8s.io/yaml makes it with go-yaml v2: keys are texts, of duplicate keys
 * the last one counts, `<<` overwrites what stands before it and is overwritten by what stands behind it. What aliases
 * stand for is shared. Throws `YamlError` where Helm fails, or where its result is not certain.
 */
export function decode(root: YamlNode | undefined): Decoded {
  const decoder = new Decoder();
  const value = root && decoder.value(root, []);
  return { value, duplicates: decoder.duplicates, texts: decoder.texts };
}

interface Mapping {
  value: Record<string, unknown>;
  /** The keys that are no texts, with their types: `1` and `"1"` are two keys to Go, and one to JSON. */
  types: Map<string, string>;
}

class Decoder {
  readonly duplicates: DuplicateKey[] = [];
  readonly texts: Decoded['texts'] = new Map();
  private readonly shared = new Map<YamlNode, { value: unknown; size: number }>();
  private readonly open = new Set<YamlNode>();
  private size = 0;
  private expanded = 0;
  private aliases = 0;

  value(node: YamlNode, path: (string | number)[]): unknown {
    this.size += 1;
    switch (node.kind) {
      case 'scalar':
        return plainValue(resolveScalar(node), node);
      case 'alias':
        return this.alias(node);
      case 'sequence': {
        this.open.add(node);
        path.push(0);
        const items = node.items.map((item, index) => {
          path[path.length - 1] = index;
          return this.value(item, path);
        });
        path.pop();
        this.open.delete(node);
        return items;
      }
      case 'mapping': {
        const into: Mapping = { value: {}, types: new Map() };
        this.open.add(node);
        this.fill(into, node, path);
        this.open.delete(node);
        return into.value;
      }
    }
  }

  private alias({ name, target, start }: AliasNode): unknown {
    if (this.open.has(target)) throw new YamlError(`*${name} stands within &${name}`, start);
    let known = this.shared.get(target);
    if (!known) {
      const before = this.size;
      // What is written twice was noted where the anchor stands.
      const noted = this.duplicates.length;
      known = { value: this.value(target, []), size: this.size - before };
      this.duplicates.length = noted;
      this.shared.set(target, known);
    } else this.size += known.size;
    this.expand(known.size, start);
    return known.value;
  }

  private expand(size: number, at: number): void {
    this.expanded += size;
    this.aliases += 1;
    if (this.aliases > maxAliases) throw new YamlError(`more than ${maxAliases} aliases`, at);
    if (this.expanded > maxExpanded) throw new YamlError('aliases that expand to too much', at);
  }

  private fill(into: Mapping, node: MappingNode, path: (string | number)[]): void {
    const seen = new Map<string, number>();
    for (const { key, value } of node.pairs) {
      if (isMerge(key)) {
        this.merge(into, value, path);
        continue;
      }
      const { name, type } = this.key(key);
      const first = seen.get(name);
      const again = first === undefined ? undefined : { path: [...path, name], first, again: key.start, same: false };
      if (again) this.duplicates.push(again);
      else seen.set(name, key.start);
      const known = Object.hasOwn(into.value, name) ? (into.types.get(name) ?? 'string') : type;
      if (known !== type)
        throw new YamlError(`the key ${name} is written as a ${known} and as a ${type}: either may count`, key.start);
      if (type !== 'string') into.types.set(name, type);
      path.push(name);
      const decoded = this.value(value, path);
      if (again) again.same = JSON.stringify(into.value[name]) === JSON.stringify(decoded);
      set(into.value, name, decoded);
      if (typeof decoded === 'number') this.noteText(into.value, name, value);
      else this.texts.get(into.value)?.delete(name);
      path.pop();
    }
  }

  private noteText(mapping: object, name: string, node: YamlNode): void {
    const target = node.kind === 'alias' ? node.target : node;
    const noted = this.texts.get(mapping);
    noted?.delete(name);
    if (target.kind !== 'scalar' || !target.plain) return;
    const scalar = resolveScalar(target);
    if (scalar.type === 'null' || scalar.type === 'string' || scalar.type === 'bool') return;
    const text = scalarText(scalar);
    if (text !== String(Number(scalar.value))) this.texts.set(mapping, (noted ?? new Map()).set(name, text));
  }

  private key(node: YamlNode): { name: string; type: string } {
    const target = node.kind === 'alias' ? node.target : node;
    if (target.kind !== 'scalar') throw new YamlError('a key that is a list or a mapping', node.start);
    this.size += 1;
    const scalar = resolveScalar(target);
    if (scalar.type === 'null' || scalar.type === 'uint' || (scalar.type === 'float' && Number.isNaN(scalar.value)))
      throw new YamlError('a key that is no text', node.start);
    const name = scalarText(scalar);
    return {
      name: scalar.type === 'float' ? name.replace('+Inf', '.inf').replace('-Inf', '-.inf') : name,
      type: scalar.type,
    };
  }

  private merge(into: Mapping, node: YamlNode, path: (string | number)[]): void {
    const target = node.kind === 'alias' ? node.target : node;
    if (node.kind === 'sequence') {
      for (const item of node.items.toReversed()) {
        if (item.kind === 'sequence') throw new YamlError("'<<' with a list in a list", item.start);
        this.merge(into, item, path);
      }
      return;
    }
    if (target.kind !== 'mapping') throw new YamlError("'<<' with something else than mappings", node.start);
    if (this.open.has(target)) throw new YamlError("'<<' with a mapping that holds it", node.start);
    const noted = this.duplicates.length;
    const before = this.size;
    this.open.add(target);
    this.fill(into, target, path);
    this.open.delete(target);
    if (node.kind !== 'alias') return;
    this.duplicates.length = noted;
    this.expand(this.size - before, node.start);
  }
}

/** A plain `<<`, or what is tagged as one. */
export function isMerge(key: YamlNode): boolean {
  return key.kind === 'scalar' && key.value === '<<' && (key.plain || key.tag === 'tag:yaml.org,2002:merge');
}

/** The name under which a key's value is found. `undefined` for what is no key. */
export function keyName(node: YamlNode): string | undefined {
  const target = node.kind === 'alias' ? node.target : node;
  if (target.kind !== 'scalar') return undefined;
  const scalar = resolveScalar(target);
  return scalar.type === 'null' ? undefined : scalarText(scalar);
}

function plainValue(scalar: Scalar, node: YamlNode): unknown {
  if (scalar.type === 'float' && !Number.isFinite(scalar.value))
    throw new YamlError('a number that JSON cannot hold', node.start);
  return typeof scalar.value === 'bigint' ? Number(scalar.value) : scalar.value;
}

function set(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else target[key] = value;
}
