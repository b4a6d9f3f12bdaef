import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { refusals, schemaFaults, words } from '../../src/api/index.ts';
import { qualified } from './kinds.ts';
import type { Loose, Obj, Resource } from './kinds.ts';

/** A refusal in the words and with the status of a real API server. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/** 404 for an object. */
export function notFound(of: Resource, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualified(of, name)} not found`);
}

/** 422: understood, but not allowed. */
export function invalid(of: Resource, name: string, cause: string): ApiError {
  const kind = of.group === '' ? of.kind : `${of.kind}.${of.group}`;
  return new ApiError(422, 'Invalid', `${kind} "${name}" is invalid: ${cause}`);
}

const typeName = (value: Loose) =>
  Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value;

/** Refuses values of a wrong type where charts get them wrong: maps of strings, commands, env. */
export function checkTypes(of: Resource, object: Obj, apply: boolean): void {
  const fail = (path: string, field: string, value: Loose): never => {
    if (apply) {
      const shown =
        typeof value === 'object' ? JSON.stringify(value) : `&value.valueUnstructured{Value:${String(value)}}`;
      const where = `${object.metadata.namespace ?? ''}/${object.metadata.name}; ${object.apiVersion}, Kind=${object.kind}`;
      throw new ApiError(
        500,
        'InternalError',
        `failed to create typed patch object (${where}): ${path}: expected string, got ${shown}`,
      );
    }
    const version = object.apiVersion.split('/').pop();
    const cause = `json: cannot unmarshal ${typeName(value)} into Go struct field ${field} of type string`;
    throw new ApiError(
      400,
      'BadRequest',
      `${of.kind} in version "${version}" cannot be handled as a ${of.kind}: ${cause}`,
    );
  };
  const strings = (map: Loose, path: string, field: string) => {
    for (const [key, value] of Object.entries(map ?? {}))
      if (typeof value !== 'string' && value !== null) fail(`${path}.${key}`, field, value);
  };
  for (const map of ['annotations', 'labels']) {
    strings(object.metadata?.[map], `.metadata.${map}`, `ObjectMeta.metadata.${map}`);
    if (!of.custom)
      strings(
        object.spec?.template?.metadata?.[map],
        `.spec.template.metadata.${map}`,
        `ObjectMeta.spec.template.metadata.${map}`,
      );
  }
  if (of.id === 'configmaps') strings(object.data, '.data', 'ConfigMap.data');
  if (of.id === 'secrets') strings(object.stringData, '.stringData', 'Secret.stringData');
  const { spec, path } = podSpecOf(of, object);
  for (const list of ['initContainers', 'containers']) {
    for (const container of spec?.[list] ?? []) {
      const at = `${path}.${list}[name="${container.name}"]`;
      const field = `Container${path}.${list}`;
      for (const name of ['name', 'image'])
        if (container[name] != null && typeof container[name] !== 'string')
          fail(`${at}.${name}`, `${field}.${name}`, container[name]);
      for (const name of ['command', 'args'])
        for (const word of container[name] ?? [])
          if (typeof word !== 'string') fail(`${at}.${name}`, `${field}.${name}`, word);
      for (const entry of container.env ?? [])
        strings(
          { name: entry.name, value: entry.value ?? null },
          `${at}.env[name="${entry.name}"]`,
          `EnvVar${path}.${list}.env.value`,
        );
    }
  }
}

/** The pod spec inside an object, and where it stands. */
export function podSpecOf(of: Resource, object: Obj): { spec?: Loose; path: string } {
  if (of.custom) return { path: '' };
  if (of.id === 'pods') return { spec: object.spec, path: '.spec' };
  if (of.id === 'cronjobs.batch')
    return { spec: object.spec?.jobTemplate?.spec?.template?.spec, path: '.spec.jobTemplate.spec.template.spec' };
  return { spec: object.spec?.template?.spec, path: '.spec.template.spec' };
}

/** What Kubernetes refuses in a new or changed object. */
export function validate(of: Resource, object: Obj, before?: Obj): void {
  const refuse = (cause: string): never => {
    throw invalid(of, object.metadata.name, cause);
  };
  const loose = of.group === 'rbac.authorization.k8s.io' || of.custom;
  if (!loose && !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(object.metadata.name)) {
    refuse(
      `metadata.name: Invalid value: "${object.metadata.name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    );
  }
  const { spec, path } = podSpecOf(of, object);
  // Claims of a StatefulSet become volumes of its pods.
  const claims = (object.spec?.volumeClaimTemplates ?? []).map((claim: Loose) => ({ name: claim.metadata?.name }));
  if (spec)
    checkPodSpec(
      { ...spec, volumes: [...(spec.volumes ?? []), ...claims] },
      path.slice(1),
      of.group === 'batch',
      refuse,
    );
  const labels = object.spec?.template?.metadata?.labels ?? {};
  const selector = object.spec?.selector?.matchLabels;
  if (of.group === 'apps' && spec) {
    if (selector === undefined) refuse('spec.selector: Required value');
    if (!Object.entries(selector).every(([key, value]) => labels[key] === value)) {
      refuse(
        `spec.template.metadata.labels: Invalid value: ${JSON.stringify(labels)}: \`selector\` does not match template \`labels\``,
      );
    }
  }
  if (of.id === 'jobs.batch') checkJob(object, refuse);
  if (of.id === 'deployments.apps' && object.spec.strategy?.type === 'Recreate' && object.spec.strategy.rollingUpdate)
    refuse("spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'");
  if (before) checkImmutable(of, before, object, refuse);
}

/** What the real API server refuses in a new object (compared with it by `npm run validation`). */
export function refuse(of: Resource, object: Obj): void {
  const wrong = schemaFaults(object).find(({ kind }) => kind === 'type');
  if (wrong)
    throw new ApiError(400, 'BadRequest', `${of.kind} cannot be handled as a ${of.kind}: json: ${wrong.message}`);
  for (const { path, text, applied } of refusals(object))
    if (!applied) throw invalid(of, object.metadata.name, `${words(path)}: ${text}`);
}

/** What server-side apply refuses of a manifest before the API sees it. */
export function checkApplied(object: Obj): void {
  const fault =
    schemaFaults(object).find(({ kind }) => kind !== 'type') ?? [...refusals(object)].find(({ applied }) => applied);
  if (!fault) return;
  const where = `${object.metadata.namespace ?? ''}/${object.metadata.name}; ${object.apiVersion}, Kind=${object.kind}`;
  const cause = 'text' in fault ? fault.text : 'field not declared in schema';
  throw new ApiError(500, '', `failed to create typed patch object (${where}): .${words(fault.path)}: ${cause}`);
}

/** The API server has filled in defaults before: one completion where neither completions nor parallelism is set. */
function checkJob({ metadata, spec }: Obj, refuse: (cause: string) => never): void {
  if (spec?.completionMode === 'Indexed' && spec.completions == null && spec.parallelism != null)
    refuse('spec.completions: Required value: when completion mode is Indexed');
  // The name becomes a label of the pods.
  if (metadata.name.length > 63)
    refuse(`spec.template.labels: Invalid value: "${metadata.name}": must be no more than 63 characters`);
}

function checkPodSpec(spec: Loose, path: string, batch: boolean, refuse: (cause: string) => never): void {
  if (batch && !['Never', 'OnFailure'].includes(spec.restartPolicy)) {
    refuse(
      spec.restartPolicy === undefined
        ? `${path}.restartPolicy: Required value: valid values: "OnFailure", "Never"`
        : `${path}.restartPolicy: Unsupported value: "${spec.restartPolicy}": supported values: "OnFailure", "Never"`,
    );
  }
  if (!spec.containers?.length) refuse(`${path}.containers: Required value`);
  const names = new Set<string>();
  for (const list of ['initContainers', 'containers']) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      const at = `${path}.${list}[${index}]`;
      if (!container.name) refuse(`${at}.name: Required value`);
      if (!container.image) refuse(`${at}.image: Required value`);
      if (names.has(container.name)) refuse(`${at}.name: Duplicate value: "${container.name}"`);
      names.add(container.name);
      for (const [mounted, mount] of (container.volumeMounts ?? []).entries()) {
        if (!spec.volumes?.some((volume: Loose) => volume.name === mount.name))
          refuse(`${at}.volumeMounts[${mounted}].name: Not found: "${mount.name}"`);
      }
    }
  }
}

const immutable: Record<string, string[]> = {
  'jobs.batch': ['completionMode', 'selector', 'template'],
  'deployments.apps': ['selector'],
  'replicasets.apps': ['selector'],
  'daemonsets.apps': ['selector'],
};

function checkImmutable(of: Resource, before: Obj, after: Obj, refuse: (cause: string) => never): void {
  for (const field of immutable[of.id] ?? []) {
    if (!isDeepStrictEqual(before.spec?.[field], after.spec?.[field])) {
      refuse(`spec.${field}: Invalid value: ${JSON.stringify(after.spec?.[field])}: field is immutable`);
    }
  }
  if (of.id === 'jobs.batch' && before.spec?.completions !== after.spec?.completions)
    checkCompletions(after.spec, refuse);
  if (of.id === 'statefulsets.apps') {
    const fixed = ({
      replicas: _r,
      ordinals: _o,
      template: _t,
      updateStrategy: _u,
      revisionHistoryLimit: _h,
      persistentVolumeClaimRetentionPolicy: _p,
      minReadySeconds: _m,
      ...rest
    }: Loose) => rest;
    if (!isDeepStrictEqual(fixed(before.spec), fixed(after.spec))) {
      refuse(
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      );
    }
  }
  if (
    (of.id === 'secrets' || of.id === 'configmaps') &&
    before.immutable === true &&
    !isDeepStrictEqual(before.data, after.data)
  ) {
    refuse('data: Forbidden: field is immutable when `immutable` is set');
  }
  if (of.id === 'secrets' && before.type !== after.type)
    refuse(`type: Invalid value: "${after.type}": field is immutable`);
  if (of.kind.endsWith('RoleBinding') && !isDeepStrictEqual(before.roleRef, after.roleRef))
    refuse(`roleRef: Invalid value: ${JSON.stringify(after.roleRef)}: cannot change roleRef`);
}

/** The completions of an Indexed Job may change together with its parallelism, those of other Jobs never. */
function checkCompletions({ completionMode, completions, parallelism }: Loose, refuse: (cause: string) => never): void {
  if (completionMode !== 'Indexed') refuse(`spec.completions: Invalid value: ${completions}: field is immutable`);
  if (completions !== parallelism)
    refuse(`spec.completions: Invalid value: ${completions}: can only be modified in tandem with spec.parallelism`);
}

const fill = (object: Loose, values: Record<string, Loose>) => {
  for (const [field, value] of Object.entries(values))
    if (object[field] === undefined) object[field] = structuredClone(value);
};

/** Writes the defaults that Helm or the player look at into an object, as the API server does before storing it. */
export function setDefaults(of: Resource, object: Obj, uid: string = randomUUID()): void {
  if (of.custom) return;
  const { spec } = object;
  if (of.id === 'jobs.batch' && spec) {
    if (spec.parallelism === undefined) fill(spec, { completions: 1 });
    fill(spec, {
      backoffLimit: 6,
      parallelism: 1,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
    });
    labelJob(object, uid);
  }
  if (['deployments.apps', 'replicasets.apps', 'statefulsets.apps'].includes(of.id)) fill(spec, { replicas: 1 });
  if (of.id === 'deployments.apps') {
    fill(spec, {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
    fill(spec.strategy, { type: 'RollingUpdate' });
    if (spec.strategy.type === 'RollingUpdate')
      spec.strategy.rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%', ...spec.strategy.rollingUpdate };
  }
  if (of.id === 'statefulsets.apps') {
    fill(spec, {
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      serviceName: '',
    });
  }
  if (of.id === 'daemonsets.apps')
    fill(spec, {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
    });
  if (of.id === 'services' && spec) {
    fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
    for (const port of spec.ports ?? []) fill(port, { protocol: 'TCP', targetPort: port.port });
  }
  if (of.id === 'secrets') {
    fill(object, { type: 'Opaque' });
    for (const [key, value] of Object.entries(object.stringData ?? {}))
      object.data = { ...object.data, [key]: Buffer.from(String(value)).toString('base64') };
    delete object.stringData;
  }
  if (of.id === 'persistentvolumeclaims') fill(spec, { volumeMode: 'Filesystem' });
  if (of.id === 'namespaces') fill(object, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
  const pod = podSpecOf(of, object).spec;
  if (pod) defaultPodSpec(pod);
}

function labelJob(object: Obj, uid: string): void {
  const { spec, metadata } = object;
  if (spec.manualSelector === true || spec.selector !== undefined || !spec.template) return;
  spec.selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  const own = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': metadata.name,
    'controller-uid': uid,
    'job-name': metadata.name,
  };
  spec.template.metadata = { ...spec.template.metadata, labels: { ...spec.template.metadata?.labels, ...own } };
}

function defaultPodSpec(spec: Loose): void {
  fill(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
  });
  if (spec.serviceAccountName !== undefined) fill(spec, { serviceAccount: spec.serviceAccountName });
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    const latest = !/:[^/]+$/.test(container.image) || container.image.endsWith(':latest');
    fill(container, {
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: latest ? 'Always' : 'IfNotPresent',
      resources: {},
    });
    for (const port of container.ports ?? []) fill(port, { protocol: 'TCP' });
    for (const entry of container.env ?? [])
      if (entry.valueFrom?.fieldRef) fill(entry.valueFrom.fieldRef, { apiVersion: 'v1' });
  }
  for (const volume of spec.volumes ?? []) {
    for (const source of ['secret', 'configMap', 'projected', 'downwardAPI'])
      if (volume[source]) fill(volume[source], { defaultMode: 420 });
  }
}
