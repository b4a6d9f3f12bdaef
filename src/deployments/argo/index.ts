import type { Deployments } from '../deployment.ts';
import type { ResourceDocument } from '../document.ts';
import type { GitOpsRepository } from '../repository.ts';

/** The Applications and ApplicationSets among the resources of a repository. */
export function readArgo(_documents: readonly ResourceDocument[], _repository: GitOpsRepository): Deployments {
  return { deployments: [], leftOut: [] };
}
