// The runtimes of the executables: npm packages at the versions and checksums of the lock file beside this file.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseTar } from 'nanotar';
import { npm } from '../npm.mjs';
import type { Target } from './targets.ts';

interface Locked {
  version: string;
  integrity: string;
}
const lock = JSON.parse(readFileSync('scripts/release/package-lock.json', 'utf8')) as {
  packages: Record<string, Locked>;
};
const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'migrate-lint', 'runtimes');

/** What the lock file says of a package. */
export function locked(name: string): Locked {
  const found = lock.packages[`node_modules/${name}`];
  if (!found) throw new Error(`scripts/release/package-lock.json has no ${name}`);
  return found;
}

/**
 * The path of a target's runtime, out of the registry at first and out of the cache afterwards. Throws an `Error` of
 * one line where the package is not the locked one.
 */
export function runtimeOf({ runtime, os }: Target): string {
  const { version, integrity } = locked(runtime);
  // The checksum is part of the name: another one is another file.
  const digest = createHash('sha256').update(integrity).digest('hex').slice(0, 16);
  const file = join(cache, digest, os === 'windows' ? 'bun.exe' : 'bun');
  if (existsSync(file)) return file;
  mkdirSync(dirname(file), { recursive: true });
  const folder = mkdtempSync(join(cache, '.fetch-'));
  try {
    process.stderr.write(`getting ${runtime}@${version} …\n`);
    const [{ filename }] = JSON.parse(
      npm(['pack', '--json', '--ignore-scripts', `${runtime}@${version}`], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ) as [{ filename: string }];
    const tarball = readFileSync(join(folder, filename));
    if (`sha512-${createHash('sha512').update(tarball).digest('base64')}` !== integrity)
      throw new Error(`${runtime}@${version} is not the package of the lock file (sha512 differs)`);
    const program = parseTar(gunzipSync(tarball), {
      filter: ({ name }) => /^package\/bin\/bun(\.exe)?$/.test(name),
    })[0];
    if (!program?.data) throw new Error(`${runtime}@${version} holds no program`);
    writeFileSync(join(folder, 'bun'), program.data, { mode: 0o755 });
    renameSync(join(folder, 'bun'), file);
    return file;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
