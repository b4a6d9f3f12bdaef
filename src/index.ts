// The library's face.
export { lint, type ChartResult, type LintError, type LintOptions, type LintResult } from './lint.ts';
export { defineRule, type Report, type Rule, type RuleContext, type Severity } from './rule.ts';
export type { Finding } from './check/index.ts';
export type { Location } from './place/index.ts';
