import { realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { boundaryOf } from './confine/index.ts';
import type { Deployment, LeftOut } from './deployments/deployment.ts';
import { discover, type ChartTarget, type DiscoverError, type PassedOver, type Target } from './discover/index.ts';
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

/**
 * Looks for deployments in the folders that are linted. The charts that they name are targets too, wherever they are in
 * the repository. `undefined` where there are no deployments: then everything is as if nobody had looked.
 */
export async function deployedCharts(
  options: LintOptions,
  { targets, errors, passedOver }: Pick<DeployedCharts, 'targets' | 'errors' | 'passedOver'>,
): Promise<DeployedCharts | undefined> {
  const { cwd, deployments: which = 'auto', deploymentsOf } = options;
  if (deploymentsOf !== undefined)
    return { targets, errors, passedOver, of: () => deploymentsOf, found: deploymentsOf, leftOut: [] };
  if (which === 'none' || options.scenarios === false) return undefined;
  const folders = (options.deploymentsIn ?? options.paths).map((path) => resolve(cwd, path)).filter(isFolder);
  const none =
    which === 'only' ? { ...onlyDeployed(targets, () => []), errors, of: () => [], found: [], leftOut: [] } : undefined;
  if (folders.length === 0) return none;
  const { findDeployments, vendored } = await import('./deployments/index.ts');
  const all = await findDeployments(folders, cwd);
  if (!all) return none;
  const leftOut = [...all.leftOut];
  const byChart = new Map<string, Deployment[]>();
  const found: Deployment[] = [];
  for (const deployment of all.deployments) {
    const { chart } = deployment;
    const there =
      chart.kind === 'local'
        ? { path: chart.folder }
        : vendored(chart, {
            from: dirname(resolve(cwd, deployment.at.file)),
            boundary: boundaryOf(dirname(resolve(cwd, deployment.at.file)), cwd),
            env: options.env,
          });
    if (chart.kind === 'elsewhere' && !there) {
      const { name, url, version } = chart;
      leftOut.push({
        what: deployment.name,
        at: deployment.at,
        reason: `its chart is not in this repository: ${[name, version].filter(Boolean).join(' ')} of ${url}`,
      });
      continue;
    }
    const path = realpathSync(there!.path);
    found.push(deployment);
    byChart.set(path, [...(byChart.get(path) ?? []), deployment]);
  }
  const known = new Set(targets.flatMap((target) => (target.kind === 'chart' ? realpathSync(target.absolute) : [])));
  const named = [...byChart.keys()].filter((folder) => !known.has(folder)).sort();
  const more = await discover(
    named.map((path) => (/\.tgz$/.test(path) ? nearPath(cwd, path) : join(nearPath(cwd, path), 'Chart.yaml'))),
    { cwd, readStdin: () => Promise.resolve(new Uint8Array()) },
  );
  const order = all.deployments.some(({ after }) => after.length > 0)
    ? new (await import('./release-order.ts')).ReleaseOrder(all.deployments)
    : undefined;
  const of = (target: ChartTarget) => byChart.get(realpathSync(target.absolute)) ?? [];
  const everything = [...targets, ...more.targets];
  const chosen = which === 'only' ? onlyDeployed(everything, of) : { targets: everything, passedOver: [] };
  return {
    targets: chosen.targets,
    errors: [...errors.flatMap((error) => lessEmpty(error, { found, leftOut, cwd })), ...more.errors],
    passedOver: [...passedOver, ...more.passedOver, ...chosen.passedOver],
    of,
    found,
    leftOut,
    ...(order && { order }),
  };
}

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
