// The library's face: what a tool builder and the author of a rule need, and nothing else.
import type { LintOptions } from './options.ts';

/** Gives the options of `lint` their type, for a file that exports them. */
export function defineConfig(options: Partial<LintOptions>): Partial<LintOptions> {
  return options;
}

export { explore, type ExploreOptions } from './explore-charts.ts';
export type { Finding, Suppressed, Suppression } from './finding.ts';
export { fixCharts, type Fixed, type FixedFile } from './fix-charts.ts';
export { firstPolicy, type FirstPolicy } from './init.ts';
export { lint } from './lint.ts';
export type { LintOptions } from './options.ts';
export type { Location } from './place/index.ts';
export * from './plugin-api.ts';
export { formats, report, type Format } from './report/index.ts';
export type { ChartResult, LintError, LintResult } from './result.ts';
export { withBaseline, type BaselineRequest } from './with-baseline.ts';
