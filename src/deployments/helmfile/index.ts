import type { Deployments } from '../deployment.ts';
import type { YamlFile } from '../documents.ts';
import type { GitOpsRepository } from '../repository.ts';

/** The releases of the helmfiles of a repository. */
export function readHelmfile(_files: readonly YamlFile[], _repository: GitOpsRepository): Deployments {
  return { deployments: [], leftOut: [] };
}
