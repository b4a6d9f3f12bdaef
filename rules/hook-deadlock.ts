import {
  alsoBlocks,
  beside,
  defineRule,
  describe,
  doubtOf,
  doubtWords,
  endOf,
  explainCause,
  isLaterHook,
  rootOf,
  targetOf,
  type Cause,
  type Lack,
  type Report,
  type Step,
  type Timeline,
} from '../src/rule.ts';

export const hookDeadlock = defineRule({
  id: 'hook-deadlock',
  title: 'A hook waits for something that Helm creates only after the hook',
  severity: 'error',
  preset: 'recommended',
  why: `Helm runs the hooks of an event one at a time and goes on only when each Job or Pod has ended. It creates the release's own resources
after every pre-install hook. A hook that waits for one of them never ends: \`helm install\` hangs until its timeout and fails with
"failed pre-install: … timed out waiting for the condition" (Helm 3) or "resource Job/… not ready. status: InProgress" and
"context deadline exceeded" (Helm 4), every time.`,
  fix: `Run the migration where what it waits for exists: as a plain Job (no hook annotation) that waits for its database, or as a
post-install,post-upgrade hook. Or make what it waits for part of the same event, as a hook with a lower weight, or take it out of the chart.`,
  off: 'When something outside of Helm creates the resource under this very name before the release; then better take it out of the chart.',
  see: ['https://helm.sh/docs/topics/charts_hooks/', 'https://github.com/hystax/optscale'],
  *check({ timeline, unwaiting, wait, engine, from, action, leaving }) {
    const isBlocked = new Set(timeline.blocks.map(({ workload }) => workload));
    // Under --wait a workload is waited for first, and never ready for the reason for which the hook would never end.
    const behindWait =
      wait && engine !== 'argocd' ? unwaiting.blocks.filter((block) => !isBlocked.has(block.workload)) : [];
    for (const { blocks, played } of [
      { blocks: timeline.blocks, played: timeline },
      { blocks: behindWait, played: unwaiting },
      { blocks: action === 'install' ? leaving('uninstall').blocks : [], played: leaving('uninstall') },
    ]) {
      for (const { step, workload, causes } of blocks) {
        if (step.phase === 'resources') continue;
        const mine = causes.filter(
          (cause) => cause.need.type !== 'reference' && !rootOf(cause).cycle && !isLaterHook(cause, step, played),
        );
        // What is certain comes first: it is the one that is seen in the cluster.
        const [first] = [...mine.filter(isCertain), ...mine];
        if (!first) continue;
        const further = mine.filter((cause) => targetOf(cause) !== targetOf(first));
        const others = beside(further.map(targetOf));
        const news =
          from && action === 'upgrade' && played.options.action === 'upgrade'
            ? ` (${from.label} does not have it)`
            : '';
        yield {
          at: first.need.place,
          message: `${describe(workload)} waits for ${targetOf(first)}, ${endOf(first, played, step)}${news}${doubtWords(first)}${others ? `; next ${further.length === 1 ? 'blocker' : 'blockers'}: ${others}` : ''}`,
          severity: isCertain(first) ? 'error' : 'warning',
          because: [...explainCause(first, played, step), ...alsoBlocks(further, played, step)],
          actions: [played.options.action],
          resource: workload.resource,
          help: adviceFor(first, step, played),
        };
      }
    }
    yield* inVain(timeline, action === 'upgrade' && !from);
  },
});

/**
 * Waits that hold nothing up for certain: they give up, or they ask for what is in a database. What an earlier revision put there is there:
 * at an upgrade of the same chart nothing is missing.
 */
function* inVain(timeline: Timeline, isThere: boolean): Iterable<Report> {
  for (const { step, workload, causes } of timeline.missed) {
    if (step.phase === 'resources') continue;
    const blocked = timeline.blocks.find((block) => block.workload === workload)?.causes.map(targetOf) ?? [];
    const cause = causes.find((one) => !blocked.includes(targetOf(one)));
    if (cause?.need.type !== 'wait') continue;
    const { need } = cause;
    const { seconds, text, kind } = need.wait;
    if (kind === 'content' && isThere) continue;
    const report = {
      at: need.place,
      because: explainCause(cause, timeline, step),
      severity: 'warning' as const,
      resource: workload.resource,
    };
    if (kind === 'content')
      yield {
        ...report,
        message: `${describe(workload)} waits for what ${targetOf(cause)} puts into the database, ${endOf(cause, timeline, step)}: it never ends, unless something else puts it there`,
        help: `Give ${describe(workload)} a higher weight than ${targetOf(cause)} at the same event, or take the wait (\`${text}\`) out.`,
      };
    else
      yield {
        ...report,
        message: `${describe(workload)} waits in vain for ${targetOf(cause)}, ${endOf(cause, timeline, step)}: the wait gives up${seconds === undefined ? '' : ` after ${seconds} s`} and the container goes on without it`,
        help: `Take the wait (\`${text}\`) out if the hook works without ${targetOf(cause)}. If it needs it, run the hook as post-install,post-upgrade, and let the wait fail when its time is over.`,
      };
  }
}

function isCertain(cause: Cause): boolean {
  return doubtOf(cause) === undefined;
}

/** What to do about a Service that nothing answers for. */
function deadAdvice({ service, end }: Lack & { type: 'dead' }): string {
  const { workload, name } = end;
  switch (end.dead) {
    case 'target-port':
      return `Give the container port in ${describe(workload)} the name ${name}, or write the port's number as targetPort of ${describe(service.resource)}.`;
    case 'no-replicas':
      return `Give ${describe(workload)} at least one replica, or take the wait out.`;
    case 'service-name':
      return `Write serviceName: ${service.resource.name} in ${describe(workload)}, or wait for a name under the Service that it has.`;
  }
}

/** What to do about a hook that waits for `cause`. */
function adviceFor(cause: Cause, { hook }: Step, { options }: Timeline): string {
  const root = rootOf(cause);
  const { lack } = root;
  if (lack.type === 'no-port')
    return `Add port ${lack.port} to Service ${lack.service.resource.name}, or wait for a port that it has.`;
  if (lack.type === 'dead') return deadAdvice(lack);
  if (!hook || options.engine !== 'helm' || (options.action !== 'install' && options.action !== 'upgrade'))
    return `Remove the wait for ${targetOf(cause)}.`;
  const name = describe(hook.resource);
  return `Let ${name} run when ${targetOf(cause)} exists: remove its helm.sh/hook annotations, which makes it a plain Job, or write "helm.sh/hook": post-install,post-upgrade if no workload waits for the migration. Otherwise take ${lack.type === 'absent' ? describe(lack.resource) : describe(lack.workload)} out of the chart, or make it a hook of the same event with a lower weight.`;
}
