// docs/policy-reference.md is the policy's schema in words (`npm run docs` writes it).
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Schema {
  description?: string;
  type?: string;
  enum?: string[];
  anyOf?: Schema[];
  items?: Schema | Schema[];
  required?: string[];
  properties?: Record<string, Schema>;
  $ref?: string;
  default?: unknown;
  minimum?: number;
  examples?: unknown[];
}

const root = JSON.parse(readFileSync('schema/policy.schema.json', 'utf8')) as Schema & {
  definitions: Record<string, Schema>;
};

it('docs/policy-reference.md names every key', async () => {
  await expect(reference()).toMatchFileSnapshot('../docs/policy-reference.md');
});

/** A schema with what it refers to; its own description wins. */
function resolved(schema: Schema): Schema {
  const name = /^#\/definitions\/(\w+)$/.exec(schema.$ref ?? '')?.[1];
  return name === undefined ? schema : { ...resolved(root.definitions[name]!), ...schema };
}

function reference(): string {
  const keys = Object.entries(root.properties!);
  return [
    '# The keys of the policy file',
    '',
    '<!-- Generated from schema/policy.schema.json: npm run docs. -->',
    '',
    'All keys of [`.migrate-lint.yaml`](policy.md), as the [schema](../schema/policy.schema.json) has them. None is required.',
    '',
    '| key | type | meaning |',
    '| --- | --- | --- |',
    ...keys.map(([key, schema]) => row(`[\`${key}\`](#${key})`, schema)),
    '',
    ...keys.flatMap(([key, schema]) => section(key, resolved(schema))),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

function section(key: string, schema: Schema): string[] {
  if (key === 'rules') return rules(schema);
  const items = Array.isArray(schema.items) ? undefined : schema.items && resolved(schema.items);
  const fields = Object.entries(items?.properties ?? {});
  return [
    `## ${key}`,
    '',
    schema.description ?? '',
    '',
    ...(schema.examples ? [`Examples: ${schema.examples.map((one) => code(one)).join(', ')}.`, ''] : []),
    ...(fields.length === 0
      ? []
      : [
          'A list; each entry has these keys:',
          '',
          '| key | type | meaning |',
          '| --- | --- | --- |',
          ...fields.map(([name, field]) =>
            row(`\`${name}\`${items?.required?.includes(name) ? ' (required)' : ''}`, field),
          ),
          '',
          ...atLeastOne(items),
        ]),
  ];
}

function atLeastOne(items: Schema | undefined): string[] {
  const names = items?.anyOf?.flatMap(({ required = [] }) => required.map((name) => `\`${name}\``)) ?? [];
  return names.length > 0 ? [`At least one of ${names.join(', ')} is required.`, ''] : [];
}

function rules({ description, properties = {} }: Schema): string[] {
  const rows = Object.entries(properties).flatMap(([id, schema]) =>
    Object.entries(optionsOf(schema)).map(([name, option]) => {
      const fallback = option.default === undefined ? '' : ` (default: ${code(option.default)})`;
      return `| [${id}](rules/${id}.md) | \`${name}\` | ${typeOf(option)} | ${cell(option.description ?? '')}${fallback} |`;
    }),
  );
  return [
    '## rules',
    '',
    description ?? '',
    '',
    `The ids are those of [the rules](rules/README.md), and of your own in \`plugins\`. A severity is ${root.definitions['severity']!.enum!.map((word) => `\`${word}\``).join(', ')}. These rules have options:`,
    '',
    '| rule | option | type | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ];
}

function optionsOf(schema: Schema): Record<string, Schema> {
  const pair = schema.anyOf?.find(({ items }) => Array.isArray(items));
  return (pair?.items as Schema[] | undefined)?.[1]?.properties ?? {};
}

function row(key: string, schema: Schema): string {
  return `| ${key} | ${typeOf(schema)} | ${cell(resolved(schema).description ?? '')} |`;
}

function typeOf(schema: Schema): string {
  const { type, enum: words, anyOf, items } = resolved(schema);
  if (words) return words.map((word) => `\`${word}\``).join(', ');
  if (type === 'array') {
    const inner = Array.isArray(items) || items === undefined ? '' : typeOf(items);
    return inner === 'string' ? 'list of strings' : 'list';
  }
  if (type !== undefined) return type === 'object' ? 'mapping' : type;
  return [...new Set(anyOf?.map((one) => typeOf(one)) ?? [])].join(' or ');
}

const code = (value: unknown) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('*', '\\*');
