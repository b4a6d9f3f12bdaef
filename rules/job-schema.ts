import { defineRule, schemaReports } from '../src/rule.ts';

export const jobSchema = defineRule({
  id: 'job-schema',
  title: 'A Job has fields that the Job API does not know, or values of the wrong type',
  severity: 'error',
  preset: 'recommended',
  fixable: true,
  why: `A value of the wrong type is refused: "Job in version "v1" cannot be handled as a Job: json: cannot unmarshal number into Go struct field
EnvVar.spec.template.spec.containers.env.value of type string". \`helm template\` and \`helm lint\` do not notice, and a pre-install hook fails only when it is its turn. Helm 4 applies on the
server's side, which also refuses a field that the API does not know: ".spec.backOffLimit: field not declared in schema". With Helm 3 the API server leaves it out and at most warns, so the limit or deadline that
was meant never holds. A field unknown here may also be one of a newer Kubernetes; where neither its name nor its place shows what was meant, it is a warning with Helm 4 and an info with Helm 3.
Which Helm counts is the one that renders the chart, or \`--helm-version\`.`,
  fix: 'Write the field where the API has it (`backoffLimit` and `activeDeadlineSeconds` under `spec` of the Job, `restartPolicy` under `spec.template.spec`), and quote values of `env`, labels and annotations.',
  off: 'When a mutating webhook or a patch changes these manifests before they reach the API.',
  see: [
    'https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/',
    'https://github.com/kubernetes/kubernetes/issues/122480',
    'https://github.com/kubeshop/helm-charts/pull/514',
    'https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation',
  ],
  *check({ release, helmVersion }) {
    for (const { resource } of release.jobs) yield* schemaReports(resource, helmVersion);
  },
});
