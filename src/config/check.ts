import { Ajv, type ErrorObject } from 'ajv';
import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import schema from '../../schema/policy.schema.json' with { type: 'json' };
import { valueOf } from '../parse/value.ts';
import { PolicyError } from './index.ts';

/** The value of a policy's text. Throws {@link PolicyError} with the line of what is wrong and what was expected. */
export function check(text: string, file: string, known: ReadonlySet<string>): object {
  const lines = new LineCounter();
  let doc: Document;
  let value: unknown;
  try {
    doc = parseDocument(text, { lineCounter: lines, logLevel: 'silent' });
    const [error] = doc.errors;
    if (error) throw new PolicyError(`${file}:${lines.linePos(error.pos[0]).line}: not YAML: ${error.message.split('\n')[0]!.replace(/ at line \d+.*$/, '')}`);
    value = valueOf(doc, true) ?? {};
  } catch (error) {
    if (error instanceof PolicyError) throw error;
    throw new PolicyError(`${file}: ${error instanceof Error ? error.message.split('\n')[0]! : 'not readable'}`);
  }
  const fail = (path: readonly string[], message: string, key = false): never => {
    const at = lines.linePos(offsetOf(doc, path, key));
    throw new PolicyError(`${file}:${at.line}:${at.col}: ${message}`);
  };
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return fail([], 'a policy is a mapping of keys such as rules and services');
  const valid = new Ajv({ allErrors: false, strict: false }).compile(schema);
  if (!valid(value)) explain(valid.errors![0]!, fail);
  const { rules = {}, ignore = [] } = value as { rules?: object; ignore?: { rules?: string[] }[] };
  for (const id of Object.keys(rules)) if (!known.has(id)) fail(['rules', id], `there is no rule ${id}${near(id, known)}`, true);
  ignore.forEach(({ rules: ids }, index) => ids?.forEach((id, at) => (known.has(id) ? undefined : fail(['ignore', String(index), 'rules', String(at)], `there is no rule ${id}${near(id, known)}`))));
  return value;
}

function explain(error: ErrorObject, fail: (path: readonly string[], message: string, key?: boolean) => never): never {
  const path = error.instancePath.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const where = path.length > 0 ? path.join('.') : 'the policy';
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String((error.params as { additionalProperty: string }).additionalProperty);
      const parent = (error as { parentSchema?: { properties?: object } }).parentSchema;
      const keys = Object.keys(parent?.properties ?? propertiesAt(path));
      return fail([...path, key], `${where} has no key ${key}${near(key, new Set(keys))}; it has ${keys.join(', ')}`, true);
    }
    case 'enum':
    case 'oneOf':
      return fail(path, path[0] === 'rules' ? `${where} is error, warning, info or off, or [severity, {options}]` : `${where} is one of ${((error.params as { allowedValues?: string[] }).allowedValues ?? []).join(', ')}`);
    case 'required':
      return fail(path, `${where} needs the key ${(error.params as { missingProperty: string }).missingProperty}`);
    default:
      return fail(path, path[0] === 'rules' && path.length > 1 ? `${path.slice(0, 2).join('.')} is error, warning, info or off, or [severity, {options}]` : `${where} ${error.message ?? 'is not valid'}`);
  }
}

/** Keys that the schema allows at a path: of the policy, or of the items of a list. */
function propertiesAt([key]: readonly string[]): object {
  if (key === undefined) return schema.properties;
  const list = (schema.properties as Record<string, { items?: { properties?: object } }>)[key];
  return list?.items?.properties ?? {};
}

function offsetOf(doc: Document, path: readonly string[], key: boolean): number {
  let node = doc.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  path.forEach((step, index) => {
    const pair = isMap(node) ? node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === step) : undefined;
    const next = pair ? (pair.value as Node | null) : ((node as { items?: Node[] } | null)?.items?.[Number(step)] ?? null);
    const keyNode = pair?.key as Node | undefined;
    offset = (key && index === path.length - 1 ? keyNode?.range?.[0] : next?.range?.[0]) ?? keyNode?.range?.[0] ?? offset;
    node = next;
  });
  return offset;
}

function near(word: string, candidates: ReadonlySet<string>): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
  const scored = [...candidates].map((one) => ({ one, distance: distance(plain(word), plain(one)) })).sort((a, b) => a.distance - b.distance);
  return scored[0] && scored[0].distance <= 3 ? `; did you mean ${scored[0].one}?` : '';
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= Math.min(a.length, 60); i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + Number(a[i - 1] !== b[j - 1])));
    row = next;
  }
  return row[b.length]!;
}
