import type { Rule } from '../rule.ts';

const inline = 'docs/policy.md, "Suppressing findings"';

/**
 * What is checked of suppressions themselves. They have a page, a severity in the policy and an entry in the catalogue,
 * as rules do.
 */
export const suppressionChecks: readonly Rule[] = [
  {
    id: 'expired-ignore',
    title: 'An ignore entry of the policy has expired',
    severity: 'warning',
    why: 'The `until` date of an entry of `ignore` is over. The entry has no effect any more, and the findings that it covered are reported again.',
    fix: 'Fix the findings, or set a later date.',
    off: 'When expired entries are tracked elsewhere.',
  },
  {
    id: 'unknown-directive',
    title: 'A comment looks like a directive and is none',
    severity: 'warning',
    why: 'The directives are `migrate-lint-disable-next-line`, `migrate-lint-disable-line`, `migrate-lint-disable` and `migrate-lint-enable`. Anything else has no effect: `# migrate-lint-disable-nextline x` suppresses nothing.',
    fix: 'Write the directive as it is spelt in the message.',
    off: 'When comments of another tool begin alike.',
  },
  {
    id: 'unknown-rule',
    title: 'A directive or annotation names an unknown rule',
    severity: 'warning',
    why: 'A directive or a `migrate-lint/ignore` annotation names a rule that does not exist. It suppresses nothing under that name.',
    fix: 'Write the id of a rule. `migrate-lint rules` lists them.',
    off: 'When charts are shared with a team whose plugins have more rules.',
  },
  {
    id: 'unused-baseline',
    title: 'A baseline entry matches no finding',
    severity: 'info',
    why: 'The finding that an entry of the baseline stands for is fixed. The entry would hide the same fault if it came back.',
    fix: 'Run `migrate-lint` with `--baseline FILE --prune-baseline`.',
    off: 'When the baseline also serves an older branch.',
  },
  {
    id: 'unused-directive',
    title: 'A directive or annotation suppresses no finding',
    severity: 'info',
    why: 'No finding of the rules that a directive or a `migrate-lint/ignore` annotation names is there. It would hide the next one. With `--report-unused-disable-directives` this is a warning.',
    fix: 'Remove the directive or the name.',
    off: 'When templates are linted with different rules in different places.',
  },
].map((one) => ({
  ...one,
  severity: one.severity as Rule['severity'],
  preset: 'recommended',
  see: [inline],
  check: () => [],
}));
