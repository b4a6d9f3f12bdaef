// What docs/rules holds: a page for each rule, with its charts and what the terminal shows for them, and a table of all
// rules.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ruleText } from '../src/page.ts';
import type { LintOptions } from '../src/options.ts';
import type { Rule } from '../src/rule.ts';

/** The rules by what they are about, in the order of the table. */
const groups: Readonly<Record<string, readonly string[]>> = {
  'Hooks and waits that never end': [
    'hook-deadlock',
    'wait-deadlock',
    'dependency-cycle',
    'hook-order',
    'missing-job',
    'wait-permission',
    'sidecar-completion',
    'local-wait',
    'create-again',
    'early-wait',
    'bounded-wait',
    'job-deadline',
    'network-policy',
    'never-ready',
    'unbound-claim',
  ],
  'What a pod needs to start': [
    'hook-reference',
    'missing-key',
    'stale-reference',
    'hook-claim',
    'hook-quota',
    'crd-order',
  ],
  'Hook annotations': ['hook-event', 'hook-weight', 'hook-delete-policy', 'hook-conversion'],
  'Hook resources that outlive their hook': ['hook-shared-resource', 'workload-hook'],
  'How migrations run': [
    'one-hook-job',
    'concurrent-migrations',
    'single-run',
    'lost-exit-code',
    'image-drift',
    'rolling-update',
    'plaintext-credential',
    'duplicate-variable',
    'large-number',
    'service-link',
    'doubled-dollar',
  ],
  'Fields of Jobs': ['backoff-limit', 'restart-policy', 'ttl-after-finished', 'immutable-job', 'job-name'],
  'What the API server refuses': [
    'api-refused',
    'immutable-field',
    'job-schema',
    'resource-schema',
    'replicas-conflict',
  ],
  Namespaces: ['release-namespace'],
  Deployments: ['release-order', 'disabled-hooks', 'unread-value'],
  'Limits of the analysis': ['not-judged', 'stale-dependency'],
  Suppressions: ['expired-ignore', 'unknown-directive', 'unknown-rule', 'unused-baseline', 'unused-directive'],
};

/** A rule's page; `output` gives what the terminal shows for a wrong chart. */
export function rulePage(rule: Rule, charts: readonly string[], output: (chart: string) => string): string {
  const [wrong, right] = ['bad', 'good'].map((kind) => charts.find((chart) => basename(chart).startsWith(kind)));
  const first = [wrong, right].filter((chart) => chart !== undefined);
  const shown = (chart: string) => example(rule, chart, output);
  const others = charts.filter((chart) => !first.includes(chart));
  return (
    [
      ruleText(rule, first.flatMap(shown)),
      ...(others.length > 0 ? ['## More examples', '', ...others.flatMap(shown)] : []),
    ]
      .join('\n')
      .trimEnd() + '\n'
  );
}

/** `docs/rules/README.md`: all rules and checks by group. Throws where one has no group. */
export function ruleTable(rules: readonly Rule[]): string {
  const known = new Map(rules.map((rule) => [rule.id, rule]));
  const sections = Object.entries(groups).flatMap(([title, ids]) => [
    `## ${title}`,
    '',
    '| rule | what it reports | severity | preset | `--fix` |',
    '| --- | --- | --- | --- | --- |',
    ...ids.map((id) => {
      const rule = known.get(id);
      if (!rule) throw new Error(`test/rule-pages.ts names ${id}, which is no rule`);
      known.delete(id);
      return `| [${id}](${id}.md) | ${rule.title} | ${rule.severity} | ${rule.preset} | ${rule.fixable ? 'yes' : ''} |`;
    }),
    '',
  ]);
  if (known.size > 0) throw new Error(`test/rule-pages.ts has no group for ${[...known.keys()].join(', ')}`);
  return [
    '# Rules',
    '',
    'Severity is that of the rule; a finding that is less certain has a lower one. The preset is the first that applies the rule: `recommended`',
    'is the default, `strict` includes it, and `all` includes both. `--fix` means that the rule has a safe fix for some of its findings. The same list:',
    '`migrate-lint rules`.',
    '',
    ...sections,
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

function example(rule: Rule, chart: string, output: (chart: string) => string): string[] {
  const bad = basename(chart).startsWith('bad');
  return [
    `### ${bad ? 'Wrong' : 'Right'}: \`${chart}\``,
    '',
    ...templates(chart, bad),
    ...(bad ? ['```', `$ ${commandLine(rule, chart)}`, output(chart).trimEnd(), '```', ''] : []),
  ];
}

/** The command that prints the output, with the options of `lint.json`. */
function commandLine({ id }: Rule, chart: string): string {
  const { engine, wait, from, helmVersion, releaseName, actions, ruleOptions } = settings(chart);
  const flags = {
    engine,
    from,
    'helm-version': helmVersion,
    'release-name': releaseName,
    action: actions?.join(','),
  };
  return [
    `migrate-lint ${chart} --rule ${id}`,
    ...(wait ? ['--wait'] : []),
    ...Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag} ${value}`])),
    ...(ruleOptions ? [`# with ${JSON.stringify(ruleOptions)} in the policy`] : []),
  ].join(' ');
}

/** What a chart wants to be linted with: `lint.json` beside its Chart.yaml. */
export function settings(chart: string): Partial<LintOptions> {
  const file = join(chart, 'lint.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<LintOptions>) : {};
}

function templates(chart: string, bad: boolean): string[] {
  const folder = join(chart, 'templates');
  const names = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => /\.(ya?ml|tpl)$/.test(name))
    .sort();
  const texts = names.map((name) => ({ name: `templates/${name}`, text: readFileSync(join(folder, name), 'utf8') }));
  // A wrong chart is shown where it is wrong.
  const shown =
    bad && texts.some(({ text }) => text.includes('expect:'))
      ? texts.filter(({ text }) => text.includes('expect:'))
      : texts;
  return shown.flatMap(({ name, text }) => ['```yaml', `# ${name}`, text.trimEnd(), '```', '']);
}
