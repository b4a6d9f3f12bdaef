import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isInside } from '../paths.ts';
import { unsafe } from './cache.ts';
import { readCause } from './cause.ts';
import { temporaryFolder } from './ending.ts';
import { cacheFolder, helmEnvironment, neutralFolder, type Environment } from './environment.ts';
import { HelmError } from './error.ts';
import type { Helm } from './find.ts';
import { run } from './run.ts';
import { membersOf } from './tar.ts';
import { oneLine } from './text.ts';

/** A chart of a chart repository or a registry. */
export interface ChartToPull {
  /** Its address without credentials; a name that Helm's configuration knows where `source` is `configured`. */
  url: string;
  source: 'repository' | 'registry' | 'configured';
  name: string;
  /** A version, a range, a tag, or a digest (`sha256:…`); the newest where absent. */
  version?: string;
  plainHttp?: true;
}

/**
 * A chart that was pulled, `shown` as reports name it (`charts.example/stable/shop-1.2.0`, the same on every machine); or
 * the reason why it was not: part of a sentence, without credentials.
 */
export type PulledChart = { folder: string; shown: string } | { reason: string };

/** Each bound is named where it is reached. */
const timeoutMs = 60_000;
const allMs = 300_000;
const most = 200;
const mostMemory = 2 * 1024 * 1024 * 1024;
const mostBytes = 64 * 1024 * 1024;
/** As Helm's own loader has it (`MaxDecompressedChartSize`). */
const mostUnpacked = 100 * 1024 * 1024;
const mostMembers = 20_000;
const atATime = 4;

/**
 * Pulls charts with the real `helm pull`, each into a folder of our cache that is named after its content: a chart is
 * unpacked once, and nothing that is there is written over. Helm gets its own repositories and credentials, no plugins,
 * and no credentials of an address. What cannot be pulled costs nothing of the rest. Throws {@link HelmError} where the
 * cache cannot be used.
 */
export async function pullCharts(
  charts: readonly ChartToPull[],
  helm: Helm,
  options: { env: Environment; linted: readonly string[]; signal?: AbortSignal },
): Promise<PulledChart[]> {
  const cache = cacheFolder(options.env, 'charts');
  const why = unsafe(cache, options.linted);
  if (why !== undefined)
    throw new HelmError(`the cache folder ${cache} is not used, because it ${why}: set XDG_CACHE_HOME to another one`, {
      kind: 'other',
    });
  const known = await configuredRepositories(helm, options.env);
  const until = Date.now() + allMs;
  const pulled: PulledChart[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < charts.length; index = next++) {
      const left = until - Date.now();
      pulled[index] =
        index >= most
          ? { reason: `--pull fetches ${most} charts at most` }
          : left <= 0
            ? { reason: `--pull takes ${allMs / 1000} s at most, and these are over` }
            : await pullOne(charts[index]!, { ...options, helm, cache, known, timeoutMs: Math.min(timeoutMs, left) });
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return pulled;
}

interface PullContext {
  helm: Helm;
  cache: string;
  env: Environment;
  signal?: AbortSignal;
  timeoutMs: number;
  known: ReadonlyMap<string, string>;
}

async function pullOne(chart: ChartToPull, context: PullContext): Promise<PulledChart> {
  const args = argumentsFor(chart, context.known);
  if (typeof args === 'string') return { reason: args };
  const temporary = temporaryFolder();
  try {
    const { ended, exitCode, stderr } = await run(
      context.helm.path,
      ['pull', '--destination', temporary.path, ...args],
      {
        env: helmEnvironment(context.env, { network: true }),
        cwd: neutralFolder,
        timeoutMs: context.timeoutMs,
        maxBytes: 1024 * 1024,
        maxMemory: mostMemory,
        signal: context.signal,
      },
    );
    if (ended === 'timeout')
      return { reason: `helm pull did not finish within ${Math.ceil(context.timeoutMs / 1000)} s` };
    if (ended === 'memory') return { reason: 'helm pull took too much memory' };
    if (ended !== 'exit' || exitCode !== 0) return { reason: `helm pull: ${causeOf(stderr, chart)}` };
    const [file] = readdirSync(temporary.path);
    if (file === undefined) return { reason: 'helm pull left no archive' };
    return kept(join(temporary.path, file), chart, context.cache);
  } catch (error) {
    if (error instanceof BadArchive) return { reason: error.message };
    throw error;
  } finally {
    temporary.remove();
  }
}

/** The rest of `helm pull`'s arguments, or why there are none: nothing of an address may become an option. */
function argumentsFor(
  { url, source, name, version, plainHttp }: ChartToPull,
  known: ReadonlyMap<string, string>,
): string[] | string {
  if (!/^[A-Za-z0-9][\w./-]{0,200}$/.test(name) || name.includes('..')) return 'its name is not one of a chart';
  if (version !== undefined && !/^[\w.*<>=~^|, +:-]{1,200}$/.test(version)) return 'its version is not one';
  const digest = version?.startsWith('sha256:');
  const rest = [...(version === undefined || digest ? [] : [`--version=${version}`])];
  if (source === 'configured') {
    return /^[A-Za-z0-9][\w.-]*$/.test(url) ? [...rest, '--', `${url}/${name}`] : 'its repository is not known';
  }
  if (source === 'registry') {
    const host = url.replace(/^oci:\/\//i, '');
    if (!/^[A-Za-z0-9][\w.-]*(?::\d+)?(?:\/[\w./-]*)?$/.test(host)) return 'its address is not one of a registry';
    // A tag that is no version (`latest`) belongs to the address.
    const tag = version !== undefined && /^[A-Za-z_]\w*$/.test(version) && !/^v\d/.test(version);
    const at = digest ? `@${version!}` : tag ? `:${version}` : '';
    return [
      ...(tag ? [] : rest),
      ...(plainHttp ? ['--plain-http'] : []),
      '--',
      `oci://${host.replace(/\/+$/, '')}/${name}${at}`,
    ];
  }
  if (!/^https?:\/\/[^\s"'\\]+$/i.test(url)) return 'its address is neither http, https nor oci';
  if (/\.t(?:ar\.)?gz$/.test(name)) return ['--', `${url}/${name}`];
  const alias = known.get(url.replace(/\/+$/, ''));
  return alias === undefined ? [...rest, `--repo=${url}`, '--', name] : [...rest, '--', `${alias}/${name}`];
}

/**
 * The repositories of `helm repo add` by their addresses. Helm uses the credentials of one only where it is asked for by
 * its name: `--repo` reads the index without them (`pull.go`, `FindChartInRepoURL`).
 */
async function configuredRepositories(helm: Helm, env: Environment): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await run(helm.path, ['repo', 'list', '--output=json'], {
    env: helmEnvironment(env, { network: true }),
    cwd: neutralFolder,
    timeoutMs: 15_000,
    maxBytes: 1024 * 1024,
  });
  try {
    const list = JSON.parse(stdout) as { name: string; url: string }[];
    return new Map(list.map(({ name, url }) => [redacted(url).replace(/\/+$/, ''), name]));
  } catch {
    return new Map();
  }
}

/** Addresses in what Helm says, without users, passwords and queries. */
const redacted = (text: string) =>
  text.replace(/([a-z][a-z0-9+.-]*:\/\/)(?:[^\s"'/@]*@)?([^\s"'?#]*)(?:[?#][^\s"']*)?/gi, '$1$2');

function causeOf(stderr: string, { name }: ChartToPull): string {
  return oneLine(redacted(readCause(stderr, name).message), 300);
}

class BadArchive extends Error {}

/** Unpacks a pulled archive into the cache. Throws {@link BadArchive}. */
function kept(archive: string, { url }: ChartToPull, cache: string): PulledChart {
  if (statSync(archive).size > mostBytes) throw new BadArchive(`its archive is larger than ${mostBytes / 1048576} MiB`);
  const bytes = readFileSync(archive);
  const host = url
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/[^\w./-]+/g, '_')
    .replace(/\.\.+|^[./]+/g, '_');
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const shown = [...host.split('/').filter(Boolean), basename(archive).replace(/\.tgz$/, '')].join('/');
  const parent = join(cache, ...`${shown}-${digest}`.split('/'));
  const done = () => (existsSync(parent) ? { folder: join(parent, readdirSync(parent)[0]!), shown } : undefined);
  const there = done();
  if (there !== undefined) return there;
  const files = filesOf(bytes);
  mkdirSync(dirname(parent), { recursive: true, mode: 0o700 });
  // Beside its place, so that it comes there as a whole.
  const building = mkdtempSync(`${parent}.`);
  try {
    for (const [path, data] of files) {
      const file = join(building, ...path.split('/'));
      if (!isInside(building, file)) throw new BadArchive(leadsOut);
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(file, data, { flag: 'wx' });
    }
    renameSync(building, parent);
  } catch (error) {
    // Another run was faster, or a file stands where a folder of another one is to be.
    const other = done();
    if (other !== undefined) return other;
    throw /^E(?:EXIST|NOTDIR|ISDIR|NAMETOOLONG)$/.test((error as NodeJS.ErrnoException).code ?? '')
      ? new BadArchive('its archive cannot be unpacked')
      : error;
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return done()!;
}

const leadsOut = 'its archive holds a path that leads out of it';

/**
 * The regular files of a chart's archive, all in one folder, as Helm's loader takes them: links and folders are passed
 * over, and a path that leads elsewhere is refused. `.helmignore` has done its work when the chart was packed.
 */
function filesOf(bytes: Buffer): Map<string, Buffer> {
  let tar: Buffer;
  try {
    tar = gunzipSync(bytes, { maxOutputLength: mostUnpacked });
  } catch (error) {
    const large = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new BadArchive(
      large ? `its archive unpacks to more than ${mostUnpacked / 1048576} MiB` : 'its archive is not a gzip archive',
    );
  }
  const files = new Map<string, Buffer>();
  const seen = new Set<string>();
  try {
    for (const { path: name, data, isFile } of membersOf(tar)) {
      // Helm reads the last of them, and a link as an empty file.
      if (seen.has(name) && !name.endsWith('/')) throw new BadArchive('its archive holds a path twice');
      seen.add(name);
      if (!isFile) continue;
      const parts = name.replace(/^(?:\.\/)+/, '').split('/');
      if (/[\\\0\n]|^[a-z]:/i.test(name) || parts.some((part) => part === '' || part === '.' || part === '..'))
        throw new BadArchive(leadsOut);
      if (parts.length < 2 || parts.at(-1) === '.helmignore' || parts.includes('.git')) continue;
      // Of an archive Helm renders it, of a folder not (`AddDefaults` of its ignore rules).
      if (parts.length === 3 && parts[1] === 'templates' && parts[2]!.startsWith('.'))
        throw new BadArchive('its archive holds a template whose name begins with a dot');
      if (files.size >= mostMembers) throw new BadArchive(`its archive holds more than ${mostMembers} files`);
      files.set(parts.join('/'), data);
    }
  } catch (error) {
    throw error instanceof BadArchive ? error : new BadArchive('its archive is not a tar archive');
  }
  const folders = new Set([...files.keys()].map((path) => path.split('/')[0]!));
  if (folders.size !== 1 || !files.has(`${[...folders][0]!}/Chart.yaml`))
    throw new BadArchive('its archive is not that of a chart');
  return files;
}
