// Measures places: how often a finding stands at the very template line, over the rules' charts and mutations of them.
// `npm run places` tries every mutation on every chart and prints the figure (`PLACES=2/4` in its place: on the second
// quarter of the charts); `npm run test:campaigns` tries one mutation on each chart.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import { expectations, ruleCharts } from './expectations.ts';
import { helmBinary } from './helm/binaries.ts';

/**
 * Rewrites a template; `undefined` where the mutation does not apply. Extra files go beside it, by path in the chart.
 */
type Mutation = (text: string) => { text: string; files?: Record<string, string> } | undefined;

const scoped = (text: string) => text.replace(/(?<![$\w])\.(Release|Values|Chart|Template)\b/g, '$$.$1');
const noise = ['# a note', '', '{{/* a remark */}}', '{{- /* trimmed */}}'];

const mutations: Record<string, Mutation> = {
  'as it is': (text) => ({ text }),
  'noise above': (text) => ({ text: `${noise.join('\n')}\n${text}` }),
  'noise within': (text) => ({
    text: text.replace(/^(kind|metadata|spec|data):/gm, '# more\n\n{{/* and more */}}\n$1:'),
  }),
  // Helm takes no `define` within another action.
  'inside if': (text) => (text.includes('define "') ? undefined : { text: `{{- if true }}\n${text}{{- end }}\n` }),
  'inside range': (text) =>
    text.includes('define "') ? undefined : { text: `{{- range list 1 }}\n---\n${scoped(text)}{{- end }}\n` },
  'with CRLF': (text) => ({ text: text.replaceAll('\n', '\r\n') }),
  'behind a byte order mark': (text) => ({ text: `\ufeff${text}` }),
  'in a named template': (text) =>
    text.includes('define "')
      ? undefined
      : {
          text: '{{ include "places.body" . }}\n',
          files: { 'templates/_body.tpl': `{{- define "places.body" -}}\n${text}{{- end }}\n` },
        },
  'spec in a named template': (text) => {
    const spec = /^spec:[^\n]*\n((?:[ \t]+[^\n]*\n|\n)+)/m.exec(text);
    if (!spec || text.includes('define "') || /^---/m.test(text)) return undefined;
    const dedented = spec[1]!.replace(/^ {2}/gm, '');
    return {
      text: text.replace(spec[1]!, '  {{- include "places.spec" . | nindent 2 }}\n'),
      files: { 'templates/_spec.tpl': `{{- define "places.spec" -}}\n${dedented}{{- end }}\n` },
    };
  },
  'annotations from values': (text) => {
    const block = /^ {2}annotations:\n((?: {4}\S[^\n]*\n)+)/m.exec(text);
    // A null in values takes the key away.
    if (!block || block[1]!.includes('{{') || /:\s*(?:null|~)?\s*(?:#.*)?$/m.test(block[1]!)) return undefined;
    return {
      text: text.replace(block[1]!, '    {{- toYaml $.Values.placed | nindent 4 }}\n'),
      files: { 'values.yaml': `placed:\n${block[1]!.replace(/^ {4}/gm, '  ')}` },
    };
  },
};

const wanted = process.env['PLACES'];
const part = /^(\d+)\/(\d+)$/.exec(wanted ?? '');

/** The mutations for a chart: all of them, none for a chart of another part, or one after the other. */
function tried(chart: number): [string, Mutation][] {
  const all = Object.entries(mutations);
  if (part) return chart % Number(part[2]) === Number(part[1]) - 1 ? all : [];
  return wanted === 'all' ? all : [all[chart % all.length]!];
}

it(
  'puts at least 95 of 100 findings at the very line, and all into the right block',
  { timeout: wanted === undefined ? 600_000 : 3_600_000 },
  async () => {
    const { path } = await helmBinary('4.2.3');
    const root = 'fixtures/rules';
    const work = mkdtempSync(join(tmpdir(), 'migrate-lint-places-'));
    const tally = new Map<string, { exact: number; all: number }>();
    const misses: string[] = [];
    const lost: string[] = [];
    let charts = 0;
    try {
      for (const rule of readdirSync(root)) {
        for (const chart of ruleCharts(join(root, rule)).filter((one) => basename(one).startsWith('bad'))) {
          for (const [name, mutate] of tried(charts++)) {
            const copy = join(work, `${rule}-${basename(chart)}-${name.replaceAll(' ', '-')}`);
            if (!mutated(chart, copy, rule, mutate)) continue;
            const expected = expectations(copy, rule);
            const found = await places(copy, rule, chart, path);
            const row = tally.get(name) ?? tally.set(name, { exact: 0, all: 0 }).get(name)!;
            for (const one of expected) {
              row.all += 1;
              if (found.includes(one)) row.exact += 1;
              else {
                misses.push(`${basename(copy)}: expected ${one}, found ${found.join(', ') || 'nothing'}`);
                if (!found.some((other) => sameBlock(copy, one, other))) lost.push(misses.at(-1)!);
              }
            }
          }
        }
      }
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    const all = [...tally.values()].reduce((sum, row) => sum + row.all, 0);
    const exact = [...tally.values()].reduce((sum, row) => sum + row.exact, 0);
    const plain = tally.get('as it is')!;
    for (const [name, row] of tally) process.stdout.write(`${name.padEnd(28)} ${row.exact} of ${row.all}\n`);
    process.stdout.write(
      `places: ${exact} of ${all} findings at the very line (${((100 * exact) / all).toFixed(1)} %), ${all - plain.all} of them mutated; ${lost.length} outside of the right block\n`,
    );
    for (const miss of misses) process.stdout.write(`  ${miss}\n`);
    expect(all - plain.all).toBeGreaterThanOrEqual(wanted === 'all' ? 200 : 100);
    expect(exact / all).toBeGreaterThanOrEqual(0.95);
    expect(lost).toEqual([]);
  },
);

/** Copies a chart and mutates the templates that hold expectations; false where none of them can be. */
function mutated(chart: string, copy: string, rule: string, mutate: Mutation): boolean {
  const file = readdirSync(join(chart, 'templates')).find((name) =>
    readFileSync(join(chart, 'templates', name), 'utf8').includes(`expect: ${rule}`),
  );
  const result = file && mutate(readFileSync(join(chart, 'templates', file), 'utf8'));
  if (!result) return false;
  cpSync(chart, copy, { recursive: true });
  writeFileSync(join(copy, 'templates', file), result.text);
  for (const [path, text] of Object.entries(result.files ?? {}))
    writeFileSync(join(copy, path), text, { flag: path === 'values.yaml' ? 'a' : 'w' });
  return true;
}

async function places(copy: string, rule: string, chart: string, helm: string): Promise<string[]> {
  let settings: Partial<LintOptions> = {};
  try {
    settings = JSON.parse(readFileSync(join(chart, 'lint.json'), 'utf8')) as Partial<LintOptions>;
  } catch {
    // Most charts need none.
  }
  const { charts } = await lint({
    paths: [copy],
    cwd: '.',
    env: { ...process.env, HELM_BIN: helm },
    only: [rule],
    ...settings,
  });
  return [
    ...new Set(
      charts
        .flatMap(({ findings }) => findings)
        .map(({ location, severity }) => `${relative(copy, location.file)}:${location.line} ${severity}`),
    ),
  ];
}

/** Whether two places stand in the same document (or named template) of the same file. */
function sameBlock(chart: string, a: string, b: string): boolean {
  const [[fileA, lineA], [fileB, lineB]] = [a, b].map((place) => place.split(' ')[0]!.split(/:(?=\d+$)/)) as [
    string[],
    string[],
  ];
  // What values hold is printed by the one template that names them.
  if (fileA === 'values.yaml' && fileB !== fileA)
    return readFileSync(join(chart, fileB!), 'utf8').includes('.Values.placed');
  if (fileA !== fileB) return false;
  const lines = readFileSync(join(chart, fileA!), 'utf8').split('\n');
  const block = (line: string) =>
    lines.slice(0, Number(line)).filter((text) => /^---|\{\{-?\s*define\b/.test(text)).length;
  return block(lineA!) === block(lineB!);
}
