import { typeOf, visitTyped, type Typed } from './schema.ts';
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
export function refusals(object: Obj): Fault[] {
  const kind = String(object['kind']);
  const type = typeOf(String(object['apiVersion']), kind);
  const faults = [...nameFaults(object, type === undefined ? '' : kind)];
  const ask = (checks: readonly Check[], at: Typed) => {
    for (const check of checks) for (const fault of check(at)) faults.push(fault);
  };
  if (type === undefined)
    ask(objectMeta, { type: 'ObjectMeta', value: obj(object['metadata']), path: ['metadata'], parent: undefined });
  else visitTyped(object, type, (at) => Object.hasOwn(table, at.type) && ask(table[at.type]!, at));
  return faults;
}
