// Stage `cache`: results of earlier runs, by all that they depend on. Loaded under --cache only.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Policy } from '../config/index.ts';
import type { ChartTarget } from '../discover/index.ts';
import { cacheFolder, identityOf, unsafe } from '../helm/index.ts';
import type { LintOptions } from '../options.ts';
import type { SeenPattern } from '../policy-use.ts';
import type { ChartResult } from '../result.ts';
import { writeWhole } from '../write.ts';
import { inputsOf, type Inputs } from './inputs.ts';

/** What is kept of a chart: its result, and which patterns of the policy it showed to match. */
export interface Kept {
  chart: ChartResult;
  seen: readonly SeenPattern[];
}

/** More results than this are not kept: the oldest go first. */
const mostKept = 4_000;

/** The results of earlier runs, for a run with these options. */
export class ResultCache {
  /** How many results were there. */
  found = 0;
  private readonly options: LintOptions;
  private readonly linted: readonly string[];
  private readonly folder: string;
  private helm: Promise<string> | undefined;
  private pruned = false;

  /** Throws an `Error` of one line for a folder that others, or what is linted, could write to, or that cannot be made. */
  constructor(options: LintOptions, linted: readonly string[]) {
    const { cache, cwd, env } = options;
    this.options = options;
    this.linted = linted;
    this.folder = typeof cache === 'string' ? resolve(cwd, cache) : cacheFolder(env, 'results');
    const refuse = (why: string) =>
      new Error(`the cache folder ${this.folder} ${why}; name another one with --cache-location`);
    const why = unsafe(this.folder, linted);
    if (why !== undefined)
      throw refuse(`is not used, because it ${why}: who can write to it can make findings disappear`);
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw refuse(`cannot be made (${(error as NodeJS.ErrnoException).code})`);
    }
  }

  /** What the result of a chart depends on; `undefined` where not all of it can be known. */
  inputsOf(target: ChartTarget, policy: Policy | undefined): Promise<Inputs | undefined> {
    const helm = () => (this.helm ??= identityOf({ ...this.options, linted: this.linted }));
    return inputsOf(target, this.options, policy, helm);
  }

  /** The result for these inputs, where there is one. */
  read({ slot, key }: Inputs): Kept | undefined {
    try {
      const entry = JSON.parse(readFileSync(this.pathOf(slot), 'utf8')) as Kept & { key: string };
      if (entry.key !== key) return undefined;
      this.found += 1;
      return entry;
    } catch {
      return undefined;
    }
  }

  /** Keeps a result, if it is whole. That it cannot be written costs the next run time, and nothing else. */
  async write({ slot, key, scenarios }: Inputs, kept: Kept, target: ChartTarget): Promise<void> {
    if (!isWhole(kept.chart, scenarios) || !(await isComparedInPlace(target, this.options))) return;
    try {
      writeWhole(this.pathOf(slot), JSON.stringify({ key, ...kept }), { mode: 0o600 });
      if (!this.pruned) this.prune();
    } catch {
      // A full disk.
    }
  }

  private pathOf(slot: string): string {
    return join(this.folder, `${slot}.json`);
  }

  private prune(): void {
    this.pruned = true;
    const names = readdirSync(this.folder).filter((name) => /^[0-9a-f]{64}\.json$/.test(name));
    if (names.length <= mostKept) return;
    const byAge = names
      .map((name) => ({ path: join(this.folder, name), time: statSync(join(this.folder, name)).mtimeMs }))
      .sort((a, b) => a.time - b.time);
    for (const { path } of byAge.slice(0, names.length - mostKept / 2)) rmSync(path, { force: true });
  }
}

/**
 * Whether a result may be kept: everything was judged, in each scenario. A render that failed once may succeed the next
 * time.
 */
function isWhole({ findings, suppressed, scenarios = [''] }: ChartResult, expected: number): boolean {
  const all = [...findings, ...suppressed.map(({ finding }) => finding)];
  return scenarios.length === expected && all.every(({ rule }) => rule !== 'not-judged');
}

/**
 * Whether the last revision, if there is one, has the chart where it is now. Elsewhere it is looked for by its name among
 * the charts that are gone since, so that the result depends on what else is in the work tree.
 */
async function isComparedInPlace({ absolute }: ChartTarget, { from, cwd, env }: LintOptions): Promise<boolean> {
  if (from === undefined) return true;
  const { isAtCommit } = await import('../from/git.ts');
  return isAtCommit(from, absolute, cwd, env).catch(() => false);
}
