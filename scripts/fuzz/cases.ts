import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { stringify } from 'yaml';
import { lint } from '../../src/lint.ts';
import type { LintOptions } from '../../src/options.ts';
import type { LintResult } from '../../src/result.ts';
import { fixCharts } from '../../src/fix-charts.ts';
import { formats, report } from '../../src/report/index.ts';
import policySchema from '../../schema/policy.schema.json' with { type: 'json' };
import { actions, keys, names, texts, values, words } from './hostile.ts';
import { mutateBytes, mutateText, mutateYaml } from './mutate.ts';
import { Random } from './random.ts';

export const kinds = ['manifests', 'templates', 'policies'] as const;
export type Kind = (typeof kinds)[number];

/** One mutation, by its number. */
export interface Case {
  seed: number;
  kind: Kind;
  index: number;
}

/** What all cases of a run share. */
export interface Bench {
  /** Where a worker may write. */
  folder: string;
  /** Holds rendered manifests, one file a chart. */
  seeds: string;
  charts: readonly string[];
  helm: string;
}

/** A program error that a case brought out; what migrate-lint says in plain words is none. */
export class Fault extends Error {}

/**
 * Runs a case; gives the exit code that the command line would give. Throws {@link Fault}, or whatever else was thrown.
 */
export async function runCase(one: Case, bench: Bench): Promise<number> {
  const random = new Random(one.seed, one.kind, one.index);
  rmSync(bench.folder, { recursive: true, force: true });
  mkdirSync(bench.folder, { recursive: true });
  const before = prototypes();
  const code = await runners[one.kind](random, bench);
  if (prototypes() !== before) throw new Fault('a prototype was changed');
  return code;
}

const runners: Record<Kind, (random: Random, bench: Bench) => Promise<number>> = { manifests, templates, policies };

const common = (random: Random): Pick<LintOptions, 'engine' | 'wait' | 'preset' | 'reportUnused'> => ({
  engine: random.pick(['helm', 'argocd', 'flux']),
  wait: random.once(2),
  preset: 'all',
  reportUnused: random.once(2),
});

function prototypes(): string {
  return [Object, Array, Function, String, Number, Map]
    .map(({ prototype }) => Object.getOwnPropertyNames(prototype).length)
    .join();
}

function seedsOf({ seeds }: Bench): string[] {
  return readdirSync(seeds)
    .sort()
    .map((name) => join(seeds, name));
}

/** A rendered chart on standard input. The chart as it was stands for the last revision at times. */
async function manifests(random: Random, bench: Bench): Promise<number> {
  const seeds = seedsOf(bench);
  const file = random.pick(seeds);
  const seed = part(readFileSync(file, 'utf8'), random);
  const text = random.once(3)
    ? mutateText(random.once(10) ? seed + readFileSync(random.pick(seeds), 'utf8') : seed, random)
    : mutateYaml(seed, random);
  const bytes = mutateBytes(text, random);
  writeFileSync(join(bench.folder, 'input.yaml'), bytes);
  const from = random.once(4) ? relative(bench.folder, file) : undefined;
  return judged({
    ...common(random),
    paths: ['-'],
    cwd: bench.folder,
    env: {},
    config: false,
    from,
    readStdin: () => Promise.resolve(bytes),
  });
}

/** Of a large stream a few documents: small inputs are mutated where it matters, and fast. */
function part(stream: string, random: Random): string {
  if (stream.length < 20_000) return stream;
  const documents = stream.split(/^(?=---)/m);
  return Array.from({ length: 6 }, () => random.pick(documents)).join('');
}

/** A chart on disk, some of its files changed, rendered with Helm. */
async function templates(random: Random, bench: Bench): Promise<number> {
  const chart = join(
    bench.folder,
    random.once(10)
      ? random.pick(['-x', '$(touch pwned)', 'a b', "it's", 'x\ny', '\u001b[1m', 'ü', '#', '%41'])
      : 'chart',
  );
  cpSync(random.pick(bench.charts), chart, { recursive: true });
  const files = readdirSync(chart, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const wanted = (pattern: RegExp) => files.filter((file) => pattern.test(relative(chart, file)));
  for (let left = 1 + random.int(2); left > 0; left -= 1) {
    const what = random.int(10);
    const choice =
      what < 6 ? wanted(/templates\//) : what < 8 ? wanted(/values\.yaml$/) : what < 9 ? wanted(/Chart\.yaml$/) : files;
    if (choice.length > 0) changeFile(random.pick(choice), random);
  }
  if (random.once(8)) {
    const name = join(chart, 'templates', random.pick(names));
    mkdirSync(dirname(name), { recursive: true });
    writeFileSync(
      name,
      random.once(2)
        ? readFileSync(random.pick(files.filter((file) => existsSync(file))))
        : `# ${random.pick(actions)}\n`,
    );
  }
  const options: LintOptions = {
    ...common(random),
    paths: [chart],
    cwd: bench.folder,
    env: { ...process.env, HELM_BIN: bench.helm },
    config: false,
  };
  if (random.once(6))
    options.set = [
      {
        flag: random.pick(['--set', '--set-string', '--set-json']),
        value: `${random.pick(['x', 'a.b', 'x[0]', 'x[-1]', 'global.x', '__proto__.x'])}=${random.pick(texts).replaceAll('\0', '').slice(0, 200)}`,
      },
    ];
  return judged(options, random.once(10));
}

function changeFile(file: string, random: Random): void {
  // The change before took it away.
  if (!existsSync(file)) return;
  const text = readFileSync(file, 'utf8');
  const yaml = /(values|Chart)\.yaml$/.test(file);
  const fate = random.int(30);
  if (fate === 0) rmSync(file);
  else if (fate === 1) renameSync(file, join(dirname(file), random.pick(names).replaceAll('/', '-')));
  else
    writeFileSync(
      file,
      mutateBytes(
        yaml && random.once(2)
          ? mutateYaml(text, random)
          : mutateText(text, random, yaml && random.once(2) ? undefined : actions),
        random,
      ),
    );
}

/** A policy file beside manifests. */
async function policies(random: Random, bench: Bench): Promise<number> {
  const examples = [...readFileSync('docs/policy.md', 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(
    ([, text]) => text!,
  );
  const seed = random.once(2) ? random.pick(examples) : stringify(valueOf(policySchema, random, 0));
  const text = random.once(6) ? seed : random.once(2) ? mutateYaml(seed, random) : mutateText(seed, random);
  // What the example names, so that more than its first missing file is met.
  for (const file of ['values-production.yaml', 'team.migrate-lint.yaml', 'team-rules.ts'])
    writeFileSync(join(bench.folder, file), '');
  const near = text.replaceAll('../team.', './team.');
  writeFileSync(join(bench.folder, '.migrate-lint.yaml'), mutateBytes(near, random));
  const bytes = readFileSync(random.pick(seedsOf(bench)));
  return judged({
    ...common(random),
    preset: undefined,
    paths: ['-'],
    cwd: bench.folder,
    env: {},
    config: '.migrate-lint.yaml',
    plugins: false,
    readStdin: () => Promise.resolve(bytes),
  });
}

interface Schema {
  $ref?: string;
  enum?: unknown[];
  const?: unknown;
  type?: string | string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema | Schema[];
  oneOf?: Schema[];
  anyOf?: Schema[];
}

/** A value that the schema allows, by and large; what is free in it is hostile. */
function valueOf(schema: Schema, random: Random, depth: number): unknown {
  if (random.once(25) || depth > 8) return structuredClone(random.pick(values));
  if (schema.$ref)
    return valueOf(
      schema.$ref
        .split('/')
        .slice(1)
        .reduce((at: unknown, step) => (at as Record<string, unknown>)[step], policySchema) as Schema,
      random,
      depth + 1,
    );
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return valueOf(random.pick(choices), random, depth + 1);
  if (schema.enum) return random.pick(schema.enum);
  if ('const' in schema) return schema.const;
  switch ([schema.type].flat()[0]) {
    case 'object': {
      const own = Object.entries(schema.properties ?? {})
        .filter(() => !random.once(3))
        .map(([key, value]) => [key, valueOf(value, random, depth + 1)]);
      const free = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
      const others =
        free || !schema.properties
          ? Array.from({ length: random.int(3) }, () => [
              random.once(2) ? random.pick(ruleNames) : random.pick(keys),
              free ? valueOf(free, random, depth + 1) : random.pick(values),
            ])
          : [];
      return Object.fromEntries([...own, ...others]) as object;
    }
    case 'array':
      return Array.isArray(schema.items)
        ? schema.items.map((item) => valueOf(item, random, depth + 1))
        : Array.from({ length: random.int(4) }, () => valueOf((schema.items ?? {}) as Schema, random, depth + 1));
    case 'string':
      return random.once(2)
        ? random.pick(words)
        : random.pick(['*', '**', '**/*', 'a*b*c*d', '*'.repeat(500), '**/'.repeat(200), 'charts/**', ...texts]);
    case 'integer':
    case 'number':
      return random.pick([0, 1, -1, 30, 1e18]);
    default:
      return random.pick(values);
  }
}

const ruleNames = [
  'backoff-limit',
  'job-deadline',
  'ttl-after-finished',
  'hook-deadlock',
  'image-drift',
  'max',
  'min',
  'timeout',
];

/** Lints and reports in every format; what they hold is checked too. */
async function judged(options: LintOptions, fixing = false): Promise<number> {
  const result = await lint(options);
  for (const { message } of result.errors)
    if (unfit.test(message) || message.includes('\n') || message.trim() === '')
      throw new Fault(`an error is not one plain line: ${JSON.stringify(message)}`);
  await reported(result, options.cwd);
  if (fixing && result.charts.some(({ findings }) => findings.some(({ fix }) => fix)))
    await fixCharts(options, result, { dryRun: true });
  return result.errors.length > 0 ? 2 : result.summary.errors > 0 ? 1 : 0;
}

// What a terminal may take for an order, or what turns the direction of text.
const unfit = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

async function reported(result: LintResult, cwd: string): Promise<void> {
  for (const format of formats) {
    const text = await report(format, result, {
      version: '0.0.0',
      cwd,
      color: false,
      width: 100,
      hyperlinks: false,
      showRendered: true,
    });
    const found = unfit.exec(text);
    if (found)
      throw new Fault(
        `${format} holds a control character: ${JSON.stringify(text.slice(Math.max(0, found.index - 60), found.index + 20))}`,
      );
    if (format === 'json' || format === 'sarif' || format === 'gitlab') JSON.parse(text);
  }
  for (const { findings } of result.charts)
    for (const { location, message, fingerprint } of findings)
      if (!(location.line >= 1 && location.column >= 1) || !message || !fingerprint)
        throw new Fault(`a finding without place or words: ${JSON.stringify({ location, message })}`);
}
