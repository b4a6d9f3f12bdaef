import type { Release, Workload } from '../model/index.ts';
import type { Resource } from '../parse/index.ts';
import { explain, type Cause } from './explain.ts';
import { doubtfulNeeds } from './need.ts';
import { plan, type PlanOptions, type Step } from './plan.ts';
import { World } from './world.ts';

export { doubtOf, linksOf, rootOf, type Cause } from './explain.ts';
export { plan, policiesOf, type Engine, type PlanOptions, type Step } from './plan.ts';
export { doubtfulNeeds, isLate, needsOf, type Need } from './need.ts';
export { schemaMigrators, targetOf, type Target } from './target.ts';
export type { Lack } from './world.ts';

/** A step that can never end: the workload that it waits for, and each of its needs that nothing will meet. */
export interface Block {
  step: Step;
  workload: Workload;
  /**
   * In the order in which the pod meets them: the first is the one seen in the cluster, the others come up once it is
   * cured.
   */
  causes: readonly Cause[];
}

/** What an action does, step by step, and where it stands still. */
export interface Timeline {
  options: PlanOptions;
  steps: readonly Step[];
  /** In the order in which they come up, each as if those before it had passed. */
  blocks: readonly Block[];
  /**
   * What steps wait for in vain, as far as the chart shows: the wait gives up, or asks for what is in a database.
   * Nothing of it blocks the play.
   */
  missed: readonly Block[];
  /** Workloads that are not ready when all steps are through, and never will be. */
  stuck: readonly Block[];
  /**
   * Workloads whose chains of causes were too long to follow to their end: the first link alone is known, and no cycle
   * is seen.
   */
  unexplained: ReadonlySet<Workload>;
  /** The step that creates a resource; `undefined` when none of this action does. */
  createdBy(resource: Resource): Step | undefined;
  /** The step at whose end a resource is deleted. */
  removedBy(resource: Resource): Step | undefined;
}

/** What the cluster holds before an action. */
export interface Before {
  /** The resources of the last revision, hooks that survived it included. */
  resources: readonly Resource[];
  /** Workloads among them whose pods never became ready; all others did. */
  stuck?: readonly Workload[];
  /** Hooks that ran and may be gone again: the schema that they made is there. */
  ran?: readonly Resource[];
}

/**
 * Plays a release forward as Helm does, one blocking step after another. A step whose workload cannot become ready with
 * what exists is a block; the play then goes on as if it had passed, so that one run finds every independent fault.
 */
export function simulate(release: Release, options: PlanOptions, before: Before = { resources: [] }): Timeline {
  const world = new World(release, options.action === 'install');
  for (const resource of before.resources) world.create(resource);
  const stuck = new Set(before.stuck?.map(({ resource }) => keyOf(resource)));
  before.ran?.forEach((resource) => world.assumeMigrated(resource));
  for (const resource of before.resources) if (!stuck.has(keyOf(resource))) world.assumeReady(resource);
  const steps = plan(release, options);
  const blocks: Block[] = [];
  const missed: Block[] = [];
  const lasting =
    options.action === 'uninstall'
      ? []
      : release.workloads.filter(({ hook, kind, replicas }) => !hook && kind !== 'CronJob' && replicas !== 0);
  const started = new Set<Workload>();
  // New pods start in this play even where the old ones are ready; once started, a later deletion does not stop them.
  const isLasting = new Set(lasting);
  const start = () =>
    world.settle(
      (workload) => isLasting.has(workload) && !started.has(workload) && created.has(workload.resource),
      (workload) => started.add(workload),
    );
  const created = new Set<Resource>();
  /** Ready while their programs still wait. */
  const idle = new Set<Resource>();
  for (const step of steps) {
    step.create.forEach((resource) => (world.create(resource), created.add(resource)));
    start();
    for (const resource of step.await) {
      const workload = release.workloadFor(resource);
      if (!workload || workload.replicas === 0) continue;
      const causes = world.unmet(workload, 'ready').map((need) => explain(need, world));
      if (causes.length > 0) blocks.push({ step, workload, causes });
      else if (world.unmet(workload, 'started').length > 0) idle.add(resource);
      const vain = doubtfulNeeds(workload).filter((need) => !world.meets(need));
      if (vain.length > 0) missed.push({ step, workload, causes: vain.map((need) => explain(need, world)) });
    }
    for (const resource of step.await) if (!idle.has(resource)) world.assumeReady(resource);
    start();
    step.remove.forEach((resource) => world.remove(resource));
  }
  return {
    options,
    steps,
    blocks,
    missed,
    stuck: lasting
      .filter((workload) => created.has(workload.resource) && !started.has(workload))
      .map((workload): Block => ({
        step: steps.at(-1)!,
        workload,
        causes: world.unmet(workload, 'started').map((need) => explain(need, world)),
      }))
      .filter(({ causes }) => causes.length > 0),
    unexplained: world.unexplained,
    createdBy: firstOf(steps, ({ create }) => create),
    removedBy: firstOf(steps, ({ remove }) => remove),
  };
}

/** The first step that has a resource in a list of its own. */
function firstOf(
  steps: readonly Step[],
  listOf: (step: Step) => readonly Resource[],
): (resource: Resource) => Step | undefined {
  let first: Map<Resource, Step> | undefined;
  return (resource) => {
    first ??= new Map([...steps].reverse().flatMap((step) => listOf(step).map((one) => [one, step] as const)));
    return first.get(resource);
  };
}

/**
 * What stands in the cluster after an install: the ordinary resources, and the hook resources of the install that no
 * `hook-succeeded` took away. A hook outlives its event: a pre-install Secret is still there at pre-upgrade. One that
 * is of upgrades only is not there yet. What could not become ready in the install is not ready now.
 */
export function afterInstall(release: Release, ...others: readonly Release[]): Before {
  const { stuck } = simulate(release, { action: 'install', engine: 'helm', wait: false });
  return { ...standing([release, ...others], /^(?:pre|post)-install$/), stuck: stuck.map(({ workload }) => workload) };
}

const keyOf = ({ kind, namespace, name }: Resource) => `${kind}/${namespace ?? ''}/${name}`;

/** What stands in the cluster after an install and upgrades. */
export function steadyState(...releases: readonly Release[]): Before {
  return standing(releases, /^(?:pre|post)-(?:install|upgrade)$/);
}

function standing(releases: readonly Release[], events: RegExp): Before {
  const hooks = releases
    .flatMap((release) => release.hooks)
    .filter((hook) => hook.events.some((event) => events.test(event)));
  const left = hooks.filter(({ policies }) => !policies.has('hook-succeeded'));
  return {
    resources: [...left.map(({ resource }) => resource), ...releases.flatMap(({ ordinary }) => ordinary)],
    ran: hooks.map(({ resource }) => resource),
  };
}
