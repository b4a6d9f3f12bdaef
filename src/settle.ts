import { knownRules } from './active-rules.ts';
import { placesOf as placesOfReports, placeReports } from './check/index.ts';
import { endOfPlay } from './check/outcome.ts';
import { unjudgedFindings } from './check/unjudged.ts';
import type { Policy } from './config/index.ts';
import { ruleFailures } from './failures.ts';
import type { Judgement } from './judge.ts';
import type { Onlooker } from './onlooker.ts';
import type { LintOptions } from './options.ts';
import type { Place } from './parse/index.ts';
import type { Locate } from './place/index.ts';
import type { SourceFile, StaleDependency } from './render/index.ts';
import type { ChartResult } from './result.ts';
import type { Judged } from './scenario.ts';
import { deploymentFindings, writtenText } from './deployment-findings.ts';
import { staleDependency } from './stale-dependency.ts';
import { annotationPlaces, suppress } from './suppress/index.ts';

/** A chart as reports name it. */
type Named = Pick<ChartResult, 'path' | 'name' | 'version'>;

/** What was judged, as far as its findings need it. */
interface Settled extends Named {
  absolute: string;
  files: readonly { file: string; text: string }[];
  /** A chart's files, in the order of `files`. */
  sources?: readonly SourceFile[];
  stale?: readonly StaleDependency[];
  notes: readonly string[];
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
  { path, name, version, absolute: chart, files, sources, stale = [], notes }: Settled,
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
    ofChart: [
      ...stale.map((one) => staleDependency(one, chart, options)),
      ...(options.deployment ? deploymentFindings(options.deployment, judgement, { ...options, sources }) : []),
    ],
    files,
    further: furtherFiles(options),
    releases: [...new Set([install, upgrade])],
    locate,
    sources: sources ?? [],
    policy,
    chart,
    cwd: options.cwd,
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

/** The file of a deployment. */
function furtherFiles({ deployment, cwd }: LintOptions): { file: string; text: string }[] {
  const text = deployment && writtenText(deployment.at.file, cwd);
  return text === undefined ? [] : [{ file: deployment!.at.file, text }];
}
