import type { Place, Resource } from '../parse/index.ts';
import type { Workload } from '../model/index.ts';
import type { Played } from '../check/play.ts';
import {
  doubtfulNeeds,
  needsOf,
  targetOf,
  type Block,
  type Cause,
  type Need,
  type Step,
  type Target,
} from '../simulate/index.ts';
import { describe, explainCause, needWords } from '../words.ts';
import type { Ids } from './ids.ts';
import { lackText } from '../check/outcome.ts';
import type { At, PlanNeed } from './plan.ts';

/** What it takes to say how a need is met. */
export interface NeedContext {
  played: Played;
  ids: Ids;
  at: (place: Place) => At;
  /** The number of the phase of each step. */
  phaseOf: ReadonlyMap<Step, number>;
  /** What each workload lacks for good: in its step, or when all is over. */
  blocks: ReadonlyMap<Workload, Block>;
  /** What each waits for in vain. */
  missed: ReadonlyMap<Workload, Block>;
}

/** What a workload needs and waits for, in the order in which it does. */
export function needsIn(workload: Workload, context: NeedContext): PlanNeed[] {
  const { played, blocks, missed } = context;
  const all = [
    ...needsOf(workload, played.release).map((need) => needIn(need, blocks.get(workload), 'unmet', context)),
    ...doubtfulNeeds(workload).map((need) => needIn(need, missed.get(workload), 'in-vain', context)),
  ];
  const seen = new Set<string>();
  return all.filter(({ text, at, state }) => {
    const key = JSON.stringify([text, at, state]);
    return !seen.has(key) && seen.add(key);
  });
}

function needIn(need: Need, block: Block | undefined, lacking: 'unmet' | 'in-vain', context: NeedContext): PlanNeed {
  const { played, ids, at } = context;
  const { timeline, release } = played;
  const cause = block?.causes.find((one) => one.need === need || isSameWait(one.need, need));
  const target = targetOf(need, release);
  const resources = resourcesOf(target);
  const doubt = need.type === 'wait' ? need.wait.doubt : undefined;
  return {
    type: need.type,
    text: wordsOf(need, target),
    targets: ids.all(resources),
    state: cause ? lacking : target.type === 'nothing' ? 'outside' : 'met',
    when: cause
      ? whenLacking(cause, block!, context)
      : target.type === 'nothing'
        ? 'not part of the chart'
        : whenMet(need.workload, resources, context),
    ...(doubt !== undefined && { doubt }),
    at: at(need.place),
    because: cause
      ? explainCause(cause, timeline, block!.step).map((link) => ({ text: link.message, at: at(link.at) }))
      : [],
    chain: cause ? ids.along(cause) : [],
  };
}

/** `waits for Service/elk:9200` where the host is a Service of the chart. */
function wordsOf(need: Need, target: Target): string {
  if (target.type !== 'service') return needWords(need);
  const service = describe(target.services[0]!.service.resource);
  const port = target.port === undefined ? '' : `:${target.port}`;
  return need.type === 'connection' ? `migrates through ${service}${port}` : `waits for ${service}${port}`;
}

function isSameWait(a: Need, b: Need): boolean {
  return a.type === 'wait' && b.type === 'wait' && a.wait === b.wait;
}

/** What a need asks for: what it names first. */
function resourcesOf(target: Target): Resource[] {
  switch (target.type) {
    case 'nothing':
      return [];
    case 'object':
      return target.resources.slice(0, 1);
    case 'ready':
    case 'migrated':
      return target.workloads.map(({ resource }) => resource);
    case 'service':
      return target.services.map(({ service }) => service.resource);
  }
}

function whenLacking(cause: Cause, block: Block, { played: { timeline }, phaseOf }: NeedContext): string {
  const created = !cause.next && cause.lack.type === 'absent' ? timeline.createdBy(cause.lack.resource) : undefined;
  const text = lackText(cause, timeline, block);
  return created && text === 'created later' ? `created in phase ${phaseOf.get(created)}` : text;
}

function whenMet(workload: Workload, resources: readonly Resource[], context: NeedContext): string {
  const { timeline, before } = context.played;
  const own = timeline.createdBy(workload.resource);
  const created = resources.flatMap((resource) => timeline.createdBy(resource) ?? []);
  const early = created.find((step) => own && timeline.steps.indexOf(step) <= timeline.steps.indexOf(own));
  if (early) return `created in phase ${context.phaseOf.get(early)}`;
  const isBefore = resources.some(({ kind, name }) =>
    before.resources.some((other) => other.kind === kind && other.name === name),
  );
  if (isBefore) return 'there since the last revision';
  return created[0] ? `created in phase ${context.phaseOf.get(created[0])}` : 'there';
}
