import {
  alsoBlocks,
  beside,
  defineRule,
  describe,
  endOf,
  explainCause,
  isLaterHook,
  rootOf,
  targetOf,
  type Report,
  type Timeline,
} from '../src/rule.ts';

export const hookDeadlock = defineRule({
  id: 'hook-deadlock',
  title: 'A hook waits for something that Helm creates only after the hook',
  severity: 'error',
  preset: 'recommended',
  why: `Helm runs the hooks of an event one at a time and goes on only when each Job or Pod has ended. The release's own resources are created
after every pre-install hook. A hook that waits for one of them can never end: \`helm install\` hangs until its timeout and fails with
"failed pre-install: … timed out waiting for the condition" (Helm 3) or "resource Job/… not ready. status: InProgress" and
"context deadline exceeded" (Helm 4), every time.`,
  fix: `Run the migration where what it waits for exists: as a plain Job (no hook annotation) that waits for its database, or as a
post-install,post-upgrade hook. Or make what it waits for part of the same event, as a hook with a lower weight, or take it out of the chart.`,
  off: 'When something outside of Helm creates the resource under this very name before the release; then better take it out of the chart.',
  see: ['https://helm.sh/docs/topics/charts_hooks/', 'https://github.com/hystax/optscale'],
  *check({ timeline, from, action, leaving }) {
    for (const { blocks, played } of [
      { blocks: timeline.blocks, played: timeline },
      { blocks: action === 'install' ? leaving('uninstall').blocks : [], played: leaving('uninstall') },
    ]) {
      for (const { step, workload, causes } of blocks) {
        if (step.phase === 'resources') continue;
        const mine = causes.filter(
          (cause) => cause.need.type !== 'reference' && !rootOf(cause).cycle && !isLaterHook(cause, step, played),
        );
        const [first] = mine;
        if (!first) continue;
        const further = mine.filter((cause) => targetOf(cause) !== targetOf(first));
        const others = beside(further.map(targetOf));
        const news = from && action === 'upgrade' && played === timeline ? ` (${from.label} does not have it)` : '';
        yield {
          at: first.need.place,
          message: `${describe(workload)} waits for ${targetOf(first)}, ${endOf(first, played)}${news}${others ? `; it is only the first: with it gone, ${others} still block` : ''}`,
          because: [...explainCause(first, played), ...alsoBlocks(further, played)],
          actions: [played.options.action],
          resource: workload.resource,
        };
      }
    }
    yield* inVain(timeline);
  },
});

/** Waits that hold nothing up for certain: they give up, or they ask for what is in a database. */
function* inVain(timeline: Timeline): Iterable<Report> {
  for (const { step, workload, causes } of timeline.missed) {
    if (step.phase === 'resources') continue;
    const blocked = timeline.blocks.find((block) => block.workload === workload)?.causes.map(targetOf) ?? [];
    const cause = causes.find((one) => !blocked.includes(targetOf(one)));
    if (cause?.need.type !== 'wait') continue;
    const { need } = cause;
    const { seconds, text } = need.wait;
    const report = {
      at: need.place,
      because: explainCause(cause, timeline),
      severity: 'warning' as const,
      resource: workload.resource,
    };
    if (need.wait.kind === 'content')
      yield {
        ...report,
        message: `${describe(workload)} waits for what ${targetOf(cause)} puts into the database, ${endOf(cause, timeline)}: it never ends, unless something else puts it there`,
        help: `Give ${describe(workload)} a higher weight than ${targetOf(cause)} at the same event, or take the wait (\`${text}\`) out.`,
      };
    else
      yield {
        ...report,
        message: `${describe(workload)} waits in vain for ${targetOf(cause)}, ${endOf(cause, timeline)}: the wait gives up${seconds === undefined ? '' : ` after ${seconds} s`} and the container goes on without it`,
        help: `Take the wait (\`${text}\`) out if the hook works without ${targetOf(cause)}. If it needs it, run the hook as post-install,post-upgrade, and let the wait fail when its time is over.`,
      };
  }
}
