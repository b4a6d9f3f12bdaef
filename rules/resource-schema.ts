import { defineRule, repeatedKeyReports, schemaReports } from '../src/rule.ts';

export const resourceSchema = defineRule({
  id: 'resource-schema',
  title: 'A resource has unknown fields or wrong types',
  severity: 'error',
  preset: 'recommended',
  fixable: true,
  why: `The API server refuses a value of the wrong type: "Deployment in version "v1" cannot be handled as a Deployment:
    json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32". Helm 4 uses
    server-side apply, which also refuses an unknown field (\`imagePullpolicy\`): "failed to create typed patch object
    (default/web; apps/v1, Kind=Deployment): .spec.template.spec.containers[name="web"].imagePullpolicy: field not
    declared in schema". Helm creates ordinary resources after the pre-install and pre-upgrade hooks, so the migration
    has already run when the release fails. With Helm 3 the API server drops the field and at most warns. The Helm
    version is that of the Helm that renders the chart, or \`--helm-version\`. Of a key that is written twice in one
    mapping, both Helms take the last value without a word. \`job-schema\` checks Jobs. The fields of custom resources
    are not checked.`,
  fix: 'Write the field with the name and in the place that the API expects. Quote values that must be strings.',
  off: 'When a mutating webhook or a patch changes these manifests before they reach the API server.',
  see: [
    'https://kubernetes.io/docs/reference/using-api/server-side-apply/',
    'https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation',
  ],
  *check(context) {
    const { release } = context;
    yield* repeatedKeyReports(release.resources.filter(({ kind }) => kind !== 'Job'));
    for (const resource of release.resources) {
      if (resource.kind === 'Job') continue;
      for (const report of schemaReports(resource, context)) {
        // hook-weight reports what is no string there.
        const [first, second, third] = report.at.path;
        if (first === 'metadata' && (second === 'labels' || second === 'annotations') && third !== undefined) continue;
        yield report;
      }
    }
  },
});
