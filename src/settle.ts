import { knownRules } from './active-rules.ts';
import { placesOf as placesOfReports, placeReports } from './check/index.ts';
import { endOfPlay } from './check/outcome.ts';
import { unjudgedFindings } from './check/unjudged.ts';
import type { Policy } from './config/index.ts';
import type { Finding } from './finding.ts';
import type { Judgement } from './judge.ts';
import type { Onlooker } from './onlooker.ts';
import type { LintOptions } from './options.ts';
import type { Place } from './parse/index.ts';
import type { Locate } from './place/in-manifests.ts';
import type { SourceFile } from './render/index.ts';
import type { ChartResult } from './result.ts';
import { ruleFailures } from './rule-failures.ts';
import type { Judged } from './scenario.ts';
import type { SeenFrom } from './suppress/by-policy.ts';
import { annotationPlaces, suppress } from './suppress/index.ts';

/** A chart as reports name it. */
type Named = Pick<ChartResult, 'path' | 'name' | 'version'>;

/** What was judged, as far as its findings need it. */
interface Settled extends Named {
  absolute: string;
  files: readonly { file: string; text: string }[];
  /** A chart's files, in the order of `files`. */
  sources?: readonly SourceFile[];
  /** Findings about the chart itself, not about what it renders. */
  ofChart?: readonly Finding[];
  /** Files outside of the chart that findings are in. */
  further?: readonly { file: string; text: string }[];
  notes: readonly string[];
  seenFrom: SeenFrom;
}

/** Every place that the reports or the annotations of a judgement name. */
export function placesOf({ reports, unjudged, install, upgrade }: Judgement): Place[] {
  return [...placesOfReports({ reports, unjudged }), ...annotationPlaces([...install.resources, ...upgrade.resources])];
}

/** Shows a judgement to whoever looks on, before its places are lines. */
export function lookOn(
  { play, changes, stableName, reports, actions }: Judgement,
  { path, name, version }: Named,
  { onJudged, engine = 'helm', wait = false, from }: LintOptions,
  helmMajor: 3 | 4 | undefined,
): Onlooker | undefined {
  const chart = { path, name, version };
  return onJudged?.({ chart, actions, engine, wait, helmMajor, from, play, changes, stableName, reports });
}

/** Places become lines, and findings that are suppressed are set aside. */
export function settle(
  judgement: Judgement,
  locate: Locate,
  { path, name, version, absolute: chart, files, sources, ofChart = [], further = [], notes, seenFrom }: Settled,
  options: LintOptions,
  policy: Policy | undefined,
): Judged {
  const { reports, rules, install, upgrade, unjudged, play, actions, changes } = judgement;
  // What was rendered elsewhere is fixed elsewhere, an archive where it was packed, and another chart by its own run.
  const editable = files.filter((_, index) => /^(?!\.\.)/.test(sources?.[index]?.file ?? '..'));
  const texts = new Map(editable.map(({ file, text }) => [file, text]));
  // Of a choice of rules nobody knows whether it would pass all.
  const outcomes = options.only ? undefined : actions.map((action) => endOfPlay(play(action).timeline));
  const shown = suppress({
    found: placeReports(reports, locate, (file) => texts.get(file)),
    unseen: unjudgedFindings(unjudged, { ...options, policy }, locate),
    ofChart,
    files,
    further,
    releases: [...new Set([install, upgrade])],
    locate,
    sources: sources ?? [],
    policy,
    chart,
    seenFrom,
    today: new Date().toISOString().slice(0, 10),
    dependencies: {
      dependencies: options.dependencies ?? policy?.dependencies ?? 'own',
      by: options.dependencies ? 'option' : policy?.dependencies ? 'policy' : undefined,
    },
    known: knownRules(policy),
    rules,
    inline: options.inlineConfig ?? true,
    reportUnused: options.reportUnused ?? false,
  });
  return {
    chart: {
      path,
      name,
      version,
      ...shown,
      ...(outcomes && { outcomes, ...(changes && { changes }) }),
      notes: [...new Set(notes)],
    },
    errors: ruleFailures(judgement, path),
  };
}
