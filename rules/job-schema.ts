import { defineRule, repeatedKeyReports, schemaReports } from '../src/rule.ts';

export const jobSchema = defineRule({
  id: 'job-schema',
  title: 'A Job has unknown fields or wrong types',
  severity: 'error',
  preset: 'recommended',
  fixable: true,
  why: `The API server refuses a value of the wrong type: "Job in version "v1" cannot be handled as a Job: json: cannot
    unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string". \`helm
    template\` and \`helm lint\` do not notice, and a pre-install hook fails only when Helm creates it. Helm 4 uses
    server-side apply, which also refuses an unknown field: ".spec.backOffLimit: field not declared in schema". With
    Helm 3 the API server drops the field and at most warns, so the intended limit or deadline has no effect. An unknown
    field may also belong to a newer Kubernetes. If neither its name nor its place shows what was meant, it is a warning
    with Helm 4 and an info with Helm 3. Of a key that is written twice, both Helms take the last value without a word. The Helm version is that of the Helm that renders the chart, or
    \`--helm-version\`.`,
  fix: `Put the field where the API expects it (\`backoffLimit\` and \`activeDeadlineSeconds\` under \`spec\` of the Job,
    \`restartPolicy\` under \`spec.template.spec\`). Quote values of \`env\`, labels and annotations.`,
  off: 'When a mutating webhook or a patch changes these manifests before they reach the API server.',
  see: [
    'https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/',
    'https://github.com/kubernetes/kubernetes/issues/122480',
    'https://github.com/kubeshop/helm-charts/pull/514',
    'https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation',
  ],
  *check(context) {
    const { release } = context;
    yield* repeatedKeyReports(release.jobs.map(({ resource }) => resource));
    for (const { resource } of release.jobs) yield* schemaReports(resource, context);
  },
});
