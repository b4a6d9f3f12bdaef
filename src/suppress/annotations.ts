import type { PlacedReport } from '../check/index.ts';
import type { Suppression } from '../finding.ts';
import type { Place, Resource } from '../parse/index.ts';
import type { Locate } from '../place/index.ts';

const name = 'migrate-lint/ignore';

/** The rules that a resource ignores: annotation `migrate-lint/ignore: "RULE, RULE"`. */
export function ignoredRules(resource: Resource): string[] {
  const value = resource.annotations[name];
  return typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : [];
}

/** Where a resource has the annotation. */
function placeOf(resource: Resource): Place {
  return resource.place('metadata', 'annotations', name);
}

/** The places of all such annotations, so that they can be located with those of findings. */
export function annotationPlaces(resources: readonly Resource[]): Place[] {
  return resources.filter((resource) => ignoredRules(resource).length > 0).map(placeOf);
}

/** The annotations of the rendered resources: which reports they suppress, and which names in them have no effect. */
export class Annotations {
  private readonly resources: readonly Resource[];
  private readonly locate: Locate;
  private readonly used = new Set<string>();

  constructor(resources: readonly Resource[], locate: Locate) {
    this.resources = resources;
    this.locate = locate;
  }

  suppress({ rule, subject }: Pick<PlacedReport, 'rule' | 'subject'>): Suppression | undefined {
    if (!ignoredRules(subject).includes(rule)) return undefined;
    this.used.add(keyOf(rule, subject));
    const { file, line } = this.locate(placeOf(subject));
    return { by: 'annotation', at: { file, line } };
  }

  /** Each rule that an annotation names and that suppresses no report so far, once for a resource. */
  unused(): { rule: string; resource: Resource; at: Place }[] {
    const seen = new Set<string>(this.used);
    return this.resources.flatMap((resource) =>
      ignoredRules(resource).flatMap((rule) => {
        const key = keyOf(rule, resource);
        if (seen.has(key)) return [];
        seen.add(key);
        return [{ rule, resource, at: placeOf(resource) }];
      }),
    );
  }
}

function keyOf(rule: string, { kind, name }: Resource): string {
  return `${rule} ${kind}/${name}`;
}
