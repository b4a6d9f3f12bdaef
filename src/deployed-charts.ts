import { realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { boundaryOf } from './confine/index.ts';
import type { Deployment, LeftOut } from './deployments/deployment.ts';
import type { RenderChart } from './deployments/index.ts';
import { discover, type ChartTarget, type DiscoverError, type PassedOver, type Target } from './discover/index.ts';
import type { Helm } from './helm/index.ts';
import type { MissingChart } from './missing-charts.ts';
import type { LintOptions } from './options.ts';
import { isInside, nearPath } from './paths.ts';
import { plural } from './plural.ts';
import type { ReleaseOrder } from './release-order.ts';

/** What is linted where there are deployments. */
export interface DeployedCharts {
  targets: Target[];
  errors: DiscoverError[];
  passedOver: PassedOver[];
  /** The deployments of a chart. */
  of: (target: ChartTarget) => readonly Deployment[];
  found: readonly Deployment[];
  leftOut: readonly LeftOut[];
  /** Charts that some of them need and that are not here. */
  missing: readonly MissingChart[];
  /** Charts that were pulled, each with the folder in which it is now, and the name of that in reports. */
  pulled: readonly { chart: string; folder: string; shown: string }[];
  /** The order between all of them, those included whose charts cannot be judged; absent where there is none. */
  order?: ReleaseOrder;
}

/** Whether a path leads to a folder; what cannot be read is reported by the search for charts. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Whether files below these paths look like deployments. */
export async function deploys(paths: readonly string[], cwd: string): Promise<boolean> {
  const folders = paths.map((path) => resolve(cwd, path)).filter(isFolder);
  const { yamlFilesBelow } = await import('./deployments/documents.ts');
  return folders.some((folder) => yamlFilesBelow(folder).any);
}

/**
 * Looks for deployments in the folders that are linted. The charts that they name are targets too, wherever they are in
 * the repository. `undefined` where there are no deployments: then everything is as if nobody had looked. With
 * `options.pull` charts that are not here are pulled by the Helm that `helm` finds for the folders that are linted.
 */
export async function deployedCharts(
  options: LintOptions,
  { targets, errors, passedOver }: Pick<DeployedCharts, 'targets' | 'errors' | 'passedOver'>,
  helm?: (linted: readonly string[]) => Promise<Helm>,
): Promise<DeployedCharts | undefined> {
  const { cwd, deployments: which = 'auto', deploymentsOf } = options;
  if (deploymentsOf !== undefined)
    return { targets, errors, passedOver, of: () => deploymentsOf, found: deploymentsOf, leftOut: [], ...nothing };
  if (which === 'none' || options.scenarios === false) return undefined;
  const folders = (options.deploymentsIn ?? options.paths).map((path) => resolve(cwd, path)).filter(isFolder);
  const none =
    which === 'only'
      ? { ...onlyDeployed(targets, () => []), errors, of: () => [], found: [], leftOut: [], ...nothing }
      : undefined;
  if (folders.length === 0) return none;
  const { findDeployments, vendored } = await import('./deployments/index.ts');
  const render: RenderChart | undefined =
    helm &&
    (async (chart, deployment) =>
      (await import('./render-deployed.ts')).renderDeployed(chart, deployment, await helm(folders), options));
  const everywhere = await findDeployments(folders, cwd, render);
  if (!everywhere || everywhere.deployments.length + everywhere.leftOut.length === 0) return none;
  const all = options.changedFiles
    ? (await import('./changed-deployments.ts')).usingChanged(everywhere, targets, { cwd, files: options.changedFiles })
    : everywhere;
  const deployments = all.deployments.some(({ postRenderers }) => postRenderers)
    ? (await import('./with-kustomize.ts')).withKustomize(all.deployments, options, folders)
    : all.deployments;
  const folderOf = ({ at }: Deployment) => dirname(resolve(cwd, at.file));
  const placed = new Map<Deployment, string>();
  const away: Deployment[] = [];
  for (const deployment of deployments) {
    const { chart } = deployment;
    const from = folderOf(deployment);
    const there =
      chart.kind === 'local'
        ? { path: chart.folder }
        : vendored(chart, { from, boundary: boundaryOf(from, cwd), env: options.env });
    if (there) placed.set(deployment, realpathSync(there.path));
    else away.push(deployment);
  }
  const missing = away.length > 0 ? (await import('./missing-charts.ts')).missingCharts(away) : [];
  const pulled =
    options.pull && helm && missing.length > 0
      ? await (
          await import('./missing-charts.ts')
        ).pulledCharts(missing, {
          helm: await helm(folders),
          env: options.env,
          signal: options.signal,
          linted: folders,
        })
      : undefined;
  pulled?.placed.forEach((path, deployment) => placed.set(deployment, realpathSync(path)));
  const leftOut = [...all.leftOut, ...(pulled?.left ?? missing).flatMap((chart) => chart.leftOut)];
  const byChart = new Map<string, Deployment[]>();
  const found: Deployment[] = [];
  for (const deployment of deployments) {
    const path = placed.get(deployment);
    if (path === undefined) continue;
    found.push(deployment);
    byChart.set(path, [...(byChart.get(path) ?? []), deployment]);
  }
  const known = new Set(targets.flatMap((target) => (target.kind === 'chart' ? realpathSync(target.absolute) : [])));
  const named = [...byChart.keys()].filter((folder) => !known.has(folder)).sort();
  const more = await discover(
    named.map((path) => (/\.tgz$/.test(path) ? nearPath(cwd, path) : join(nearPath(cwd, path), 'Chart.yaml'))),
    { cwd, readStdin: () => Promise.resolve(new Uint8Array()) },
  );
  const order = everywhere.deployments.some(({ after }) => after.length > 0)
    ? new (await import('./release-order.ts')).ReleaseOrder(everywhere.deployments)
    : undefined;
  const of = (target: ChartTarget) => byChart.get(realpathSync(target.absolute)) ?? [];
  // A chart that lies elsewhere has the policy of those who deploy it.
  const inside = (path: string) => folders.some((folder) => isInside(boundaryOf(folder, cwd), path));
  const elsewhere = more.targets.map((target) =>
    target.kind === 'chart' && !inside(target.absolute)
      ? { ...target, policyFolder: folderOf(byChart.get(realpathSync(target.absolute))![0]!) }
      : target,
  );
  const everything = [...targets, ...elsewhere];
  const chosen = which === 'only' ? onlyDeployed(everything, of) : { targets: everything, passedOver: [] };
  return {
    targets: chosen.targets,
    errors: [
      ...errors.flatMap((error) => lessEmpty(error, { found, leftOut, cwd })),
      ...more.errors,
      ...(pulled?.errors ?? []),
    ],
    passedOver: [...passedOver, ...more.passedOver, ...chosen.passedOver],
    of,
    found,
    leftOut,
    missing: pulled?.left ?? missing,
    pulled: pulled?.pulled ?? [],
    ...(order && { order }),
  };
}

const nothing = { missing: [], pulled: [] };

function onlyDeployed(
  targets: readonly Target[],
  of: DeployedCharts['of'],
): Pick<DeployedCharts, 'targets' | 'passedOver'> {
  const isDeployed = (target: Target) => target.kind === 'chart' && of(target).length > 0;
  return {
    targets: targets.filter(isDeployed),
    passedOver: targets
      .filter((target) => !isDeployed(target))
      .map(({ path }) => ({ path, reason: 'no deployment names it (--deployments only)' })),
  };
}

/** A folder without charts is no error where it holds deployments that can be judged. */
function lessEmpty(
  error: DiscoverError,
  { found, leftOut, cwd }: Pick<DeployedCharts, 'found' | 'leftOut'> & { cwd: string },
): DiscoverError[] {
  if (!error.empty) return [error];
  const within = ({ at }: { at: { file: string } }) => isInside(resolve(cwd, error.path), resolve(cwd, at.file));
  if (found.some(within)) return [];
  const lost = leftOut.filter(within);
  if (lost.length === 0) return [error];
  const { what, at, reason } = lost[0]!;
  const first = `${at.file}:${at.line}: ${what}: ${reason}`;
  error.message = `${error.path}: no chart to lint; ${plural(lost.length, 'deployment')} left out: ${first}`;
  return [error];
}
