import {
  annotation,
  argoHook,
  defineRule,
  describe,
  describeAll,
  hookEvents,
  linesWith,
  migrationsOf,
  parseManifest,
  splitAnnotation,
  str,
  type Release,
  type Report,
  type Resource,
  type RuleContext,
  type Workload,
} from '../src/rule.ts';

export const hookEvent = defineRule({
  id: 'hook-event',
  title: 'Helm ignores a hook or runs it unexpectedly',
  severity: 'error',
  preset: 'recommended',
  why: `If any part of \`helm.sh/hook\` is unknown (a misspelled event, a trailing comma, an empty value), Helm ignores the
    whole manifest. It creates neither a hook nor a resource, and exits with 0. The only trace is a log line without
    file or name: \`skipping unknown hook: "pre-instal"\` (Helm 3) or \`msg="skipping unknown hooks"
    hookTypes=pre-instal\` (Helm 4). The migration never runs. An annotation on the pod template, a label, or an item of
    a \`List\` does not make a hook. A migration that runs only at install or only at upgrade leaves the schema behind
    at the other.`,
  fix: `Write known events, separated by commas, as a string in \`metadata.annotations\` of the resource itself:
    \`helm.sh/hook: pre-install,pre-upgrade\`.`,
  off: 'When another tool reads the annotation in its own way.',
  see: [
    'https://helm.sh/docs/topics/charts_hooks/#the-available-hooks',
    'https://github.com/raystack/charts/pull/56',
    'https://github.com/openfga/helm-charts/issues/345',
  ],
  *check(context) {
    const { release, action, on, droppedHooks, engine } = context;
    if (droppedHooks.length > 0) yield* dropped(context);
    if (engine === 'helm') yield* forArgo(release);
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
          message: `${describe(resource)} migrates at ${odd.join(' and ')}: ${odd[0].startsWith('test') ? 'whenever somebody runs helm test' : 'while the release is being uninstalled'}`,
          help: writeEvents(hook.events.filter((event) => !odd.includes(event))),
        };
      if (engine === 'argocd' && hook.events.includes('post-install') && hook.events.includes('pre-upgrade')) {
        yield {
          at: hook.place,
          resource,
          severity: 'warning',
          message: `${describe(resource)} runs in PreSync and in PostSync of every sync under Argo CD, which has no upgrades: if its database is part of the chart, the first sync waits for the Job before the database exists`,
          help: `Write \`${annotation.hook}: post-install,post-upgrade\` if the database is part of the chart, and \`${annotation.hook}: pre-install,pre-upgrade\` otherwise.`,
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
        help: writeEvents([]),
      };
    // Argo CD runs the hooks of install and upgrade alike.
    if (engine !== 'argocd') yield* oneSided(context, on(action === 'install' ? 'upgrade' : 'install').release);
  },
});

/** Manifests that Helm dropped: it logs each annotation as it came out, and no file. */
function* dropped({ droppedHooks, templates, sources, crds, release }: RuleContext): Iterable<Report> {
  const files = sources.filter(({ path }) => /\/templates\/.*\.(?:ya?ml|tpl|json)$|\/values\.yaml$/.test(path));
  const all = templates();
  const found = all.filter(
    (resource) =>
      unknownEvents(resource).length > 0 && droppedHooks.some((value) => value.trim() === written(resource).trim()),
  );
  for (const value of new Set(droppedHooks)) {
    const here = found.filter((resource) => written(resource).trim() === value.trim());
    // In the text itself, whatever conditions stand around it.
    const lines = files.flatMap(({ path, text }) => linesWith(path, text, annotation.hook, value));
    const places = here.length > 0 ? [] : lines.flatMap((manifest) => parseManifest(manifest).resources);
    const literal = [
      ...here.map((resource) => ({ resource, at: resource.place('metadata', 'annotations', annotation.hook) })),
      ...places.map((resource) => ({ resource, at: resource.place(annotation.hook) })),
    ];
    for (const { resource, at } of literal) {
      if (isShipped(resource, value, crds, all)) continue;
      const isValue = isValues(resource);
      yield {
        at,
        resource,
        message: `Helm ignores ${isValue ? 'the manifest that takes this annotation' : `this ${resource.kind}`}: ${unknownWords(value)}`,
        help: adviceFor(value, isValue ? 'manifest' : resource.kind),
      };
    }
    // `crds/` is what Helm 3 and 4 install; the template is there for Helm 2.
    if (literal.length > 0 || (value.trim() === 'crd-install' && crds.length > 0)) continue;
    // A template computes the event: named only where no other can have done so.
    const printed = new Set(release.resources.map(({ manifest }) => manifest.source));
    const computing = all.filter(
      (resource) => blanked.test(written(resource)) && !printed.has(resource.manifest.source),
    );
    const [only] = computing.length > 0 ? computing : all.filter((resource) => blanked.test(written(resource)));
    const chart = sources.find(({ path }) => /^[^/]+\/Chart\.yaml$/.test(path));
    const at =
      only?.place('metadata', 'annotations', annotation.hook) ??
      (chart &&
        parseManifest({
          text: `kind: Chart\n${chart.text}`,
          file: chart.path,
          line: 0,
          source: chart.path,
          template: true,
        }).resources[0]?.place('name'));
    if (at)
      yield {
        at,
        message: `Helm ignores a manifest of this chart: ${unknownWords(value)}; a template computes the event`,
        help: adviceFor(value, 'resource'),
      };
  }
}

/**
 * Whether a CustomResourceDefinition with `crd-install` (Helm 2) comes out of `crds/` as well, where Helm 3 and 4 look
 * for it. An annotation in values stands for the CustomResourceDefinitions of the chart whose templates name no
 * annotation of their own.
 */
function isShipped(resource: Resource, value: string, crds: RuleContext['crds'], all: readonly Resource[]): boolean {
  if (value.trim() !== 'crd-install' || crds.length === 0) return false;
  const chart = resource.manifest.source?.replace(/\/(?:templates\/.*|values\.yaml)$/, '') ?? '';
  const mine = crds.filter(({ path }) => path.startsWith(`${chart}/crds/`));
  const ships = ({ name }: Resource) =>
    name === '' || blanked.test(name)
      ? mine.length > 0
      : mine.some(({ text }) => text.split('\n').some((line) => line.trim().replace(/["']/g, '') === `name: ${name}`));
  if (!isValues(resource)) return ships(resource);
  const meant = all.filter(
    ({ kind, manifest, annotations }) =>
      kind === 'CustomResourceDefinition' &&
      manifest.source?.startsWith(`${chart}/templates/`) === true &&
      annotations[annotation.hook] === undefined,
  );
  return meant.length > 0 ? meant.every(ships) : mine.length > 0;
}

function isValues({ manifest: { source } }: Resource): boolean {
  return source?.endsWith('/values.yaml') === true;
}

/** What to write instead of an annotation that Helm does not know. */
function adviceFor(value: string, kind: string): string {
  if (value.trim() === 'crd-install')
    return 'Move the CustomResourceDefinition into the folder `crds/` of the chart: Helm 3 and 4 install it from there.';
  const parts = splitAnnotation(value);
  const known = parts.filter((part) => isEvent(part));
  const meant = parts.map((part) => (isEvent(part) ? part : part === '' ? undefined : nearest(part)));
  const sure = meant.every((part, index) => part !== undefined || parts[index] === '') && meant.some(Boolean);
  if (sure) return `Write \`${annotation.hook}: ${[...new Set(meant.filter(Boolean))].join(',')}\`.`;
  return known.length > 0
    ? `Write \`${annotation.hook}: ${known.join(',')}\`.`
    : `${writeEvents([])} Remove the annotation if the ${kind} is not a hook.`;
}

/** The annotation with these events; where there are none, with events whose hooks find all that the chart creates. */
function writeEvents(events: readonly string[]): string {
  return events.length > 0
    ? `Write \`${annotation.hook}: ${events.join(',')}\`.`
    : `Write \`${annotation.hook}: post-install,post-upgrade\`, or \`pre-install,pre-upgrade\` if everything that it needs exists outside the chart.`;
}

/** The event that a misspelt one was meant to be: the only one that is one letter or its separator away. */
function nearest(part: string): string | undefined {
  // Helm 2's name for a test that is to fail; Helm 3 and 4 know `test` only.
  if (part === 'test-failure') return 'test';
  const letters = (text: string) => text.replace(/[^a-z]/g, '');
  const close = hookEvents.filter((event) => {
    const [a, b] = [letters(part), letters(event)];
    return a === b || isOneEditAway(a, b);
  });
  return close.length === 1 ? close[0] : undefined;
}

function isOneEditAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return [
    [at + 1, at + 1],
    [at + 1, at],
    [at, at + 1],
  ].some(([x, y]) => a.slice(x) === b.slice(y));
}

function isEvent(part: string): boolean {
  return (hookEvents as readonly string[]).includes(part);
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
  return splitAnnotation(written(resource)).filter((event) => !isEvent(event));
}

function unknownWords(value: string): string {
  const unknown = splitAnnotation(value).filter((event) => !isEvent(event));
  if (unknown.every((event) => event === '')) return 'its hook annotation has an empty event';
  const [first] = unknown;
  const meant = unknown.length === 1 ? nearest(first!) : undefined;
  const words = unknown.map((event) => JSON.stringify(event)).join(' and ');
  return `${words} ${unknown.length === 1 ? 'is not a hook event' : 'are not hook events'}${meant ? ` (did you mean ${meant}?)` : ''}`;
}

/** One hint for a chart that is written for Argo CD and judged as Helm plays it. */
function* forArgo(release: Release): Iterable<Report> {
  const own = release.resources.filter(
    (resource) => resource.annotations[argoHook] !== undefined && !release.hookFor(resource),
  );
  const [first] = own;
  if (first)
    yield {
      at: first.place('metadata', 'annotations', argoHook),
      resource: first,
      severity: 'info',
      message: `${describeAll(own)} ${own.length === 1 ? 'has' : 'have'} ${argoHook}, which only Argo CD reads: for Helm ${own.length === 1 ? 'it is an ordinary resource' : 'they are ordinary resources'}`,
      help: 'If Argo CD applies this chart, lint it with `--engine argocd`.',
    };
}

/**
 * The other action's event beside those of a hook: at an upgrade the same phase, at an install the one that finds all
 * of the chart.
 */
function bothSides({ hook, resource }: Workload, missing: 'install' | 'upgrade', isRenamed: boolean): string {
  if (hook) return writeEvents(withOther(hook.events, missing));
  // What is there at each upgrade needs a new name each time: the pod template of a Job is immutable.
  const renamed = isRenamed ? '' : ', and append `-{{ .Release.Revision }}` to its name';
  return `Remove the condition on \`.Release.IsInstall\` or \`.Release.IsUpgrade\` around ${describe(resource)}${renamed}.`;
}

function withOther(events: readonly string[], missing: 'install' | 'upgrade'): string[] {
  const pre = missing === 'upgrade' && events.includes('pre-install');
  const added = `${pre ? 'pre' : 'post'}-${missing}`;
  return missing === 'install' ? [added, ...events] : [...events, added];
}

/**
 * What else to write about a migration that Helm does not take for a hook yet: as a hook it would run at only one of
 * install and upgrade.
 */
function alsoWrite(value: unknown, resource: Resource, { migrations }: Release): string {
  const events = typeof value === 'string' ? splitAnnotation(value).filter(isEvent) : [];
  const lacks = (['install', 'upgrade'] as const).filter((side) => !events.some((event) => event.endsWith(`-${side}`)));
  const [missing] = lacks;
  if (!missing || lacks.length > 1 || migrations.length === 0) return '';
  if (migrations.some(({ workload }) => workload.resource !== resource)) return '';
  return `, and write \`${annotation.hook}: ${withOther(events, missing).join(',')}\` there`;
}

/** Hook annotations where Helm does not look, and in manifests that it did not print itself, unknown events. */
function* unseen(resource: Resource, release: Release): Iterable<Report> {
  const own = resource.annotations[annotation.hook];
  if (own !== undefined && resource.inList && resource.head.annotations[annotation.hook] === undefined) {
    yield {
      at: resource.place('metadata', 'annotations', annotation.hook),
      severity: 'warning',
      message: `${describe(resource)} is an item of a List, where Helm does not look for hooks: it is an ordinary resource`,
      help: `Write ${describe(resource)} as a document of its own, separated by \`---\`${alsoWrite(own, resource, release)}.`,
    };
  } else if (unknownEvents(resource).length > 0) {
    yield {
      at: resource.place('metadata', 'annotations', annotation.hook),
      message: `Helm ignores ${describe(resource)}: ${unknownWords(written(resource))}`,
      help: adviceFor(written(resource), resource.kind),
    };
  }
  if (own !== undefined) return;
  if (resource.labels[annotation.hook] !== undefined) {
    yield {
      at: resource.place('metadata', 'labels', annotation.hook),
      severity: 'warning',
      message: `${describe(resource)} has ${annotation.hook} as a label, where Helm does not look: it is an ordinary resource`,
      help: `Move \`${annotation.hook}\` from \`metadata.labels\` to \`metadata.annotations\`${alsoWrite(resource.labels[annotation.hook], resource, release)}.`,
    };
  }
  const workload = release.workloadFor(resource);
  if (workload && workload.kind !== 'Pod' && workload.pod.annotations[annotation.hook] !== undefined) {
    const path = [...workload.pod.path.slice(0, -1), 'metadata', 'annotations', annotation.hook];
    yield {
      at: resource.place(...path),
      severity: 'warning',
      message: `${describe(resource)} has ${annotation.hook} on its pod template, where Helm does not look: it is an ordinary resource`,
      help: `Move \`${annotation.hook}\` to \`metadata.annotations\` of ${describe(resource)} itself${alsoWrite(workload.pod.annotations[annotation.hook], resource, release)}.`,
    };
  }
}

/** A migration that only one of install and upgrade runs. */
function* oneSided({ release, action, uniqueName }: RuleContext, other: Release): Iterable<Report> {
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
      message: `${describe(resource)} migrates at ${action}${hook ? ` (${hook.events.join(',')})` : ''}, but ${nothing}`,
      help: bothSides(workload, elsewhere, uniqueName(resource) !== undefined),
      actions: [elsewhere],
    };
  }
}
