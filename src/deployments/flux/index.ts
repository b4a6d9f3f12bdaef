import type { Deployment, Deployments, LeftOut } from '../deployment.ts';
import type { ResourceDocument } from '../document.ts';
import type { GitOpsRepository } from '../repository.ts';
import { FieldError } from './fields.ts';
import { appliedReleases, isHelmRelease } from './overlays.ts';
import { readRelease } from './release.ts';
import { Sources } from './source.ts';

const group = 'helm.toolkit.fluxcd.io/';
const versions = ['v2', 'v2beta2', 'v2beta1'];

/** The HelmReleases among the resources of a repository; sources, ConfigMaps and Secrets are among `documents` too. */
export function readFlux(documents: readonly ResourceDocument[], repository: GitOpsRepository): Deployments {
  const old = documents.filter(isOfFluxV1).map(notRead);
  if (!documents.some(isHelmRelease)) return { deployments: [], leftOut: old };
  const { releases, leftOut, after } = appliedReleases(documents, repository);
  const sources = new Sources(documents, repository);
  const deployments: Deployment[] = [];
  const byKustomization = new Map<string, string[]>();
  const appliedBy = new Map<Deployment, readonly string[]>();
  for (const applied of releases) {
    const { document } = applied;
    const leave = (reason: string, at = applied.at) =>
      leftOut.push({ what: `HelmRelease ${nameOf(document)}`, at, reason });
    const version = document.apiVersion.slice(group.length);
    if (!versions.includes(version)) {
      leave(`${group}${version.slice(0, 50)} is not a version that is known (${versions.join(', ')})`);
      continue;
    }
    try {
      const deployment = readRelease(applied, { documents, sources, repository });
      deployments.push(deployment);
      appliedBy.set(deployment, applied.appliedBy);
      for (const by of applied.appliedBy)
        byKustomization.set(by, [...(byKustomization.get(by) ?? []), deployment.name]);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      leave(error.message, document.at(...error.path));
    }
  }
  return {
    deployments: deployments.map((one) => {
      const before = appliedBy.get(one)!.flatMap((by) => after.get(by) ?? []);
      const more = before.flatMap((by) => byKustomization.get(by) ?? []);
      const inherited = [...new Set(more)].filter((name) => name !== one.name && !one.after.includes(name));
      return inherited.length === 0 ? one : { ...one, after: [...one.after, ...inherited], inherited };
    }),
    leftOut: [...leftOut, ...old],
  };
}

/** A HelmRelease of Helm Operator, which Flux v1 had and which ended in 2022. */
const isOfFluxV1 = ({ kind, apiVersion }: ResourceDocument) =>
  kind === 'HelmRelease' && /^(?:helm\.fluxcd\.io|flux\.weave\.works)\//.test(apiVersion);

const notRead = (document: ResourceDocument): LeftOut => ({
  what: `HelmRelease ${nameOf(document)}`,
  at: document.at(),
  reason: `HelmReleases of Flux v1 (${document.apiVersion.slice(0, 50)}) are not read`,
});

const nameOf = ({ name, namespace }: ResourceDocument): LeftOut['what'] =>
  namespace === undefined ? name : `${namespace}/${name}`;
