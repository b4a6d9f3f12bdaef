// The library's face: what a tool builder and the author of a rule need, and nothing else.
import { lint as lintCharts } from './lint.ts';
import type { LintOptions } from './options.ts';
import type { LintResult } from './result.ts';

/** Gives the options of `lint` their type, for a file that exports them. */
export function defineConfig(options: Partial<LintOptions>): Partial<LintOptions> {
  return options;
}

/**
 * Lints charts and manifests. What cannot be linted is in `errors` of the result. Rejects with a `TypeError` where
 * `paths`, `cwd` or `env` is missing or of another type, as it can be in JavaScript.
 */
export async function lint(options: LintOptions): Promise<LintResult> {
  const { paths, cwd, env } = (options ?? {}) as Partial<LintOptions>;
  const missing = [
    ...(Array.isArray(paths) && paths.every((path) => typeof path === 'string') ? [] : ['paths']),
    ...(typeof cwd === 'string' ? [] : ['cwd']),
    ...(env !== null && typeof env === 'object' ? [] : ['env']),
  ];
  if (missing.length > 0)
    throw new TypeError(
      `lint needs ${missing.join(', ')}: lint({ paths: ['charts/shop'], cwd: process.cwd(), env: process.env })`,
    );
  return lintCharts(options);
}

export { explore, type ExploreOptions } from './explore-charts.ts';
export type { Finding, Suppressed, Suppression } from './finding.ts';
export { fixCharts, type Fixed, type FixedFile } from './fix-charts.ts';
export { firstPolicy, type FirstPolicy } from './init.ts';
export type { LintOptions } from './options.ts';
export type { Location } from './place/index.ts';
export * from './plugin-api.ts';
export { formats, report, type Format } from './report/index.ts';
export type { ChartResult, LintError, LintResult } from './result.ts';
export { withBaseline, type BaselineRequest } from './with-baseline.ts';
