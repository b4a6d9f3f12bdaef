import { defineRule, schemaReports } from '../src/rule.ts';

export const resourceSchema = defineRule({
  id: 'resource-schema',
  title: 'A resource has fields that its API does not know, or values of the wrong type',
  severity: 'error',
  preset: 'recommended',
  fixable: true,
  why: `A value of the wrong type is refused: "Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32".
Helm 4 applies on the server's side, which also refuses a field that the API does not know (\`imagePullpolicy\`): "failed to create typed patch object (default/web; apps/v1, Kind=Deployment):
.spec.template.spec.containers[name="web"].imagePullpolicy: field not declared in schema". Helm creates ordinary resources after the pre-install and pre-upgrade hooks, so the migration has run when the release fails. With Helm 3 the
API server leaves the field out and at most warns. Which Helm counts is the one that renders the chart, or \`--helm-version\`. Jobs are checked by \`job-schema\`; kinds of operators are not checked.`,
  fix: 'Write the field as the API has it, and where it has it; quote what must be a string.',
  off: 'When a mutating webhook or a patch changes these manifests before they reach the API.',
  see: [
    'https://kubernetes.io/docs/reference/using-api/server-side-apply/',
    'https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation',
  ],
  *check({ release, helmVersion }) {
    for (const resource of release.resources) {
      if (resource.kind === 'Job') continue;
      for (const report of schemaReports(resource, helmVersion)) {
        // hook-weight reports what is no string there.
        const [first, second, third] = report.at.path;
        if (first === 'metadata' && (second === 'labels' || second === 'annotations') && third !== undefined) continue;
        yield report;
      }
    }
  },
});
