import { createHash } from 'node:crypto';
import type { Release } from '../model/index.ts';
import { parseManifest, templateManifests, type Place, type Resource } from '../parse/index.ts';
import type { PolicyService, Report, Rule, RuleContext, Severity } from '../rule.ts';
import { afterInstall, simulate, steadyState, type Before, type Engine, type Timeline } from '../simulate/index.ts';
import { planFix, type TextOf } from '../fix/plan.ts';
import type { Locate } from '../place/index.ts';
import { dependencyOf } from '../render/dependencies.ts';
import type { Finding } from './finding.ts';

export type { Finding } from './finding.ts';

/** A rule with the severity and options that the policy gives it. */
export interface ActiveRule {
  rule: Rule;
  /** The policy's severity; the rule's own (or its report's) where absent. */
  severity?: Severity;
  options: Readonly<Record<string, unknown>>;
}

/** What is checked: the releases of one chart in one scenario, and how its places become lines. */
export interface CheckInput {
  install: Release;
  upgrade: Release;
  engine: Engine;
  wait: boolean;
  from?: { label: string; install: Release; release: Release };
  actions: readonly ('install' | 'upgrade')[];
  rules: readonly ActiveRule[];
  /** Ids of all rules, for names in `migrate-lint/ignore` that are none. */
  known: ReadonlySet<string>;
  /** Severity of an ignore that switches nothing off. */
  unused: Severity | undefined;
  services: readonly PolicyService[];
  droppedHooks: readonly string[];
  /** Told once, of the first report. */
  onReport?: () => void;
  templates: readonly { path: string; text: string }[];
  uniqueName: RuleContext['uniqueName'];
  generated: RuleContext['generated'];
}

/** A finding whose places are not lines yet. */
export interface PlacedReport extends Omit<Finding, 'location' | 'because' | 'fix'> {
  at: Place;
  because: { message: string; at: Place }[];
  fix: Report['fix'];
  /** The resource's own word: `migrate-lint/ignore`. */
  ignored: boolean;
}

/** Applies the rules for each action and merges what is said twice. */
export function check(input: CheckInput): PlacedReport[] {
  const contexts = new Map((['install', 'upgrade'] as const).map((action) => [action, contextOf(input, action)]));
  const findings = new Map<string, PlacedReport>();
  for (const action of input.actions) {
    for (const { rule, options, severity } of input.rules) {
      // The shared context stays the prototype: its timelines are made only when a rule asks for them.
      const context = Object.create(contexts.get(action)!(), {
        options: { value: options },
        on: { value: (other: 'install' | 'upgrade') => contexts.get(other)!() },
      }) as RuleContext;
      for (const report of rule.check(context)) {
        if (findings.size === 0) input.onReport?.();
        const finding = identify(report, rule, severity, action, context);
        const { kind, namespace, name } = finding.resource;
        const key = JSON.stringify([
          finding.rule,
          finding.message,
          kind,
          namespace,
          name,
          finding.at.path,
          finding.at.part,
        ]);
        const known = findings.get(key);
        if (!known) findings.set(key, finding);
        else known.actions = [...new Set([...known.actions, ...finding.actions])];
      }
    }
  }
  return [...findings.values(), ...idleIgnores([...findings.values()], input)];
}

/** Names in `migrate-lint/ignore` that are no rules, or that switch nothing off. */
function idleIgnores(
  reports: readonly PlacedReport[],
  { install, upgrade, rules, known, unused }: CheckInput,
): PlacedReport[] {
  const active = new Set(rules.map(({ rule }) => rule.id));
  const key = ({ kind, name }: { kind: string; name: string }) => `${kind}/${name}`;
  const used = new Set(
    reports.filter(({ ignored }) => ignored).map(({ rule, resource }) => `${rule} ${key(resource)}`),
  );
  const seen = new Set<string>();
  return [...install.resources, ...upgrade.resources].flatMap((resource) =>
    ignoredRules(resource).flatMap((rule) => {
      const id = `${rule} ${key(resource)}`;
      const severity = known.has(rule) ? unused : 'warning';
      if (seen.has(id) || used.has(id) || !severity || (known.has(rule) && !active.has(rule))) return [];
      seen.add(id);
      const message = known.has(rule)
        ? `${key(resource)} ignores ${rule}, which finds nothing there`
        : `${key(resource)} ignores ${JSON.stringify(rule)}, and there is no such rule`;
      return [
        {
          rule: known.has(rule) ? 'unused-directive' : 'unknown-rule',
          severity,
          message,
          resource: identity(resource, install),
          at: resource.place('metadata', 'annotations', 'migrate-lint/ignore'),
          because: [],
          fix: undefined,
          ignored: false,
          actions: ['install' as const, 'upgrade' as const],
          help: known.has(rule) ? 'Take it out.' : 'Write a rule of `migrate-lint rules`.',
          fingerprint: id,
        },
      ];
    }),
  );
}

/** Every place that reports name. */
export function placesOf(reports: readonly PlacedReport[]): Place[] {
  return reports.flatMap(({ at, because }) => [at, ...because.map((link) => link.at)]);
}

/** Makes the places of reports concrete, and puts the findings in the order of their places. */
export function place(reports: readonly PlacedReport[], locate: Locate, textOf: TextOf): Finding[] {
  const findings = reports.map(({ at, because, fix, ignored: _ignored, ...finding }): Finding => {
    const planned = planFix(fix, locate, textOf);
    return {
      ...finding,
      location: locate(at),
      because: because.map((link) => ({ message: link.message, location: locate(link.at) })),
      ...(planned && { fix: planned }),
    };
  });
  return findings.sort(byPlace);
}

type Shared = Omit<RuleContext, 'options' | 'on'>;

/** The context of an action, made when first asked for: timelines are shared by all rules. */
function contextOf(input: CheckInput, action: 'install' | 'upgrade'): () => Shared {
  const release = input[action];
  const lazy = <T>(make: () => T) => {
    let value: { made: T } | undefined;
    return () => (value ??= { made: make() }).made;
  };
  // Before an upgrade stands the last revision: the one that --from names, else a steady state of this very chart.
  const before = lazy((): Before =>
    action === 'install'
      ? { resources: [] }
      : input.from
        ? afterInstall(input.from.install, input.from.release)
        : afterInstall(input.install, input.upgrade),
  );
  const play = (wait: boolean) => lazy(() => simulate(release, { action, engine: input.engine, wait }, before()));
  const timeline = play(input.wait);
  const waiting = input.wait ? timeline : play(true);
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
    leaving: (last: 'uninstall' | 'rollback') => leaving.get(last)!(),
    engine: input.engine,
    wait: input.wait || input.engine !== 'helm',
    from: input.from,
    droppedHooks: input.droppedHooks,
    templates: () =>
      input.templates
        .filter(({ path }) => /\/templates\/.*\.(?:ya?ml|tpl)$/.test(path))
        .flatMap(({ path, text }) => templateManifests(path, text))
        .flatMap((manifest) => parseManifest(manifest).resources),
    uniqueName: input.uniqueName,
    generated: input.generated,
    services: input.services,
  };
  return () => context;
}

function identify(
  report: Report,
  rule: Rule,
  severity: Severity | undefined,
  action: 'install' | 'upgrade',
  context: RuleContext,
): PlacedReport {
  const resource = report.resource ?? report.at.resource;
  return {
    rule: rule.id,
    severity: cap(report.severity ?? rule.severity, severity, rule.severity),
    message: report.message,
    resource: identity(resource, context.release),
    at: report.at,
    because: (report.because ?? []).map(({ message, at }) => ({ message, at: at ?? report.at })),
    fix: report.fix,
    ignored: ignoredRules(resource).includes(rule.id),
    fingerprint: fingerprint(rule, report, resource, context),
    ...dependencyIn(resource),
    actions: report.actions ? [...report.actions] : [action],
    help: report.help ?? rule.fix.replaceAll('\n', ' '),
  };
}

/** A resource of a subchart is that subchart's, whatever else the finding names. */
function dependencyIn({ manifest }: Resource): Pick<Finding, 'dependency'> {
  const dependency = dependencyOf(manifest.source);
  return dependency === undefined ? {} : { dependency };
}

/** The rules that a resource switches off for itself: annotation `migrate-lint/ignore: "RULE, RULE"`. */
export function ignoredRules(resource: Resource): string[] {
  const value = resource.annotations['migrate-lint/ignore'];
  return typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : [];
}

/** Names and dates that change with each render, and indexes of lists, are no part of what a finding is. */
function fingerprint(
  rule: Rule,
  { at, message }: Report,
  resource: Resource,
  { uniqueName, release }: RuleContext,
): string {
  const name = uniqueName(resource) ? (resource.manifest.source ?? '') : resource.name;
  const path = at.path.map((step, index) =>
    typeof step === 'number'
      ? String((at.resource.get(...at.path.slice(0, index + 1)) as { name?: unknown } | undefined)?.name ?? step)
      : step,
  );
  const targets = message.replaceAll(resource.name, '').replace(/\d+/g, '#');
  return createHash('sha256')
    .update(JSON.stringify([rule.id, resource.kind, release.namespaceOf(resource), name, path, targets]))
    .digest('hex')
    .slice(0, 20);
}

/** The policy's severity for the rule stands for its own: reports that are milder than the rule stay as much milder. */
function cap(reported: Severity, wanted: Severity | undefined, own: Severity): Severity {
  if (!wanted) return reported;
  if (reported === own) return wanted;
  const rank = { error: 0, warning: 1, info: 2 };
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

/** The order of findings in a report: by file and line. */
export function byPlace(a: Finding, b: Finding): number {
  return (
    compare(a.location.file, b.location.file) ||
    a.location.line - b.location.line ||
    a.location.column - b.location.column ||
    compare(a.rule, b.rule) ||
    compare(a.message, b.message)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
