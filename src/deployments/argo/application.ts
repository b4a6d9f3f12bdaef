import { basename, dirname } from 'node:path';
import { withoutCredentials } from '../address.ts';
import type { Deployment, Deployments, LeftOut } from '../deployment.ts';
import type { FieldPath } from '../document.ts';
import { makesApplications } from '../documents.ts';
import { LeftOutError } from '../left-out-error.ts';
import { PathError, quoted, type GitOpsRepository } from '../repository.ts';
import type { ApplicationFields } from './fields.ts';
import { valuesOf, type ValuesContext } from './values.ts';

/** What an Application comes to. */
export interface ReadApplication extends Deployments {
  /** Folders of this repository with plain manifests that it applies: Applications in them are its own (app of apps). */
  folders: { path: string; recurse: boolean }[];
}

/** More sources than anybody writes. */
const mostSources = 100;

/**
 * An Application as deployments, one for each source that is a chart. Argo CD: `ApplicationSource` in
 * `pkg/apis/application/v1alpha1/types.go`; a folder is a chart where its source has `helm`, or where it holds a
 * `Chart.yaml` and the source names no other tool (`ExplicitType`, `util/app/discovery`).
 */
export function readApplication(fields: ApplicationFields, repository: GitOpsRepository): ReadApplication {
  const out: ReadApplication = { deployments: [], leftOut: [], folders: [] };
  const name = nameOf(fields);
  const what = `Application ${name}`;
  const add = (error: unknown, at = fields.at()) => {
    if (!(error instanceof LeftOutError)) throw error;
    out.leftOut.push({ what, at: error.at ?? at, reason: error.message });
  };
  try {
    const paths = sourcesOf(fields);
    const refs = refsOf(fields, paths, repository);
    for (const path of paths) {
      try {
        readSource(path, { fields, name, refs, repository, several: paths.length > 1 }, out);
      } catch (error) {
        add(error, fields.at(...path));
      }
    }
    nameApart(out.deployments);
  } catch (error) {
    add(error);
  }
  return out;
}

function nameOf(fields: ApplicationFields): string {
  const name = fields.raw('metadata', 'name');
  return typeof name === 'string' && name !== '' ? name.slice(0, 253) : '(without a name)';
}

/** Where the sources are: `spec.sources` stands for `spec.source` where it has any (`GetSources`). */
function sourcesOf(fields: ApplicationFields): FieldPath[] {
  const several = fields.list('spec', 'sources');
  if (several.length > mostSources) throw new LeftOutError(`it has more than ${mostSources} sources`);
  if (several.length > 0) return several.map((_, index) => ['spec', 'sources', index]);
  if (fields.mapping('spec', 'source')) return [['spec', 'source']];
  throw new LeftOutError(
    fields.mapping('spec', 'sourceHydrator') ? 'its source is hydrated (sourceHydrator)' : 'it has no source',
  );
}

function refsOf(
  fields: ApplicationFields,
  paths: readonly FieldPath[],
  repository: GitOpsRepository,
): ValuesContext['refs'] {
  return new Map(
    paths.flatMap((path) => {
      const ref = fields.text(...path, 'ref');
      const url = fields.text(...path, 'repoURL') ?? '';
      return ref === undefined
        ? []
        : [[`$${ref}`, { own: repository.isOwn(url) !== false, url: withoutCredentials(url) }] as const];
    }),
  );
}

interface SourceContext {
  fields: ApplicationFields;
  name: string;
  refs: ValuesContext['refs'];
  repository: GitOpsRepository;
  several: boolean;
}

function readSource(path: FieldPath, context: SourceContext, out: ReadApplication): void {
  const { fields, name, refs, repository } = context;
  const url = fields.text(...path, 'repoURL') ?? '';
  const written = fields.text(...path, 'chart');
  const folderName = fields.text(...path, 'path');
  // A chart that is an artifact of its own: `repoURL: oci://…/shop`, `path: .` (Argo CD 3.1).
  const artifact = written === undefined && /^oci:\/\//i.test(url);
  const chartName = artifact ? basename(withoutCredentials(url)) : written;
  const revision = fields.text(...path, 'targetRevision');
  if (chartName === undefined && folderName === undefined) {
    if (fields.text(...path, 'ref') !== undefined) return;
    throw new LeftOutError('its source has neither a path nor a chart');
  }
  if (/\{\{/.test(`${url} ${chartName} ${folderName}`)) throw new LeftOutError('its source is a template');
  const tools = ['kustomize', 'directory', 'plugin'].filter((tool) => fields.raw(...path, tool) !== undefined);
  const local =
    chartName === undefined ? folderOf(folderName!, url, repository, () => fields.at(...path, 'path')) : undefined;
  if (local !== undefined && (tools.length > 0 || !repository.isChart(local))) {
    if (tools.length > 0 && tools[0] !== 'directory') throw new LeftOutError(`its source is for ${tools[0]}`);
    out.folders.push({ path: local, recurse: fields.flag(...path, 'directory', 'recurse') });
    return;
  }
  if (local !== undefined) noteRendered(local, fields, name, out.leftOut);
  const namespace = fields.text(...path, 'helm', 'namespace') ?? fields.text('spec', 'destination', 'namespace');
  const env = {
    ARGOCD_APP_NAME: name,
    ARGOCD_APP_NAMESPACE: fields.text('spec', 'destination', 'namespace') ?? '',
    ARGOCD_APP_PROJECT_NAME: fields.text('spec', 'project') ?? 'default',
    ARGOCD_APP_SOURCE_PATH: folderName ?? '',
    ARGOCD_APP_SOURCE_REPO_URL: url,
    ARGOCD_APP_SOURCE_TARGET_REVISION: revision ?? '',
  };
  const deployment: Deployment = {
    by: 'argocd',
    name,
    at: fields.at(),
    places: {
      chart: fields.at(...path, chartName === undefined ? 'path' : 'chart'),
      values: fields.at(...path, 'helm'),
    },
    chart:
      local === undefined
        ? {
            kind: 'elsewhere',
            // `IsHelmOci` and `EnableOCI`: the address of a registry has no scheme, or `oci://`.
            source: chartName === undefined ? 'git' : /^https?:\/\//i.test(url) ? 'repository' : 'registry',
            url: artifact ? dirname(withoutCredentials(url)) : withoutCredentials(url),
            name: chartName ?? folderName!,
            ...(revision !== undefined && { version: revision }),
          }
        : { kind: 'local', folder: local },
    releaseName: fields.text(...path, 'helm', 'releaseName') ?? name,
    ...(namespace !== undefined && { namespace }),
    values: valuesOf(fields, path, { repository, folder: local, env, refs }),
    ...kubeVersionOf(fields.text(...path, 'helm', 'kubeVersion')),
    apiVersions: fields.texts(...path, 'helm', 'apiVersions'),
    skipCrds: fields.flag(...path, 'helm', 'skipCrds'),
    skipSchemaValidation: fields.flag(...path, 'helm', 'skipSchemaValidation'),
    engine: 'argocd',
    wait: false,
    disabledHooks: [],
    after: [],
    notApplied:
      local !== undefined && isPinned(revision)
        ? [`targetRevision ${revision!.slice(0, 60)}: the working tree is judged`]
        : [],
  };
  out.deployments.push(deployment);
}

/** The folder of a source, where it is in this repository; `undefined` where it is in another one. */
function folderOf(
  path: string,
  url: string,
  repository: GitOpsRepository,
  at: () => ReturnType<ApplicationFields['at']>,
): string | undefined {
  const own = repository.isOwn(url);
  if (own === false) return undefined;
  // Argo CD takes no path that begins with a slash (`util/app/path`, `Path`).
  if (path.startsWith('/')) throw new LeftOutError(`its path ${quoted(path)} is absolute, which Argo CD refuses`, at());
  try {
    return repository.resolve(path);
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    if (own === undefined && error.message.endsWith('does not exist in this repository')) return undefined;
    throw new LeftOutError(`its path ${error.message}`, at());
  }
}

/** A tag or a commit: what is deployed is not what is checked out. */
function isPinned(revision: string | undefined): boolean {
  return revision !== undefined && /^(?:[0-9a-f]{7,40}|v?\d+(?:\.\d+)+\S*|refs\/tags\/.*)$/.test(revision);
}

/** As `parseKubeVersion`: `v1.30.1+k3s1` is `1.30.1`. */
function kubeVersionOf(version: string | undefined): { kubeVersion?: string } {
  const [, number] = /^v?(\d+\.\d+(?:\.\d+)?)/.exec(version ?? '') ?? [];
  return number === undefined ? {} : { kubeVersion: number };
}

/** Why Applications of a chart's templates are left out, where nobody renders it. */
export const notRendered = 'the templates of its chart make Applications, which are not read';

/** A chart whose templates make Applications is judged itself; what they deploy is read where it is rendered. */
function noteRendered(chart: string, fields: ApplicationFields, name: string, leftOut: LeftOut[]): void {
  if (makesApplications(chart)) leftOut.push({ what: `Applications of ${name}`, at: fields.at(), reason: notRendered });
}

/** The charts of an Application with several have the chart's name behind its own. */
function nameApart(deployments: Deployment[]): void {
  if (deployments.length < 2) return;
  deployments.forEach((one, index) => {
    const { chart } = one;
    const part = chart.kind === 'local' ? chart.folder.split(/[\\/]/).at(-1)! : chart.name;
    const shared = deployments.some(
      ({ chart: other }, at) =>
        at < index && (other.kind === 'local' ? other.folder.split(/[\\/]/).at(-1)! : other.name) === part,
    );
    one.name = `${one.name}/${part}${shared ? `-${index + 1}` : ''}`;
  });
}
