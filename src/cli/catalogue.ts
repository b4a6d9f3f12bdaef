import { rules } from '../../rules/index.ts';
import { ruleText } from '../page.ts';

/** `migrate-lint rules`: every rule with its severity and preset. */
export function listRules(format: string | undefined): string {
  if (format === 'json') return `${JSON.stringify(rules.map(({ id, title, severity, preset, options }) => ({ id, title, severity, preset, options: options ?? {} })), undefined, 2)}\n`;
  const width = Math.max(...rules.map(({ id }) => id.length));
  return rules.map(({ id, title, severity, preset }) => `${id.padEnd(width)}  ${severity.padEnd(7)}  ${preset.padEnd(11)}  ${title}\n`).join('');
}

/** `migrate-lint explain RULE`: the rule's page, wrapped; `undefined` where there is no such rule. */
export function explain(id: string, width: number): string | undefined {
  const rule = rules.find((one) => one.id === id);
  return rule && ruleText(rule).split('\n').map((line) => (line.length > width && !line.startsWith('|') ? fold(line, width) : line)).join('\n');
}

/** The rule whose name is most like a misspelt one. */
export function nearestRule(id: string): string | undefined {
  const scored = rules.map((rule) => ({ id: rule.id, distance: distance(id, rule.id) })).sort((a, b) => a.distance - b.distance);
  return scored[0] && scored[0].distance <= 4 ? scored[0].id : undefined;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + Number(a[i - 1] !== b[j - 1])));
    row = next;
  }
  return row[b.length]!;
}

function fold(line: string, width: number): string {
  const lines: string[] = [''];
  for (const word of line.split(' ')) {
    const last = lines.at(-1)!;
    if (last && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines.join('\n');
}
