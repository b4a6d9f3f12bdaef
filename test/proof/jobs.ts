import { backOff, setCondition } from './kubelet.ts';
import { makePods, tallyOf, type Tally } from './job-pods.ts';
import type { Loose, Obj } from './kinds.ts';
import { timestamp } from './store.ts';
import type { World } from './world.ts';

/** The Job controller: makes pods, retries, gives up, and forgets finished Jobs after their TTL. */
export function playJobs(world: World): void {
  for (const job of world.store.list('jobs.batch')) {
    if (job.metadata.deletionTimestamp === undefined) playJob(world, job);
  }
}

/** `Complete`, `Failed`, or nothing while the Job goes on. */
export function jobEnd(job: Obj): 'Complete' | 'Failed' | undefined {
  for (const type of ['Complete', 'Failed'] as const) {
    if (
      (job.status?.conditions ?? []).some((condition: Loose) => condition.type === type && condition.status === 'True')
    )
      return type;
  }
  return undefined;
}

function playJob(world: World, job: Obj): void {
  const { metadata, spec } = job;
  if (jobEnd(job)) return expire(world, job);
  const tally = tallyOf(job, world.ownedPods(job));
  const { active, succeeded, failed } = tally;
  if (spec.suspend === true) {
    for (const pod of active) world.store.delete(world.store.resource('pods'), pod);
    return world.setStatus('jobs.batch', job, (status) =>
      setCondition(status, 'Suspended', true, 'JobSuspended', 'Job suspended'),
    );
  }
  const memory = world.memory(metadata.uid);
  if (memory.started === undefined) {
    memory.started = world.clock.now;
    if (spec.activeDeadlineSeconds !== undefined)
      world.after(spec.activeDeadlineSeconds, () =>
        giveUp(world, job, 'DeadlineExceeded', 'Job was active longer than specified deadline'),
      );
  }
  const wanted = spec.completions ?? 1;
  if (succeeded >= wanted)
    return finish(
      world,
      job,
      active,
      { succeeded, failed },
      'Complete',
      'CompletionsReached',
      'Reached expected number of succeeded pods',
    );
  const fails = failureOf(spec, tally);
  if (fails) return finish(world, job, active, { succeeded, failed: failed + active.length }, 'Failed', ...fails);
  if (failed > (memory.failures ?? 0)) {
    memory.failures = failed;
    memory.pauseUntil = world.clock.now + backOff(failed, 360);
    world.after(backOff(failed, 360), () => undefined);
  }
  if (world.clock.now >= (memory.pauseUntil ?? 0) - 0.1) makePods(world, job, tally);
  world.setStatus('jobs.batch', job, (status) => {
    status.startTime ??= timestamp();
    if ((status.conditions ?? []).some((condition: Loose) => condition.type === 'Suspended'))
      setCondition(status, 'Suspended', false, 'JobResumed', 'Job resumed');
    counts(status, { active: tallyOf(job, world.ownedPods(job)).active.length, succeeded, failed });
    status.ready = active.filter((pod) => pod.status?.phase === 'Running').length;
    status.terminating = 0;
  });
}

/** Why a Job is given up now: reason and message. */
function failureOf(spec: Loose, { active, counted, ends, succeeded, given }: Tally): [string, string] | undefined {
  if (ends !== undefined) return ['PodFailurePolicy', ends];
  if (given.size > (spec.maxFailedIndexes ?? Infinity))
    return ['MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes'];
  if (given.size > 0 && succeeded + given.size >= spec.completions) return ['FailedIndexes', 'Job has failed indexes'];
  const limit = spec.backoffLimitPerIndex === undefined ? spec.backoffLimit : Infinity;
  return counted > limit || restartedTooOften(spec, active)
    ? ['BackoffLimitExceeded', 'Job has reached the specified backoff limit']
    : undefined;
}

function restartedTooOften(spec: Loose, active: Obj[]): boolean {
  if (spec.template.spec.restartPolicy !== 'OnFailure') return false;
  const restarts = active
    .flatMap((pod) => [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])])
    .reduce((sum: number, status: Loose) => sum + (status.restartCount ?? 0), 0);
  return spec.backoffLimit === 0 ? restarts > 0 : restarts >= spec.backoffLimit;
}

function giveUp(world: World, job: Obj, reason: string, message: string): void {
  const live = world.store.get('jobs.batch', job.metadata.namespace, job.metadata.name);
  if (live?.metadata.uid !== job.metadata.uid || !live || jobEnd(live)) return;
  const pods = world.ownedPods(live);
  const active = pods.filter((pod) => !['Succeeded', 'Failed'].includes(pod.status?.phase));
  const succeeded = pods.filter((pod) => pod.status?.phase === 'Succeeded').length;
  finish(world, live, active, { succeeded, failed: pods.length - succeeded }, 'Failed', reason, message);
}

function finish(
  world: World,
  job: Obj,
  active: Obj[],
  numbers: Record<string, number>,
  type: 'Complete' | 'Failed',
  reason: string,
  message: string,
): void {
  world.setStatus('jobs.batch', job, (status) => {
    status.startTime ??= timestamp();
    counts(status, { active: 0, ...numbers });
    status.ready = 0;
    setCondition(status, type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget', true, reason, message);
    setCondition(status, type, true, reason, message);
    if (type === 'Complete') status.completionTime = timestamp();
  });
  for (const pod of active) world.store.delete(world.store.resource('pods'), pod);
}

/** Zero is left out, as in real statuses. */
function counts(status: Loose, numbers: Record<string, number>): void {
  for (const [field, value] of Object.entries(numbers)) {
    if (value > 0) status[field] = value;
    else delete status[field];
  }
}

function expire(world: World, job: Obj): void {
  const ttl = job.spec.ttlSecondsAfterFinished;
  const memory = world.memory(job.metadata.uid);
  if (ttl === undefined || memory.expiring === true) return;
  memory.expiring = true;
  world.after(ttl, () => world.store.delete(world.store.resource('jobs.batch'), job, 'Background'));
}
