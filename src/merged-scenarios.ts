// Loaded where a chart has several scenarios.
import { joinAlike } from './check/alike.ts';
import { byPlace } from './check/by-place.ts';
import type { Deployment } from './deployments/deployment.ts';
import type { Finding } from './finding.ts';
import type { ChartResult } from './result.ts';

const rank = { error: 0, warning: 1, info: 2 } as const;

/**
 * The results of a chart's scenarios as one: what is said in several is said once, with the scenarios in which it is.
 */
export function merged(done: readonly { name: string; chart: ChartResult; deployment?: Deployment }[]): ChartResult {
  const findings = joinAlike(
    done.map(({ name, chart }) => chart.findings.map((finding): Finding => ({ ...finding, scenarios: [name] }))),
    {
      exact: exactKey,
      alike: ({ rule, fingerprint, location }) =>
        JSON.stringify([rule, fingerprint, location.file, location.line, location.column]),
      join: (known, other) => {
        known.scenarios = [...new Set([...(known.scenarios ?? []), ...(other.scenarios ?? [])])];
        known.actions = [...new Set([...known.actions, ...other.actions])];
        if (rank[other.severity] < rank[known.severity]) known.severity = other.severity;
      },
    },
  );
  const suppressed = new Map(
    done.flatMap(({ chart }) => chart.suppressed.map((one) => [exactKey(one.finding), one] as const)),
  );
  // A directive that does its work in one scenario is not idle.
  const kept = findings.filter(
    ({ rule, scenarios }) => rule !== 'unused-directive' || scenarios?.length === done.length,
  );
  for (const finding of kept) {
    const { scenarios = [], only } = finding;
    const deployed = deployedIn(scenarios, done);
    const others = done.flatMap(({ name, deployment }) => (deployment ? [] : [name]));
    const own = scenarios.filter((name) => others.includes(name));
    const said = [
      only,
      deployed,
      own.length > 0 && (deployed ? `in ${listed(own)}` : scenarios.length < done.length && onlyIn(own, others)),
    ].filter(Boolean);
    if (said.length > 0) finding.only = said.join('; ');
  }
  return {
    ...done[0]!.chart,
    ...mergedOutcomes(done),
    ...mergedChanges(done),
    scenarios: done.map(({ name }) => name),
    findings: kept.sort(byPlace),
    suppressed: [...suppressed.values()],
    notes: [...new Set(done.flatMap(({ chart }) => chart.notes))],
  };
}

const worst = ['passes', 'stuck', 'may-stop', 'stops'] as const;

/** How each action ends in the worst of the scenarios, with the name of the first that ends so. */
function mergedOutcomes(done: readonly { name: string; chart: ChartResult }[]): Pick<ChartResult, 'outcomes'> {
  const actions = done[0]!.chart.outcomes?.map(({ action }) => action);
  if (!actions) return {};
  return {
    outcomes: actions.map((action) => {
      const own = done.flatMap(({ name, chart }) => {
        const outcome = chart.outcomes?.find((one) => one.action === action);
        return outcome ? [{ name, outcome }] : [];
      });
      const [first] = [...own].sort((a, b) => worst.indexOf(b.outcome.state) - worst.indexOf(a.outcome.state));
      const same = own.filter(({ outcome }) => outcome.text === first!.outcome.text).length;
      const where = same === own.length ? '' : ` (scenario ${first!.name}${same > 1 ? ` and ${same - 1} more` : ''})`;
      return { ...first!.outcome, text: `${first!.outcome.text}${where}` };
    }),
  };
}

/** What changed in any of the scenarios, once. */
function mergedChanges(done: readonly { chart: ChartResult }[]): Pick<ChartResult, 'changes'> {
  const all = done.flatMap(({ chart }) => chart.changes ?? []);
  const [first] = all;
  if (!first) return {};
  const outcomes = all.flatMap((one) => one.outcomes);
  const hooks = all.flatMap((one) => one.hooks);
  return {
    changes: {
      from: first.from,
      outcomes: [...new Map(outcomes.reverse().map((one) => [one.action, one])).values()].reverse(),
      hooks: [...new Map(hooks.map((one) => [JSON.stringify(one), one])).values()],
    },
  };
}

/**
 * Names the deployments among the scenarios in which something appears, with the place of the first: `in prod/shop,
 * staging/shop: clusters/prod/shop.yaml:14`. `undefined` where none is a deployment.
 */
function deployedIn(
  scenarios: readonly string[],
  done: readonly { name: string; deployment?: Deployment }[],
): string | undefined {
  const all = done.flatMap(({ deployment }) => deployment ?? []);
  const those = all.filter(({ name }) => scenarios.includes(name));
  const [first] = those;
  if (!first) return undefined;
  const names =
    those.length > mostNamed && those.length === all.length
      ? `all ${all.length} deployments`
      : few(those.map(({ name }) => name));
  return `in ${names}: ${first.at.file}:${first.at.line}`;
}

/** Names the scenarios in which something appears, or those in which it does not, whichever is shorter. */
function onlyIn(scenarios: readonly string[], all: readonly string[]): string {
  const missing = all.filter((name) => !scenarios.includes(name));
  if (missing.length < scenarios.length && scenarios.length > mostNamed)
    return `in ${scenarios.length} of ${all.length} scenarios, not ${few(missing)}`;
  return scenarios.length <= mostNamed
    ? `only in ${listed(scenarios)}`
    : `only in ${scenarios.length} of ${all.length} scenarios: ${few(scenarios)}`;
}

const listed = (scenarios: readonly string[]) =>
  `${scenarios.length === 1 ? 'scenario' : 'scenarios'} ${few(scenarios)}`;

function few(names: readonly string[]): string {
  return names.length <= mostNamed
    ? names.join(', ')
    : `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more`;
}

/** More scenarios than this are not named one by one. */
const mostNamed = 3;

function exactKey({ rule, message, resource, location }: Finding): string {
  return JSON.stringify([
    rule,
    message,
    resource.kind,
    resource.namespace,
    resource.name,
    location.file,
    location.line,
    location.column,
  ]);
}
