import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rule } from './rule.ts';

/** What a rule says of itself, in Markdown: the page without its charts, also what `explain` prints. */
export function ruleText(rule: Rule): string {
  const prose = (text: string) => text.replace(/\s*\n\s*/g, ' ');
  const options = Object.entries(rule.options ?? {}).map(
    ([name, option]) =>
      `| \`${name}\` | ${option.type} | \`${JSON.stringify(option.default)}\` | ${option.description} |`,
  );
  return [
    `# ${rule.id}`,
    '',
    `**${rule.title}**`,
    '',
    `Severity: ${rule.severity}. Preset: \`${rule.preset}\`.`,
    '',
    '## What happens',
    '',
    prose(rule.why),
    '',
    '## How to mend it',
    '',
    prose(rule.fix),
    '',
    ...(options.length > 0
      ? ['## Options', '', '| option | type | default | meaning |', '| --- | --- | --- | --- |', ...options, '']
      : []),
    '## When to switch it off',
    '',
    prose(rule.off),
    '',
    '## Where it was learnt',
    '',
    ...rule.see.map((source) => `- ${/^https?:\S+$/.test(source) ? `<${source}>` : source}`),
    '',
  ].join('\n');
}

/** A rule's page: its own words, and the charts that its tests run. */
export function rulePage(rule: Rule, charts: readonly string[]): string {
  const examples = charts.flatMap((chart) => {
    const name = chart.split(/[\\/]/).at(-1)!;
    return [
      `### ${name.startsWith('bad') ? 'Wrong' : 'Right'}: \`${chart.replaceAll('\\', '/')}\``,
      '',
      ...templates(chart, name.startsWith('bad')),
    ];
  });
  return (
    [
      ruleText(rule),
      '## Examples',
      '',
      'The charts that test this rule; a comment `expect` stands where the finding does.',
      '',
      ...examples,
    ]
      .join('\n')
      .trimEnd() + '\n'
  );
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
