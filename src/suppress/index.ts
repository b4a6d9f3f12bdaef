import { byPlace, type ActiveRule, type PlacedFinding } from '../check/index.ts';
import { near } from '../config/near.ts';
import type { Policy } from '../config/index.ts';
import type { Finding, Suppressed } from '../finding.ts';
import type { FileLine } from '../place/location.ts';
import type { Release } from '../model/index.ts';
import type { Resource } from '../parse/index.ts';
import type { Locate } from '../place/index.ts';
import type { SourceFile } from '../render/index.ts';
import { Annotations } from './annotations.ts';
import { lineOf, PolicyIgnores, type SeenFrom } from './by-policy.ts';
import { Comments } from './comments.ts';
import { subchartSuppressor, type WhoseFindings } from './subcharts.ts';

export { annotationPlaces } from './annotations.ts';

/** What findings are judged with. */
export interface SuppressInput {
  found: readonly PlacedFinding[];
  /** Findings of `not-judged`, with those that the policy turns off. */
  unseen: { findings: readonly Finding[]; suppressed: readonly Suppressed[] };
  /** Findings of rules about the chart itself, not about what it renders. */
  ofChart: readonly Finding[];
  /** Templates, values files or manifests, named as findings name them: what comments are read from. */
  files: readonly { file: string; text: string }[];
  /** Files that others write for the chart: their comments count, and none of them is reported as unused. */
  further?: readonly { file: string; text: string }[];
  /** The releases whose resources may have annotations. */
  releases: readonly Release[];
  locate: Locate;
  /** The chart's own files; empty for manifests. */
  sources: readonly SourceFile[];
  policy: Policy | undefined;
  /** Absolute path of the chart. */
  chart: string;
  seenFrom: SeenFrom;
  /** Today in UTC: 2027-01-31. */
  today: string;
  dependencies: WhoseFindings;
  /** Ids of all rules, and those that were applied, with what is checked of suppressions. */
  known: ReadonlySet<string>;
  rules: readonly ActiveRule[];
  /** Whether comments and annotations have an effect. */
  inline: boolean;
  /** Whether unused suppressions are warnings. */
  reportUnused: boolean;
}

/**
 * Divides findings into those that are reported and those that are not, each with what suppresses it: comments,
 * annotations, the policy, options, third-party subcharts. (The baseline comes after all scenarios of a chart:
 * baseline.ts.) What is wrong with the suppressions themselves is reported too. Order of precedence is the order of
 * this sentence.
 */
export function suppress(input: SuppressInput): { findings: Finding[]; suppressed: Suppressed[] } {
  const { releases, locate, policy, seenFrom, chart, today, rules } = input;
  const resources = releases.flatMap((release) => [...release.resources]);
  const comments = new Comments(input.inline ? input.files : []);
  const further = new Comments(input.inline ? (input.further ?? []) : []);
  const annotations = new Annotations(input.inline ? resources : [], locate);
  const ignores = new PolicyIgnores(policy, { seenFrom, chart, today });
  const bySubchart = subchartSuppressor(input.sources, input.dependencies);
  const ruleOff = (finding: Finding) => rules.find(({ rule }) => rule.id === finding.rule)?.off;
  const findings: Finding[] = [];
  const suppressed: Suppressed[] = [...input.unseen.suppressed];
  for (const { finding, report } of input.found) {
    const comment = comments.suppress(finding);
    const annotation = input.inline ? annotations.suppress(report) : undefined;
    const by = comment ?? annotation ?? report.suppression ?? bySubchart(report) ?? ignores.suppress(finding);
    if (by) suppressed.push({ finding, ...by });
    else findings.push(finding);
  }
  // Not left out with a third-party subchart: what was not read there may be what a hook of one's own waits for.
  for (const finding of input.unseen.findings) {
    const by = comments.suppress(finding) ?? ruleOff(finding) ?? ignores.suppress(finding);
    if (by) suppressed.push({ finding, ...by });
    else findings.push(finding);
  }
  for (const finding of input.ofChart) {
    const rule = rules.find(({ rule }) => rule.id === finding.rule);
    if (!rule) continue;
    const given = { ...finding, severity: rule.severity ?? finding.severity };
    const by = comments.suppress(given) ?? further.suppress(given) ?? rule.off ?? ignores.suppress(given);
    if (by) suppressed.push({ finding: given, ...by });
    else findings.push(given);
  }
  for (const about of faultsOf(input, comments, annotations, ignores)) {
    const rule = rules.find(({ rule }) => rule.id === about.rule);
    const severity = rule?.severity ?? about.severity;
    const file = seenFrom(chart, about.location.file);
    const finding = { ...about, severity, fingerprint: `${about.rule}:${file}:${about.fingerprint}` };
    const by = rule?.off ?? ignores.suppress(finding);
    if (by) suppressed.push({ finding, ...by });
    else findings.push(finding);
  }
  return { findings: findings.sort(byPlace), suppressed: suppressed.sort((a, b) => byPlace(a.finding, b.finding)) };
}

/** What is wrong with suppressions: names of no directive or rule, what suppresses nothing, what has expired. */
function faultsOf(
  { known, rules, reportUnused, releases, locate }: SuppressInput,
  comments: Comments,
  annotations: Annotations,
  ignores: PolicyIgnores,
): Finding[] {
  const active = new Set(rules.filter(({ off }) => !off).map(({ rule }) => rule.id));
  const unused = reportUnused ? 'warning' : 'info';
  const out: Finding[] = [];
  for (const { file, line, text, nearest } of comments.misspelt) {
    const message = `"${text}" is not a directive and has no effect${nearest ? ` (did you mean ${nearest}?)` : ''}`;
    const help = nearest
      ? `Write ${nearest}.`
      : 'Write migrate-lint-disable-next-line, migrate-lint-disable-line, migrate-lint-disable or migrate-lint-enable.';
    out.push(about('unknown-directive', 'warning', message, help, { file, line }, [text]));
  }
  for (const { file, line, rules: names } of comments.directives) {
    const unknown = names.filter((rule) => !known.has(rule));
    if (unknown.length > 0)
      out.push(
        about(
          'unknown-rule',
          'warning',
          `The directive names ${noSuchRule(unknown, known)}`,
          listed,
          { file, line },
          names,
        ),
      );
  }
  for (const { file, line, rules: names } of comments.unused()) {
    if (names.some((rule) => !known.has(rule))) continue;
    if (names.length > 0 && !names.some((rule) => active.has(rule))) continue;
    const message = `The directive has no effect${names.length > 0 ? `: there is no finding of ${names.join(', ')}` : ''}`;
    out.push(about('unused-directive', unused, message, 'Remove it.', { file, line }, names));
  }
  for (const { rule, resource, at } of annotations.unused()) {
    const isKnown = known.has(rule);
    if (isKnown && !active.has(rule)) continue;
    const id = `${resource.kind}/${resource.name}`;
    const message = isKnown
      ? `The annotation migrate-lint/ignore of ${id} has no effect: there is no finding of ${rule}`
      : `The annotation migrate-lint/ignore of ${id} names ${noSuchRule([rule], known)}`;
    const finding = isKnown
      ? about('unused-directive', unused, message, `Remove ${rule}.`, locate(at), [])
      : about('unknown-rule', 'warning', message, listed, locate(at), []);
    out.push({ ...finding, resource: identity(resource, releases[0]), fingerprint: `${rule} ${id}` });
  }
  for (const { origin, until, reason } of ignores.expired.keys()) {
    const message = `This ignore entry expired on ${until}${reason ? ` (${reason})` : ''}; the findings that it covered are reported`;
    out.push(
      about('expired-ignore', 'warning', message, 'Fix the findings, or set a later date.', lineOf(origin), [origin]),
    );
  }
  return out;
}

const listed = 'Write the id of a rule; `migrate-lint rules` lists them.';

function noSuchRule(names: readonly string[], known: ReadonlySet<string>): string {
  const quoted = names.map((name) => JSON.stringify(name)).join(', ');
  const nearest = names.length === 1 ? near(names[0]!, known).replace(/^; (.*)$/, ' ($1)') : '';
  return `${quoted}, which ${names.length === 1 ? 'is not a rule' : 'are not rules'}${nearest}`;
}

function identity(resource: Resource, release: Release | undefined): Finding['resource'] {
  const { apiVersion, kind, name } = resource;
  return { apiVersion, kind, name, namespace: release?.namespaceOf(resource) ?? '' };
}

function about(
  rule: string,
  severity: Finding['severity'],
  message: string,
  help: string,
  location: FileLine & Partial<Finding['location']>,
  names: readonly string[],
): Finding {
  return {
    rule,
    severity,
    message,
    resource: { apiVersion: '', kind: '', name: '', namespace: '' },
    location: { column: 1, ...location },
    because: [],
    actions: ['install', 'upgrade'],
    help,
    fingerprint: names.join(),
  };
}
