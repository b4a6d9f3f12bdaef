// Each law of .dependency-cruiser.cjs is broken on purpose, in every way that a file can need another.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { afterAll, beforeAll, expect, it } from 'vitest';

const require = createRequire(import.meta.url);
const order = require('../scripts/order.cjs') as [room: string, files: string][];
const { forbidden, options } = require('../.dependency-cruiser.cjs') as {
  forbidden: IForbiddenRuleType[];
  options: ICruiseOptions;
};

/** A file of a room: `src/yaml/` has any, `src/lint\.ts` that one. */
const fileIn = (files: string, name: string): string => {
  const file = files.replace(
    /\((?:([^|)/]+\/)\|)?([^|)]*).*?\)/,
    (_, folder: string, first: string) => folder ?? first,
  );
  return file.endsWith('/') ? `${file}${name}.ts` : file.replace(/\\/g, '');
};
const ways = [
  (path: string) => `import { x } from '${path}';\nexport const y = x;\n`,
  (path: string) => `import type { X } from '${path}';\nexport type Y = X;\n`,
  (path: string) => `export const y = () => import('${path}');\n`,
  (path: string) => `export * from '${path}';\n`,
  (path: string) => `export type Y = import('${path}').X;\n`,
  (path: string) => `import '${path}';\n`,
];
const target = 'export const x = 1;\nexport type X = number;\n';

interface Breach {
  law: string;
  from: string;
  to: string;
  text: string;
}
const breaches: Breach[] = [];
const breach = (law: string, from: string, to: string, way: number, path?: string) => {
  const near = relative(dirname(from), to);
  breaches.push({ law, from, to, text: ways[way]!(path ?? (near.startsWith('.') ? near : `./${near}`)) });
};
// Rooms that are one file can import in one way only, the others in each.
for (const [index, [room, files]] of order.slice(0, -1).entries())
  for (const way of ways.keys()) {
    const later = order[index + 1 + (way % (order.length - index - 1))]!;
    const from = fileIn(files, `from-${way}`);
    if (breaches.some((one) => one.from === from)) continue;
    breach(`order-${room}`, from, fileIn(later[1], `target`), (way + index) % ways.length);
  }
for (const way of ways.keys()) {
  breach('rule-sees-rule', `rules/a-${way}.ts`, 'rules/b.ts', way);
  breach('rule-sees-rule', `rules/c-${way}.ts`, 'src/words.ts', way);
  breach('rule-sees-rule', `rules/d-${way}.ts`, 'fs', way, 'node:fs');
  breach('report-draws', `src/report/a-${way}.ts`, 'src/simulate/target.ts', way);
  breach('in-a-room', `src/utils-${way}.ts`, 'src/paths.ts', way);
  breach('into-a-room', `src/yaml/a-${way}.ts`, 'src/helpers.ts', way);
  breach('product-alone', `src/shell/a-${way}.ts`, 'test/setup.ts', way);
  breach('found', `src/parse/a-${way}.ts`, './nowhere.ts', way, './nowhere.ts');
}
for (const way of ways.keys()) breach('core-without-node', `src/yaml/n-${way}.ts`, 'path', way, 'node:path');
// Types may come from anywhere.
for (const way of [0, 2, 3, 5]) breach('core-alone', `src/check/c-${way}.ts`, 'src/discover/below.ts', way);
breach('report-draws', 'src/report/run.ts', 'child_process', 0, 'node:child_process');
breach('no-cycle', 'src/model/a.ts', 'src/model/b.ts', 1);

let folder: string;
let found: { law: string; from: string }[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'migrate-lint-laws-'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const sources = new Set(breaches.map(({ from }) => from));
  for (const { to } of breaches) if (to.includes('/') && !to.startsWith('.') && !sources.has(to)) write(to, target);
  for (const { from, text } of breaches) write(from, text);
  write('src/model/b.ts', ways[2]!('./a.ts'));
  const { output } = await cruise(['src', 'rules'], {
    ...options,
    tsConfig: undefined,
    baseDir: folder,
    validate: true,
    ruleSet: { forbidden },
  });
  found = (output as ICruiseResult).summary.violations.map(({ rule, from }) => ({ law: rule.name, from }));
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(breaches)('$law: $from', ({ law, from }) => expect(found).toContainEqual({ law, from }));

it('every law is broken by a test, and says in one sentence what it wants', () => {
  expect(forbidden.map(({ name }) => name).filter((name) => !breaches.some(({ law }) => law === name))).toEqual([]);
  for (const { comment } of forbidden) expect(comment).toMatch(/^[^.]*(?:\.\w+[^.]*)*\.$/);
});

it('CONTRIBUTING names the rooms in their order', () => {
  const text = readFileSync('CONTRIBUTING.md', 'utf8');
  const written = /## The order\n[\s\S]*?```\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  expect(written.split(/\s*→\s*|\n/).filter(Boolean)).toEqual(order.map(([room]) => room));
});
