import { lstatSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { boundaryOf, copyChart, linkChart, reachOf } from './confine/index.ts';
import type { ChartTarget, Target } from './discover/index.ts';
import { repositoriesOf } from './git/repository.ts';
import { temporaryFolder } from './helm/index.ts';
import type { LocalDependency } from './render/index.ts';

/** A chart of which Helm sees no more than it may. */
export interface ConfinedChart extends ChartTarget {
  /** The folder that nothing read for it may leave. */
  boundary: string;
  /** Its `file://` dependencies. */
  local: readonly LocalDependency[];
  forHelm?: string;
  remove: () => void;
}

/**
 * Throws `ConfineError` for a chart that leads elsewhere, and `HelmError` for a `file://` dependency that is missing
 * and cannot be built. A `.git` in its folder is hidden from Helm, which would load it as files of the chart; missing
 * `file://` dependencies are built in a temporary folder.
 */
export async function confined(target: ChartTarget, cwd: string): Promise<ConfinedChart> {
  const remove = () => undefined;
  const boundary = boundaryOf(target.archive ? dirname(target.absolute) : target.absolute, cwd);
  if (target.archive) return { ...target, boundary, local: [], remove };
  const { git } = reachOf(target.absolute, boundary, target.path);
  const local = await localOf(target.absolute, boundary, target.path);
  const built = local.filter((one) => one.built);
  if (git.length === 0 && built.length === 0) return { ...target, boundary, local, remove };
  const temporary = temporaryFolder();
  try {
    const forHelm = join(temporary.path, basename(target.absolute) || 'chart');
    linkChart(target.absolute, forHelm, [...git, ...built.map(({ inside }) => inside)]);
    if (built.length > 0) (await import('./render/local-charts.ts')).buildInto(forHelm, built, boundary);
    return { ...target, boundary, local, forHelm, remove: temporary.remove };
  } catch (error) {
    temporary.remove();
    throw error;
  }
}

/** Copies a chart's folder with its missing `file://` dependencies built. Throws as {@link confined} does. */
export async function wholeCopy(
  { absolute, path, boundary }: { absolute: string; path: string; boundary: string },
  copy: string,
): Promise<void> {
  copyChart(absolute, copy, boundary);
  const local = await localOf(absolute, boundary, path);
  if (local.length > 0) (await import('./render/local-charts.ts')).buildInto(copy, local, boundary);
}

/** The YAML parser is loaded for charts that have such dependencies only. */
async function localOf(folder: string, boundary: string, shown: string): Promise<LocalDependency[]> {
  const names = ['Chart.yaml', 'requirements.yaml'].some((name) => {
    const file = join(folder, name);
    return lstatSync(file, { throwIfNoEntry: false })?.isFile() && readFileSync(file).includes('file://');
  });
  return names ? (await import('./render/local-charts.ts')).localDependencies(folder, boundary, shown) : [];
}

/**
 * The repositories of the working directory and of the charts, or the chart's folder where it is in none: nothing in
 * them is run.
 */
export function checkoutsOf(targets: readonly Target[], cwd: string): string[] {
  const own = repositoriesOf(cwd, cwd)[0];
  const roots = targets.flatMap((target) => {
    if (target.kind !== 'chart') return [];
    return target.archive
      ? (repositoriesOf(target.absolute, cwd)[0]?.checkout ?? [])
      : boundaryOf(target.absolute, cwd);
  });
  return [...new Set([...(own === undefined ? [] : [own.checkout]), ...roots])];
}
