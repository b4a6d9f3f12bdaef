import { defineRule, describe, hooksOf, int, map, plural, str } from '../src/rule.ts';

export const restartPolicy = defineRule({
  id: 'restart-policy',
  title: 'A Job or hook Pod has an unsuitable restart policy',
  severity: 'error',
  preset: 'recommended',
  fixable: true,
  why: `A Job restarts its pods itself. Kubernetes therefore refuses \`Always\`, which is also the default
    ("spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never""). A Pod that is a hook may
    have \`Always\`, but then it never succeeds: Kubernetes restarts its containers whenever they end, until Helm's
    timeout. With \`OnFailure\` the kubelet restarts the container in the same pod. When \`backoffLimit\` is reached,
    the pod is deleted together with the log of the failed migration. \`backoffLimit: 1\` is reached by the first restart: the
    Job fails while its only retry begins. Every retry starts a migration that is not
    idempotent (an SQL script, a \`migrate:fresh\`) from the beginning, whatever the failed attempt has done.`,
  fix: `Write \`restartPolicy: Never\`: each attempt is a pod of its own, and its log is kept. Set \`backoffLimit: 0\` for
    migrations that are not idempotent.`,
  off: `Never for what Kubernetes refuses. For \`OnFailure\`, when logs are collected elsewhere.`,
  see: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/job/#handling-pod-and-container-failures',
    'https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy',
  ],
  *check({ release }) {
    for (const job of [...release.jobs, ...hooksOf(release).filter(({ kind }) => kind === 'Pod')]) {
      const { resource, pod, kind } = job;
      if (Object.keys(map(resource.get(...pod.path))).length === 0) continue;
      const policy = str(pod.spec['restartPolicy']);
      const at = resource.place(...pod.path, 'restartPolicy');
      const migrations = release.migrationsIn(job);
      const limit = int(resource.get('spec', 'backoffLimit')) ?? 6;
      const refused = policy !== undefined && !/^(Always|OnFailure|Never)$/.test(policy);
      if (policy === undefined || policy === 'Always' || refused) {
        const what = policy === undefined ? 'no restartPolicy, so it is Always' : `restartPolicy: ${policy}`;
        yield {
          at: policy === undefined ? resource.key(...pod.path) : at,
          message:
            kind === 'Job' || refused
              ? `${describe(resource)} has ${what}, which Kubernetes refuses for a ${kind}`
              : `${describe(resource)}, a hook, has ${what}: it never succeeds, and Helm waits until its timeout`,
          help: 'Write `restartPolicy: Never` in the spec of the pod.',
          fix: { description: 'Set restartPolicy to Never', edits: [{ at, action: 'set', text: 'Never' }] },
        };
      } else if (policy === 'OnFailure' && kind === 'Job' && limit === 1 && job.hook) {
        yield {
          at,
          severity: 'warning',
          message: `${describe(resource)} has no retry: with restartPolicy OnFailure Kubernetes counts restarts, and backoffLimit 1 is reached when the failed container starts again, which ends it`,
          because: [{ message: 'one restart is the limit', at: resource.place('spec', 'backoffLimit') }],
          help: 'Write `restartPolicy: Never`, with which `backoffLimit` 1 is one whole retry.',
        };
      } else if (policy === 'OnFailure' && kind === 'Job' && migrations.length > 0) {
        yield {
          at,
          severity: 'info',
          message: `${describe(resource)} restarts a failed migration in the same pod (OnFailure), which Kubernetes deletes with its log when backoffLimit is reached`,
          help: 'Write `restartPolicy: Never`.',
        };
      }
      const again = migrations.find(({ text }) => startsOver.test(text));
      if (kind === 'Job' && again && limit > 0)
        yield {
          at: again.place,
          resource,
          severity: 'info',
          message: `${describe(resource)} is retried up to ${plural(limit, 'time')}, and "${again.text}" starts from the beginning each time`,
          help: 'Write `backoffLimit: 0` in the spec of the Job.',
        };
    }
  },
});

/** Commands that keep no account of what was done: resets, and SQL by a database's own client. */
const startsOver =
  /\bmigrate[: ](?:fresh|refresh|reset)\b|\bdatabase reset\b|^(?:\S*\/)?(?:psql|mysql|mariadb|sqlplus|cqlsh|clickhouse-client|mongosh?)\s/;
