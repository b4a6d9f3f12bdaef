import { byteLength } from '../../bytes.ts';
import { entries, needs, field, type Check, type Fault } from '../refusal.ts';
import {
  dnsLabel,
  dnsSubdomain,
  invalid,
  labelValue,
  pathSegment,
  qualifiedName,
  required,
  serviceName,
  shorter,
  type Format,
} from '../formats.ts';
import { items, obj, text, type Obj } from '../read.ts';

/** What `metadata.name` may be, by kind (each kind's own strategy in Kubernetes). */
export const nameFormats: Readonly<Record<string, Format>> = {
  ConfigMap: dnsSubdomain,
  // The Job's name and a time of eleven characters make the names of its Jobs, and those are labels.
  CronJob: shorter(dnsSubdomain, 52),
  DaemonSet: dnsSubdomain,
  Deployment: dnsSubdomain,
  HorizontalPodAutoscaler: dnsSubdomain,
  Ingress: dnsSubdomain,
  IngressClass: dnsSubdomain,
  // Its name is a label of its pods.
  Job: shorter(dnsSubdomain, 63),
  LimitRange: dnsSubdomain,
  Namespace: dnsLabel,
  NetworkPolicy: dnsSubdomain,
  PersistentVolume: dnsSubdomain,
  PersistentVolumeClaim: dnsSubdomain,
  Pod: dnsSubdomain,
  PodDisruptionBudget: dnsSubdomain,
  PriorityClass: dnsSubdomain,
  ReplicaSet: dnsSubdomain,
  ReplicationController: dnsSubdomain,
  ResourceQuota: dnsSubdomain,
  RuntimeClass: dnsSubdomain,
  Secret: dnsSubdomain,
  Service: serviceName,
  ServiceAccount: dnsSubdomain,
  StatefulSet: dnsLabel,
  StorageClass: dnsSubdomain,
  ClusterRole: pathSegment,
  ClusterRoleBinding: pathSegment,
  Role: pathSegment,
  RoleBinding: pathSegment,
};

const annotationKey: Format = (value) => qualifiedName(typeof value === 'string' ? value.toLowerCase() : value);
const maxAnnotations = 256 * 1024;

const ofObjects: readonly Check[] = [
  entries('labels', { key: qualifiedName, value: labelValue }),
  entries('annotations', { key: annotationKey }),
  field('namespace', dnsLabel),
  function* ({ value, path }) {
    const size = Object.entries(obj(value['annotations'])).reduce(
      (sum, [key, item]) => sum + byteLength(key) + byteLength(text(item) ?? ''),
      0,
    );
    if (size > maxAnnotations)
      yield { path: [...path, 'annotations'], text: `Too long: may not be more than ${maxAnnotations} bytes` };
  },
];

/**
 * Labels and annotations, of objects and of the pods that they make. The API does not look at those of a CronJob's
 * `jobTemplate` (`ValidateJobTemplateSpec`) and of a StatefulSet's `volumeClaimTemplates`; seen with 1.34.4.
 */
export const objectMeta: readonly Check[] = ofObjects.map(
  (check) =>
    function* (at) {
      const { parent } = at;
      const isClaim = parent?.type === 'PersistentVolumeClaim' && parent.parent?.type === 'StatefulSetSpec';
      if (parent?.type !== 'JobTemplateSpec' && !isClaim) yield* check(at);
    },
);

/** The name of an object; Helm has no use for `generateName`. */
export function* nameFaults(object: Obj, kind: string): Iterable<Fault> {
  const metadata = obj(object['metadata']);
  const name = metadata['name'];
  const path = ['metadata', 'name'];
  if (name === undefined || name === null || name === '') {
    yield {
      path: metadata['generateName'] === undefined ? ['metadata'] : ['metadata', 'generateName'],
      text: 'resource name may not be empty',
    };
    return;
  }
  const format = Object.hasOwn(nameFormats, kind) ? nameFormats[kind]! : undefined;
  const fault = format?.(name);
  if (fault) yield { path, text: fault };
  const start = text(metadata['generateName'])?.replace(/-$/, 'a');
  const unfit = start ? format?.(start) : undefined;
  if (unfit) yield { path: ['metadata', 'generateName'], text: unfit };
}

/** A selector of labels, `matchLabels` and `matchExpressions`. */
export const labelSelector: readonly Check[] = [entries('matchLabels', { key: qualifiedName, value: labelValue })];

/** A requirement of a selector; what compares numbers is of nodes. */
export const labelSelectorRequirement: readonly Check[] = [
  needs('key', qualifiedName),
  function* ({ value, path }) {
    const operator = text(value['operator']) ?? '';
    const values = items(value['values']);
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        yield { path: [...path, 'values'], text: required("must be specified when `operator` is 'In' or 'NotIn'") };
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0)
        yield {
          path: [...path, 'values'],
          text: "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        };
    } else {
      yield { path: [...path, 'operator'], text: invalid(operator, 'not a valid selector operator') };
    }
    for (const [index, one] of values.entries()) {
      const fault = labelValue(one);
      if (fault) yield { path: [...path, 'values', index], text: fault };
    }
  },
];

/**
 * Whether a selector holds for labels; `undefined` labels of which only the cluster knows the value are given as null.
 */
export function matches(selector: Obj, labels: Obj): boolean {
  return (
    Object.entries(obj(selector['matchLabels'])).every(([key, value]) => labels[key] === value) &&
    items(selector['matchExpressions']).every((item) => {
      const { key, operator, values } = obj(item);
      const found = labels[String(key)];
      switch (operator) {
        case 'In':
          return found !== undefined && items(values).includes(found);
        case 'NotIn':
          return found === undefined || !items(values).includes(found);
        case 'Exists':
          return found !== undefined;
        case 'DoesNotExist':
          return found === undefined;
        default:
          return true;
      }
    })
  );
}
