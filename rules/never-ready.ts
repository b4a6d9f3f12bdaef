import {
  byCause,
  defineRule,
  describe,
  doubtOf,
  doubtWords,
  endOf,
  explainCause,
  isLate,
  rootOf,
  targetOf,
  type Cause,
  type Engine,
  type Report,
  type Timeline,
} from '../src/rule.ts';

export const neverReady = defineRule({
  id: 'never-ready',
  title: 'A workload waits for a Service that never answers',
  severity: 'error',
  preset: 'recommended',
  why: `A Deployment never becomes ready if its pods wait for a port that a Service does not forward, for a Service whose
    \`targetPort\` is not the name of a container port, for a Service whose pods are scaled to zero, or for the pod name
    of a StatefulSet under a Service other than its \`serviceName\`. The first pod of a StatefulSet never becomes ready if
    it waits for the second one, which is created only afterwards, unless \`podManagementPolicy\` is \`Parallel\`. Without \`--wait\` the install succeeds, but the
    application does not start. A container that waits in its own command and has no readiness or startup probe counts as
    ready, and its program never starts. Otherwise the release fails with \`--wait\` ("resource Deployment/… not ready. status: InProgress,
    message: Available: 0/1", "context deadline exceeded"). The same is true for the command of a readiness or startup
    probe.`,
  fix: 'Correct the port, the name or the number of replicas at the end of the chain, or remove the wait.',
  off: 'When something outside the chart changes the Service in the cluster.',
  see: [
    'https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports',
    'https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id',
    'https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#pod-management-policies',
  ],
  *check({ timeline, engine }) {
    yield* byCause(stuck(timeline, engine), ({ message }) => message.slice(message.indexOf(' waits for ')));
  },
});

function* stuck(timeline: Timeline, engine: Engine): Iterable<Report> {
  for (const { workload, causes, step } of timeline.stuck) {
    const mine = causes.filter((cause) => isMine(cause, timeline));
    const cause = mine.find((one) => doubtOf(one) === undefined) ?? mine[0];
    // A chain through another workload is reported there.
    if (!cause || cause.next) continue;
    const waits = engine === 'flux' || (engine === 'helm' && timeline.options.wait);
    const never = isLate(cause.need)
      ? 'its program never starts'
      : `its pods are never ready${waits ? ', and the release fails' : ''}`;
    yield {
      at: cause.need.place,
      message: `${describe(workload)} waits for ${targetOf(cause)}, ${endOf(cause, timeline)}: ${never}${doubtWords(cause)}`,
      severity: doubtOf(cause) === undefined ? 'error' : 'warning',
      because: explainCause(cause, timeline, step),
      resource: workload.resource,
      help: `Correct what the last line of the chain names, or remove the wait for ${targetOf(cause)} from ${describe(workload)}.`,
    };
  }
}

/** What other rules do not speak of: the end of the chain is a Service that is there, and nothing answers. */
function isMine(cause: Cause, timeline: Timeline): boolean {
  const { lack } = rootOf(cause);
  if (lack.type === 'dead' || lack.type === 'no-port') return true;
  return lack.type === 'absent' && lack.resource.kind === 'Service' && !timeline.createdBy(lack.resource);
}
