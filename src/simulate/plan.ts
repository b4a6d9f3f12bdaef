import {
  annotation,
  argoHook,
  atoi,
  byHelmOrder,
  kindRank,
  push,
  str,
  type Action,
  type DeletePolicy,
  type Hook,
  type HookEvent,
  type Release,
} from '../model/index.ts';
import type { Resource } from '../parse/index.ts';

/** Who plays the release: Helm itself, or an engine that renders the chart and applies it in its own way. */
export type Engine = 'helm' | 'argocd' | 'flux';

/** The delete policies of a hook that are in force where this engine applies it. */
export function policiesOf(hook: Hook, engine: Engine): ReadonlySet<DeletePolicy> {
  return engine === 'argocd' ? hook.argoPolicies : hook.policies;
}

/** A step of a release: what is created, what must be ready before the next step, what is deleted after. */
export interface Step {
  /** For messages: `pre-install hook (weight 0)`, `the release's resources`. */
  title: string;
  phase: 'crds' | 'pre' | 'resources' | 'post';
  event?: HookEvent;
  hook?: Hook;
  create: readonly Resource[];
  /** What must be ready (workloads) or complete (Jobs) before the next step. */
  await: readonly Resource[];
  remove: readonly Resource[];
}

/** How the release is played. */
export interface PlanOptions {
  action: Action;
  engine: Engine;
  /** `--wait`, `--atomic`, `--rollback-on-failure`; Flux and Argo CD always wait. */
  wait: boolean;
}

/** The steps that Helm (or Argo CD, Flux) goes through for an action, in its own order. */
export function plan(release: Release, options: PlanOptions): Step[] {
  return options.engine === 'argocd' && (options.action === 'install' || options.action === 'upgrade')
    ? planArgo(release)
    : planHelm(release, { ...options, wait: options.wait || options.engine === 'flux' }, options.engine === 'flux');
}

const events: Readonly<Record<Action, { pre: HookEvent; post: HookEvent }>> = {
  install: { pre: 'pre-install', post: 'post-install' },
  upgrade: { pre: 'pre-upgrade', post: 'post-upgrade' },
  rollback: { pre: 'pre-rollback', post: 'post-rollback' },
  uninstall: { pre: 'pre-delete', post: 'post-delete' },
};

function planHelm(release: Release, { action, wait }: PlanOptions, jobsToo: boolean): Step[] {
  const { pre, post } = events[action];
  const crds = release.ordinary.filter(({ kind }) => kind === 'CustomResourceDefinition');
  const waited = release.workloads
    .filter(({ hook, kind }) => !hook && kind !== 'CronJob' && (jobsToo || kind !== 'Job'))
    .map(({ resource }) => resource);
  const resources: Step =
    action === 'uninstall'
      ? {
          title: "the deletion of the release's resources",
          phase: 'resources',
          create: [],
          await: [],
          remove: release.ordinary,
        }
      : {
          title: "the release's resources",
          phase: 'resources',
          create: release.ordinary,
          await: wait ? waited : [],
          remove: [],
        };
  return [
    ...(action === 'install' && crds.length > 0
      ? [{ title: 'CRDs', phase: 'crds' as const, create: [], await: [], remove: [] }]
      : []),
    ...hookSteps(release, pre, 'pre'),
    resources,
    ...hookSteps(release, post, 'post'),
  ];
}

/**
 * The hooks of an event, one at a time. Helm waits for Jobs and Pods and takes anything else for ready at once;
 * deletions by `hook-succeeded` come after all hooks of the event (seen with Helm 3.17.3 and 4.2.3).
 */
function hookSteps(release: Release, event: HookEvent, phase: 'pre' | 'post'): Step[] {
  const hooks = release.hooks
    .filter((hook) => hook.events.includes(event))
    .sort((a, b) => byHelmOrder(a, b, release.sortName));
  return hooks.map((hook, index) => ({
    title: `${event} hook (weight ${hook.weight})`,
    phase,
    event,
    hook,
    create: [hook.resource],
    await: hook.resource.kind === 'Job' || hook.resource.kind === 'Pod' ? [hook.resource] : [],
    remove:
      index === hooks.length - 1
        ? hooks.filter(({ policies }) => policies.has('hook-succeeded')).map(({ resource }) => resource)
        : [],
  }));
}

/**
 * Argo CD's sync: phases PreSync, Sync, PostSync, in each the waves, in a wave everything is applied by kind and then
 * waited for. Helm hooks become Argo hooks; Argo's own annotations win. Hooks with `hook-succeeded` are deleted when
 * the whole sync has succeeded, and not at the end of their phase (`hooksPendingDeletionSuccessful` in gitops-engine's
 * sync_context.go).
 */
function planArgo(release: Release): Step[] {
  const phases = { PreSync: 'pre', Sync: 'resources', PostSync: 'post' } as const;
  const placed = new Map<string, Map<number, Resource[]>>();
  for (const resource of release.resources) {
    for (const phase of argoPhases(resource, release.hookFor(resource))) {
      const waves = placed.get(phase) ?? placed.set(phase, new Map()).get(phase)!;
      const wave = argoWave(resource, release.hookFor(resource));
      push(waves, wave, resource);
    }
  }
  const steps = (Object.keys(phases) as (keyof typeof phases)[]).flatMap((phase) => {
    const waves = [...(placed.get(phase) ?? new Map<number, Resource[]>())].sort(([a], [b]) => a - b);
    return waves.map(([wave, resources]): Step => {
      const create = [...resources].sort((a, b) => kindRank(a.kind) - kindRank(b.kind));
      return {
        title: `${phase}, wave ${wave}`,
        phase: phases[phase],
        create,
        await: create.filter((resource) => release.workloadFor(resource) && resource.kind !== 'CronJob'),
        remove: [],
      };
    });
  });
  const last = steps.at(-1);
  if (last)
    last.remove = release.hooks
      .filter((hook) => hook.argoPolicies.has('hook-succeeded'))
      .map(({ resource }) => resource)
      .filter((resource) => steps.some(({ create }) => create.includes(resource)));
  return steps;
}

function argoPhases(resource: Resource, hook: Hook | undefined): ('PreSync' | 'Sync' | 'PostSync')[] {
  const own = resource.annotations[argoHook];
  if (typeof own === 'string') {
    const phases = own.split(',').map((part) => part.trim());
    return (['PreSync', 'Sync', 'PostSync'] as const).filter((phase) => phases.includes(phase));
  }
  if (!hook) return ['Sync'];
  const pre = hook.events.includes('pre-install') || hook.events.includes('pre-upgrade');
  const post = hook.events.includes('post-install') || hook.events.includes('post-upgrade');
  return [...(pre ? (['PreSync'] as const) : []), ...(post ? (['PostSync'] as const) : [])];
}

/** The wave of a resource: Argo CD's annotation if it is a number, else Helm's weight, on ordinary resources too. */
function argoWave(resource: Resource, hook: Hook | undefined): number {
  const numberAt = (name: string) => atoi(str(resource.annotations[name]) ?? '');
  return numberAt('argocd.argoproj.io/sync-wave') ?? hook?.weight ?? numberAt(annotation.weight) ?? 0;
}
