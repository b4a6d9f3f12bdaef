import { defineRule, describe, explainCause, rootOf, type Cause } from '../src/rule.ts';

export const dependencyCycle = defineRule({
  id: 'dependency-cycle',
  title: 'Workloads and Jobs wait for each other in a circle',
  severity: 'error',
  preset: 'recommended',
  why: `Each of them starts only when the one before it is ready, so none ever does: the pods stay in Init:0/1 for ever, with \`--wait\` the release runs into
its timeout, and a Job that is part of the circle never completes.`,
  fix: 'Take one wait out of the circle. A server can usually start without its dependents; a migration needs the database alone.',
  off: 'Never: no order of starting resolves a circle.',
  see: ['https://kubernetes.io/docs/concepts/workloads/pods/init-containers/'],
  *check({ timeline }) {
    const reported = new Set<unknown>();
    for (const { workload, causes } of [...timeline.blocks, ...timeline.stuck]) {
      const cause = causes.find((one) => rootOf(one).cycle);
      if (!cause) continue;
      const members = membersOf(cause);
      const circle = [workload, ...members.filter((member) => member !== workload)];
      // A workload that only waits for the circle is not part of it; the circle itself is reported once.
      if (members.at(-1) !== workload || circle.some((member) => reported.has(member.resource))) continue;
      circle.forEach((member) => reported.add(member.resource));
      yield {
        at: cause.need.place,
        message: `${circle.map(describe).join(' waits for ')} waits for ${describe(workload)}: a circle, none of them can ever start`,
        because: explainCause(cause, timeline),
        resource: workload.resource,
      };
    }
  },
});

function membersOf(cause: Cause): ({ resource: object } & Parameters<typeof describe>[0])[] {
  const here = cause.lack.type === 'not-ready' ? [cause.lack.workload] : [];
  return [...here, ...(cause.next ? membersOf(cause.next) : [])] as never;
}
