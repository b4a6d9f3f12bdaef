// What to do about what the API server refuses, in the case at hand.
import type { SchemaFault } from './api/index.ts';
import type { Path } from './parse/index.ts';

/** What to write instead of a field that the API does not know, or of a value of the wrong type. */
export function schemaAdvice({ path, kind, message, meant }: SchemaFault, value: unknown): string {
  const key = String(path.at(-1));
  if (meant !== undefined) return `Rename \`${key}\` to \`${meant}\`.`;
  const home = /belongs in (.+)$/.exec(message)?.[1];
  if (home !== undefined) return `Move \`${key}\` to ${home}.`;
  if (kind === 'unknown')
    return `Remove \`${key}\`, or check its spelling in the API reference of your version of Kubernetes.`;
  const wanted = /the API takes (?:an? )?(.+)$/.exec(message)?.[1] ?? 'another type';
  const text = asType(value, wanted, key);
  return text === undefined ? `Write a value of the type ${wanted}.` : `Write \`${key}: ${text}\`.`;
}

/** A value as YAML text of the type that the API takes, where it is certain what is meant. */
function asType(value: unknown, wanted: string, key: string): string | undefined {
  const scalar =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  if (scalar === undefined) return undefined;
  if (wanted === 'string') return JSON.stringify(scalar);
  if (wanted === 'integer') return /^-?\d+$/.test(scalar) ? scalar : undefined;
  if (wanted === 'boolean') {
    if (/^(?:true|yes|on)$/i.test(scalar)) return 'true';
    return /^(?:false|no|off)$/i.test(scalar) ? 'false' : undefined;
  }
  if (wanted !== 'list' || !/^[\w./ -]+$/.test(scalar)) return undefined;
  return `[${key === 'command' ? scalar.trim().split(/\s+/).join(', ') : scalar}]`;
}

/** What to do about a value that the API server refuses; `text` is the server's. */
export function refusalAdvice(path: Path, text: string, value: unknown): string {
  const key = String(path.at(-1));
  const longest = /no more than (\d+) characters/.exec(text)?.[1];
  if (longest !== undefined) return `Shorten ${key} to at most ${longest} characters.`;
  const [, entry] = /^duplicate entries for key \[(.*)\]$/.exec(text) ?? [];
  if (entry !== undefined) return `Remove one of the two items with ${entry.replaceAll('"', '')}.`;
  if (text.includes('a valid label must be') && typeof value === 'string') return validLabel(key, value);
  const limit = /^Invalid value: "[^"]*": must be less than or equal to (\w+) limit of (\S+)$/.exec(text);
  if (limit) return `Write \`${key}: ${limit[2]}\`, or raise the ${limit[1]} limit.`;
  const only = /only "(\w+)" is supported/.exec(text)?.[1];
  if (only !== undefined) return `Write \`${key}: ${only}\`.`;
  if (text.includes('not auto-generated')) return `Remove \`${key}\`: Kubernetes generates it.`;
  if (text.includes('does not match template'))
    return 'Write the same labels in `spec.selector.matchLabels` and in `spec.template.metadata.labels`.';
  const absent = /^Not found: "(.*)"$/.exec(text)?.[1];
  if (absent !== undefined && path.includes('volumeMounts'))
    return `Add a volume named ${absent}, or mount a volume that the pod has.`;
  if (text.includes('resource name may not be empty')) return 'Write a fixed `name` instead of `generateName`.';
  if (text.startsWith('Required value')) return `Set ${key}${detail(text)}.`;
  if (text.endsWith('must be unique')) return `Change ${key}, or remove the item: another one has the same value.`;
  return `Change ${key} as the message asks.`;
}

function detail(text: string): string {
  return text.includes('must specify a handler type') ? ' to a probe such as `httpGet`' : '';
}

/** A label with `_` in place of what Kubernetes refuses. */
function validLabel(key: string, value: string): string {
  const valid = value
    .replace(/[^\w.-]/g, '_')
    .slice(0, 63)
    .replace(/^[^a-zA-Z0-9]+|[^a-zA-Z0-9]+$/g, '');
  return `Use only letters, digits, "-", "_" and ".", such as \`${key}: ${JSON.stringify(valid)}\`.`;
}
