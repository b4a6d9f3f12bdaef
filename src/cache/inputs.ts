import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { arch, platform, version as node } from 'node:process';
import type { Policy } from '../config/index.ts';
import { boundaryOf, entriesOf, isWithin, readRegular } from '../confine/index.ts';
import { namesFolders } from '../confined.ts';
import type { ChartTarget } from '../discover/index.ts';
import { repositoriesOf } from '../git/index.ts';
import { isObjectId } from '../git/object-id.ts';
import type { LintOptions } from '../options.ts';
import { scenariosOf } from '../scenarios.ts';
import { version } from '../version.ts';

/** All that a chart's result depends on, as two digests. */
export interface Inputs {
  /** Of the paths of chart and policy, and the options: a later result for these takes the place of an earlier one. */
  slot: string;
  /** Of all, the contents of files too: a result counts for this only. */
  key: string;
  /** In how many scenarios the chart is linted. */
  scenarios: number;
}

/** Charts with more bytes than this are linted each time. */
const maxBytes = 64 * 1024 * 1024;

/** The build of this program; without one (its sources are run) nothing is kept. */
declare const BUILD: string | undefined;

/**
 * What the result of a chart depends on: its folder and those of its `file://` dependencies, values files, policy and
 * options, the Helm (`identityOf`), this program and its Node, and the day, since suppressions end and templates may ask
 * for the date. What Helm sees of the environment without plugins and network changes no render.
 *
 * `undefined` where not all of it can be known: somebody looks at the run, rules or settings are code, the last revision
 * is no commit that is named by its object id, the network may be used, files are not saved, `helm dependency build` runs
 * first, or a file that counts cannot be read.
 */
export async function inputsOf(
  target: ChartTarget,
  options: LintOptions,
  policy: Policy | undefined,
  helm: () => Promise<string>,
): Promise<Inputs | undefined> {
  const { cwd } = options;
  const counts = countingOptions(options);
  if (typeof BUILD === 'undefined' || !counts || !isPlain(policy)) return undefined;
  try {
    const contents = new Contents();
    const { runs } = scenariosOf(target, options, policy);
    for (const { options: own } of runs) {
      if (own.from !== options.from || own.set?.some(({ flag }) => flag === '--set-file')) return undefined;
    }
    const values = runs.flatMap(({ options: own }) => (own.valuesFiles ?? []).map((file) => resolve(cwd, file)));
    for (const file of new Set(values)) contents.file(file);
    const boundary = boundaryOf(target.archive ? dirname(target.absolute) : target.absolute, cwd);
    if (target.archive) contents.file(target.absolute);
    else await contents.chart(target.absolute, boundary);
    const slot = [realpathSync(cwd), cwd, target, policy?.file, counts];
    const all = [
      ...[version, BUILD, node, platform, arch, await helm()],
      ...[new Date().toISOString().slice(0, 10), realpathSync(target.absolute), boundary, policy],
      repositoriesOf(target.absolute, cwd),
      ...[...slot, contents.digests],
    ];
    return { slot: digest(JSON.stringify(slot)), key: digest(JSON.stringify(all)), scenarios: runs.length };
  } catch {
    // The run says what is wrong.
    return undefined;
  }
}

/** Options that say which charts are linted and how, and those for which other inputs stand: Helm, the policy. */
const aside: ReadonlySet<string> = new Set<keyof LintOptions>([
  ...(['paths', 'cwd', 'jobs', 'shard', 'signal', 'timeLimit', 'cache'] as const),
  ...(['readStdin', 'onDownload', 'onProgress', 'env', 'helm', 'offline', 'config', 'policyFrom'] as const),
  ...(['changedFiles', 'deployments', 'deploymentsIn', 'pull'] as const),
  // Nothing is kept where these are set.
  ...(['unsaved', 'allowNetwork', 'dependencyBuild', 'deploymentsOf'] as const),
]);

/** The options that a chart's result may depend on; `undefined` where they lead to more than is known here. */
function countingOptions(options: LintOptions): object | undefined {
  const { unsaved, allowNetwork, dependencyBuild, deploymentsOf = [], from } = options;
  if (unsaved?.size || allowNetwork || dependencyBuild || deploymentsOf.length > 0) return;
  // Another revision can change: a folder, a branch.
  if (from !== undefined && !isObjectId(from)) return;
  const counting = Object.entries(options).filter(([name]) => !aside.has(name));
  return counting.every(([, value]) => isPlain(value)) ? Object.fromEntries(counting) : undefined;
}

/** Whether JSON says all of a value. */
function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  if (typeof value !== 'object' || value === null) return typeof value !== 'function';
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain);
}

/** Digests of files. */
class Contents {
  readonly digests: (string | undefined)[][] = [];
  private readonly charts = new Set<string>();
  private left = maxBytes;

  /** A file that is named. Throws for one that cannot be read, so for an address. */
  file(path: string): void {
    this.digests.push([path, this.contentOf(realpathSync(path))]);
  }

  /** All of a chart's folder, and the charts that it names. Throws for a chart that is not known to the end. */
  async chart(folder: string, boundary: string): Promise<void> {
    const real = realpathSync(folder);
    if (this.charts.has(real)) return;
    this.charts.add(real);
    if (!isWithin(boundary, real) || !statSync(join(real, 'Chart.yaml')).isFile()) throw new Error('no chart');
    for (const { path, real: at, kind, linked } of entriesOf(folder, boundary, folder))
      this.digests.push([real, path, kind, linked ? at : undefined, kind === 'file' ? this.contentOf(at) : undefined]);
    if (!namesFolders(real)) return;
    const { declaredFolders } = await import('../render/local-charts.ts');
    for (const one of declaredFolders(real)) await this.chart(one, boundary);
  }

  private contentOf(real: string): string {
    const bytes = readRegular(real);
    if ((this.left -= bytes.length) < 0) throw new Error('too large');
    return digest(bytes);
  }
}

function digest(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
