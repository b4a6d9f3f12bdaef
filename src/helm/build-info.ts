import { closeSync, openSync, readSync } from 'node:fs';

/**
 * The major version of the Helm at `path`, out of what Go's linker wrote into it (`go version -m`): the main package is
 * `helm.sh/helm/v4/cmd/helm`. That spares the start of a process. `undefined` for anything but such a program for Linux,
 * which has to be asked: a script, a Helm of another system or name.
 */
export function majorInBuildInfo(path: string): 3 | 4 | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const info = section(file, '.go.buildinfo');
    const [, major] = /path\thelm\.sh\/helm\/v([34])\/cmd\/helm\n/.exec(info?.toString('latin1') ?? '') ?? [];
    return major === undefined ? undefined : major === '3' ? 3 : 4;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const mostBytes = 1024 * 1024;

/** A section of an ELF file of 64 bits, little-endian (elf(5)). */
function section(file: number, name: string): Buffer | undefined {
  const header = bytes(file, 0, 64);
  if (header.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return undefined;
  const [entry, count, names] = [header.readUInt16LE(58), header.readUInt16LE(60), header.readUInt16LE(62)];
  if (entry !== 64) return undefined;
  const table = bytes(file, Number(header.readBigUInt64LE(40)), count * entry);
  const content = (index: number) =>
    bytes(file, Number(table.readBigUInt64LE(index * entry + 24)), Number(table.readBigUInt64LE(index * entry + 32)));
  const texts = content(names);
  for (let index = 0; index < count; index += 1) {
    const at = table.readUInt32LE(index * entry);
    if (texts.toString('latin1', at, texts.indexOf(0, at)) === name) return content(index);
  }
  return undefined;
}

/** Throws where the file has no such bytes, or too many are asked for. */
function bytes(file: number, position: number, length: number): Buffer {
  if (length > mostBytes) throw new RangeError('too long');
  const buffer = Buffer.alloc(length);
  if (readSync(file, buffer, 0, length, position) !== length) throw new RangeError('the file ends early');
  return buffer;
}
