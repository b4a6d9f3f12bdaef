import { doubtOf, isLate, rootOf, type Block, type Cause, type Timeline } from '../simulate/index.ts';
import type { Outcome } from '../result.ts';
import { describe, targetOf } from '../words.ts';

/** Where a rollout stops, and why. */
export interface Stop {
  block: Block;
  cause: Cause;
  /** It stops for certain, not only on a condition that the chart does not decide. */
  certain: boolean;
}

/** The step at which a rollout stops: the first that never ends for certain, or else the first that may not end. */
export function stopOf({ blocks }: Timeline): Stop | undefined {
  const stops = blocks.map((block): Stop => {
    const sure = block.causes.find((cause) => doubtOf(cause) === undefined);
    return { block, cause: sure ?? block.causes[0]!, certain: sure !== undefined };
  });
  return stops.find(({ certain }) => certain) ?? stops[0];
}

/**
 * How a rollout ends, on one line without its subject: `hangs: hook 1 of 11, Job/auth-migrations, waits for Service/elk
 * (created later)`, `passes`.
 */
export function outcomeText(timeline: Timeline): string {
  const stop = stopOf(timeline);
  if (stop) {
    const { block, cause, certain } = stop;
    const condition = certain ? '' : `, only ${doubtOf(cause)}`;
    return `${verb(cause, certain)}: ${whereIn(block, timeline)} ${needText(cause, timeline, block)}${condition}`;
  }
  const [first] = timeline.stuck;
  if (!first) return 'passes';
  const more = timeline.stuck.length > 1 ? ` (and ${timeline.stuck.length - 1} more)` : '';
  const doubt = first.causes.map(doubtOf).every((condition) => condition !== undefined);
  const never = first.causes.every(({ need }) => isLate(need))
    ? `${doubt ? 'may never start' : 'never starts'} its program`
    : `${doubt ? 'may never become' : 'never becomes'} ready`;
  return `passes, but ${describe(first.workload)}${more} ${never}: it ${needText(first.causes[0]!, timeline, first)}`;
}

/** How an action ends, for reports. */
export function endOfPlay(timeline: Timeline): Outcome {
  const stop = stopOf(timeline);
  const state = stop ? (stop.certain ? 'stops' : 'may-stop') : timeline.stuck.length > 0 ? 'stuck' : 'passes';
  return { action: timeline.options.action as 'install' | 'upgrade', state, text: outcomeText(timeline) };
}

function verb({ need }: Cause, certain: boolean): string {
  const fails = need.type === 'connection' || (need.type === 'wait' && need.wait.bounded);
  return certain ? (fails ? 'fails' : 'hangs') : fails ? 'may fail' : 'may hang';
}

/** `hook 1 of 11, Job/auth-migrations,`. */
function whereIn({ step, workload }: Block, { steps }: Timeline): string {
  const name = describe(workload);
  if (step.phase === 'resources') return step.hook || step.event ? `${name},` : `${name} is never ready: it`;
  const same = steps.filter(({ event }) => event !== undefined && event === step.event);
  return same.length > 1
    ? `hook ${same.indexOf(step) + 1} of ${same.length}, ${name},`
    : `${step.event ? `${step.event} hook` : `${step.title},`} ${name}`;
}

/** `waits for Service/elk (created later)`. */
export function needText(cause: Cause, timeline: Timeline, block: Block): string {
  const asks = { wait: 'waits for', reference: 'needs', connection: 'migrates through' }[cause.need.type];
  return `${asks} ${targetOf(cause)} (${lackText(cause, timeline, block)})`;
}

/** Why a need is not met, in a few words: `created later`, `not ready: Secret/db is created later`. */
export function lackText(cause: Cause, timeline: Timeline, block: Block): string {
  const root = rootOf(cause);
  const { lack } = root;
  const within = (words: string, what: string) => (cause.next ? `not ready: ${what} ${words}` : words);
  switch (lack.type) {
    case 'no-port':
      return within('has no such port', describe(lack.service.resource));
    case 'dead':
      return within('is never answered', describe(lack.service.resource)).replace(/^is /, '');
    case 'not-ready':
      return root.cycle ? 'which waits for it in turn' : 'never ready';
    case 'absent': {
      const { resource } = lack;
      const removed = timeline.removedBy(resource);
      const at = timeline.steps.indexOf(block.step);
      if (removed && timeline.steps.indexOf(removed) < at)
        return within('is deleted before', describe(resource)).replace(/^is /, '');
      const created = timeline.createdBy(resource);
      const words = created ? 'is created later' : `is not part of the ${timeline.options.action}`;
      return within(words, describe(resource)).replace(/^is /, '');
    }
  }
}
