import type { Deployments } from '../deployment.ts';
import type { ResourceDocument } from '../document.ts';
import type { GitOpsRepository } from '../repository.ts';

/** The HelmReleases among the resources of a repository; sources, ConfigMaps and Secrets are among `documents` too. */
export function readFlux(_documents: readonly ResourceDocument[], _repository: GitOpsRepository): Deployments {
  return { deployments: [], leftOut: [] };
}
