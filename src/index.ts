// The library's face.
import type { LintOptions } from './lint.ts';

export { lint, type ChartResult, type LintError, type LintOptions, type LintResult } from './lint.ts';
export { defineRule, type Report, type Rule, type RuleContext, type Severity } from './rule.ts';
/** Gives the options of `lint` their type, for a file that exports them. */
export function defineConfig(options: Partial<LintOptions>): Partial<LintOptions> {
  return options;
}

export type { Finding } from './check/index.ts';
export type { Location } from './place/index.ts';
