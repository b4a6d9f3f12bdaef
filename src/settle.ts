import { dirname, relative, resolve } from 'node:path';
import { byPlace, place, type Finding } from './check/index.ts';
import { matchesPattern, type Policy } from './config/index.ts';
import { ruleIds, type Judgement } from './judge.ts';
import type { Locate } from './place/index.ts';
import { suppress, type Suppressed } from './suppress/index.ts';
import type { ChartResult, LintOptions } from './lint.ts';

export { placesOf } from './check/index.ts';
export { judge, ruleIds } from './judge.ts';
export { locateInChart, locateInManifests, shownFile } from './place/index.ts';

// What follows the render: loaded while Helm runs, so that its time is not spent waiting.

/** Places become lines, and what comments and annotations switch off is put aside. */
export function settle({ reports, active }: Judgement, locate: Locate, files: readonly { file: string; text: string }[], { reportUnused, cwd }: LintOptions, policy: Policy | undefined, fixable = true): Pick<ChartResult, 'findings' | 'suppressed'> {
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  // What was rendered elsewhere is mended elsewhere.
  const textOf = (file: string) => (fixable ? texts.get(file) : undefined);
  const ignored = place(reports.filter((report) => report.ignored), locate, textOf).map((finding): Suppressed => ({ finding, by: 'annotation' }));
  const rest = place(reports.filter((report) => !report.ignored), locate, textOf);
  const [kept, byPolicy] = ignoreByPolicy(rest, policy, cwd);
  const { findings, suppressed } = suppress({ findings: kept, files, known: ruleIds, active, unused: reportUnused ? 'warning' : 'info' });
  return { findings: findings.sort(byPlace), suppressed: [...ignored, ...byPolicy, ...suppressed] };
}

/** Takes out what the policy's file patterns ignore. */
function ignoreByPolicy(findings: Finding[], policy: Policy | undefined, cwd: string): [Finding[], Suppressed[]] {
  if (!policy || policy.ignore.length === 0) return [findings, []];
  const kept: Finding[] = [];
  const out: Suppressed[] = [];
  for (const finding of findings) {
    const file = relative(dirname(policy.file), resolve(cwd, finding.location.file)).replaceAll('\\', '/');
    const entry = policy.ignore.find(({ files, rules }) => (rules?.includes(finding.rule) ?? true) && files.some((pattern) => matchesPattern(pattern, file)));
    if (entry) out.push({ finding, by: 'policy', reason: entry.reason });
    else kept.push(finding);
  }
  return [kept, out];
}
