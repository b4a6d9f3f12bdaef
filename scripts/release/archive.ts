import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { createTar } from 'nanotar';

/** A file of an archive. */
export interface Member {
  name: string;
  data: Uint8Array | string;
  executable?: boolean;
}

/**
 * A `.tar.gz` whose bytes depend on its members and `seconds` (since 1970) only. It has no entries for folders: Helm 3
 * fails at them where a plugin is installed again (`os.Mkdir` in its HTTP installer).
 */
export function archive(members: readonly Member[], seconds: number): Uint8Array {
  const tar = createTar(
    members.map(({ name, data, executable }) => ({
      name,
      data,
      attrs: { mode: executable ? '755' : '644', uid: 0, gid: 0, mtime: seconds * 1000, user: 'root', group: 'root' },
    })),
  );
  // An archive ends with two empty blocks; the package writes one.
  return gzipSync(Buffer.concat([tar, Buffer.alloc(512)]), { level: 9 });
}

/** Hex sha256, as `sha256sum` prints it. */
export const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');
