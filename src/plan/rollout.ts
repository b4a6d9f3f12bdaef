import type { Played } from '../check/play.ts';
import type { Hook, Workload } from '../model/index.ts';
import type { Place, Resource } from '../parse/index.ts';
import type { Locate } from '../place/index.ts';
import { dependencyOf } from '../render/dependencies.ts';
import { isLate, type Block, type Step, type Timeline } from '../simulate/index.ts';
import { Ids } from './ids.ts';
import { needsIn, type NeedContext } from './need.ts';
import { outcomeText, stopOf } from '../check/outcome.ts';
import type { At, Outcome, Phase, PlanResource, PlanStep, Rollout } from './plan.ts';

/** The places that a rollout names: the resources' own. Every other line of their manifests is known with them. */
export function placesOf({ release }: Played): Place[] {
  return release.resources.map((resource) => resource.place('metadata', 'name'));
}

/** A release that was played as a rollout, without findings. `locate` makes its places lines. */
export function rolloutOf(played: Played, locate: Locate): Rollout {
  const { release, timeline } = played;
  const ids = new Ids(release);
  const at = (place: Place): At => {
    const { file, line } = locate(place);
    return { file, line };
  };
  const parts = partsOf(timeline);
  const phaseOf = new Map(parts.flatMap(({ steps }, index) => steps.map((step) => [step, index + 1] as const)));
  const stop = stopOf(timeline);
  /** The step at which it stops; those behind it are not reached. */
  const last = stop?.certain ? timeline.steps.indexOf(stop.block.step) : timeline.steps.length;
  const blocks = byWorkload([...timeline.blocks, ...timeline.stuck]);
  const context: NeedContext = { played, ids, at, phaseOf, blocks, missed: byWorkload(timeline.missed) };
  const never = last < timeline.steps.length ? [] : timeline.stuck;
  const stuck = new Set(never.map(({ workload }) => workload));
  const idle = new Set(
    never.filter(({ causes }) => causes.every(({ need }) => isLate(need))).map(({ workload }) => workload),
  );
  const resources = [...new Set(timeline.steps.flatMap(({ create }) => create))].map((resource): PlanResource => {
    const workload = release.workloadFor(resource);
    const subchart = dependencyOf(resource.manifest.source);
    const hook = release.hookFor(resource);
    return {
      id: ids.of(resource)!,
      kind: resource.kind,
      name: resource.name,
      namespace: release.namespaceOf(resource),
      at: at(resource.place('metadata', 'name')),
      ...(subchart !== undefined && { subchart }),
      ...(hook && { hook: factsOf(hook) }),
      ...limitsOf(resource),
      ...(workload && release.migrationsIn(workload).length > 0 && { migrates: true as const }),
      ...(workload && stuck.has(workload) && { stuck: true as const }),
      ...(workload && idle.has(workload) && { idle: true as const }),
      needs: workload ? needsIn(workload, context) : [],
    };
  });
  return {
    actions: [timeline.options.action as 'install' | 'upgrade'],
    outcome: outcomeOf(timeline, ids, phaseOf),
    phases: parts.map(({ title, how, steps }, index): Phase => ({
      number: index + 1,
      title,
      how,
      reached: parts.slice(0, index).every((part) => part.steps.every((step) => timeline.steps.indexOf(step) < last)),
      steps: steps.map((step) => stepOf(step, timeline, last, ids)),
    })),
    resources,
    findings: [],
  };
}

function outcomeOf(timeline: Timeline, ids: Ids, phaseOf: ReadonlyMap<Step, number>): Outcome {
  const stop = stopOf(timeline);
  const text = `${timeline.options.action} ${outcomeText(timeline)}`;
  if (!stop) return { state: 'passes', text };
  return {
    state: stop.certain ? 'stops' : 'may-stop',
    text,
    at: ids.of(stop.block.workload.resource),
    phase: phaseOf.get(stop.block.step),
    chain: ids.along(stop.cause),
  };
}

/** A phase with the steps that are carried out in it. */
interface Part {
  title: string;
  how: string;
  steps: Step[];
}

function partsOf({ steps, options: { action, engine, wait } }: Timeline): Part[] {
  if (engine === 'argocd')
    return steps.map((step) => ({
      title: step.title,
      how: 'applied together, then all must be healthy',
      steps: [step],
    }));
  const of = (phase: Step['phase']) => steps.filter((step) => step.phase === phase);
  const hooks = 'one at a time, each must finish within --timeout (5m)';
  const made = action === 'install' ? 'created' : 'created or changed';
  const waits = engine === 'flux' ? 'Flux waits' : wait ? '--wait' : undefined;
  return [
    { title: `pre-${action} hooks`, how: hooks, steps: of('pre') },
    {
      title: 'resources',
      how: waits === undefined ? `${made}, not waited for` : `${made}, then all must be ready (${waits})`,
      steps: of('resources'),
    },
    { title: `post-${action} hooks`, how: hooks, steps: of('post') },
  ];
}

function stepOf(step: Step, { steps, blocks }: Timeline, last: number, ids: Ids): PlanStep {
  const index = steps.indexOf(step);
  const may = blocks.some((block) => block.step === step);
  return {
    state: index > last ? 'not-reached' : index === last ? 'stops' : may ? 'may-stop' : 'passes',
    create: ids.all(step.create),
    await: ids.all(step.await),
    remove: ids.all(step.remove),
  };
}

function factsOf({ events, weight, policies, writtenPolicies }: Hook): NonNullable<PlanResource['hook']> {
  return {
    events: [...events],
    weight,
    deletePolicies: [...policies],
    isDefaultPolicy: writtenPolicies === undefined,
  };
}

function limitsOf(resource: Resource): Pick<PlanResource, 'activeDeadlineSeconds' | 'backoffLimit'> {
  if (resource.kind !== 'Job') return {};
  const [deadline, retries] = ['activeDeadlineSeconds', 'backoffLimit'].map((key) => resource.get('spec', key));
  return {
    ...(typeof deadline === 'number' && { activeDeadlineSeconds: deadline }),
    ...(typeof retries === 'number' && { backoffLimit: retries }),
  };
}

/** The first block of each workload. */
function byWorkload(blocks: readonly Block[]): Map<Workload, Block> {
  return new Map([...blocks].reverse().map((block) => [block.workload, block]));
}
