import { around, field, needs, pointer, when, type Check, type Fault } from '../refusal.ts';
import { scheduleFault } from '../cron.ts';
import {
  amount,
  atMostAll,
  dnsLabel,
  domainPath,
  intOrPercent,
  invalid,
  labelFault,
  nonNegative,
  oneOf,
  qualifiedName,
  required,
} from '../formats.ts';
import { isObject, items, obj, text, type Obj } from '../read.ts';
import { matches } from './metadata.ts';

/** The metadata of the object around a spec. */
const nameOf = (at: Parameters<Check>[0]) => text(obj(at.parent?.value['metadata'])['name']) ?? '';
const labelsOf = (spec: Obj) => obj(obj(obj(spec['template'])['metadata'])['labels']);
const podOf = (spec: Obj) => obj(obj(spec['template'])['spec']);

/** The selector of a workload, which its own pods must match. */
function selector(kind: string): Check {
  return function* ({ value, path }) {
    const given = value['selector'];
    const place = [...path, 'selector'];
    if (!isObject(given)) {
      yield { path: place, text: required() };
      return;
    }
    const size = Object.keys(obj(given['matchLabels'])).length + items(given['matchExpressions']).length;
    if (size === 0) yield { path: place, text: `Invalid value: empty selector is invalid for ${kind}` };
    else if (!matches(given, labelsOf(value)))
      yield {
        path: [...path, 'template', 'metadata', 'labels'],
        text: invalid(labelsOf(value), '`selector` does not match template `labels`'),
      };
  };
}

/** Controllers that keep pods running. */
const lasting: readonly Check[] = [
  function* ({ value, path }) {
    const pod = podOf(value);
    const policy = pod['restartPolicy'];
    if (typeof policy === 'string' && policy !== '' && policy !== 'Always')
      yield {
        path: [...path, 'template', 'spec', 'restartPolicy'],
        text: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Always"`,
      };
    if (pod['activeDeadlineSeconds'] != null)
      yield {
        path: [...path, 'template', 'spec', 'activeDeadlineSeconds'],
        text: 'Forbidden: activeDeadlineSeconds is not supported here',
      };
  },
];

const counts = (...keys: readonly string[]) => keys.map((key) => field(key, nonNegative));
const shares = (...keys: readonly string[]) => keys.map((key) => pointer(key, intOrPercent));

export const workloads: Readonly<Record<string, readonly Check[]>> = {
  DeploymentSpec: [
    ...counts('replicas', 'minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'),
    selector('deployment'),
    ...lasting,
    when(
      ({ progressDeadlineSeconds, minReadySeconds }) => {
        const deadline = progressDeadlineSeconds ?? 600;
        return typeof deadline === 'number' && deadline <= amount(minReadySeconds ?? 0);
      },
      'progressDeadlineSeconds',
      ({ progressDeadlineSeconds }) => invalid(progressDeadlineSeconds ?? 600, 'must be greater than minReadySeconds'),
    ),
  ],
  DeploymentStrategy: [
    field('type', oneOf('Recreate', 'RollingUpdate')),
    when(
      ({ type, rollingUpdate }) => type === 'Recreate' && rollingUpdate != null,
      'rollingUpdate',
      () => "Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ),
  ],
  RollingUpdateDeployment: [
    ...shares('maxUnavailable', 'maxSurge'),
    field('maxUnavailable', atMostAll),
    when(
      ({ maxUnavailable, maxSurge }) => amount(maxUnavailable ?? 25) === 0 && amount(maxSurge ?? 25) === 0,
      'maxUnavailable',
      ({ maxUnavailable }) => invalid(maxUnavailable, 'may not be 0 when `maxSurge` is 0'),
    ),
  ],
  StatefulSetSpec: [
    ...counts('replicas', 'minReadySeconds'),
    selector('statefulset'),
    ...lasting,
    field('serviceName', dnsLabel),
    field('podManagementPolicy', (value) =>
      typeof value === 'string' && !/^(?:OrderedReady|Parallel)$/.test(value)
        ? invalid(value, "must be 'OrderedReady' or 'Parallel'")
        : undefined,
    ),
  ],
  StatefulSetOrdinals: counts('start'),
  StatefulSetUpdateStrategy: [
    field('type', (value) =>
      typeof value === 'string' && !/^(?:RollingUpdate|OnDelete)$/.test(value)
        ? invalid(value, "must be 'RollingUpdate' or 'OnDelete'")
        : undefined,
    ),
    when(
      ({ type, rollingUpdate }) => type === 'OnDelete' && rollingUpdate != null,
      'rollingUpdate',
      () => "Invalid value: only allowed for updateStrategy 'RollingUpdate'",
    ),
  ],
  RollingUpdateStatefulSetStrategy: counts('partition'),
  StatefulSetPersistentVolumeClaimRetentionPolicy: ['whenDeleted', 'whenScaled'].map((key) =>
    field(key, oneOf('Retain', 'Delete')),
  ),
  DaemonSetSpec: [...counts('minReadySeconds', 'revisionHistoryLimit'), selector('daemonset'), ...lasting],
  DaemonSetUpdateStrategy: [field('type', oneOf('OnDelete', 'RollingUpdate'))],
  RollingUpdateDaemonSet: [
    ...shares('maxUnavailable', 'maxSurge'),
    field('maxUnavailable', atMostAll),
    field('maxSurge', atMostAll),
    function* ({ value, path }) {
      const unavailable = amount(value['maxUnavailable'] ?? 1) !== 0;
      const surge = amount(value['maxSurge'] ?? 0) !== 0;
      if (unavailable && surge)
        yield {
          path: [...path, 'maxSurge'],
          text: invalid(value['maxSurge'], 'may not be set when maxUnavailable is non-zero'),
        };
      if (!unavailable && !surge)
        yield { path: [...path, 'maxUnavailable'], text: required('cannot be 0 when maxSurge is 0') };
    },
  ],
  ReplicaSetSpec: [...counts('replicas', 'minReadySeconds'), selector('deployment'), ...lasting],
  CronJobSpec: [
    needs('schedule', (value) => {
      const fault = typeof value === 'string' ? scheduleFault(value) : undefined;
      return fault && invalid(value, fault);
    }),
    ...counts('startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'),
    field('concurrencyPolicy', oneOf('Allow', 'Forbid', 'Replace')),
    pointer('timeZone', (value) =>
      typeof value === 'string' && !knownZone(value) ? invalid(value, `unknown time zone ${value}`) : undefined,
    ),
  ],
  JobSpec: [
    ...counts(
      'parallelism',
      'completions',
      'activeDeadlineSeconds',
      'backoffLimit',
      'ttlSecondsAfterFinished',
      'backoffLimitPerIndex',
      'maxFailedIndexes',
    ),
    pointer('completionMode', oneOf('Indexed', 'NonIndexed')),
    pointer('managedBy', domainPath),
    jobPods,
    jobIndexes,
    jobSelector,
    function* ({ value, path }) {
      const policy = value['podReplacementPolicy'];
      if (typeof policy !== 'string') return;
      const fault = (isObject(value['podFailurePolicy']) ? oneOf('Failed') : oneOf('Failed', 'TerminatingOrFailed'))(
        policy,
      );
      if (fault) yield { path: [...path, 'podReplacementPolicy'], text: fault };
    },
  ],
  PodFailurePolicyRule: [
    needs('action', oneOf('Count', 'FailIndex', 'FailJob', 'Ignore')),
    function* (at) {
      const { value, path } = at;
      const codes = isObject(value['onExitCodes']);
      const conditions = items(value['onPodConditions']).length > 0;
      if (value['action'] === 'FailIndex' && around(at, 'JobSpec')?.value['backoffLimitPerIndex'] == null)
        yield { path: [...path, 'action'], text: invalid('FailIndex', 'requires the backoffLimitPerIndex to be set') };
      if (codes === conditions)
        yield {
          path,
          text: codes
            ? 'Invalid value: specifying both OnExitCodes and OnPodConditions is not supported'
            : 'Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
        };
    },
  ],
  PodFailurePolicyOnPodConditionsPattern: [
    needs('type', qualifiedName),
    field('status', oneOf('False', 'True', 'Unknown')),
  ],
  PodFailurePolicyOnExitCodesRequirement: [
    needs('operator', oneOf('In', 'NotIn')),
    function* (at) {
      const values = items(at.value['values']);
      const place = [...at.path, 'values'];
      if (values.length === 0) yield { path: place, text: 'Invalid value: at least one value is required' };
      if (at.value['operator'] === 'In' && values.includes(0))
        yield { path: place, text: invalid(0, 'must not be 0 for the In operator') };
      if (new Set(values).size < values.length) yield { path: place, text: 'Duplicate value' };
      if (values.some((value, index) => index > 0 && Number(values[index - 1]) > Number(value)))
        yield { path: place, text: 'Invalid value: must be ordered' };
      const pod = podOf(around(at, 'JobSpec')?.value ?? {});
      const name = at.value['containerName'];
      if (
        typeof name === 'string' &&
        ![...items(pod['containers']), ...items(pod['initContainers'])].some((one) => obj(one)['name'] === name)
      )
        yield {
          path: [...at.path, 'containerName'],
          text: invalid(name, 'must be one of the container or initContainer names in the pod template'),
        };
    },
  ],
  SuccessPolicy: [
    needs('rules', undefined, 'at least one rules must be specified when the successPolicy is specified'),
  ],
};

/** How the pods of a Job end. */
function* jobPods({ value, path }: Parameters<Check>[0]): Iterable<Fault> {
  if (!isObject(obj(value['template'])['spec'])) return;
  const policy = podOf(value)['restartPolicy'];
  const place = [...path, 'template', 'spec', 'restartPolicy'];
  if (policy === undefined || policy === null || policy === '' || policy === 'Always')
    yield { path: place, text: required('valid values: "OnFailure", "Never"') };
  else if (policy === 'OnFailure' && isObject(value['podFailurePolicy']))
    yield { path: place, text: invalid(policy, 'only "Never" is supported when podFailurePolicy is specified') };
}

/** What only Jobs with an index for each pod can have, and what those need. */
function* jobIndexes(at: Parameters<Check>[0]): Iterable<Fault> {
  const { value, path } = at;
  const { completions, parallelism, maxFailedIndexes, backoffLimitPerIndex } = value;
  const fail = (key: string, detail: string): Fault => ({ path: [...path, key], text: detail });
  if (maxFailedIndexes != null && backoffLimitPerIndex == null)
    yield fail('backoffLimitPerIndex', required('when maxFailedIndexes is specified'));
  if (value['completionMode'] === 'Indexed') {
    if (completions == null && parallelism != null)
      yield fail('completions', required('when completion mode is Indexed'));
    if (typeof parallelism === 'number' && parallelism > 100_000)
      yield fail(
        'parallelism',
        invalid(parallelism, 'must be less than or equal to 100000 when completion mode is Indexed'),
      );
    if (typeof maxFailedIndexes === 'number' && maxFailedIndexes > amount(completions ?? (parallelism == null ? 1 : 0)))
      yield fail('maxFailedIndexes', invalid(maxFailedIndexes, 'must be less than or equal to completions'));
    const most = completions ?? (parallelism == null ? 1 : undefined);
    const template = around(at, 'JobTemplateSpec') !== undefined;
    if (typeof most === 'number' && most > 0 && !template) {
      const host = `${nameOf(at)}-${most - 1}`;
      if (labelFault(host))
        yield {
          path: ['metadata', 'name'],
          text: invalid(nameOf(at), `will not able to create pod with invalid DNS label: ${host}`),
        };
    }
    return;
  }
  for (const key of ['backoffLimitPerIndex', 'maxFailedIndexes', 'successPolicy'])
    if (value[key] != null) yield fail(key, 'Invalid value: requires indexed completion mode');
}

/** Kubernetes makes the selector of a Job, and the labels that go with it. */
function* jobSelector(at: Parameters<Check>[0]): Iterable<Fault> {
  const { value, path } = at;
  const given = value['selector'];
  const place = [...path, 'selector'];
  if (around(at, 'JobTemplateSpec')) {
    if (given != null) yield { path: place, text: 'Invalid value: `selector` will be auto-generated' };
    if (value['manualSelector'] === true)
      yield { path: [...path, 'manualSelector'], text: 'Unsupported value: true: supported values: "nil", "false"' };
    return;
  }
  const labels = labelsOf(value);
  if (value['manualSelector'] === true) {
    if (!isObject(given)) yield { path: place, text: required() };
    else if (!matches(given, labels))
      yield {
        path: [...path, 'template', 'metadata', 'labels'],
        text: invalid(labels, '`selector` does not match template `labels`'),
      };
    return;
  }
  const name = nameOf(at);
  for (const key of ['job-name', 'batch.kubernetes.io/job-name'])
    if (labels[key] !== undefined && labels[key] !== name)
      yield { path: [...path, 'template', 'metadata', 'labels', key], text: `Invalid value: must be '${name}'` };
  for (const key of ['controller-uid', 'batch.kubernetes.io/controller-uid'])
    if (labels[key] !== undefined)
      yield { path: [...path, 'template', 'metadata', 'labels', key], text: "Invalid value: must be the Job's uid" };
  const generated = { 'job-name': name, 'batch.kubernetes.io/job-name': name };
  if (isObject(given) && !matches(given, generated))
    yield { path: place, text: 'Invalid value: `selector` not auto-generated' };
}

/** Whether this program knows a time zone; it has the same database as the API server. */
function knownZone(zone: string): boolean {
  if (/^local$/i.test(zone) || !/^[A-Za-z0-9._+-]{1,14}(?:\/[A-Za-z0-9._+-]{1,14})*$/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
