import {
  apiRefusals,
  byCause,
  defineRule,
  describe,
  groupBy,
  whenSent,
  type Report,
  type Resource,
  type RuleContext,
} from '../src/rule.ts';

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
    environment variables of one name: "duplicate entries for key [name="A"]". Helm 3 keeps the last one. A resource that the chart writes
    twice fails the install with Helm 3 ("already exists"); Helm 4 applies both without a word, and either stays. The checks are
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
    yield* again(context);
  },
});

/**
 * Ordinary resources that the chart writes more than once. Tried on Helm 3.17.3, 4.1.4 and 4.2.3: all but one of them
 * are refused at an install by Helm 3; Helm 4 applies them side by side, and an upgrade with Helm 3 in turn.
 */
function* again({ release, action, engine, helmVersion }: RuleContext): Iterable<Report> {
  if (engine === 'argocd' || action !== 'install') return;
  const ordinary = release.resources.filter((resource) => resource.name !== '' && !release.hookFor(resource));
  const identity = (resource: Resource) =>
    [resource.apiVersion.replace(/\/?[^/]*$/, ''), resource.kind, release.namespaceOf(resource), resource.name].join(
      ' ',
    );
  for (const [first, ...others] of groupBy(ordinary, identity).values()) {
    const last = others.at(-1);
    if (!last) continue;
    const alike = others.every((other) => JSON.stringify(other.get()) === JSON.stringify(first.get()));
    const faults = [
      ...(helmVersion === 4 ? [] : ['Helm 3 fails at the install ("already exists")']),
      ...(helmVersion === 3 || alike ? [] : ['Helm 4 leaves the content of any one of them']),
    ];
    if (faults.length === 0) continue;
    yield {
      at: last.place('metadata', 'name'),
      message: `${describe(last)} is in the release ${others.length === 1 ? 'twice' : `${others.length + 1} times`}: ${faults.join(', and ')}`,
      severity: helmVersion === 3 ? 'error' : 'warning',
      actions: helmVersion === 3 || alike ? ['install'] : ['install', 'upgrade'],
      because: [first, ...others.slice(0, -1)].slice(0, 5).map((one) => ({
        message: `${describe(one)} is written here too`,
        at: one.place('metadata', 'name'),
      })),
      resource: last,
      help: 'Rename one of them, or merge them into one.',
    };
  }
}

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
