import type { PlanNeed, PlanResource, PlanStep } from './plan.ts';

/** What becomes of a resource in its step. */
export interface Fate {
  /**
   * `doubt`: under a condition that the chart does not decide; `stuck`: nothing waits for it, and it is never ready.
   */
  state: 'passes' | 'stops' | 'doubt' | 'stuck' | 'not-reached';
  /** `never finishes`; empty for one that passes. */
  text: string;
}

/** What becomes of a resource in its step, as text and HTML print it. */
export function fateOf(resource: PlanResource, step: PlanStep): Fate {
  const waited = step.await.includes(resource.id);
  const lacking = lacksOf(resource).filter(({ state }) => state === 'unmet');
  if (step.state === 'not-reached') return { state: 'not-reached', text: 'not reached' };
  if (waited && lacking.length > 0 && !resource.idle) {
    const sure = lacking.some(({ doubt, because }) => doubt === undefined && because.length > 0);
    const ends = resource.kind === 'Job' || resource.kind === 'Pod';
    return sure && step.state === 'stops'
      ? { state: 'stops', text: ends ? 'never finishes' : 'never ready' }
      : { state: 'doubt', text: ends ? 'may never finish' : 'may never be ready' };
  }
  if (resource.stuck) {
    const doubt = lacking.every((lack) => lack.doubt !== undefined);
    const text = resource.idle
      ? doubt
        ? 'its program may never start'
        : 'its program never starts'
      : doubt
        ? 'may never be ready'
        : 'never ready';
    return { state: doubt ? 'doubt' : 'stuck', text };
  }
  return { state: 'passes', text: waited || step.await.length > 0 || !resource.hook ? '' : 'not waited for' };
}

/** What a resource needs and does not get. */
export function lacksOf({ needs }: PlanResource): PlanNeed[] {
  return needs.filter(({ state }) => state === 'unmet' || state === 'in-vain');
}

/**
 * A hook's delete policy and a Job's limits: `delete policy: hook-succeeded; 0 retries`. Empty where there are none.
 */
export function factsOf({ hook, activeDeadlineSeconds, backoffLimit }: PlanResource): string {
  const policies = hook
    ? `${hook.deletePolicies.join(', ') || 'never deleted'}${hook.isDefaultPolicy ? ' (default)' : ''}`
    : '';
  return [
    policies && `delete policy: ${policies}`,
    activeDeadlineSeconds !== undefined && `ends after ${activeDeadlineSeconds} s`,
    backoffLimit !== undefined && (backoffLimit === 1 ? '1 retry' : `${backoffLimit} retries`),
  ]
    .filter(Boolean)
    .join('; ');
}
