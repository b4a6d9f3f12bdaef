/** A member of a tar archive. */
export interface TarMember {
  /** As far as it is needed: whatever Helm may take for the member's name is in it. */
  name: string;
  /** Its name as Go reads it, where the archive can be read in one way only. */
  path: string;
  /** A regular file, and no link, folder or device. */
  isFile: boolean;
  data: Buffer;
}

const block = 512;
const withoutData = /[1-6]/;
const withData = /[0-7\0xgLK]/;

/**
 * The members of an archive that may be made to be read in two ways: for what Go's `archive/tar` could read otherwise
 * (sizes in base 256 or in extended headers, sparse files, types that are not common, what follows the end) it throws,
 * or has one member more than Go.
 */
export function* membersOf(tar: Buffer): Generator<TarMember> {
  let extended = '';
  let long: string | undefined;
  for (let at = 0; at + block <= tar.length;) {
    const header = tar.subarray(at, (at += block));
    if (header.every((byte) => byte === 0)) continue;
    const type = header.toString('latin1', 156, 157);
    const digits = /^ *([0-7]*)[ \0]*$/.exec(header.toString('latin1', 124, 136))?.[1];
    if (digits === undefined || !withData.test(type)) throw new Error('no plain tar archive');
    const size = Number.parseInt(digits || '0', 8);
    if (withoutData.test(type) && size > 0) throw new Error('no plain tar archive');
    const data = tar.subarray(at, at + size);
    at += Math.ceil(size / block) * block;
    if (/[xgLK]/.test(type)) {
      const text = data.toString('latin1');
      if (/(?:^|[ \n])(?:size=|GNU\.sparse)/.test(text)) throw new Error('no plain tar archive');
      extended += text;
      if (type === 'L') long = data.toString('utf8').split('\0', 1)[0]!;
      if (type === 'x') long = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(data.toString('utf8'))?.[1] ?? long;
      continue;
    }
    const word = (from: number, to: number) => header.toString('utf8', from, to).split('\0', 1)[0]!;
    // GNU's own format has times where POSIX has a prefix.
    const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? word(345, 500) : '';
    yield {
      name: [extended, word(345, 500), word(0, 100)].filter(Boolean).join('/'),
      path: long ?? [prefix, word(0, 100)].filter(Boolean).join('/'),
      isFile: /[0\0]/.test(type),
      data,
    };
    extended = '';
    long = undefined;
  }
}
