import { duration } from '../shell/index.ts';
import type { Command } from '../shell/index.ts';
import { baseName, imageName } from './argv.ts';
import type { ContainerCommand, Wait } from './understanding.ts';
import { readOptions } from './options.ts';

/** A wait without where it was found. */
export type Target = Wait extends infer W
  ? W extends Wait
    ? Omit<W, 'at' | 'text' | 'tool' | 'bounded' | 'seconds' | 'givesUp'>
    : never
  : never;
/** Several targets that one command waits for. */
export interface Awaited {
  tool: string;
  targets: Target[];
  bounded: boolean;
  seconds?: number;
  /** It goes on without failing when its time is over. */
  givesUp?: boolean;
}

const workloads: readonly (readonly [RegExp, string])[] = [
  [/^deploy(ments?)?$/, 'deployment'],
  [/^(sts|statefulsets?)$/, 'statefulset'],
  [/^(ds|daemonsets?)$/, 'daemonset'],
  [/^(rs|replicasets?)$/, 'replicaset'],
];

function target(
  resource: string,
  name: string | undefined,
  selector: string | undefined,
  namespace: string | undefined,
): Target | undefined {
  const kind = resource.split('.')[0]?.toLowerCase() ?? '';
  const ns = namespace ? { namespace } : {};
  const which = { ...(name && { name }), ...(selector && { selector }), ...ns };
  if (/^jobs?$/.test(kind)) return name || selector ? { kind: 'job', ...which } : undefined;
  if (/^(po|pods?)$/.test(kind)) return name || selector ? { kind: 'pod', ...which } : undefined;
  if (/^(svc|services?|ep|endpoints|endpointslices?)$/.test(kind))
    return name ? { kind: 'service', name, ...ns } : undefined;
  const workload = workloads.find(([pattern]) => pattern.test(kind))?.[1];
  return workload && name ? { kind: 'workload', resource: workload, name, ...ns } : undefined;
}

/** Whether a command is kubectl, or OpenShift's. */
export function isKubectl([program = '']: readonly string[]): boolean {
  return /^(?:kubectl|oc)$/.test(baseName(program));
}

/** `kubectl wait`, `kubectl rollout status`, and `kubectl get` where it is repeated. */
export function kubectl(argv: readonly string[], loop: Command['loop']): Awaited | undefined {
  const tool = baseName(argv[0] ?? '');
  if (!/^(kubectl|oc|k)$/.test(tool)) return undefined;
  const options = readOptions(argv, {
    pflag: true,
    short: 'nlofLs',
    long: [
      'namespace',
      'selector',
      'for',
      'timeout',
      'output',
      'context',
      'kubeconfig',
      'field-selector',
      'template',
      'filename',
      'server',
      'token',
      'request-timeout',
      'as',
      'cluster',
      'user',
      'certificate-authority',
      'container',
      'sort-by',
    ],
  });
  let [verb, ...rest] = options.positional;
  const namespace = options.get('n', 'namespace');
  const selector = options.get('l', 'selector');
  const isRollout = verb === 'rollout' && rest[0] === 'status';
  if (isRollout) {
    verb = 'status';
    rest = rest.slice(1);
    // What Go's strconv.ParseBool takes for false.
    if (/^(?:0|f|F|false|False|FALSE)$/.test(options.get('w', 'watch') ?? '') && !loop) return undefined;
  }
  const watched = verb === 'get' || verb === 'describe' || verb === 'logs';
  if (verb !== 'wait' && !isRollout && !(watched && loop)) return undefined;
  // Without --for kubectl refuses it at once: unrecognized condition: "".
  if (verb === 'wait' && /^(?:$|delete|condition=failed)/i.test(options.get('for') ?? '')) return undefined;
  const created = verb === 'wait' && /^create$/i.test(options.get('for') ?? '');
  const targets = resources(rest, selector).flatMap(([resource, name]): Target[] => {
    const found = target(resource, name, selector, namespace);
    if (!found) return [];
    const isWorkload = found.kind === 'job' || found.kind === 'pod' || found.kind === 'workload';
    return [created && isWorkload ? { ...found, created } : found];
  });
  if (targets.length === 0) return undefined;
  const text = options.get('timeout');
  const seconds = duration(text);
  // `kubectl wait` ends after 30 seconds unless told otherwise, `rollout status` never.
  const own =
    verb === 'wait'
      ? (seconds ?? (text?.startsWith('-') ? undefined : 30))
      : isRollout && seconds
        ? seconds
        : undefined;
  if (loop) return { tool, targets, ...loop };
  return { tool, targets, bounded: own !== undefined, ...(own !== undefined && { seconds: own }) };
}

/** `job/x pod/y`, `job x y`, `deploy,sts x`. */
function resources(words: readonly string[], selector: string | undefined): [string, string | undefined][] {
  const found: [string, string | undefined][] = [];
  const [head, ...names] = words;
  if (head === undefined) return found;
  if (words.some((word) => word.includes('/') && !word.startsWith('$'))) {
    for (const word of words) {
      const at = word.indexOf('/');
      if (at > 0) found.push([word.slice(0, at), word.slice(at + 1)]);
    }
    return found;
  }
  for (const resource of head.split(',')) {
    if (selector !== undefined) found.push([resource, undefined]);
    else for (const name of names) found.push([resource, name]);
  }
  return found;
}

/** The image k8s-wait-for and its script: `job NAME`, `job-wr NAME`, `pod -lapp=x`, `service NAME`. */
export function waitForResource(argv: readonly string[], image: string): Awaited | undefined {
  const isScript = /^(wait_for|k8s-wait-for)(\.sh)?$/.test(baseName(argv[0] ?? ''));
  const words = isScript ? argv : ['wait_for', ...argv];
  if (!isScript && !/k8s-wait-for|kubernetes-wait-for|wait-for-kubernetes/.test(image)) return undefined;
  const kind = /^(job|pod|service)(-wr|-we)?$/.exec(words[1] ?? '');
  if (!kind) return undefined;
  const options = readOptions(words, { short: 'ln', long: ['namespace', 'selector'] });
  const [, name] = options.positional;
  const found = target(
    kind[1] ?? '',
    name?.replace(/^-l/, ''),
    options.get('l', 'selector'),
    options.get('n', 'namespace'),
  );
  if (!found) return undefined;
  const targets = [found.kind === 'job' && kind[2] ? { ...found, evenFailed: true } : found];
  return { tool: 'k8s-wait-for', targets, bounded: false };
}

/** kubernetes-entrypoint: its environment says what it waits for. */
export function entrypointWaits(
  container: ContainerCommand,
  argv: readonly string[],
): { name: string; awaited: Awaited }[] {
  const isEntrypoint =
    baseName(argv[0] ?? '') === 'kubernetes-entrypoint' ||
    (argv.length === 0 && imageName(container.image) === 'kubernetes-entrypoint');
  if (!isEntrypoint) return [];
  const waits: { name: string; awaited: Awaited }[] = [];
  for (const [name, value] of container.env) {
    if (!name.startsWith('DEPENDENCY_') || !value) continue;
    const targets = name.endsWith('_JSON') ? fromJson(name, value) : fromList(name, value);
    if (targets.length > 0) waits.push({ name, awaited: { tool: 'kubernetes-entrypoint', targets, bounded: false } });
  }
  return waits;
}

function fromList(variable: string, value: string): Target[] {
  const kinds: Record<string, string> = {
    DEPENDENCY_SERVICE: 'service',
    DEPENDENCY_JOBS: 'job',
    DEPENDENCY_DAEMONSET: 'daemonset',
    DEPENDENCY_POD: 'pod',
  };
  const kind = kinds[variable];
  if (!kind) return [];
  return value
    .split(',')
    .slice(0, 50)
    .flatMap((entry) => {
      const [first = '', second] = entry.trim().split(':');
      return target(kind, second ?? first, undefined, second === undefined ? undefined : first) ?? [];
    });
}

function fromJson(variable: string, value: string): Target[] {
  const kinds: Record<string, string> = { DEPENDENCY_JOBS_JSON: 'job', DEPENDENCY_POD_JSON: 'pod' };
  const kind = kinds[variable];
  if (!kind || value.length > 20_000) return [];
  let entries: unknown;
  try {
    entries = JSON.parse(value);
  } catch {
    return [];
  }
  if (!Array.isArray(entries)) return [];
  return entries.slice(0, 50).flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { name, labels, namespace } = entry as { name?: unknown; labels?: unknown; namespace?: unknown };
    const selector =
      typeof labels === 'object' && labels !== null
        ? Object.entries(labels)
            .map(([key, label]) => `${key}=${String(label)}`)
            .join(',')
        : '';
    return (
      target(
        kind,
        typeof name === 'string' && name ? name : undefined,
        selector || undefined,
        typeof namespace === 'string' && namespace ? namespace : undefined,
      ) ?? []
    );
  });
}
