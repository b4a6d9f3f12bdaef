import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { valueOf } from './tree.ts';
import { near } from './near.ts';
import { PolicyError } from './policy.ts';
import { validate, type PolicyFault } from './policy-schema.generated.js';

/** A policy's text, read and of the right shape. */
export interface Checked {
  value: Readonly<Record<string, unknown>>;
  /** Notes a fault at a place in it, a value or a key; {@link Checked.finish} throws. */
  fault(path: readonly string[], message: string, key?: boolean): void;
  /** Throws a {@link PolicyError} with this fault and those before it: nothing after it can be checked. */
  fail(path: readonly string[], message: string, key?: boolean): never;
  /** Throws a {@link PolicyError} with all faults that were noted. */
  finish(): void;
  /** `.migrate-lint.yaml:12`. */
  origin(...path: string[]): string;
}

/** Deeper than this nothing in a policy stands. */
const maxDepth = 100;
/** Faults of one file that are shown. */
const maxFaults = 20;

/** The value of a policy's text. Throws {@link PolicyError} with the place of what is wrong and what was expected. */
export function checkPolicy(text: string, file: string): Checked {
  const lines = new LineCounter();
  if (nesting(text) > maxDepth)
    throw new PolicyError(`${file}: nested more than ${maxDepth} levels deep, which no policy is`);
  const doc = parseDocument(text, { lineCounter: lines, logLevel: 'silent', prettyErrors: false });
  const [error] = doc.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new PolicyError(
      `${file}:${line}:${col}: not YAML: ${error.message.split('\n')[0]!.replace(/ at line \d+.*$/, '')}`,
    );
  }
  const at = (path: readonly string[], key = false) => lines.linePos(offsetOf(doc, path, key));
  const faults: Fault[] = [];
  const fault = (path: readonly string[], message: string, key = false) => void faults.push({ path, message, key });
  const finish = () => {
    if (faults.length === 0) return;
    const placed = faults.slice(0, maxFaults).map((one) => ({ ...one, ...at(one.path, one.key) }));
    placed.sort((a, b) => a.line - b.line || a.col - b.col);
    const [first, ...others] = placed.map(({ line, col, message }) => `${file}:${line}:${col}: ${message}`);
    const left = faults.length - placed.length;
    throw new PolicyError(first!, ...others, ...(left > 0 ? [`${file}: and ${left} more`] : []));
  };
  const fail = (path: readonly string[], message: string, key = false): never => {
    fault(path, message, key);
    finish();
    throw new PolicyError(message);
  };
  let value: unknown;
  try {
    value = valueOf(doc) ?? {};
  } catch (fault) {
    throw new PolicyError(
      `${file}: ${fault instanceof ReferenceError ? 'aliases that would make it grow without measure (a YAML bomb)' : fault instanceof Error ? fault.message.split('\n')[0]! : 'not readable'}`,
    );
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return fail([], 'a policy is a mapping of keys such as rules and services');
  if (!validate(value)) for (const one of causes(validate.errors!)) explain(one, fault);
  finish();
  return {
    value: value as Record<string, unknown>,
    fault,
    fail,
    finish,
    origin: (...path) => `${file}:${at(path, true).line}`,
  };
}

/** A fault at a place that is still to be looked up. */
interface Fault {
  path: readonly string[];
  message: string;
  key: boolean;
}

/**
 * Without what the branches of a failed `anyOf` say, which comes before it, and without it where a key there is
 * misspelt.
 */
function causes(faults: readonly PolicyFault[]): PolicyFault[] {
  const kept: PolicyFault[] = [];
  for (const one of faults) {
    if (one.keyword === 'anyOf')
      while (kept.length > 0 && within(kept.at(-1)!.instancePath, one.instancePath)) kept.pop();
    kept.push(one);
  }
  const misspelt = new Set(
    kept.filter(({ keyword }) => keyword === 'additionalProperties').map(({ instancePath }) => instancePath),
  );
  return kept.filter(({ keyword, instancePath }) => keyword !== 'anyOf' || !misspelt.has(instancePath));
}

const within = (path: string, above: string) => path === above || path.startsWith(`${above}/`);

function explain(
  { instancePath, keyword, params, parentSchema: schema, data }: PolicyFault,
  fault: Checked['fault'],
): void {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const where = path.length > 0 ? path.join('.') : 'the policy';
  const expected = typeof schema['description'] === 'string' ? schema['description'] : 'something else';
  switch (keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const keys = Object.keys(schema['properties'] ?? {});
      return fault(
        [...path, key],
        `${where} has no key ${key}${near(key, keys)}${near(key, keys) ? ';' : '; it has'} ${near(key, keys) ? `the keys there are ${keys.join(', ')}` : keys.join(', ')}`,
        true,
      );
    }
    case 'type':
      return fault(
        path,
        `${where} is ${typeOf(data)} where ${words[String(schema['type'])] ?? 'something else'} is expected${/^a (?:mapping|list|text) /.test(expected) ? `: ${expected}` : ''}`,
      );
    case 'enum':
      return fault(
        path,
        `${where} is ${JSON.stringify(data)} where ${(schema['enum'] as string[]).join(', ')} are possible${typeof data === 'string' ? near(data, schema['enum'] as string[]) : ''}`,
      );
    case 'required':
      return fault(path, `${where} needs the key ${String(params['missingProperty'])}`);
    case 'anyOf':
      return fault(path, `${where} must be ${expected}${shownValue(data)}`);
    case 'minLength':
      return fault(path, `${where} is empty where a text is expected`);
    default:
      return fault(path, `${where} is ${JSON.stringify(data)?.slice(0, 60)} where ${expected} is expected`);
  }
}

/** What is there instead, where that is short. */
function shownValue(data: unknown): string {
  return typeof data === 'string' || typeof data === 'number' || typeof data === 'boolean'
    ? `, not ${JSON.stringify(data).slice(0, 60)}`
    : '';
}

const words: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'a text',
  boolean: 'true or false',
  integer: 'a whole number',
};

function typeOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object'
    ? 'a mapping'
    : typeof value === 'string'
      ? 'a text'
      : typeof value === 'boolean'
        ? 'true or false'
        : 'a number';
}

function offsetOf(doc: Document, path: readonly string[], key: boolean): number {
  let node = doc.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  path.forEach((step, index) => {
    const pair = isMap(node)
      ? node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === step)
      : undefined;
    const next = pair
      ? (pair.value as Node | null)
      : ((node as { items?: Node[] } | null)?.items?.[Number(step)] ?? null);
    const keyNode = pair?.key as Node | undefined;
    offset =
      (key && index === path.length - 1 ? keyNode?.range?.[0] : next?.range?.[0]) ??
      keyNode?.range?.[0] ??
      next?.range?.[0] ??
      offset;
    node = next;
  });
  return offset;
}

/** How deep brackets, dashes and indentation nest at most; what stands in quotes counts too, which does no harm. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const char of text) {
    if (char === '[' || char === '{') deepest = Math.max(deepest, (depth += 1));
    else if ((char === ']' || char === '}') && depth > 0) depth -= 1;
  }
  const indents: number[] = [];
  for (const line of text.split('\n')) {
    const indent = /^ */.exec(line)![0].length;
    if (indent === line.length) continue;
    while (indents.length > 0 && indents.at(-1)! >= indent) indents.pop();
    indents.push(indent);
    const dashes = /^(?:- +)*/.exec(line.slice(indent))![0].replaceAll(' ', '').length;
    deepest = Math.max(deepest, indents.length + dashes);
  }
  return deepest;
}
