// The library's face.
import type { LintOptions } from './options.ts';

export { lint } from './lint.ts';
export type { LintOptions } from './options.ts';
export type { ChartResult, LintError, LintResult } from './result.ts';
// All that a rule may use: our own rules import the same file.
export * from './rule.ts';
/** Gives the options of `lint` their type, for a file that exports them. */
export function defineConfig(options: Partial<LintOptions>): Partial<LintOptions> {
  return options;
}

export type { Finding, Suppressed, Suppression } from './finding.ts';
export { withBaseline } from './with-baseline.ts';
export type { Location } from './place/index.ts';
