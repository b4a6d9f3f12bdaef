import type { Release } from '../model/index.ts';
import type { Resource } from '../parse/index.ts';
import { linksOf, type Cause } from '../simulate/index.ts';

/** Ids of the resources of a release: `Job/default/migrate`, with `#2` for another one of that name. */
export class Ids {
  private readonly ids = new Map<Resource, string>();

  constructor(release: Release) {
    const seen = new Map<string, number>();
    for (const resource of release.resources) {
      const id = `${resource.kind}/${release.namespaceOf(resource)}/${resource.name}`;
      const count = (seen.get(id) ?? 0) + 1;
      seen.set(id, count);
      this.ids.set(resource, count === 1 ? id : `${id}#${count}`);
    }
  }

  /** The id of a resource; `undefined` for one that is not of this release. */
  of(resource: Resource): string | undefined {
    return this.ids.get(resource);
  }

  /** Ids, each once. */
  all(resources: Iterable<Resource>): string[] {
    return [...new Set([...resources].flatMap((resource) => this.of(resource) ?? []))];
  }

  /** The ids of the resources on a chain of causes. */
  along(cause: Cause): string[] {
    return this.all(
      linksOf(cause).flatMap(({ need, lack }) => [
        need.workload.resource,
        ...(lack.type === 'absent'
          ? [lack.resource]
          : lack.type === 'no-port' || lack.type === 'dead'
            ? [lack.service.resource]
            : [...(lack.through ? [lack.through.resource] : []), lack.workload.resource]),
      ]),
    );
  }
}
