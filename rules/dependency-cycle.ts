import {
  defineRule,
  describe,
  describeAll,
  doubtOf,
  doubtWords,
  explainCause,
  linksOf,
  rootOf,
  type Cause,
  type Workload,
} from '../src/rule.ts';

export const dependencyCycle = defineRule({
  id: 'dependency-cycle',
  title: 'Workloads wait for each other in a cycle',
  severity: 'error',
  preset: 'recommended',
  why: `Each member of the cycle starts only when the next one is ready, so none of them ever starts. The pods stay in
    Init:0/1. With \`--wait\` the release times out, and a Job in the cycle never completes.`,
  fix: `Remove one wait from the cycle. A server can usually start without the services that depend on it. A migration needs
    only the database.`,
  off: 'Never: no start order resolves a cycle.',
  see: ['https://kubernetes.io/docs/concepts/workloads/pods/init-containers/'],
  *check({ timeline }) {
    const reported = new Set<unknown>();
    for (const { step, workload, causes } of [...timeline.blocks, ...timeline.stuck]) {
      const cause = causes.find((one) => rootOf(one).cycle);
      if (!cause) continue;
      const members = membersOf(cause);
      const cycle = [workload, ...members.filter((member) => member !== workload)];
      // A workload that only waits for the cycle is not part of it; the cycle itself is reported once.
      if (members.at(-1) !== workload || cycle.some((member) => reported.has(member.resource))) continue;
      cycle.forEach((member) => reported.add(member.resource));
      const all = describeAll(cycle);
      const chain =
        cycle.length === 1
          ? cause.need.type === 'wait' && cause.need.probe
            ? `${all} is ready only when its own Service answers, which it does only for pods that are ready`
            : `${all} waits for itself before it starts, so it can never start`
          : cycle.length === 2
            ? `${all} wait for each other, so neither can start`
            : `${all} wait for each other in a cycle, so none of them can start`;
      yield {
        at: cause.need.place,
        message: chain + doubtWords(cause),
        severity: doubtOf(cause) === undefined ? 'error' : 'warning',
        because: explainCause(cause, timeline, step),
        resource: workload.resource,
        help: cycle[1]
          ? `Remove the wait for ${describe(cycle[1])} from ${describe(workload)}, or another wait of the cycle.`
          : `Remove the wait of ${describe(workload)} for itself.`,
      };
    }
  },
});

/** The workloads that a chain of causes goes through. */
function membersOf(cause: Cause): Workload[] {
  return linksOf(cause).flatMap(({ lack }) => (lack.type === 'not-ready' ? [lack.workload] : []));
}
