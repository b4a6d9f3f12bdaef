/** A member of a tar archive. */
export interface TarMember {
  /** As far as it is needed: whatever Helm may take for the member's name is in it. */
  name: string;
  /** Its name as Go reads it, where the archive can be read in one way only. */
  path: string;
  /** A regular file, and no link, folder or device; some that Go takes for one have a type of their own. */
  isFile: boolean;
  data: Buffer;
}

const block = 512;
const withoutData = /[1-6]/;
const withData = /[0-7\0xgLK]/;

/**
 * The members of an archive that may be made to be read in two ways. Throws for what Go's `archive/tar` could read
 * otherwise: sizes in base 256 or in extended headers, sparse files, names in more than one header, formats and types
 * that are not common, what follows the end.
 */
export function* membersOf(tar: Buffer): Generator<TarMember> {
  let extended = '';
  let long: string | undefined;
  for (let at = 0; at + block <= tar.length;) {
    const header = tar.subarray(at, (at += block));
    if (header.every((byte) => byte === 0)) {
      if (tar.subarray(at).every((byte) => byte === 0)) return;
      throw notPlain();
    }
    const type = header.toString('latin1', 156, 157);
    const size = octal(header, 124, 136);
    if (!withData.test(type) || (withoutData.test(type) && size > 0)) throw notPlain();
    const data = tar.subarray(at, at + size);
    at += Math.ceil(size / block) * block;
    if (/[xgLK]/.test(type)) {
      const text = data.toString('latin1');
      if (/(?:^|[ \n])(?:size=|GNU\.sparse)/.test(text)) throw notPlain();
      extended += text;
      if (/[xL]/.test(type)) {
        if (long !== undefined) throw notPlain();
        long = type === 'L' ? data.toString('utf8').split('\0', 1)[0]! : pathOf(data);
      }
      continue;
    }
    const word = (from: number, to: number) => header.toString('utf8', from, to).split('\0', 1)[0]!;
    // A folder by its mode is one for Go, whatever its type.
    const kind = octal(header, 100, 108) >> 12;
    if (kind !== 0 && kind !== 8 && /[07\0]/.test(type)) throw notPlain();
    const prefix = hasPrefix(header) ? word(345, 500) : '';
    yield {
      name: [extended, word(345, 500), word(0, 100)].filter(Boolean).join('/'),
      path: long || [prefix, word(0, 100)].filter(Boolean).join('/'),
      isFile: /[07\0]/.test(type),
      data,
    };
    extended = '';
    long = undefined;
  }
}

const notPlain = () => new Error('no plain tar archive');

function octal(header: Buffer, from: number, to: number): number {
  const digits = /^ *([0-7]*)[ \0]*$/.exec(header.toString('latin1', from, to))?.[1];
  if (digits === undefined) throw notPlain();
  return Number.parseInt(digits || '0', 8);
}

/** `path` of an extended header, whose records are `LENGTH KEY=VALUE\n`; of several the last one counts. Empty for none. */
function pathOf(data: Buffer): string {
  let path = '';
  for (let at = 0; at < data.length;) {
    const [start, digits] = /^(\d{1,6}) /.exec(data.toString('latin1', at, at + 8)) ?? [];
    const end = at + Number(digits ?? 0);
    if (start === undefined || end <= at + start.length || end > data.length || data[end - 1] !== 10) throw notPlain();
    const record = data.toString('utf8', at + start.length, end - 1);
    if (record.startsWith('path=')) path = record.slice('path='.length);
    at = end;
  }
  return path;
}

/** Whether a name has a prefix: in POSIX's format. GNU's has times there, which Go takes for one if they are none. */
function hasPrefix(header: Buffer): boolean {
  if (header.toString('latin1', 257, 265) === 'ustar  \0') [345, 357].forEach((at) => octal(header, at, at + 12));
  if (header.toString('latin1', 257, 263) !== 'ustar\0') return false;
  // The prefix of Schily's format is shorter.
  if (header.toString('latin1', 508) === 'tar\0') throw notPlain();
  return true;
}
