import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { boundaryOf, reachOf, unmisled } from '../confine/index.ts';
import { GitError } from '../git/error.ts';
import { isObjectId } from '../git/object-id.ts';
import type { Helm, TemplateLimits } from '../helm/index.ts';
import { splitManifests, type Manifest } from '../parse/manifest.ts';
import { renderChart, type RenderOptions } from '../render/index.ts';

/** The last revision of manifests that were rendered elsewhere: rendered YAML too. Throws {@link GitError}. */
export function lastManifests(from: string, cwd: string): LastRevision {
  const path = unmisled(from, cwd);
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
  /** Remarks on how it was found. */
  notes?: string[];
}

/**
 * The last revision that `--from` names: a chart folder, an archive, rendered YAML, or else a commit of the git
 * repository that holds the chart; `undefined` where that commit does not have the chart yet. Values apply to it as
 * they do to the chart. Throws `HelmError` or {@link GitError}.
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
  const stat = isObjectId(from) ? undefined : statSync(path, { throwIfNoEntry: false });
  if (
    stat &&
    !/^(?:\.{1,2}(?:[\\/]|$)|[\\/]|[a-z]:)/i.test(from) &&
    (await isCommit(from, chart.absolute, cwd, limits))
  )
    throw new GitError(
      `${JSON.stringify(from)} is both a path and a git ref: write ./${from}, or the full name of the ref`,
    );
  if (stat) unmisled(from, cwd);
  if (stat?.isFile() && /\.(ya?ml|json)$/.test(path)) {
    const manifests = splitManifests(readFileSync(path, 'utf8'), path);
    return { label: from, install: manifests, upgrade: manifests };
  }
  if (stat && (/\.(tgz|tar\.gz)$/.test(path) || existsSync(join(path, 'Chart.yaml')))) {
    if (!stat.isFile()) reachOf(path, boundaryOf(path, cwd), from);
    return {
      label: from,
      ...(await manifestsOf({ absolute: path, archive: stat.isFile(), name: chart.name }, from, helm, options, limits)),
    };
  }
  if (chart.archive) throw new GitError(`${from}: no such chart, archive or YAML file`);
  // Loaded where it is asked for: git and the YAML parser are not needed before.
  const { chartAt } = await import('./git.ts');
  const old = await chartAt(from, chart, cwd, limits.env);
  if (!old) return undefined;
  try {
    return {
      label: from,
      notes: [
        ...(old.renamedFrom === undefined
          ? []
          : [`compared with ${old.renamedFrom} of ${from}, a chart of the same name`]),
        ...old.notes,
      ],
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

/** A folder `main` that a change adds must not stand for the branch. */
async function isCommit(from: string, chart: string, cwd: string, { env }: TemplateLimits): Promise<boolean> {
  const { commitAt } = await import('../git/index.ts');
  try {
    (await commitAt(from, chart, cwd, env)).git.close();
    return true;
  } catch (error) {
    if (error instanceof GitError) return error.message.includes('ambiguous');
    throw error;
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
