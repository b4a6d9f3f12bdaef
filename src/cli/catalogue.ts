import { rules as catalogue } from '../../rules/index.ts';
import { ruleText } from '../page.ts';
import { wrap } from '../report/wrap.ts';
import { furtherChecks } from '../suppress/checks.ts';

/** All rules and what is checked of suppressions, by id. */
const rules = [...catalogue, ...furtherChecks].sort((a, b) => (a.id < b.id ? -1 : 1));

/** `migrate-lint rules`: every rule with its severity and preset. */
export function listRules(format: string | undefined): string {
  if (format === 'json')
    return `${JSON.stringify(
      rules.map(({ id, title, severity, preset, fixable, options }) => ({
        id,
        title,
        severity,
        preset,
        fixable: fixable ?? false,
        options: options ?? {},
      })),
      undefined,
      2,
    )}\n`;
  const width = Math.max(...rules.map(({ id }) => id.length));
  return rules
    .map(
      ({ id, title, severity, preset, fixable }) =>
        `${id.padEnd(width)}  ${severity.padEnd(7)}  ${preset.padEnd(11)}  ${fixable ? '--fix' : '     '}  ${title}\n`,
    )
    .join('');
}

/** `migrate-lint explain RULE`: the rule's page, wrapped; `undefined` where there is no such rule. */
export function explain(id: string, width: number): string | undefined {
  const rule = rules.find((one) => one.id === id);
  return (
    rule &&
    ruleText(rule)
      .split('\n')
      .flatMap((line) => (line.length > width && !/^[|#]/.test(line) ? wrap(line, width, '', '') : [line]))
      .join('\n')
  );
}

/** Ids of all rules. */
export const ruleNames: readonly string[] = rules.map(({ id }) => id);
