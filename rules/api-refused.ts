import { apiRefusals, byCause, defineRule, whenSent, type Report, type RuleContext } from '../src/rule.ts';

export const apiRefused = defineRule({
  id: 'api-refused',
  title: 'The API server refuses a resource',
  severity: 'error',
  preset: 'recommended',
  why: `The API server validates what Helm sends: names, labels, ports, probes, volumes, environment variables, selectors,
    resources, strategies and the data of Secrets. Anything it refuses stops the release: "Deployment.apps "web" is
    invalid: metadata.labels: Invalid value: "1.0.0+build.5": a valid label must be an empty string or consist of
    alphanumeric characters …". \`helm template\` and \`helm lint\` do not ask the API server. A hook fails when Helm
    creates it. An ordinary resource fails after the pre-install and pre-upgrade hooks, when the database is already
    migrated. Helm 4 uses server-side apply, which also refuses a list with two items of the same key, such as two
    environment variables of one name: "duplicate entries for key [name="A"]". Helm 3 keeps the last one. The checks are
    those of Kubernetes 1.34. They were compared with its API server on mutated resources (docs/proof.md).`,
  fix: 'Change the value as the message asks.',
  off: 'When a mutating webhook or a patch changes these manifests before they reach the API server.',
  see: [
    'https://kubernetes.io/docs/concepts/overview/working-with-objects/names/',
    'https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set',
    'https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy',
  ],
  *check(context) {
    yield* byCause(refused(context), causeOf);
  },
});

function* refused(context: RuleContext): Iterable<Report> {
  const { release, action, engine } = context;
  for (const resource of release.resources) {
    const when = whenSent(release.hookFor(resource), action, engine);
    if (!when) continue;
    for (const report of apiRefusals(resource, context)) if (!elsewhere(report)) yield { ...report, ...when };
  }
}

/**
 * A value that is refused under the same key wherever it stands; where the server names no value, a field of one
 * template.
 */
function causeOf({ at: { resource, path }, message }: Report): string {
  const text = message.slice(message.indexOf(': ', message.indexOf(': ') + 1));
  return /: "/.test(text)
    ? JSON.stringify([path.findLast((step) => typeof step === 'string'), text])
    : JSON.stringify([resource.manifest.source, resource.kind, path.filter((step) => typeof step === 'string'), text]);
}

/** What `restart-policy`, `job-name`, `single-run` and `hook-weight` report with more to say. */
function elsewhere({ at: { resource, path }, message }: Report): boolean {
  const place = path.join('.');
  const hook = resource.annotations['helm.sh/hook'] !== undefined;
  if (resource.kind === 'Pod' && hook && place === 'spec.restartPolicy') return true;
  if (resource.kind !== 'Job') return false;
  return (
    (place === 'spec.template.spec.restartPolicy' && !message.includes('podFailurePolicy')) ||
    (place === 'metadata.name' && !message.includes('will not able')) ||
    (place === 'metadata.generateName' && hook) ||
    (place === 'spec.completions' && message.includes('Required value'))
  );
}
