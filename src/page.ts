import type { Rule } from './rule.ts';

/** What a rule says of itself, in Markdown, also what `explain` prints; a page shows `example` behind what happens. */
export function ruleText(rule: Rule, example: readonly string[] = []): string {
  const prose = (text: string) => text.replace(/\s*\n\s*/g, ' ');
  const options = Object.entries(rule.options ?? {}).map(
    ([name, option]) =>
      `| \`${name}\` | ${option.type} | \`${JSON.stringify(option.default)}\` | ${option.description} |`,
  );
  return [
    `# ${rule.id}`,
    '',
    `**${rule.title}.**`,
    '',
    `Severity: ${rule.severity}. Preset: \`${rule.preset}\`.${rule.fixable ? ' Some findings have a safe fix (`--fix`).' : ''}`,
    '',
    '## What happens',
    '',
    prose(rule.why),
    '',
    ...example,
    '## How to fix it',
    '',
    prose(rule.fix),
    '',
    ...(options.length > 0
      ? ['## Options', '', '| option | type | default | meaning |', '| --- | --- | --- | --- |', ...options, '']
      : []),
    '## When to turn it off',
    '',
    prose(rule.off),
    '',
    '## References',
    '',
    ...rule.see.map((source) => `- ${/^https?:\S+$/.test(source) ? `<${source}>` : source}`),
    '',
  ].join('\n');
}
