// Loaded under --changed-since and --files.
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Deployment, Deployments } from './deployments/deployment.ts';
import type { Target } from './discover/index.ts';
import { isInside, real } from './paths.ts';

/**
 * The deployments whose verdict may differ where these files do (real paths): those of the charts in `targets`, those
 * that are written in such a file or take values from one. A file of which nobody says what it is for (a kustomization,
 * a base or an environment of a helmfile, a generator's file) changes those that are written beside or below it, or, of
 * a helmfile, above it. Those that were left out stay where they are written in a changed file.
 */
export function usingChanged(
  { deployments, leftOut }: Deployments,
  targets: readonly Target[],
  { cwd, files }: { cwd: string; files: readonly string[] },
): Deployments {
  const charts = new Set(targets.flatMap((target) => (target.kind === 'chart' ? real(target.absolute) : [])));
  const changed = new Set(files);
  const uses = new Map(deployments.map((one) => [one, filesOf(one, cwd)]));
  const known = new Set([...uses.values()].flat());
  const further = files.filter(
    (file) => /\.(?:ya?ml|json|gotmpl|tpl)$/.test(file) && !known.has(file) && !isInChart(file),
  );
  const isBeside = ({ by, at }: Deployment) => {
    const folder = dirname(real(resolve(cwd, at.file)));
    return further.some(
      (file) => isInside(dirname(file), folder) || (by === 'helmfile' && isInside(folder, dirname(file))),
    );
  };
  return {
    deployments: deployments.filter(
      (one) =>
        (one.chart.kind === 'local' && charts.has(real(one.chart.folder))) ||
        uses.get(one)!.some((file) => changed.has(file)) ||
        isBeside(one),
    ),
    leftOut: leftOut.filter(({ at }) => changed.has(real(resolve(cwd, at.file)))),
  };
}

/** Real paths of the files that a deployment is written in and takes values from. */
function filesOf({ at, places = {}, values }: Deployment, cwd: string): string[] {
  const written = [at, ...Object.values(places)].map(({ file }) => resolve(cwd, file));
  const given = values.map((one) =>
    one.kind === 'file'
      ? one.path
      : one.kind === 'inline'
        ? resolve(cwd, one.at.file)
        : one.flag === '--set-file'
          ? resolve(cwd, one.value.slice(one.value.indexOf('=') + 1).replaceAll('\\,', ','))
          : '',
  );
  return [...new Set([...written, ...given].filter(Boolean).map(real))];
}

/** Whether a chart has the file, whose verdict depends on it in any case. */
function isInChart(file: string): boolean {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'Chart.yaml'))) return true;
    if (existsSync(join(folder, '.git'))) return false;
  }
  return false;
}
