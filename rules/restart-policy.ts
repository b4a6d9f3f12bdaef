import { defineRule, describe, map, str } from '../src/rule.ts';

export const restartPolicy = defineRule({
  id: 'restart-policy',
  title: 'A restart policy that a Job cannot have, or that loses its logs',
  severity: 'error',
  preset: 'recommended',
  why: `A Job's pods are restarted by the Job: Kubernetes refuses \`Always\`, which is also what an omitted policy means ("spec.template.spec.restartPolicy: Required value: valid values:
"OnFailure", "Never""). With \`OnFailure\` the kubelet restarts the container in the same pod, and when \`backoffLimit\` is reached the pod is deleted, with the log of the failed migration.`,
  fix: 'Write `restartPolicy: Never`: each attempt is a pod of its own, whose log stays.',
  off: 'Never for Jobs that Kubernetes refuses; for `OnFailure` when logs are collected elsewhere.',
  see: ['https://kubernetes.io/docs/concepts/workloads/controllers/job/#handling-pod-and-container-failures'],
  *check({ release }) {
    const migrating = new Set(release.migrations.map(({ workload }) => workload));
    for (const job of release.jobs) {
      const { resource, pod } = job;
      if (Object.keys(map(resource.get(...pod.path))).length === 0) continue;
      const policy = str(pod.spec['restartPolicy']);
      const at = resource.place(...pod.path, 'restartPolicy');
      if (policy === undefined || policy === 'Always') {
        yield {
          at: policy === undefined ? resource.key(...pod.path) : at,
          message: `${describe(resource)} has ${policy === undefined ? 'no restartPolicy, which means Always' : 'restartPolicy: Always'}, and Kubernetes refuses that for a Job`,
          fix: { description: 'Set restartPolicy to Never', edits: [{ at, action: 'set', text: 'Never' }] },
        };
      } else if (policy === 'OnFailure' && migrating.has(job)) {
        yield { at, severity: 'info', message: `${describe(resource)} restarts a failed migration in the same pod (OnFailure), which is deleted with its log when backoffLimit is reached` };
      }
    }
  },
});
