import type { Rule } from '../rule.ts';

const suppressions = [
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
];

const deployments = [
  {
    id: 'disabled-hooks',
    title: 'A deployment disables hooks that migrate',
    severity: 'error',
    why: 'The deployment sets `disableHooks` (Flux) or its like, and the chart has a hook that migrates. Helm installs or upgrades the release without it: the new version runs on the old schema, and nothing reports an error.',
    fix: 'Remove `disableHooks`, or make the migration a plain Job.',
    off: 'When something else migrates before the release.',
  },
  {
    id: 'release-order',
    title: 'Releases wait for each other',
    severity: 'error',
    why: 'Deployments have an order: `dependsOn` of a HelmRelease, `needs` of a helmfile, sync waves of an app of apps. In a cycle none of them ever begins. A hook that waits for a Service of a release that comes later never finishes, and so the later release never begins. The same holds for a workload, where the deployment waits for its workloads.',
    fix: 'Deploy the release that is waited for first, or remove the wait.',
    off: 'When the Service also exists outside of these releases.',
  },
  {
    id: 'unread-value',
    title: 'A deployment sets a value that its chart never reads',
    severity: 'warning',
    why: 'No file of the chart contains the key: neither its templates nor its values.yaml. The value has no effect. Often it is misspelt, or belongs to an older version of the chart. Charts that hand all their values on at once are not checked.',
    fix: 'Write the key as the chart has it, or remove it.',
    off: 'When values are shared between charts.',
  },
];

type Check = Omit<Rule, 'severity' | 'preset' | 'see' | 'check'> & { severity: string };

const checked = (list: readonly Check[], see: string): Rule[] =>
  list.map((one) => ({
    ...one,
    severity: one.severity as Rule['severity'],
    preset: 'recommended' as const,
    see: [see],
    check: () => [],
  }));

/** What is checked of suppressions themselves: always, also where single rules are asked for. */
export const suppressionChecks: readonly Rule[] = checked(suppressions, 'docs/policy.md, "Suppressing findings"');

/**
 * What is checked beside charts: suppressions and deployments. They have a page, a severity in the policy and an entry
 * in the catalogue, as rules do.
 */
export const furtherChecks: readonly Rule[] = [
  ...checked(deployments, 'docs/cli.md, "--deployments"'),
  ...suppressionChecks,
].sort((a, b) => (a.id < b.id ? -1 : 1));
