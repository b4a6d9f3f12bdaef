import { defineRule, describe, hooksOf, int, map, plural, str } from '../src/rule.ts';

export const restartPolicy = defineRule({
  id: 'restart-policy',
  title: 'A restart policy that Kubernetes refuses, that never ends, or that loses logs',
  severity: 'error',
  preset: 'recommended',
  fixable: true,
  why: `A Job's pods are restarted by the Job: Kubernetes refuses \`Always\`, which is also what an omitted policy means ("spec.template.spec.restartPolicy: Required value: valid values:
"OnFailure", "Never""). A Pod as a hook takes \`Always\` (also when it says nothing) and never succeeds: its containers are started again whenever they end, until Helm's timeout. With
\`OnFailure\` the kubelet restarts the container in the same pod, and when \`backoffLimit\` is reached the pod is deleted, with the log of the failed migration. What is not idempotent (a script of
SQL, a \`migrate:fresh\`) is begun again by every retry, whatever the failed attempt has done.`,
  fix: 'Write `restartPolicy: Never`: each attempt is a pod of its own, whose log stays. Give what is not idempotent `backoffLimit: 0`.',
  off: 'Never for what Kubernetes refuses; for `OnFailure` when logs are collected elsewhere.',
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
      const refused = policy !== undefined && !/^(Always|OnFailure|Never)$/.test(policy);
      if (policy === undefined || policy === 'Always' || refused) {
        const what = policy === undefined ? 'no restartPolicy, which means Always' : `restartPolicy: ${policy}`;
        yield {
          at: policy === undefined ? resource.key(...pod.path) : at,
          message:
            kind === 'Job' || refused
              ? `${describe(resource)} has ${what}, and Kubernetes refuses that for a ${kind}`
              : `${describe(resource)}, a hook, has ${what}: it never succeeds, and Helm waits for it until its timeout`,
          fix: { description: 'Set restartPolicy to Never', edits: [{ at, action: 'set', text: 'Never' }] },
        };
      } else if (policy === 'OnFailure' && kind === 'Job' && migrations.length > 0) {
        yield {
          at,
          severity: 'info',
          message: `${describe(resource)} restarts a failed migration in the same pod (OnFailure), which is deleted with its log when backoffLimit is reached`,
        };
      }
      const limit = int(resource.get('spec', 'backoffLimit')) ?? 6;
      const again = migrations.find(({ text }) => startsOver.test(text));
      if (kind === 'Job' && again && limit > 0)
        yield {
          at: again.place,
          resource,
          severity: 'info',
          message: `${describe(resource)} is tried again up to ${plural(limit, 'time')}, and "${again.text}" begins anew each time`,
        };
    }
  },
});

/** Commands that keep no account of what was done: resets, and SQL by a database's own client. */
const startsOver =
  /\bmigrate[: ](?:fresh|refresh|reset)\b|\bdatabase reset\b|^(?:\S*\/)?(?:psql|mysql|mariadb|sqlplus|cqlsh|clickhouse-client|mongosh?)\s/;
