import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Helm, TemplateLimits } from '../helm/index.ts';
import { splitManifests, type Manifest } from '../parse/manifest.ts';
import { renderChart, type RenderOptions } from '../render/index.ts';
import { chartAt, GitError } from './git.ts';

export { GitError } from './git.ts';

/** The last revision of manifests that were rendered elsewhere: rendered YAML too. Throws {@link GitError}. */
export function lastManifests(from: string, cwd: string): LastRevision {
  const path = resolve(cwd, from);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new GitError(`${from}: for rendered manifests the last revision is a file of rendered manifests`);
  const manifests = splitManifests(readFileSync(path, 'utf8'), path);
  return { label: from, install: manifests, upgrade: manifests };
}

/** The last revision of a release, rendered. */
export interface LastRevision {
  /** For messages: a path, `main`, a version. */
  label: string;
  install: readonly Manifest[];
  upgrade: readonly Manifest[];
}

/**
 * The last revision that `--from` names: a chart folder, an archive, rendered YAML, or else a commit of the git repository that
 * holds the chart; `undefined` where that commit does not have the chart yet. Values apply to it as they do to the chart. Throws `HelmError` or {@link GitError}.
 */
export async function lastRevision(
  from: string,
  chart: { absolute: string; archive: boolean; name: string },
  cwd: string,
  helm: Helm,
  options: RenderOptions,
  limits: TemplateLimits,
): Promise<LastRevision | undefined> {
  const path = resolve(cwd, from);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() && /\.(ya?ml|json)$/.test(path)) {
    const manifests = splitManifests(readFileSync(path, 'utf8'), path);
    return { label: from, install: manifests, upgrade: manifests };
  }
  if (stat && (/\.(tgz|tar\.gz)$/.test(path) || existsSync(join(path, 'Chart.yaml'))))
    return {
      label: from,
      ...(await manifestsOf({ absolute: path, archive: stat.isFile(), name: chart.name }, from, helm, options, limits)),
    };
  if (chart.archive) throw new GitError(`${from}: no such chart, archive or YAML file`);
  const old = await chartAt(from, chart.absolute, limits.env);
  if (!old) return undefined;
  try {
    return {
      label: from,
      ...(await manifestsOf(
        { absolute: old.folder, archive: false, name: chart.name },
        from,
        helm,
        { ...options, valuesFiles: options.valuesFiles.map(old.at) },
        limits,
      )),
    };
  } finally {
    old.remove();
  }
}

async function manifestsOf(
  chart: { absolute: string; archive: boolean; name: string },
  label: string,
  helm: Helm,
  options: RenderOptions,
  limits: TemplateLimits,
): Promise<Pick<LastRevision, 'install' | 'upgrade'>> {
  const { install, upgrade } = await renderChart(chart, helm, options, limits);
  // Places in it are not lines of the work tree: the label stands for the file.
  const labelled = (manifests: readonly Manifest[]) => manifests.map((manifest) => ({ ...manifest, file: label }));
  return { install: labelled(install.manifests), upgrade: labelled(upgrade.manifests) };
}
