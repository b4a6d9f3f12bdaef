import type { Loose } from './kinds.ts';

/** Helm's typed client writes its release Secrets in Kubernetes' protobuf form; this reads just those messages. */
export function isProtobuf(body: Buffer): boolean {
  return body.subarray(0, 4).equals(Buffer.from('k8s\0'));
}

type Fields = Map<number, (Buffer | number)[]>;

/** A Secret or DeleteOptions as the JSON that it stands for; nothing for other kinds. */
export function fromProtobuf(body: Buffer): Loose {
  const unknown = fieldsOf(body.subarray(4));
  const type = fieldsOf(bytes(unknown, 1));
  const [apiVersion, kind] = [text(type, 1), text(type, 2)];
  const raw = fieldsOf(bytes(unknown, 2));
  if (kind === 'Secret') {
    const data = Object.fromEntries(entries(raw, 2).map(([key, value]) => [key, value.toString('base64')]));
    return { apiVersion, kind, metadata: metadataOf(fieldsOf(bytes(raw, 1))), data, type: text(raw, 3) ?? 'Opaque' };
  }
  if (kind === 'DeleteOptions') {
    const preconditions = raw.has(2) ? { uid: text(fieldsOf(bytes(raw, 2)), 1) } : undefined;
    return {
      apiVersion,
      kind,
      preconditions,
      orphanDependents: raw.has(3) ? raw.get(3)?.[0] === 1 : undefined,
      propagationPolicy: text(raw, 4),
    };
  }
  return undefined;
}

function metadataOf(fields: Fields): Loose {
  const strings = (field: number) =>
    Object.fromEntries(entries(fields, field).map(([key, value]) => [key, value.toString('utf8')]));
  const metadata: Loose = { name: text(fields, 1), namespace: text(fields, 3), resourceVersion: text(fields, 6) };
  if (fields.has(11)) metadata.labels = strings(11);
  if (fields.has(12)) metadata.annotations = strings(12);
  return metadata;
}

function entries(fields: Fields, field: number): [key: string, value: Buffer][] {
  return (fields.get(field) ?? []).map((entry) => {
    const pair = fieldsOf(entry as Buffer);
    return [text(pair, 1) ?? '', bytes(pair, 2)];
  });
}

function bytes(fields: Fields, field: number): Buffer {
  const value = fields.get(field)?.at(-1);
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

function text(fields: Fields, field: number): string | undefined {
  const value = bytes(fields, field).toString('utf8');
  return value === '' ? undefined : value;
}

function fieldsOf(message: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(value);
    }
  };
  while (at < message.length) {
    const tag = varint();
    let value: Buffer | number = 0;
    if ((tag & 7) === 0) value = varint();
    else {
      const length = (tag & 7) === 2 ? varint() : (tag & 7) === 1 ? 8 : 4;
      value = message.subarray(at, at + length);
      at += length;
    }
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}
