import type { FileLine } from '../../place/location.ts';
import type { LeftOut } from '../deployment.ts';
import type { ResourceDocument } from '../document.ts';
import { PathError, type GitOpsRepository } from '../repository.ts';
import { Builder, type Build, type GeneratedMap } from './build.ts';
import { FieldError, Fields } from './fields.ts';
import { isFolder, kustomizationIn, KustomizationError, kustomizedFolders } from './kustomization.ts';

/** A HelmRelease as it reaches the cluster. */
export interface AppliedRelease {
  document: ResourceDocument;
  at: FileLine;
  /** What changes it and was not applied. Parts of a sentence. */
  notApplied: readonly string[];
  /** The resources that are applied with it, and those that the same kustomizations generate. */
  beside: readonly ResourceDocument[];
  maps: readonly GeneratedMap[];
  /** The Flux Kustomizations that apply it, as `namespace/name`. */
  appliedBy: readonly string[];
}

/** The HelmReleases of a repository, and which Flux Kustomization waits for which. */
export interface Applied {
  releases: AppliedRelease[];
  leftOut: LeftOut[];
  /** By `namespace/name`: the Flux Kustomizations whose resources are ready before this one is applied. */
  after: ReadonlyMap<string, readonly string[]>;
}

interface Root {
  build: Build;
  file: string;
  by?: string;
  substitutes: boolean;
}

export const isHelmRelease = ({ kind, apiVersion }: ResourceDocument) =>
  kind === 'HelmRelease' && apiVersion.startsWith('helm.toolkit.fluxcd.io/');

/**
 * The HelmReleases as kustomizations leave them: those that a Flux Kustomization applies; those of kustomizations that
 * no other one includes; and those of files in none.
 */
export function appliedReleases(documents: readonly ResourceDocument[], repository: GitOpsRepository): Applied {
  const builder = new Builder(documents, repository);
  const leftOut: LeftOut[] = [];
  const roots: Root[] = [];
  const after = new Map<string, string[]>();
  const attempt = (what: string, at: FileLine, work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof KustomizationError || error instanceof FieldError || error instanceof PathError))
        throw error;
      leftOut.push({ what, at, reason: error.message });
    }
  };
  for (const document of documents) {
    if (document.kind !== 'Kustomization' || !document.apiVersion.startsWith('kustomize.toolkit.fluxcd.io/')) continue;
    const name = `${document.namespace ?? ''}/${document.name}`;
    attempt(`Kustomization ${document.name}`, document.at('spec', 'path'), () => {
      const fields = new Fields(document);
      if (fields.flag('spec', 'suspend') || elsewhere(fields, documents, repository)) return;
      const path = fields.text('spec', 'path') ?? './';
      const folder = repository.resolve(path);
      if (!isFolder(folder)) throw new FieldError(['spec', 'path'], 'its path is not a folder');
      after.set(name, waitedFor(fields, documents));
      roots.push({
        build: builder.build(folder, {
          namespace: fields.text('spec', 'targetNamespace'),
          namePrefix: fields.text('spec', 'namePrefix'),
          nameSuffix: fields.text('spec', 'nameSuffix'),
          patches: document.field('spec', 'patches'),
          components: document.field('spec', 'components'),
        }),
        file: document.file,
        by: name,
        substitutes: fields.mapping('spec', 'postBuild') !== undefined,
      });
    });
  }
  const reached = new Set(roots.flatMap(({ build }) => [...build.folders]));
  const others: (Root & { folder: string })[] = [];
  for (const folder of kustomizedFolders(repository.given)) {
    if (reached.has(folder)) continue;
    const shown = repository.shown(folder);
    attempt(shown, { file: shown, line: 1 }, () => {
      const kustomization = kustomizationIn(folder, repository);
      if (!kustomization || kustomization.value['kind'] === 'Component') return;
      others.push({
        build: builder.build(folder),
        folder,
        file: repository.shown(kustomization.file),
        substitutes: false,
      });
    });
  }
  roots.push(
    ...others.filter(({ folder }) => !others.some((one) => one.folder !== folder && one.build.folders.has(folder))),
  );
  return { releases: releasesOf(documents, roots), leftOut, after };
}

function releasesOf(documents: readonly ResourceDocument[], roots: readonly Root[]): AppliedRelease[] {
  const key = ({ absolute, line }: ResourceDocument) => `${absolute}:${line}`;
  const uses = new Map<string, Set<string>>();
  for (const { build, file, by } of roots)
    for (const { document } of build.resources)
      uses.set(key(document), (uses.get(key(document)) ?? new Set()).add(`${file} ${by}`));
  const releases = new Map<string, AppliedRelease>();
  for (const { build, file, by, substitutes } of roots) {
    const beside = build.resources.map(({ document }) => document);
    for (const { document, changedAt, notApplied } of build.resources) {
      if (!isHelmRelease(document)) continue;
      const shared = (uses.get(key(document))?.size ?? 0) > 1;
      const at = changedAt ?? (shared && build.maps.length > 0 ? { file, line: 1 } : document.at());
      const variables = substitutes && /\$\{\w/.test(JSON.stringify(document.value));
      const same = `${at.file}:${at.line} ${key(document)} ${JSON.stringify(document.value)}`;
      const known = releases.get(same);
      releases.set(same, {
        document,
        at,
        notApplied: [...new Set([...notApplied, ...(variables ? ['variables of postBuild'] : [])])],
        beside,
        maps: build.maps,
        appliedBy: [...(known?.appliedBy ?? []), ...(by === undefined ? [] : [by])],
      });
    }
  }
  const patches = new Set(roots.flatMap(({ build }) => [...build.patches]));
  const rest = documents.filter((one) => isHelmRelease(one) && !uses.has(key(one)) && !patches.has(one.absolute));
  return [
    ...releases.values(),
    ...rest.map((document) => ({ document, at: document.at(), notApplied: [], beside: [], maps: [], appliedBy: [] })),
  ];
}

/** Whether a Flux Kustomization is of another repository, or of something that is none. */
function elsewhere(fields: Fields, documents: readonly ResourceDocument[], repository: GitOpsRepository): boolean {
  if (fields.text('spec', 'sourceRef', 'kind') !== 'GitRepository') return true;
  const name = fields.text('spec', 'sourceRef', 'name');
  const source = documents.find((one) => one.kind === 'GitRepository' && one.name === name);
  const url = source && new Fields(source).text('spec', 'url');
  return url !== undefined && repository.isOwn(url) === false;
}

/** Those of `dependsOn` that are ready only when their resources are (`wait`, `healthChecks`). */
function waitedFor(fields: Fields, documents: readonly ResourceDocument[]): string[] {
  return fields.list('spec', 'dependsOn').flatMap((_, index) => {
    const name = fields.text('spec', 'dependsOn', index, 'name');
    const namespace = fields.text('spec', 'dependsOn', index, 'namespace') ?? fields.document.namespace;
    const other = documents.find(
      (one) => one.kind === 'Kustomization' && one.name === name && one.namespace === namespace,
    );
    return other?.field('spec', 'wait') === true ? [`${namespace ?? ''}/${name}`] : [];
  });
}
