import type { PlacedReport } from '../check/index.ts';
import type { JudgedChart, Onlooker } from '../onlooker.ts';
import type { Resource } from '../parse/index.ts';
import type { Locate } from '../place/index.ts';
import type { LintResult } from '../result.ts';
import { several, verdictText } from '../report/verdict.ts';
import { Ids } from './ids.ts';
import type { Plan, PlanFinding, Rollout } from './plan.ts';
import { placesOf, rolloutOf } from './rollout.ts';

export type { Plan, Rollout } from './plan.ts';

/** Collects the plans of a run of `lint`: `onJudged` goes into its options, `plans` are there when it has ended. */
export class Planner {
  private readonly made: { plan: Plan; scenario?: JudgedChart['scenario'] }[] = [];

  readonly onJudged = (judged: JudgedChart): Onlooker => ({
    places: judged.actions.flatMap((action) => placesOf(judged.play(action))),
    located: (locate) => {
      this.made.push({ plan: planOf(judged, locate), scenario: judged.scenario });
    },
  });

  /**
   * The plans in the order of the charts and of their scenarios; those that are alike once. Findings that are
   * suppressed are left out.
   */
  plans({ charts }: LintResult): Plan[] {
    return charts.flatMap(({ path, findings }) => {
      const reported = new Set(findings.map(({ rule, message }) => JSON.stringify([rule, message])));
      const own = this.made
        .filter(({ plan }) => plan.chart.path === path)
        .sort((a, b) => (a.scenario?.index ?? 0) - (b.scenario?.index ?? 0));
      const alike = new Map<string, Plan>();
      for (const { plan, scenario } of own) {
        const rollouts = plan.rollouts.map((rollout) =>
          withFindings(
            rollout,
            rollout.findings.filter(({ rule, message }) => reported.has(JSON.stringify([rule, message]))),
          ),
        );
        const key = JSON.stringify([rollouts, plan.changes]);
        const known = alike.get(key);
        if (known) known.scenarios!.push(scenario!.name);
        else alike.set(key, { ...plan, rollouts, ...(scenario && { scenarios: [scenario.name] }) });
      }
      return [...alike.values()];
    });
  }
}

/** The plan of one judged chart, its findings with it. */
export function planOf(judged: JudgedChart, locate: Locate): Plan {
  const { chart, engine, wait, helmMajor, from, changes, actions, play } = judged;
  const idsOf = new Map(actions.map((action) => [action, new Ids(play(action).release)] as const));
  const rollouts = actions.map((action): Rollout => {
    const reports = judged.reports.filter((report) => !report.suppression && report.actions.includes(action));
    // A report of both actions holds the resources of one: those of the other have the same ids, but for names that
    // change.
    const all = [idsOf.get(action)!, ...actions.filter((other) => other !== action).map((other) => idsOf.get(other)!)];
    const id = (resource: Resource) => all.map((ids) => ids.of(resource)).find((one) => one !== undefined);
    return { ...rolloutOf(play(action), locate), findings: reports.map((report) => findingOf(report, id, locate)) };
  });
  const changing = new Map(
    actions.flatMap((action) =>
      play(action).release.resources.flatMap((resource) => {
        const stable = judged.stableName(resource);
        return stable === resource.name ? [] : [[resource.name, stable] as const];
      }),
    ),
  );
  return {
    chart,
    engine,
    ...(helmMajor !== undefined && { helm: helmMajor }),
    wait: wait || engine !== 'helm',
    ...(from !== undefined && { from }),
    ...(changes && { changes }),
    rollouts: together(renamed(rollouts, [...changing])),
  };
}

/** A rollout that passes but is not free of errors is not said to pass. */
function withFindings(rollout: Rollout, findings: PlanFinding[]): Rollout {
  const { outcome } = rollout;
  const [, who = '', what = outcome.text] = /^(install and upgrade|install|upgrade) (.*)$/s.exec(outcome.text) ?? [];
  const errors = findings.filter(({ severity }) => severity === 'error');
  const both = what === 'pass';
  const text = verdictText(both ? 'passes' : what, errors);
  return { ...rollout, findings, outcome: { ...outcome, text: `${who} ${both ? several(text) : text}` } };
}

/** A value with other names in all its texts. */
function renamed<T>(value: T, names: readonly (readonly [from: string, to: string])[]): T {
  if (names.length === 0) return value;
  const text = (old: string) => names.reduce((so, [from, to]) => so.replaceAll(from, to), old);
  const walk = (one: unknown): unknown =>
    typeof one === 'string'
      ? text(one)
      : Array.isArray(one)
        ? one.map(walk)
        : one !== null && typeof one === 'object'
          ? Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, walk(inner)]))
          : one;
  return walk(value) as T;
}

/** Install and upgrade as one where they differ in their names only. */
function together(rollouts: readonly Rollout[]): Rollout[] {
  const [first, second] = rollouts;
  if (!first || !second || neutral(first) !== neutral(second)) return [...rollouts];
  const both = (a: string, b: string) => (a === b ? a : `${a.replace(/ hooks$/, '')} and ${b}`);
  return [
    {
      ...first,
      actions: [...first.actions, ...second.actions],
      outcome: {
        ...first.outcome,
        text: `install and upgrade ${several(first.outcome.text.replace(/^install /, ''))}`,
      },
      phases: first.phases.map((phase, index) => ({ ...phase, title: both(phase.title, second.phases[index]!.title) })),
    },
  ];
}

/** A rollout without the words in which install and upgrade always differ. */
function neutral(rollout: Rollout): string {
  return JSON.stringify({
    ...rollout,
    actions: [],
    outcome: { ...rollout.outcome, text: rollout.outcome.text.replace(/^(?:install|upgrade) /, '') },
    phases: rollout.phases.map(({ title, how, ...phase }) => ({
      ...phase,
      title: title.replace(/-(?:install|upgrade) /, ' '),
      how: how.replace('created or changed', 'created'),
    })),
  });
}

function findingOf(
  { rule, severity, message, subject, at, because }: PlacedReport,
  id: (resource: Resource) => string | undefined,
  locate: Locate,
): PlanFinding {
  const { file, line } = locate(at);
  const resource = id(subject);
  return {
    rule,
    severity,
    message,
    ...(resource !== undefined && { resource }),
    at: { file, line },
    chain: [...new Set([subject, ...because.map((link) => link.at.resource)].flatMap((one) => id(one) ?? []))],
  };
}
