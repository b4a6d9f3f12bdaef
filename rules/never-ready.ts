import {
  defineRule,
  describe,
  doubtOf,
  doubtWords,
  endOf,
  explainCause,
  rootOf,
  targetOf,
  type Cause,
  type Timeline,
} from '../src/rule.ts';

export const neverReady = defineRule({
  id: 'never-ready',
  title: 'A workload waits for a Service that nothing can answer for',
  severity: 'error',
  preset: 'recommended',
  why: `The pods of a Deployment that wait for a port that a Service does not forward, for a Service whose \`targetPort\` is the name of no container port or whose pods are scaled to none, or for the name of a StatefulSet's pod
under a Service other than its \`serviceName\`, never become ready. Without \`--wait\` the install passes and the application does not start. With \`--wait\` the release fails ("resource Deployment/… not ready. status: InProgress, message: Available: 0/1",
"context deadline exceeded"). The same holds for a readiness or start-up probe whose command asks for it.`,
  fix: 'Correct the port, the name or the number of replicas that the chain of reasons ends at, or take the wait out.',
  off: 'When the Service is changed in the cluster by something that the chart does not show.',
  see: [
    'https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports',
    'https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id',
  ],
  *check({ timeline, engine }) {
    for (const { workload, causes, step } of timeline.stuck) {
      const mine = causes.filter((cause) => isMine(cause, timeline));
      const cause = mine.find((one) => doubtOf(one) === undefined) ?? mine[0];
      // A chain through another workload is reported there.
      if (!cause || cause.next) continue;
      const fails = engine === 'helm' && !timeline.options.wait ? '' : ', and the release fails';
      yield {
        at: cause.need.place,
        message: `${describe(workload)} waits for ${targetOf(cause)}, ${endOf(cause, timeline)}: its pods are never ready${fails}${doubtWords(cause)}`,
        severity: doubtOf(cause) === undefined ? 'error' : 'warning',
        because: explainCause(cause, timeline, step),
        resource: workload.resource,
      };
    }
  },
});

/** What other rules do not speak of: the end of the chain is a Service that is there, and nothing answers. */
function isMine(cause: Cause, timeline: Timeline): boolean {
  const { lack } = rootOf(cause);
  if (lack.type === 'dead' || lack.type === 'no-port') return true;
  return lack.type === 'absent' && lack.resource.kind === 'Service' && !timeline.createdBy(lack.resource);
}
