import { checkJob, defineRule, describe } from '../src/rule.ts';

export const jobSchema = defineRule({
  id: 'job-schema',
  title: 'A Job has fields that the Job API does not know, or values of the wrong type',
  severity: 'error',
  preset: 'recommended',
  why: `A value of the wrong type is refused: "Job in version "v1" cannot be handled as a Job: json: cannot unmarshal number into Go struct field
EnvVar.spec.template.spec.containers.env.value of type string"; \`helm template\` and \`helm lint\` see nothing of it, and a pre-install hook fails only when it is its turn. A field that
the API does not know is dropped by Helm 3 with a warning of the API server at most, and the limit or deadline that was meant never holds; Helm 4 applies on the server's side, which refuses it:
"field not declared in schema". A field unknown here may also be one of a newer Kubernetes; where neither its name nor its place tells what was meant, it is an info.`,
  fix: 'Write the field where the API has it (`backoffLimit` and `activeDeadlineSeconds` under `spec` of the Job, `restartPolicy` under `spec.template.spec`), and quote values of `env`, labels and annotations.',
  off: 'When a mutating webhook or a patch turns these manifests into something else before they reach the API.',
  see: [
    'https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/',
    'https://github.com/kubernetes/kubernetes/issues/122480',
    'https://github.com/kubeshop/helm-charts/pull/514',
    'https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation',
  ],
  *check({ release }) {
    for (const job of release.jobs) {
      const { resource } = job;
      const faults = checkJob({
        apiVersion: resource.apiVersion,
        kind: resource.kind,
        metadata: resource.get('metadata'),
        spec: resource.get('spec'),
      });
      for (const { path, message, kind, meant } of faults) {
        // Helm reads its own annotations before the API does.
        if (path[1] === 'annotations' && String(path[2]).startsWith('helm.sh/')) continue;
        yield {
          at: kind === 'type' ? resource.place(...path) : resource.key(...path),
          message: `${describe(job)}: ${message}`,
          severity: kind === 'type' ? 'error' : kind === 'unknown' ? 'info' : 'warning',
          resource,
          ...(meant && {
            fix: {
              description: `Rename ${path.at(-1)} to ${meant}`,
              edits: [{ at: resource.key(...path), action: 'rename' as const, text: meant }],
            },
          }),
        };
      }
    }
  },
});
