import {
  alsoBlocks,
  annotation,
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
  type Release,
  type RuleContext,
  type Step,
  type Timeline,
} from '../src/rule.ts';

export const hookDeadlock = defineRule({
  id: 'hook-deadlock',
  title: 'A hook waits for something that Helm creates later',
  severity: 'error',
  preset: 'recommended',
  why: `Helm runs the hooks of an event one at a time and continues only when each Job or Pod has finished. It creates the
    ordinary resources of the release after every pre-install hook. A hook that waits for one of them never finishes.
    \`helm install\` hangs until its timeout and fails with "failed pre-install: … timed out waiting for the condition"
    (Helm 3) or "resource Job/… not ready. status: InProgress" and "context deadline exceeded" (Helm 4). This happens at
    every install.`,
  fix: `Run the migration when everything that it waits for exists: as a plain Job (without hook annotations, and with
    \`-{{ .Release.Revision }}\` in its name) that waits for its database, or as a post-install,post-upgrade hook. Alternatively, create what it waits for in a hook of the same
    event with a lower weight, or move it out of the chart.`,
  off: `When something outside Helm creates the resource under this name before the release. It is then better to remove the
    resource from the chart.`,
  see: ['https://helm.sh/docs/topics/charts_hooks/', 'https://github.com/hystax/optscale'],
  *check({ timeline, unwaiting, wait, engine, from, action, leaving, uniqueName, release }) {
    const isBlocked = new Set(timeline.blocks.map(({ workload }) => workload));
    // Collected once, and only for a report: each hook would look through all workloads.
    let awaited: ReadonlySet<string> | undefined;
    const isAwaited = (job: string) => (awaited ??= awaitedJobs(release)).has(job);
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
          help: adviceFor(first, step, played, { uniqueName, isAwaited }),
        };
      }
    }
    yield* inVain(timeline, action === 'upgrade' && !from);
  },
});

/**
 * Waits that hold nothing up for certain: they give up, or they ask for what is in a database. What an earlier revision
 * put there is there: at an upgrade of the same chart nothing is missing.
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
        message: `${describe(workload)} waits for what ${targetOf(cause)} writes to the database, ${endOf(cause, timeline, step)}: it waits forever, unless something else writes it`,
        help: `Run ${describe(workload)} at the same event as ${targetOf(cause)} with a higher weight, or remove the wait (\`${text}\`).`,
      };
    else
      yield {
        ...report,
        message: `${describe(workload)} waits in vain for ${targetOf(cause)}, ${endOf(cause, timeline, step)}: the wait gives up${seconds === undefined ? '' : ` after ${seconds} s`}, and the container continues without it`,
        help: `If the hook works without ${targetOf(cause)}, remove the wait (\`${text}\`). Otherwise write \`${annotation.hook}: post-install,post-upgrade\`, and make the wait fail at its time limit.`,
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
    case 'headless-port':
      return `Wait for port ${name}, or give ${describe(service.resource)} a cluster IP.`;
    case 'no-replicas':
      return `Give ${describe(workload)} at least one replica, or remove the wait.`;
    case 'later-pod':
      return `Write \`podManagementPolicy: Parallel\` in ${describe(workload)}, or let its pods become ready without ${name}.`;
    case 'service-name':
      return `Write \`serviceName: ${service.resource.name}\` in ${describe(workload)}, or wait for a name under the Service that it has.`;
  }
}

/** What to do about a hook that waits for `cause`. */
function adviceFor(
  cause: Cause,
  { hook }: Step,
  timeline: Timeline,
  { uniqueName, isAwaited: awaits }: Pick<RuleContext, 'uniqueName'> & { isAwaited: (job: string) => boolean },
): string {
  const { options } = timeline;
  const root = rootOf(cause);
  const { lack } = root;
  if (lack.type === 'no-port')
    return `Add port ${lack.port} to ${describe(lack.service.resource)}, or wait for a port that it has.`;
  if (lack.type === 'dead') return deadAdvice(lack);
  if (!hook || options.engine !== 'helm' || (options.action !== 'install' && options.action !== 'upgrade'))
    return `Remove the wait for ${targetOf(cause)}.`;
  const name = describe(hook.resource);
  if (lack.type === 'absent' && !timeline.createdBy(lack.resource))
    return `Create ${describe(lack.resource)} at ${options.action} too, or remove the wait for ${targetOf(cause)}.`;
  // A plain Job needs a new name at each upgrade: its pod template is immutable.
  const isAwaited = awaits(hook.resource.name);
  const renamed = uniqueName(hook.resource)
    ? ''
    : ` and append \`-{{ .Release.Revision }}\` to its name${isAwaited ? ', also where a workload waits for it' : ''}`;
  const afterwards = isAwaited
    ? ''
    : `, or write \`${annotation.hook}: post-install,post-upgrade\` if no workload waits for the migration`;
  return `Make ${name} a plain Job (remove its \`helm.sh/\` annotations${renamed})${afterwards}. Alternatively, move ${lack.type === 'absent' ? describe(lack.resource) : describe(lack.workload)} out of the chart.`;
}

/** Names of the Jobs that a workload of the release waits for. */
function awaitedJobs(release: Release): Set<string> {
  return new Set(
    release.workloads.flatMap(({ pod }) =>
      pod.containers.flatMap(({ understanding }) =>
        understanding.waits.flatMap((wait) => (wait.kind === 'job' ? (wait.name ?? []) : [])),
      ),
    ),
  );
}
