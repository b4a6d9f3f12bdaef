import { lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { boundaryOf, copyChart, linkChart, reachOf } from './confine/index.ts';
import { readChartFile } from './discover/chart-file.ts';
import type { ChartTarget, Target } from './discover/index.ts';
import { repositoriesOf } from './git/repository.ts';
import { HelmError, temporaryFolder } from './helm/index.ts';
import { unsavedBelow, writeUnsaved, type Overlay } from './overlay.ts';
import type { LocalDependency } from './render/index.ts';

/** A chart of which Helm sees no more than it may. */
export interface ConfinedChart extends ChartTarget {
  /** The folder that nothing read for it may leave. */
  boundary: string;
  /** Its `file://` dependencies. */
  local: readonly LocalDependency[];
  forHelm?: string;
  unsaved?: Overlay;
  /** The values file that Helm is given for one: a copy of its unsaved text, where it has one. */
  valuesFor: (file: string) => string;
  /** An error of Helm's that names files as the checkout does. */
  asWritten: (error: unknown) => unknown;
  remove: () => void;
}

/**
 * Throws `ConfineError` for a chart that leads elsewhere, and `HelmError` for a `file://` dependency that is missing
 * and cannot be built. A `.git` in its folder is hidden from Helm, which would load it as files of the chart; missing
 * `file://` dependencies are built in a temporary folder, and `unsaved` texts are put in the place of their files there.
 */
export async function confined(target: ChartTarget, cwd: string, unsaved?: Overlay): Promise<ConfinedChart> {
  const inPlace = { valuesFor: (file: string) => file, asWritten: (error: unknown) => error, remove: () => undefined };
  const boundary = boundaryOf(target.archive ? dirname(target.absolute) : target.absolute, cwd);
  if (target.archive) return { ...target, boundary, local: [], ...inPlace };
  const { git } = reachOf(target.absolute, boundary, target.path);
  const local = await localOf(target.absolute, boundary, target.path);
  const built = local.filter((one) => one.built);
  if (git.length === 0 && built.length === 0 && !unsaved?.size) return { ...target, boundary, local, ...inPlace };
  const temporary = temporaryFolder();
  try {
    const forHelm = join(temporary.path, basename(target.absolute) || 'chart');
    const texts = unsavedBelow(target.absolute, unsaved);
    linkChart(target.absolute, forHelm, [
      ...git,
      ...built.map(({ inside }) => inside),
      ...texts.map(({ inside }) => inside),
    ]);
    if (built.length > 0) (await import('./render/local-charts.ts')).buildInto(forHelm, built, boundary);
    writeUnsaved(target.absolute, forHelm, unsaved);
    const chartFile = texts.find(({ inside }) => inside === 'Chart.yaml');
    const about = chartFile ? await readChartFile(chartFile.text, target.absolute) : target;
    const values = new Map<string, string>();
    const valuesFor = (file: string) => {
      const text = unsaved?.get(file);
      if (text === undefined) return file;
      const copy = values.get(file) ?? join(temporary.path, `values-${values.size}.yaml`);
      values.set(file, copy);
      writeFileSync(copy, text);
      return copy;
    };
    const asWritten = (error: unknown) =>
      error instanceof HelmError
        ? renamed(error, [...[...values].map(([file, copy]) => [copy, file] as const), [forHelm, target.absolute]])
        : error;
    const { name, version } = about;
    return {
      ...target,
      name,
      version,
      boundary,
      local,
      forHelm,
      unsaved,
      valuesFor,
      asWritten,
      remove: temporary.remove,
    };
  } catch (error) {
    temporary.remove();
    throw error;
  }
}

function renamed(error: HelmError, names: readonly (readonly [from: string, to: string])[]): HelmError {
  const text = (one: string) => names.reduce((so, [from, to]) => so.replaceAll(from, to), one);
  const { file, detail } = error;
  return new HelmError(text(error.message), {
    ...error,
    ...(file !== undefined && { file: text(file) }),
    ...(detail !== undefined && { detail: text(detail) }),
    cause: error.cause,
  });
}

/** Copies a chart's folder with its missing `file://` dependencies built. Throws as {@link confined} does. */
export async function wholeCopy(
  { absolute, path, boundary, unsaved }: { absolute: string; path: string; boundary: string; unsaved?: Overlay },
  copy: string,
): Promise<void> {
  copyChart(absolute, copy, boundary);
  writeUnsaved(absolute, copy, unsaved);
  const local = await localOf(absolute, boundary, path);
  if (local.length > 0) (await import('./render/local-charts.ts')).buildInto(copy, local, boundary);
}

/** The YAML parser is loaded for charts that have such dependencies only. */
async function localOf(folder: string, boundary: string, shown: string): Promise<LocalDependency[]> {
  return namesFolders(folder)
    ? (await import('./render/local-charts.ts')).localDependencies(folder, boundary, shown)
    : [];
}

/** Whether a chart may have `file://` dependencies. */
export function namesFolders(chart: string): boolean {
  return ['Chart.yaml', 'requirements.yaml'].some((name) => {
    const file = join(chart, name);
    return lstatSync(file, { throwIfNoEntry: false })?.isFile() && readFileSync(file).includes('file://');
  });
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
