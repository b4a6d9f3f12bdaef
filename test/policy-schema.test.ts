// The policy's schema names every rule with its options, so that editors complete and check them (`npm run docs` writes
// it anew).
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { rules } from '../rules/index.ts';
import type { Rule } from '../src/rule.ts';
import { furtherChecks } from '../src/suppress/checks.ts';

const file = 'schema/policy.schema.json';
const all: readonly Rule[] = [...rules, ...furtherChecks].sort((a, b) => (a.id < b.id ? -1 : 1));
const read = () => JSON.parse(readFileSync(file, 'utf8')) as { definitions: { rules: { properties: unknown } } };

it('names every rule and its options', async () => {
  const schema = read();
  const { description, type, examples, additionalProperties } = schema.definitions.rules as Record<string, unknown>;
  schema.definitions.rules = {
    description,
    type,
    examples,
    properties: Object.fromEntries(all.map((rule) => [rule.id, entryOf(rule)])),
    additionalProperties,
  } as (typeof schema)['definitions']['rules'];
  const text = await format(JSON.stringify(schema), { ...(await resolveConfig(file)), parser: 'json' });
  await expect(text).toMatchFileSnapshot(`../${file}`);
});

it('accepts each rule with its defaults, and no other option', () => {
  const validate = new Ajv({ strict: false }).compile(read());
  for (const { id, options = {} } of all) {
    const defaults = Object.fromEntries(Object.entries(options).map(([key, { default: value }]) => [key, value]));
    expect([id, validate({ rules: { [id]: 'warning' } })]).toEqual([id, true]);
    expect([id, validate({ rules: { [id]: ['error', defaults] } })]).toEqual([id, true]);
    expect([id, validate({ rules: { [id]: ['error', { ...defaults, nosuch: 1 }] } })]).toEqual([id, false]);
    expect([id, validate({ rules: { [id]: 'fatal' } })]).toEqual([id, false]);
  }
  expect(validate({ rules: { 'team/owner-label': ['error', { label: 'team' }] } })).toBe(true);
});

function entryOf({ id, title, severity, preset, options = {} }: Rule): object {
  const fields = Object.entries(options).map(([key, option]) => {
    const { type, description, default: fallback, minimum, enum: words } = option;
    return [
      key,
      {
        description,
        default: fallback,
        type,
        ...(minimum !== undefined && { minimum }),
        ...(words && { enum: words }),
        ...(type === 'array' && { items: { type: 'string' } }),
      },
    ] as const;
  });
  return {
    description: `${title}. ${severity}, from preset ${preset}. docs/rules/${id}.md`,
    anyOf: [
      { $ref: '#/definitions/severity' },
      {
        type: 'array',
        minItems: 2,
        maxItems: 2,
        items: [
          { $ref: '#/definitions/severity' },
          { type: 'object', additionalProperties: false, properties: Object.fromEntries(fields) },
        ],
      },
    ],
  };
}
