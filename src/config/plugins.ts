import { existsSync } from 'node:fs';
import module from 'node:module';
import { basename, extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as house from '../plugin-api.ts';
import type { Rule } from '../rule.ts';
import { PolicyError } from './policy.ts';

interface Resolved {
  url: string;
  shortCircuit: true;
}
/** What Node has from 22.15. */
interface Newer {
  registerHooks?: (hooks: {
    resolve: (specifier: string, context: unknown, next: (specifier: string, context: unknown) => unknown) => unknown;
  }) => void;
}
const newer = module as unknown as Newer;
/** What Bun has, which runs us where we are an executable: modules that are no files. */
interface Bun {
  plugin: (plugin: {
    name: string;
    setup: (build: {
      module: (name: string, load: () => { exports: Readonly<Record<string, unknown>>; loader: 'object' }) => void;
    }) => void;
  }) => void;
}

/**
 * Where a plugin's `import … from 'migrate-lint'` leads, though no such package may be installed beside the chart: to a
 * module that hands on what this very program has loaded.
 */
const face = (() => {
  const names = Object.keys(house).filter((name) => name !== 'default');
  const text = `const m=globalThis[Symbol.for('migrate-lint')];${names.map((name) => `export const ${name}=m.${name};`).join('')}export const defineConfig=(config)=>config;`;
  return `data:text/javascript,${encodeURIComponent(text)}`;
})();

let ready = false;

/** Teaches Node, or Bun, where `migrate-lint` is. */
function prepare(): void {
  if (ready) return;
  ready = true;
  const { Bun: bun } = globalThis as { Bun?: Bun };
  if (bun) {
    const exports = { ...house, defineConfig: (config: unknown) => config };
    bun.plugin({
      name: 'migrate-lint',
      setup: ({ module: define }) => define('migrate-lint', () => ({ exports, loader: 'object' })),
    });
    return;
  }
  (globalThis as Record<symbol, unknown>)[Symbol.for('migrate-lint')] = house;
  const { registerHooks } = newer;
  if (registerHooks) {
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === 'migrate-lint'
          ? ({ url: face, shortCircuit: true } satisfies Resolved)
          : next(specifier, context),
    });
    return;
  }
  // Before: hooks run in a thread of their own, out of a text of their own.
  const hooks = `export const resolve=(s,c,n)=>s==='migrate-lint'?{url:${JSON.stringify(face)},shortCircuit:true}:n(s,c);`;
  module.register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}

/**
 * The rules of a plugin: its default export, one rule or a list. Runs its code. `fail` is told what is wrong, in one
 * line.
 */
export async function loadPlugin(file: string, shown: string, fail: (message: string) => never): Promise<Rule[]> {
  if (!existsSync(file)) fail(`no such plugin: ${shown}`);
  if (!/\.(?:m?js|m?ts)$/.test(file)) fail(`${shown}: a plugin is a .js, .mjs or .ts file`);
  prepare();
  let exported: unknown;
  try {
    exported = ((await import(/* @vite-ignore */ pathToFileURL(file).href)) as { default?: unknown }).default;
  } catch (thrown) {
    // Bun collects what it does not understand of a file.
    const error: unknown = thrown instanceof AggregateError ? (thrown.errors[0] ?? thrown) : thrown;
    const { code, message } = error as { code?: string; message?: string };
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /ts$/.test(extname(file)))
      fail(
        `${shown}: this Node cannot read TypeScript: use Node 22.18 or newer, or write the rule as ${basename(file).replace(/ts$/, 'js')}`,
      );
    fail(`${shown}: ${whereIn(error, file)}${(message ?? String(error)).split('\n')[0]!}`);
  }
  const rules = Array.isArray(exported) ? (exported as unknown[]) : [exported];
  if (exported === undefined || rules.length === 0)
    fail(`${shown}: a plugin exports a rule, or a list of rules, as default`);
  return rules.map((rule) => guarded(checked(rule, shown, fail), shown));
}

/** `line 3: ` where the error's stack names the plugin's own line. */
function whereIn(error: unknown, file: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const line = [pathToFileURL(file).href, fileURLToPath(pathToFileURL(file))]
    .map((name) => stack.indexOf(`${name}:`))
    .find((at) => at >= 0);
  const found =
    line === undefined ? undefined : /^.*?:(\d+)(?::\d+)?\b/.exec(stack.slice(line).replace(/^file:\/\//, ''));
  return found ? `line ${found[1]}: ` : '';
}

const texts = ['id', 'title', 'why', 'fix', 'off'] as const;

/** A rule of the right shape; the words that a rule of ours must have may be left out, except for its title. */
function checked(value: unknown, shown: string, fail: (message: string) => never): Rule {
  if (value === null || typeof value !== 'object')
    return fail(`${shown}: exports ${value === null ? 'null' : typeof value} where a rule is expected`);
  const rule = { severity: 'warning', preset: 'recommended', why: '', fix: '', off: '', see: [], ...value } as Record<
    string,
    unknown
  >;
  const of = typeof rule['id'] === 'string' ? `${shown}: rule ${rule['id']}` : `${shown}: a rule`;
  for (const key of texts) if (typeof rule[key] !== 'string') fail(`${of} has no text ${key}`);
  if (!/^[a-z][a-z0-9]*(?:[-/][a-z0-9]+)*$/.test(String(rule['id'])))
    fail(`${of}: an id is of lower-case words with - between them`);
  if (rule['title'] === '') fail(`${of} has no text title`);
  if (!['error', 'warning', 'info'].includes(String(rule['severity'])))
    fail(`${of}: severity is error, warning or info`);
  if (!['recommended', 'strict', 'all'].includes(String(rule['preset'])))
    fail(`${of}: preset is recommended, strict or all`);
  if (!Array.isArray(rule['see'])) fail(`${of}: see is a list of texts`);
  if (typeof rule['check'] !== 'function') fail(`${of} has no function check`);
  for (const [name, option] of Object.entries((rule['options'] ?? {}) as Record<string, { type?: unknown }>)) {
    if (!['integer', 'boolean', 'string', 'array'].includes(String(option?.type)))
      fail(`${of}: option ${name} has no type integer, boolean, string or array`);
  }
  return rule as unknown as Rule;
}

/** A rule whose failures are one line that names it, and whose reports are looked at before they are believed. */
function guarded(rule: Rule, shown: string): Rule {
  return {
    ...rule,
    *check(context) {
      try {
        for (const report of rule.check(context) ?? []) {
          if (typeof report?.message !== 'string' || !report.at?.resource || !Array.isArray(report.at.path))
            throw new Error('yielded something that is no { at, message }');
          yield report;
        }
      } catch (error) {
        throw new PolicyError(
          `${shown}: rule ${rule.id}: ${(error instanceof Error ? error.message : String(error)).split('\n')[0]!}`,
        );
      }
    },
  };
}
