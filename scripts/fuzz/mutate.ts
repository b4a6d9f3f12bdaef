import { parseAllDocuments, stringify } from 'yaml';
import { keys, lines, scripts, snippets, texts, values, words } from './hostile.ts';
import type { Random } from './random.ts';

/** A place in a value: what holds it, and under which key. */
interface Slot {
  holder: Record<string | number, unknown>;
  key: string | number;
}

/**
 * A stream of YAML, changed in its structure: values of other types, keys that go, come twice or stand elsewhere,
 * anchors and tags.
 */
export function mutateYaml(stream: string, random: Random): string {
  let documents: unknown[];
  try {
    documents = parseAllDocuments(stream, { logLevel: 'silent' })
      .map((doc): unknown => doc.toJS({ maxAliasCount: 1000 }))
      .filter((value) => value != null);
  } catch {
    return mutateText(stream, random);
  }
  const raw: string[] = [];
  const root = { documents };
  for (let left = 1 + random.int(4); left > 0; left -= 1) change(root, raw, random);
  const printed = [root.documents]
    .flat()
    .map((doc) => print(doc))
    .join('---\n');
  return printed.replace(/"?RAWNODE(\d+)ENDRAW"?/g, (_, index: string) => raw[Number(index)]!);
}

function print(value: unknown): string {
  try {
    return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
  } catch {
    return `${String(value)}\n`;
  }
}

function change(root: { documents: unknown[] }, raw: string[], random: Random): void {
  const slots = slotsOf(root.documents);
  if (slots.length === 0) return;
  const { holder, key } = random.pick(slots);
  const put = (value: unknown) =>
    Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
  const hostile = (): unknown => {
    switch (random.int(7)) {
      case 0:
        return structuredClone(random.pick(values));
      case 1:
        return random.pick(texts);
      case 2:
        return random.pick(words);
      case 3:
        return random.pick(scripts);
      case 4:
        return ['sh', '-c', random.pick(scripts)];
      default:
        return (raw.push(random.pick(snippets)), `RAWNODE${raw.length - 1}ENDRAW`);
    }
  };
  switch (random.int(9)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      return;
    case 1: {
      const { holder: other, key: from } = random.pick(slots);
      return void put(structuredClone(other[from]));
    }
    case 2: {
      if (Array.isArray(holder)) return void holder.push(structuredClone(holder[Number(key)]));
      const value = holder[key];
      delete holder[key];
      return void Object.defineProperty(holder, random.pick(keys), {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
    case 3:
      return void Object.defineProperty(Array.isArray(holder) ? {} : holder, random.pick(keys), {
        value: hostile(),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    case 4: {
      const value = holder[key];
      return void put(
        typeof value === 'string'
          ? mutateText(value, random)
          : typeof value === 'number'
            ? value * random.pick([-1, 0, 0.5, 1e18, Number.NaN])
            : [value],
      );
    }
    default:
      return void put(hostile());
  }
}

function slotsOf(value: unknown, out: Slot[] = [], depth = 0): Slot[] {
  if (value === null || typeof value !== 'object' || depth > 60 || out.length > 20_000) return out;
  for (const key of Object.keys(value)) {
    const holder = value as Slot['holder'];
    if (depth > 0) out.push({ holder, key });
    slotsOf(holder[key], out, depth + 1);
  }
  return out;
}

/**
 * Text, changed without regard for what it means: cut, doubled, moved, indented, with characters that do not belong.
 */
export function mutateText(text: string, random: Random, insertions: readonly string[] = lines): string {
  let out = text;
  for (let left = 1 + random.int(3); left > 0; left -= 1) out = changeText(out, random, insertions);
  return out;
}

function changeText(text: string, random: Random, insertions: readonly string[]): string {
  const at = random.int(text.length + 1);
  const rows = text.split('\n');
  const row = random.int(rows.length);
  const end = Math.min(text.length, at + 1 + random.int(80));
  switch (random.int(17)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(end);
    case 3:
      return text.slice(0, at) + text.slice(at, end) + text.slice(at);
    case 4:
      return text.slice(0, at) + random.pick(texts) + text.slice(at);
    case 5:
      return rows.toSpliced(row, 1 + random.int(3)).join('\n');
    case 6:
      return rows
        .toSpliced(
          row,
          0,
          rows[row]!,
          ...(random.once(20)
            ? Array.from({ length: Math.min(2000, Math.ceil(1_000_000 / (rows[row]!.length + 1))) }, () => rows[row]!)
            : []),
        )
        .join('\n');
    case 7:
      return rows.toSpliced(row, 0, random.pick(rows)).join('\n');
    case 8:
      return rows.toSpliced(row, 0, random.pick(insertions)).join('\n');
    case 9:
      return rows.toSpliced(row, 1, `${' '.repeat(random.int(9))}${rows[row]!.trimStart()}`).join('\n');
    case 10:
      return rows.toSpliced(row, 1, rows[row]!.replace(/^ +/, '\t')).join('\n');
    case 11:
      return random.once(2)
        ? text.replaceAll('\n', '\r\n')
        : text.replace(/\n/g, (end) => (random.once(3) ? '\r' : end));
    case 12:
      return `\ufeff${text}`;
    case 13:
      return (
        text.slice(0, at) + String.fromCharCode((text.charCodeAt(at) || 0) ^ (1 << random.int(8))) + text.slice(at + 1)
      );
    case 14:
      return rows
        .toSpliced(
          row,
          1,
          rows[row]!.replace(/:.*/, () => `: ${random.pick(snippets)}`),
        )
        .join('\n');
    case 15:
      return rows
        .toSpliced(
          row,
          1,
          rows[row]!.replace(/(?<![\w.-])[\w.-]+:/, () => `${random.pick(keys)}:`),
        )
        .join('\n');
    default:
      return text.slice(0, at) + random.pick(insertions) + text.slice(at);
  }
}

/** Bytes, so that what is no UTF-8 comes by as well. */
export function mutateBytes(text: string, random: Random): Uint8Array {
  const bytes = Buffer.from(text);
  if (!random.once(12) || bytes.length === 0) return bytes;
  for (let left = 1 + random.int(4); left > 0; left -= 1) bytes[random.int(bytes.length)] = random.int(256);
  return bytes;
}
