import { annotation, defineRule, describe, hookEvents, splitAnnotation, str, type Release, type Report, type Resource } from '../src/rule.ts';

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
  see: ['https://helm.sh/docs/topics/charts_hooks/#the-available-hooks', 'https://github.com/raystack/charts/pull/56', 'https://github.com/openfga/helm-charts/issues/345'],
  *check({ release, action, on, droppedHooks, templates, engine }) {
    if (action === 'install' && droppedHooks.length > 0) yield* dropped(droppedHooks, templates(), release);
    for (const resource of release.resources) yield* unseen(resource, release);
    for (const job of new Set(release.migrations.map(({ workload }) => workload))) {
      const { hook, resource } = job;
      if (!hook) continue;
      const odd = hook.events.filter((event) => event === 'post-delete' || event === 'pre-delete' || event.startsWith('test'));
      if (odd.length > 0) yield { at: hook.place, resource, severity: 'warning', message: `${describe(resource)} migrates at ${odd.join(' and ')}: ${odd[0]!.startsWith('test') ? 'only when somebody runs helm test' : 'when the release is being uninstalled'}` };
      if (engine === 'argocd' && hook.events.includes('post-install') && hook.events.includes('pre-upgrade')) {
        yield { at: hook.place, resource, severity: 'warning', message: `${describe(resource)} runs in PreSync and in PostSync of every sync under Argo CD, which knows no upgrade: the first sync waits for it before its database exists, if that is part of the chart` };
      }
    }
    yield* oneSided(release, on(action === 'install' ? 'upgrade' : 'install').release, action);
  },
});

function* dropped(events: readonly string[], templates: readonly Resource[], release: Release): Iterable<Report> {
  const found = templates.filter((resource) => unknownEvents(resource).length > 0);
  for (const resource of found) {
    yield { at: resource.place('metadata', 'annotations', annotation.hook), message: `${resource.kind} of this template is dropped by Helm: ${unknownWords(resource)}` };
  }
  // The events are computed: a template of which nothing came out is the likeliest.
  const printed = new Set(release.resources.map(({ manifest }) => manifest.source));
  const anywhere = templates.find(({ manifest }) => !printed.has(manifest.source)) ?? templates[0];
  if (found.length === 0 && anywhere) {
    yield { at: anywhere.place('kind'), message: `Helm drops a manifest of this chart: its log names the unknown hook event ${events.map((event) => JSON.stringify(event)).join(', ')}, which a template computes` };
  }
}

/** The parts of a hook annotation that Helm does not know. */
function unknownEvents(resource: Resource): string[] {
  const value = resource.annotations[annotation.hook];
  if (value === undefined || value === null) return [];
  // An action stands there: what it prints is not known.
  if (typeof value === 'string' && /x{5,}/.test(value)) return [];
  return splitAnnotation(str(value) ?? '').filter((event) => !(hookEvents as readonly string[]).includes(event));
}

function unknownWords(resource: Resource): string {
  const unknown = unknownEvents(resource);
  return unknown.every((event) => event === '') ? 'its hook annotation has an empty event' : `${unknown.map((event) => JSON.stringify(event)).join(', ')} is no hook event`;
}

/** Hook annotations where Helm does not look, and in manifests that it did not print itself, unknown events. */
function* unseen(resource: Resource, release: Release): Iterable<Report> {
  const own = resource.annotations[annotation.hook];
  if (own !== undefined && resource.inList) {
    yield { at: resource.place('metadata', 'annotations', annotation.hook), severity: 'warning', message: `${describe(resource)} is an item of a List, where Helm looks for no hooks: it is an ordinary resource` };
  } else if (typeof own === 'string' && unknownEvents(resource).length > 0) {
    yield { at: resource.place('metadata', 'annotations', annotation.hook), message: `${describe(resource)} is dropped by Helm: ${unknownWords(resource)}` };
  }
  if (own !== undefined) return;
  if (resource.labels[annotation.hook] !== undefined) {
    yield { at: resource.place('metadata', 'labels', annotation.hook), severity: 'warning', message: `${describe(resource)} has the hook event among its labels, where Helm does not look: it is an ordinary resource` };
  }
  const workload = release.workloadFor(resource);
  if (workload && workload.kind !== 'Pod' && workload.pod.annotations[annotation.hook] !== undefined) {
    const path = [...workload.pod.path.slice(0, -1), 'metadata', 'annotations', annotation.hook];
    yield { at: resource.place(...path), severity: 'warning', message: `${describe(resource)} has the hook event on its pod template, where Helm does not look: it is an ordinary resource` };
  }
}

/** A migration that only one of install and upgrade runs. */
function* oneSided(release: Release, other: Release, action: 'install' | 'upgrade'): Iterable<Report> {
  const runs = (one: Release, at: 'install' | 'upgrade') => one.migrations.filter(({ workload }) => !workload.hook || workload.hook.events.some((event) => event === `pre-${at}` || event === `post-${at}`));
  const elsewhere = action === 'install' ? 'upgrade' : 'install';
  const mine = runs(release, action);
  const theirs = new Set(runs(other, elsewhere).map(({ container }) => container.repository));
  for (const { workload, container } of mine) {
    if (!workload.hook || theirs.size > 0 && (theirs.has(container.repository) || container.repository === '')) continue;
    if (theirs.size > 0 && mine.length > 1) continue;
    yield { at: workload.hook.place, resource: workload.resource, severity: 'warning', message: `${describe(workload.resource)} migrates at ${action} (${workload.hook.events.join(',')}), and nothing migrates at ${elsewhere}`, actions: [elsewhere] };
    return;
  }
}
