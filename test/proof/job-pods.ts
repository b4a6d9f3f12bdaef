import type { Loose, Obj } from './kinds.ts';
import type { World } from './world.ts';

/** What came of the pods of a Job so far, as its controller counts them. */
export interface Tally {
  active: Obj[];
  /** Pods that succeeded; of an Indexed Job indexes, each once. */
  succeeded: number;
  /** Pods that failed. */
  failed: number;
  /** Of these, what counts against the backoffLimit. */
  counted: number;
  /** The words of a rule of the podFailurePolicy that ends the Job. */
  ends?: string;
  /** Indexes that have succeeded, and those that failed too often. */
  done: Set<number>;
  given: Set<number>;
}

const isOver = (pod: Obj) => ['Succeeded', 'Failed'].includes(pod.status?.phase);
const indexKey = 'batch.kubernetes.io/job-completion-index';
const indexOf = (pod: Obj) => Number(pod.metadata.annotations?.[indexKey] ?? 0);

/** Counts the pods of a Job. */
export function tallyOf({ spec }: Obj, pods: Obj[]): Tally {
  const done = new Set<number>();
  const failures = new Map<number, number>();
  let failed = 0;
  let counted = 0;
  let ends: string | undefined;
  for (const pod of pods) {
    if (pod.status?.phase === 'Succeeded') done.add(indexOf(pod));
    if (pod.status?.phase !== 'Failed') continue;
    const rule = ruleFor(spec.podFailurePolicy, pod);
    failed += 1;
    if (rule?.action === 'Ignore') continue;
    if (rule?.action === 'FailJob')
      ends ??= `Container ${rule.container} for pod ${pod.metadata.namespace}/${pod.metadata.name} failed with exit code ${rule.exitCode} matching FailJob rule`;
    counted += 1;
    failures.set(indexOf(pod), (failures.get(indexOf(pod)) ?? 0) + 1);
  }
  const perIndex = spec.backoffLimitPerIndex;
  const given = [...failures].filter(([, times]) => perIndex !== undefined && times > perIndex).map(([index]) => index);
  const indexed = spec.completionMode === 'Indexed';
  return {
    active: pods.filter((pod) => !isOver(pod)),
    succeeded: indexed ? done.size : pods.filter((pod) => pod.status?.phase === 'Succeeded').length,
    failed,
    counted,
    ends,
    done,
    given: new Set(given),
  };
}

/** The rule of a podFailurePolicy that the end of a pod meets. */
function ruleFor(policy: Loose, pod: Obj): { action: string; container: string; exitCode: number } | undefined {
  const ends = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
    .map(({ name, state }: Loose) => ({ container: String(name), exitCode: Number(state?.terminated?.exitCode ?? 0) }))
    .filter(({ exitCode }) => exitCode !== 0);
  for (const { action, onExitCodes } of policy?.rules ?? []) {
    if (!onExitCodes) continue;
    const met = ends.find(
      ({ container, exitCode }) =>
        (onExitCodes.containerName ?? container) === container &&
        onExitCodes.values.includes(exitCode) === (onExitCodes.operator === 'In'),
    );
    if (met) return { action, ...met };
  }
  return undefined;
}

/** Makes as many pods as a Job may have beside those that are active; those of an Indexed Job bear their index. */
export function makePods(world: World, job: Obj, { active, succeeded, done, given }: Tally): void {
  const { spec, metadata } = job;
  const room = Math.min(spec.parallelism, (spec.completions ?? 1) - succeeded - given.size) - active.length;
  if (spec.completionMode !== 'Indexed') {
    for (let made = 0; made < room; made += 1) world.createPod(job, spec.template);
    return;
  }
  const taken = new Set([...done, ...given, ...active.map(indexOf)]);
  const free = Array.from({ length: spec.completions }, (_, index) => index).filter((index) => !taken.has(index));
  for (const index of free.slice(0, Math.max(0, room))) {
    const own = { [indexKey]: String(index) };
    const name = `${metadata.name}-${index}`;
    const variable = { name: 'JOB_COMPLETION_INDEX', value: String(index) };
    const told = (container: Loose) => ({ ...container, env: [...(container.env ?? []), variable] });
    const { containers, initContainers, hostname = name } = spec.template.spec;
    world.createPod(job, spec.template, {
      generateName: `${name}-`,
      labels: own,
      annotations: own,
      spec: {
        hostname,
        containers: containers.map(told),
        ...(initContainers && { initContainers: initContainers.map(told) }),
      },
    });
  }
}
