import { relative, resolve } from 'node:path';
import { byPlace, place, type Finding, type PlacedReport } from './check/index.ts';
import { unjudgedFindings } from './check/unjudged.ts';
import { matchesPattern, type Policy } from './config/index.ts';
import { knownRules, type Judgement } from './judge.ts';
import type { Locate } from './place/index.ts';
import { dependencyOf, thirdParty } from './render/dependencies.ts';
import type { SourceFile } from './render/index.ts';
import { suppress, type Suppressed } from './suppress/index.ts';
import type { ChartResult, LintOptions } from './lint.ts';

export { placesOf } from './check/index.ts';
export { judge, ruleIds } from './judge.ts';
export { locateInChart, locateInManifests, MarkedRender, shownFile } from './place/index.ts';
export { unjudgedFindings } from './check/unjudged.ts';
export { unjudgedScenarios, unrenderedAction, unrenderedLast } from './unrendered.ts';

// What follows the render: loaded while Helm runs, so that its time is not spent waiting.

/** Places become lines, and what comments and annotations switch off is put aside. */
export function settle(
  { reports, active, unjudged }: Judgement,
  locate: Locate,
  files: readonly { file: string; text: string }[],
  options: LintOptions,
  policy: Policy | undefined,
  sources: readonly SourceFile[] | undefined,
): Pick<ChartResult, 'findings' | 'suppressed'> {
  const { reportUnused, cwd, dependencies = policy?.dependencies ?? 'own' } = options;
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  // What was rendered elsewhere is mended elsewhere.
  const textOf = (file: string) => (sources ? texts.get(file) : undefined);
  const ignored = place(
    reports.filter((report) => report.ignored),
    locate,
    textOf,
  ).map((finding): Suppressed => ({ finding, by: 'annotation' }));
  const isForeign = thirdParty(sources ?? []);
  const leftOut = (report: PlacedReport) =>
    !report.ignored &&
    report.dependency !== undefined &&
    (dependencies === 'none' ||
      (dependencies === 'own' && isForeign(report.dependency) && !namesOthers(report, isForeign)));
  const others = place(reports.filter(leftOut), locate, textOf).map((finding): Suppressed => ({
    finding,
    by: 'dependency',
    reason: `dependencies: ${dependencies}`,
  }));
  const rest = place(
    reports.filter((report) => !report.ignored && !leftOut(report)),
    locate,
    textOf,
  );
  // Not left out with a third-party subchart: what was not read there may be what a hook of one's own waits for.
  const unseen = unjudgedFindings(unjudged, { ...options, policy }, locate);
  const [kept, byPolicy] = ignoreByPolicy([...rest, ...unseen], policy, cwd);
  const { findings, suppressed } = suppress({
    findings: kept,
    files,
    known: knownRules(policy),
    active,
    unused: reportUnused ? 'warning' : 'info',
  });
  return { findings: findings.sort(byPlace), suppressed: [...ignored, ...others, ...byPolicy, ...suppressed] };
}

/** Whether the chain of reasons leaves the third-party charts: then it is the composition that is at fault, and that is the parent's. */
function namesOthers({ because }: PlacedReport, isForeign: (dependency: string) => boolean): boolean {
  return because.some(({ at }) => {
    const dependency = dependencyOf(at.resource.manifest.source);
    return dependency === undefined || !isForeign(dependency);
  });
}

/** Takes out what the policy's file patterns ignore. */
function ignoreByPolicy(findings: Finding[], policy: Policy | undefined, cwd: string): [Finding[], Suppressed[]] {
  if (!policy || policy.ignore.length === 0) return [findings, []];
  const kept: Finding[] = [];
  const out: Suppressed[] = [];
  for (const finding of findings) {
    const path = resolve(cwd, finding.location.file);
    const entry = policy.ignore.find(({ base, files, rules }) => {
      const file = relative(base, path).replaceAll('\\', '/');
      return (rules?.includes(finding.rule) ?? true) && files.some((pattern) => matchesPattern(pattern, file));
    });
    if (entry) out.push({ finding, by: 'policy', reason: entry.reason });
    else kept.push(finding);
  }
  return [kept, out];
}
