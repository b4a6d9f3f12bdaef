import type { OptionSchema, Rule } from '../rule.ts';
import type { Checked } from './checked.ts';
import { near } from './near.ts';

interface WithRules {
  rules?: Record<string, unknown>;
  ignore?: { rules?: string[] }[];
}

/**
 * Names of rules and their options, in a policy and its overrides. With plugins left out, an unknown name may be one of
 * theirs.
 */
export function checkRules({ value, fault }: Checked, known: ReadonlyMap<string, Rule>, lenient: boolean): void {
  const { overrides = [], ...top } = value as WithRules & { overrides?: WithRules[] };
  const all: [WithRules, string[]][] = [
    [top, []],
    ...overrides.map((one, index): [WithRules, string[]] => [one, ['overrides', String(index)]]),
  ];
  const unknown = (id: string) =>
    `there is no rule ${id}${near(id, known.keys()) || '; migrate-lint rules lists them'}`;
  for (const [{ rules = {}, ignore = [] }, at] of all) {
    for (const [id, entry] of Object.entries(rules)) {
      const rule = known.get(id);
      if (!rule && !lenient) fault([...at, 'rules', id], unknown(id), true);
      if (rule && Array.isArray(entry))
        checkOptions(rule, entry[1] as Record<string, unknown>, (key, message, isKey) =>
          fault([...at, 'rules', id, '1', key], message, isKey),
        );
    }
    ignore.forEach(({ rules: ids = [] }, index) =>
      ids.forEach(
        (id, which) =>
          !known.has(id) && !lenient && fault([...at, 'ignore', String(index), 'rules', String(which)], unknown(id)),
      ),
    );
  }
}

function checkOptions(
  rule: Rule,
  options: Readonly<Record<string, unknown>>,
  fault: (key: string, message: string, isKey: boolean) => void,
): void {
  const schemas: Readonly<Record<string, OptionSchema>> = rule.options ?? {};
  for (const [key, value] of Object.entries(options)) {
    const schema = Object.hasOwn(schemas, key) ? schemas[key] : undefined;
    const names = Object.keys(schemas);
    if (!schema)
      fault(
        key,
        `rule ${rule.id} has no option ${key}${names.length === 0 ? ', and no options at all' : near(key, names) || `; it has ${names.join(', ')}`}`,
        true,
      );
    else if (!fits(value, schema))
      fault(
        key,
        `option ${key} of ${rule.id} is ${JSON.stringify(value)} where ${schema.enum ? `one of ${schema.enum.join(', ')}` : kinds[schema.type]}${schema.minimum === undefined ? '' : ` from ${schema.minimum}`} is expected`,
        false,
      );
  }
}

const kinds = {
  integer: 'a whole number',
  boolean: 'true or false',
  string: 'a text',
  array: 'a list of texts',
} as const;

function fits(value: unknown, { type, minimum, enum: words }: OptionSchema): boolean {
  if (words) return words.includes(value as string);
  if (type === 'integer') return Number.isInteger(value) && (minimum === undefined || Number(value) >= minimum);
  return type === 'array'
    ? Array.isArray(value) && value.every((item) => typeof item === 'string')
    : typeof value === type;
}
