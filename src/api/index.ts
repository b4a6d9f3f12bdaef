import { typedObjects, typeOf, type Typed } from './schema.ts';
import { container } from './checks/container.ts';
import { labelSelector, labelSelectorRequirement, nameFaults, objectMeta } from './checks/metadata.ts';
import { others } from './checks/others.ts';
import { pod } from './checks/pod.ts';
import { workloads } from './checks/workloads.ts';
import type { Check, Fault } from './refusal.ts';
import { obj, type Obj } from './read.ts';

export type { Fault } from './refusal.ts';
export { knownUpTo, schemaFaults, typeOf, words, type SchemaFault } from './schema.ts';

/** What is checked of an object, by the name of its type in the API's schema. */
const table: Readonly<Record<string, readonly Check[]>> = {
  ObjectMeta: objectMeta,
  LabelSelector: labelSelector,
  LabelSelectorRequirement: labelSelectorRequirement,
  ...container,
  ...pod,
  ...workloads,
  ...others,
};

/**
 * What the API server refuses of an object when it is created, with its own words. Types and unknown fields are for
 * `schemaFaults`; of kinds whose schema is not known, labels and annotations are checked. (k8s.io/kubernetes 1.34,
 * pkg/apis/…/validation; compared with the real server.)
 */
export function* refusals(object: Obj): Iterable<Fault> {
  const kind = String(object['kind']);
  const type = typeOf(String(object['apiVersion']), kind);
  yield* nameFaults(object, type === undefined ? '' : kind);
  if (type === undefined) {
    const meta: Typed = { type: 'ObjectMeta', value: obj(object['metadata']), path: ['metadata'], parent: undefined };
    for (const check of objectMeta) yield* check(meta);
    return;
  }
  for (const at of typedObjects(object, type)) {
    if (!Object.hasOwn(table, at.type)) continue;
    for (const check of table[at.type]!) yield* check(at);
  }
}
