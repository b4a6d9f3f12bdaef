import {
  annotation,
  defineRule,
  describe,
  hookEvents,
  migrationsOf,
  splitAnnotation,
  str,
  type Release,
  type Report,
  type Resource,
} from '../src/rule.ts';

export const hookEvent = defineRule({
  id: 'hook-event',
  title: 'A hook event that Helm does not know, does not see, or that runs the migration at the wrong time',
  severity: 'error',
  preset: 'recommended',
  why: `One unknown part in \`helm.sh/hook\` (a misspelt event, a trailing comma, an empty value) and Helm drops the whole manifest: neither hook nor resource, exit 0. The
only trace is a line of its log, \`skipping unknown hook: "pre-instal"\` (Helm 3) or \`msg="skipping unknown hooks" hookTypes=pre-instal\` (Helm 4), without file or name.
The migration is never run. An annotation on the pod template, among the labels or on an item of a \`List\` makes no hook at all.`,
  fix: 'Write events that Helm knows, separated by commas, as a string in `metadata.annotations` of the resource itself: `helm.sh/hook: pre-install,pre-upgrade`.',
  off: 'When a resource is meant for another tool that reads the annotation in its own way.',
  see: [
    'https://helm.sh/docs/topics/charts_hooks/#the-available-hooks',
    'https://github.com/raystack/charts/pull/56',
    'https://github.com/openfga/helm-charts/issues/345',
  ],
  *check({ release, action, on, droppedHooks, templates, engine }) {
    if (droppedHooks.length > 0) yield* dropped(droppedHooks, templates(), release);
    for (const resource of release.resources) yield* unseen(resource, release);
    for (const job of new Set(release.migrations.map(({ workload }) => workload))) {
      const { hook, resource } = job;
      if (!hook) continue;
      // What runs only before a deletion is written for it (a dump, a downgrade).
      const only = hook.events.every((event) => event === 'pre-delete');
      const odd = only
        ? []
        : hook.events.filter((event) => event === 'post-delete' || event === 'pre-delete' || event.startsWith('test'));
      if (odd[0])
        yield {
          at: hook.place,
          resource,
          severity: 'warning',
          message: `${describe(resource)} migrates at ${odd.join(' and ')}: ${odd[0].startsWith('test') ? 'whenever somebody runs helm test' : 'when the release is being uninstalled'}`,
        };
      if (engine === 'argocd' && hook.events.includes('post-install') && hook.events.includes('pre-upgrade')) {
        yield {
          at: hook.place,
          resource,
          severity: 'warning',
          message: `${describe(resource)} runs in PreSync and in PostSync of every sync under Argo CD, which knows no upgrade: the first sync waits for it before its database exists, if that is part of the chart`,
        };
      }
    }
    const test =
      release.migrations.length === 0
        ? release.tests.find((workload) => migrationsOf(workload).some(({ certainty }) => certainty === 'certain'))
        : undefined;
    if (test)
      yield {
        at: test.resource.place('metadata', 'annotations', annotation.hook),
        severity: 'warning',
        message: `${describe(test)} migrates only when somebody runs helm test, and nothing else in the chart migrates`,
      };
    // Argo CD runs the hooks of install and upgrade alike.
    if (engine !== 'argocd') yield* oneSided(release, on(action === 'install' ? 'upgrade' : 'install').release, action);
  },
});

/** Manifests that Helm dropped: it logs each annotation as it came out, and no file. */
function* dropped(logged: readonly string[], templates: readonly Resource[], release: Release): Iterable<Report> {
  const isLogged = (resource: Resource) => logged.some((value) => value.trim() === written(resource).trim());
  const found = templates.filter((resource) => unknownEvents(resource).length > 0 && isLogged(resource));
  for (const resource of found) {
    yield {
      at: resource.place('metadata', 'annotations', annotation.hook),
      message: `${resource.kind} of this template is dropped by Helm: ${unknownWords(resource)}`,
    };
  }
  const rest = logged.filter((value) => !found.some((resource) => written(resource).trim() === value.trim()));
  if (rest.length === 0) return;
  // A template computes the event: where an annotation does and nothing came out, else where nothing came out.
  const printed = new Set(release.resources.map(({ manifest }) => manifest.source));
  const silent = templates.filter(({ manifest }) => !printed.has(manifest.source));
  const computing = (resource: Resource) => blanked.test(written(resource));
  const at = silent.find(computing) ?? templates.find(computing) ?? silent[0] ?? templates[0];
  if (at)
    yield {
      at: computing(at) ? at.place('metadata', 'annotations', annotation.hook) : at.place('kind'),
      message: `Helm drops a manifest of this chart: its log names the unknown hook event ${rest.map((value) => JSON.stringify(value)).join(', ')}, which a template computes`,
    };
}

/** An action of a template, blanked out. */
const blanked = /x{5,}/;

/** The hook annotation as text; nothing at all is to Helm as good as an empty one. */
function written(resource: Resource): string {
  return str(resource.annotations[annotation.hook]) ?? '';
}

/** The parts of a hook annotation that Helm does not know. */
function unknownEvents(resource: Resource): string[] {
  const value = resource.annotations[annotation.hook];
  if (value === undefined || (typeof value === 'object' && value !== null) || blanked.test(written(resource)))
    return [];
  return splitAnnotation(written(resource)).filter((event) => !(hookEvents as readonly string[]).includes(event));
}

function unknownWords(resource: Resource): string {
  const unknown = unknownEvents(resource);
  return unknown.every((event) => event === '')
    ? 'its hook annotation has an empty event'
    : `${unknown.map((event) => JSON.stringify(event)).join(', ')} is no hook event`;
}

/** Hook annotations where Helm does not look, and in manifests that it did not print itself, unknown events. */
function* unseen(resource: Resource, release: Release): Iterable<Report> {
  const own = resource.annotations[annotation.hook];
  if (own !== undefined && resource.inList && resource.head.annotations[annotation.hook] === undefined) {
    yield {
      at: resource.place('metadata', 'annotations', annotation.hook),
      severity: 'warning',
      message: `${describe(resource)} is an item of a List, where Helm looks for no hooks: it is an ordinary resource`,
    };
  } else if (unknownEvents(resource).length > 0) {
    yield {
      at: resource.place('metadata', 'annotations', annotation.hook),
      message: `${describe(resource)} is dropped by Helm: ${unknownWords(resource)}`,
    };
  }
  if (own !== undefined) return;
  if (resource.labels[annotation.hook] !== undefined) {
    yield {
      at: resource.place('metadata', 'labels', annotation.hook),
      severity: 'warning',
      message: `${describe(resource)} has the hook event among its labels, where Helm does not look: it is an ordinary resource`,
    };
  }
  const workload = release.workloadFor(resource);
  if (workload && workload.kind !== 'Pod' && workload.pod.annotations[annotation.hook] !== undefined) {
    const path = [...workload.pod.path.slice(0, -1), 'metadata', 'annotations', annotation.hook];
    yield {
      at: resource.place(...path),
      severity: 'warning',
      message: `${describe(resource)} has the hook event on its pod template, where Helm does not look: it is an ordinary resource`,
    };
  }
}

/** A migration that only one of install and upgrade runs. */
function* oneSided(release: Release, other: Release, action: 'install' | 'upgrade'): Iterable<Report> {
  const runs = (one: Release, at: 'install' | 'upgrade') =>
    one.migrations.filter(
      ({ workload }) =>
        !workload.hook || workload.hook.events.some((event) => event === `pre-${at}` || event === `post-${at}`),
    );
  const elsewhere = action === 'install' ? 'upgrade' : 'install';
  const mine = runs(release, action);
  const [here, there] = [mine, runs(other, elsewhere)].map(
    (list) => new Set(list.map(({ container }) => container.repository)),
  );
  // Two images may share the work between them; but not where all that migrates there migrates here too.
  const paired = [...there!].every((repository) => here!.has(repository));
  for (const { workload, container, certainty } of mine) {
    const { resource, hook, kind } = workload;
    if (!hook && kind !== 'Job') continue;
    if (
      there!.size > 0 &&
      (!paired || certainty !== 'certain' || container.repository === '' || there!.has(container.repository))
    )
      continue;
    const nothing =
      there!.size > 0
        ? `no migration of ${container.repository} runs at ${elsewhere}`
        : `nothing in the chart migrates at ${elsewhere}`;
    yield {
      at: hook?.place ?? resource.place('metadata', 'name'),
      resource,
      severity: 'warning',
      message: `${describe(resource)} migrates at ${action}${hook ? ` (${hook.events.join(',')})` : ''}, and ${nothing}`,
      actions: [elsewhere],
    };
  }
}
