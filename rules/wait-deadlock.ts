import {
  byCause,
  defineRule,
  describe,
  describeAll,
  doubtOf,
  doubtWords,
  endOf,
  explainCause,
  newSuffix,
  plural,
  rootOf,
  targetOf,
  type Block,
  type Cause,
  type Engine,
  type Report,
  type Resource,
  type Step,
  type Timeline,
} from '../src/rule.ts';

export const waitDeadlock = defineRule({
  id: 'wait-deadlock',
  title: 'A workload waits for a later hook or sync wave',
  severity: 'warning',
  preset: 'recommended',
  why: `With \`--wait\`, \`--atomic\` (Helm 3) or \`--rollback-on-failure\` (Helm 4), and always under Flux, Argo CD and
    Terraform's helm_release, post-install hooks run only when every workload is ready. A workload whose pods wait for
    such a hook (for its Job to finish, or for the schema that it creates) is never ready, so the hook never runs. The
    release fails with "context deadline exceeded". A container that waits in its own command is ready meanwhile, unless
    it has a readiness or startup probe. Argo CD also continues with the next sync wave only when all
    workloads of a wave are healthy and all Jobs of it are complete. One that needs something of a later wave holds the
    sync up forever ("waiting for healthy state of batch/Job/…").`,
  fix: `Make the migration a plain Job, or a pre-install,pre-upgrade hook if its database is outside the chart.
    Alternatively, remove the wait from the workload. A comment that the chart must be installed without \`--wait\` does
    not help users of Flux and Argo CD. Between sync waves, move what is waited for into the wave of the workload or an
    earlier one.`,
  off: `When every installation uses plain \`helm install\` without \`--wait\`.`,
  see: [
    'https://github.com/openfga/helm-charts/issues/131',
    'https://github.com/chatwoot/charts/pull/206',
    'https://github.com/bitnami/charts/issues/32804',
    'https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/',
  ],
  *check({ waiting, wait, engine, release, newName }) {
    const ordinary = (hooks: readonly Resource[]) => madeOrdinary(hooks, engine, newName);
    yield* forContent(waiting, wait, engine, ordinary);
    yield* byCause(laterWaves(waiting), ({ message }) => message.slice(message.indexOf(' (')));
    const byHook = new Map<Resource, Waiting[]>();
    for (const block of waiting.blocks) {
      if (block.step.phase !== 'resources') continue;
      for (const cause of block.causes) {
        const { lack } = rootOf(cause);
        if (lack.type !== 'absent' || waiting.createdBy(lack.resource)?.phase !== 'post') continue;
        const waiters = byHook.get(lack.resource) ?? [];
        waiters.push({ block, cause });
        byHook.set(lack.resource, waiters);
      }
    }
    // The same workloads wait for several hooks: one cause, one finding.
    const byWaiters = new Map<string, { hooks: Resource[]; waiters: Waiting[] }>();
    for (const [hook, waiters] of byHook) {
      const certain = waiters.some(({ cause }) => doubtOf(cause) === undefined);
      const key = JSON.stringify([certain, waiters.map(({ block }) => describe(block.workload)).sort()]);
      const known = byWaiters.get(key);
      if (known) known.hooks.push(hook);
      else byWaiters.set(key, { hooks: [hook], waiters });
    }
    for (const { hooks, waiters } of byWaiters.values()) {
      const [hook] = hooks;
      if (!hook) continue;
      const [first] = [...waiters.filter(({ cause }) => doubtOf(cause) === undefined), ...waiters];
      const certain = doubtOf(first!.cause) === undefined;
      const workloads = [...new Set(waiters.map(({ block }) => block.workload))];
      const only = wait
        ? ''
        : engine === 'argocd'
          ? ' under Argo CD'
          : ' with --wait, --atomic or --rollback-on-failure, or under Flux and Argo CD';
      const one = hooks.length === 1;
      const event = waiting.createdBy(hook)?.event ?? 'PostSync';
      yield {
        at: hook.place('metadata', 'annotations', 'helm.sh/hook'),
        message: `${describeAll(hooks)}, ${one ? `a ${event} hook` : `${event} hooks`}, never ${one ? 'runs' : 'run'}${only}: ${describeAll(workloads)} ${workloads.length === 1 ? 'waits' : 'wait'} for ${one ? 'it' : 'them'} and never ${workloads.length === 1 ? 'becomes' : 'become'} ready${doubtWords(first!.cause)}`,
        because: [
          ...waiters.slice(0, 3).flatMap(({ block, cause }) => explainCause(cause, waiting, block.step)),
          ...(waiters.length > 3
            ? [
                {
                  message: `and ${plural(waiters.length - 3, 'more workload')} the same way`,
                  at: hook.place('metadata', 'name'),
                },
              ]
            : []),
        ],
        severity: wait && certain ? 'error' : 'warning',
        resource: hook,
        help: `${ordinary(hooks)} Or remove the wait from ${describeAll(workloads)}.${release.hookFor(hook) ? ` If everything that ${one ? 'it needs' : 'they need'} exists outside the chart, \`helm.sh/hook: pre-install,pre-upgrade\` also works.` : ''}`,
      };
    }
  },
});

/**
 * Workloads, and Argo CD's own Sync hooks, that need what a later wave of the same sync creates. Nothing of the last
 * wave is waited for, and nothing in it can lack this (`multiStep` in gitops-engine's sync_context.go).
 */
function* laterWaves(timeline: Timeline): Iterable<Report> {
  for (const { step, workload, causes } of timeline.blocks) {
    if (step.phase !== 'resources') continue;
    const mine = causes.filter((cause) => isOfLaterWave(cause, step, timeline));
    const [first] = [...mine.filter((cause) => doubtOf(cause) === undefined), ...mine];
    if (!first) continue;
    const { need } = first;
    const { lack } = rootOf(first);
    yield {
      at: need.place,
      message: `${describe(workload)} (${step.title}) ${need.type === 'wait' ? 'waits for' : 'needs'} ${targetOf(first)}, ${endOf(first, timeline, step)}: the sync cannot continue${doubtWords(first)}`,
      severity: doubtOf(first) === undefined ? 'error' : 'warning',
      because: explainCause(first, timeline, step),
      resource: workload.resource,
      ...(lack.type === 'absent' && {
        help: `Move ${describe(lack.resource)} into the wave of ${describe(workload)} or an earlier one (\`argocd.argoproj.io/sync-wave\`), or ${describe(workload)} into a later one.`,
      }),
    };
  }
}

function isOfLaterWave(cause: Cause, step: Step, { steps, createdBy }: Timeline): boolean {
  const { lack } = rootOf(cause);
  const created = lack.type === 'absent' ? createdBy(lack.resource) : undefined;
  return created?.phase === 'resources' && steps.indexOf(created) > steps.indexOf(step);
}

/**
 * Workloads that wait for what a post hook puts into a database: never ready under --wait, unless something else puts
 * it there.
 */
function* forContent(
  waiting: Timeline,
  wait: boolean,
  engine: Engine,
  ordinary: (hooks: readonly Resource[]) => string,
): Iterable<Report> {
  for (const { step, workload, causes } of waiting.missed) {
    if (step.phase !== 'resources') continue;
    for (const cause of causes) {
      const { lack, need } = rootOf(cause);
      if (need.type !== 'wait' || need.wait.kind !== 'content' || lack.type !== 'absent') continue;
      if (waiting.createdBy(lack.resource)?.phase !== 'post') continue;
      const when = wait || engine !== 'helm' ? '' : ' with --wait, and under Flux and Argo CD';
      yield {
        at: need.place,
        message: `${describe(workload)} waits for what ${describe(lack.resource)}, a post hook, writes to the database: it is never ready${when}, unless something else writes it`,
        help: `${ordinary([lack.resource])} Or remove the wait from ${describe(workload)}.`,
        because: explainCause(cause, waiting),
        severity: 'warning',
        resource: workload.resource,
      };
      break;
    }
  }
}

/**
 * How hooks become part of the release. The pod template of a plain Job is immutable: the next upgrade needs another
 * name.
 */
function madeOrdinary(
  hooks: readonly Resource[],
  engine: Engine,
  newName: (resource: Resource) => string | undefined,
): string {
  const one = hooks.length === 1;
  const jobs = hooks.every(({ kind }) => kind === 'Job');
  const what = jobs ? (one ? 'a plain Job' : 'plain Jobs') : one ? 'an ordinary resource' : 'ordinary resources';
  const renamed =
    jobs && !hooks.every(newName)
      ? `, and append ${newSuffix(engine)} to ${one ? 'its name' : 'their names'} wherever the chart uses ${one ? 'it' : 'them'}`
      : '';
  return `Make ${describeAll(hooks)} ${what}: remove ${one ? 'its' : 'their'} \`helm.sh/\` annotations${renamed}.`;
}

interface Waiting {
  block: Block;
  cause: Cause;
}
