import { namesThatMatter, renamed, type Release, type Workload } from '../model/index.ts';
import { parseManifest, templateManifests, type Place, type Resource } from '../parse/index.ts';
import type { PolicyService, Report, Rule, RuleContext, Severity } from '../rule.ts';
import { simulate, steadyState, type Engine, type Timeline } from '../simulate/index.ts';
import { planFix, valueForKey, type TextOf } from '../fix/plan.ts';
import type { Locate } from '../place/index.ts';
import { dependencyOf } from '../render/dependencies.ts';
import { joinAlike } from './alike.ts';
import { playing, type Play } from './play.ts';
import type { Finding, Suppression } from '../finding.ts';
import { fingerprintOf } from '../fingerprint.ts';
import type { FileLine } from '../place/location.ts';
import type { Unjudged } from './unjudged.ts';

export type { Finding } from '../finding.ts';
export { byPlace } from './by-place.ts';

/** A rule that failed; the reports it gave before are kept. */
export interface RuleFailure {
  rule: string;
  error: unknown;
}

/** Each includes those before it. */
export const presets: readonly Rule['preset'][] = ['recommended', 'strict', 'all'];

/** A rule with the severity and options that the policy gives it. */
export interface ActiveRule {
  rule: Rule;
  /** The severity that the policy or the command line gives it; the rule's own (or its report's) where absent. */
  severity?: Severity;
  /** Where the policy says so; absent where the command line does. */
  severityAt?: FileLine;
  /** The rule is off, and by what: its findings are suppressed. */
  off?: Suppression;
  /** Presets in which it is not named itself hold back what it reports for later ones; absent where it is named. */
  preset?: Rule['preset'];
  options: Readonly<Record<string, unknown>>;
}

/** What is checked: the releases of one chart in one scenario, and how its places become lines. */
export interface CheckInput {
  install: Release;
  upgrade: Release;
  engine: Engine;
  wait: boolean;
  /** It is known that nothing waits, so that what would happen under `--wait` does not matter. */
  neverWaits?: boolean;
  helmVersion?: 3 | 4;
  /** Whether the user named the release: else what depends on the name is tried with others. */
  nameGiven: boolean;
  from?: { label: string; install: Release; release: Release };
  play: Play;
  actions: readonly ('install' | 'upgrade')[];
  rules: readonly ActiveRule[];
  services: readonly PolicyService[];
  droppedHooks: readonly string[];
  crds: readonly { path: string; text: string }[];
  /** Told once, of the first report. */
  onReport?: () => void;
  /** Told of a rule that throws: the others go on. */
  onFailure: (failure: RuleFailure) => void;
  /** Told of workloads whose chains of causes were not followed to their end. */
  onUnexplained: (workloads: Iterable<Workload>, action: 'install' | 'upgrade') => void;
  templates: readonly { path: string; text: string }[];
  uniqueName: RuleContext['uniqueName'];
  generated: RuleContext['generated'];
  looksUp: RuleContext['looksUp'];
  namedByNamespace: RuleContext['namedByNamespace'];
}

/** A finding whose places are not lines yet. */
export interface PlacedReport extends Omit<Finding, 'location' | 'because' | 'fix'> {
  at: Place;
  because: { message: string; at: Place }[];
  fix: Report['fix'];
  /** The resource that it is about. */
  subject: Resource;
  /** It is not reported, and by what. */
  suppression?: Suppression;
}

/** Applies the rules for each action and merges what is said twice. */
export function check(input: CheckInput): PlacedReport[] {
  return input.nameGiven ? collect(input) : byName(input);
}

/**
 * What holds whatever the release is called, and what holds for some names only: that is no error, and the message says
 * which.
 */
function byName(input: CheckInput): PlacedReport[] {
  const findings = collect(input);
  const names = [...new Set([...namesThatMatter(input.install), ...namesThatMatter(input.upgrade)])];
  if (names.length === 0) return findings;
  const others = names.map((name) => {
    const releases = { install: renamed(input.install, name), upgrade: renamed(input.upgrade, name) };
    const found = collect({
      ...input,
      ...releases,
      play: playing({ ...input, ...releases }),
      // Said of the first run already.
      onFailure: () => undefined,
      onUnexplained: () => undefined,
    });
    return { name, findings: new Map(found.map((finding) => [exact(finding), finding])) };
  });
  const all = new Map([
    ...others.flatMap((other) => [...other.findings]),
    ...findings.map((finding) => [exact(finding), finding] as const),
  ]);
  return [...all].map(([key, finding]) => {
    const shows = others.filter((other) => other.findings.has(key)).map(({ name }) => name);
    if (shows.length === names.length) return finding;
    const which =
      shows.length === 0
        ? `such as ${input.install.name}`
        : shows.includes(names[0]!)
          ? 'early in the alphabet'
          : 'late in the alphabet';
    return {
      ...finding,
      severity: finding.severity === 'error' ? 'warning' : finding.severity,
      message: `${finding.message}; this holds for release names ${which}, as hooks of one weight run by name`,
    };
  });
}

/** Equal for reports that say the same of the same place. */
function exact({ rule, message, resource: { kind, namespace, name }, at }: PlacedReport): string {
  return JSON.stringify([rule, message, kind, namespace, name, at.path, at.part]);
}

function collect(input: CheckInput): PlacedReport[] {
  const contexts = new Map((['install', 'upgrade'] as const).map((action) => [action, contextOf(input, action)]));
  let found = false;
  const byAction = input.actions.map((action) => {
    const findings: PlacedReport[] = [];
    for (const active of input.rules) {
      const { rule, options, preset } = active;
      // The shared context stays the prototype: its timelines are made only when a rule asks for them.
      const context = Object.create(contexts.get(action)!(), {
        options: { value: options },
        on: { value: (other: 'install' | 'upgrade') => contexts.get(other)!() },
      }) as RuleContext;
      for (const report of applied(rule, context, input.onFailure)) {
        if (report.preset && preset && presets.indexOf(report.preset) > presets.indexOf(preset)) continue;
        if (!found) input.onReport?.();
        found = true;
        findings.push(identify(report, active, action, context));
      }
    }
    return findings;
  });
  return joinAlike(byAction, {
    exact,
    alike: ({ rule, fingerprint, at }) => JSON.stringify([rule, fingerprint, at.path, at.part]),
    join: (known, other) => (known.actions = [...new Set([...known.actions, ...other.actions])]),
  });
}

/** The reports of a rule up to where it fails. */
function* applied(rule: Rule, context: RuleContext, onFailure: CheckInput['onFailure']): Iterable<Report> {
  try {
    yield* rule.check(context);
  } catch (error) {
    onFailure({ rule: rule.id, error });
  }
}

/** Every place that reports name, and of what was not judged. */
export function placesOf({
  reports,
  unjudged,
}: {
  reports: readonly PlacedReport[];
  unjudged: readonly Unjudged[];
}): Place[] {
  return [
    ...reports.flatMap(({ at, because }) => [at, ...because.map((link) => link.at)]),
    ...unjudged.flatMap(({ at }) => ('resource' in at ? [at] : [])),
  ];
}

/** A report whose places are lines, with the finding that it makes. */
export interface PlacedFinding {
  finding: Finding;
  report: PlacedReport;
}

/** Makes the places of reports concrete. */
export function placeReports(reports: readonly PlacedReport[], locate: Locate, textOf: TextOf): PlacedFinding[] {
  return reports.map((report) => {
    const { at, because, fix, ...rest } = without(report, 'subject', 'suppression');
    const planned = planFix(fix, locate, textOf);
    const value = fix && !planned ? valueForKey(fix, locate, textOf) : undefined;
    const finding: Finding = {
      ...rest,
      location: locate(at),
      because: because.map((link) => ({ message: link.message, location: locate(link.at) })),
      ...(planned && { fix: planned }),
      ...(value !== undefined && { help: `Set ${value}: the template writes the key from it. ${rest.help}` }),
    };
    return { finding, report };
  });
}

function without<T extends object, K extends keyof T>(value: T, ...keys: K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;
}

type Shared = Omit<RuleContext, 'options' | 'on'>;

/** The context of an action, made when first asked for: timelines are shared by all rules. */
function contextOf(input: CheckInput, action: 'install' | 'upgrade'): () => Shared {
  const release = input[action];
  const lazy = <T>(make: () => T) => {
    let value: { made: T } | undefined;
    return () => (value ??= { made: make() }).made;
  };
  const play = (wait: boolean) =>
    lazy(() => {
      const played = input.play(action, wait).timeline;
      if (played.unexplained.size > 0) input.onUnexplained(played.unexplained, action);
      return played;
    });
  const timeline = play(input.wait);
  const waiting = input.wait || input.neverWaits ? timeline : play(true);
  const unwaiting =
    input.wait || input.engine !== 'helm'
      ? lazy((): Timeline =>
          simulate(release, { action, engine: 'helm', wait: false }, input.play(action, input.wait).before),
        )
      : timeline;
  const leaving = new Map(
    (['uninstall', 'rollback'] as const).map((last) => [
      last,
      lazy((): Timeline => simulate(release, { action: last, engine: 'helm', wait: false }, steadyState(release))),
    ]),
  );
  const context = {
    action,
    release,
    get timeline() {
      return timeline();
    },
    get waiting() {
      return waiting();
    },
    get unwaiting() {
      return unwaiting();
    },
    leaving: (last: 'uninstall' | 'rollback') => leaving.get(last)!(),
    engine: input.engine,
    wait: input.wait || input.engine !== 'helm',
    helmVersion: input.helmVersion,
    from: input.from,
    droppedHooks: input.droppedHooks,
    crds: input.crds,
    sources: input.templates,
    templates: () =>
      input.templates
        .filter(({ path }) => /\/templates\/.*\.(?:ya?ml|tpl)$/.test(path))
        .flatMap(({ path, text }) => templateManifests(path, text))
        .flatMap((manifest) => parseManifest(manifest).resources),
    uniqueName: input.uniqueName,
    newName: (resource: Resource) => {
      const unique = input.uniqueName(resource);
      return unique === 'revision' && input.engine === 'argocd' ? undefined : unique;
    },
    generated: input.generated,
    looksUp: input.looksUp,
    namedByNamespace: input.namedByNamespace,
    services: input.services,
  };
  return () => context;
}

function identify(
  report: Report,
  { rule, severity, severityAt, off }: ActiveRule,
  action: 'install' | 'upgrade',
  context: RuleContext,
): PlacedReport {
  const resource = report.resource ?? report.at.resource;
  const own = report.severity ?? rule.severity;
  const given = cap(own, severity, rule.severity);
  return {
    rule: rule.id,
    severity: given,
    ...(severityAt && rank[given] > rank[own] && { lowered: { from: own, at: severityAt } }),
    message: report.message,
    resource: identity(resource, context.release),
    at: report.at,
    because: (report.because ?? []).map(({ message, at }) => ({ message, at: at ?? report.at })),
    fix: report.fix,
    subject: resource,
    ...(off && { suppression: off }),
    fingerprint: fingerprint(rule, report, resource, context),
    ...dependencyIn(resource),
    actions: report.actions ? [...report.actions] : [action],
    help: report.help ?? rule.fix.replace(/\s*\n\s*/g, ' '),
  };
}

/** A resource of a subchart is that subchart's, whatever else the finding names. */
function dependencyIn({ manifest }: Resource): Pick<Finding, 'dependency'> {
  const dependency = dependencyOf(manifest.source);
  return dependency === undefined ? {} : { dependency };
}

/** Names and dates that change with each render, and indexes of lists, are no part of what a finding is. */
function fingerprint(
  rule: Rule,
  { at, message }: Report,
  resource: Resource,
  { uniqueName, release }: RuleContext,
): string {
  const changing = changingNames(release, uniqueName);
  const stable = (text: string) => changing.reduce((so, [from, to]) => so.replaceAll(from, to), text);
  const name = uniqueName(resource) ? (resource.manifest.source ?? '') : stable(resource.name);
  const path = at.path.map((step, index) =>
    typeof step === 'number'
      ? String((at.resource.get(...at.path.slice(0, index + 1)) as { name?: unknown } | undefined)?.name ?? step)
      : step,
  );
  const own = resource.name === '' ? message : message.replaceAll(resource.name, '');
  const targets = stable(own).replace(/\d+/g, '#');
  return fingerprintOf([rule.id, resource.kind, release.namespaceOf(resource), name, path, targets]);
}

/** More resources with such names than this are not looked for in messages. */
const mostChangingNames = 200;
const changingOf = new WeakMap<Release, readonly (readonly [name: string, source: string])[]>();

/** The names of a release that differ in each render, the longest first, each with the template that writes it. */
function changingNames(release: Release, uniqueName: RuleContext['uniqueName']) {
  let names = changingOf.get(release);
  if (!names) {
    names = release.resources
      .filter((resource) => resource.name.length > 3 && /^(?:time|random)$/.test(uniqueName(resource) ?? ''))
      .slice(0, mostChangingNames)
      .map(({ name, manifest }) => [name, manifest.source ?? ''] as const)
      .sort(([a], [b]) => b.length - a.length);
    changingOf.set(release, names);
  }
  return names;
}

const rank = { error: 0, warning: 1, info: 2 } as const;

/** The policy's severity for the rule stands for its own: reports that are milder than the rule stay as much milder. */
function cap(reported: Severity, wanted: Severity | undefined, own: Severity): Severity {
  if (!wanted) return reported;
  if (reported === own) return wanted;
  return rank[reported] > rank[wanted] ? reported : wanted;
}

function identity(resource: Resource, release: Release): Finding['resource'] {
  return {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    name: resource.name,
    namespace: release.namespaceOf(resource),
  };
}
