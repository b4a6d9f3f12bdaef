import { placesOf as placesOfReports, placeReports } from './check/index.ts';
import { unjudgedFindings } from './check/unjudged.ts';
import { knownRules } from './active-rules.ts';
import type { Policy } from './config/index.ts';
import type { Judgement } from './judge.ts';
import type { LintOptions } from './options.ts';
import { endOfPlay } from './check/outcome.ts';
import type { ChartResult } from './result.ts';
import type { Place } from './parse/index.ts';
import type { Locate } from './place/index.ts';
import type { SourceFile, StaleDependency } from './render/index.ts';
import { staleDependency } from './stale-dependency.ts';
import { annotationPlaces, suppress } from './suppress/index.ts';

export { judgeAll } from './hidden.ts';
export { unjudgedFindings } from './check/unjudged.ts';
export {
  severalDocuments,
  unjudgedScenarios,
  unrenderedAction,
  unrenderedChart,
  unrenderedLast,
} from './unrendered.ts';
export { locateInChart, locateInManifests, MarkedRender, mayBeRandom, shownFile } from './place/index.ts';

// What follows the render: loaded while Helm runs, so that its time is not spent waiting.

/** Every place that the reports or the annotations of a judgement name. */
export function placesOf({ reports, unjudged, install, upgrade }: Judgement): Place[] {
  return [...placesOfReports({ reports, unjudged }), ...annotationPlaces([...install.resources, ...upgrade.resources])];
}

/**
 * Places become lines, and what is suppressed is set aside. `chart` is the absolute path; `sources` are a chart's
 * files, in the order of `files`.
 */
export function settle(
  { reports, rules, install, upgrade, unjudged, play, actions, changes }: Judgement,
  locate: Locate,
  {
    chart,
    files,
    sources,
    stale = [],
  }: {
    chart: string;
    files: readonly { file: string; text: string }[];
    sources?: readonly SourceFile[];
    stale?: readonly StaleDependency[];
  },
  options: LintOptions,
  policy: Policy | undefined,
): Pick<ChartResult, 'findings' | 'suppressed' | 'outcomes' | 'changes'> {
  // What was rendered elsewhere is fixed elsewhere, an archive where it was packed, and another chart by its own run.
  const editable = files.filter((_, index) => /^(?!\.\.)/.test(sources?.[index]?.file ?? '..'));
  const texts = new Map(editable.map(({ file, text }) => [file, text]));
  // Of a choice of rules nobody knows whether it would pass all.
  const outcomes = options.only ? undefined : actions.map((action) => endOfPlay(play(action).timeline));
  const shown = suppress({
    found: placeReports(reports, locate, (file) => texts.get(file)),
    unseen: unjudgedFindings(unjudged, { ...options, policy }, locate),
    ofChart: stale.map((one) => staleDependency(one, chart, options)),
    files,
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
  return { ...shown, ...(outcomes && { outcomes, ...(changes && { changes }) }) };
}
