// Plans of all fixtures are read by the programs that they are written for; what a chart calls itself is harmless in each format.
import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { Graphviz } from '@hpcc-js/wasm-graphviz';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import { dot } from '../../src/plan/dot.ts';
import type { Plan } from '../../src/plan/index.ts';
import { json } from '../../src/plan/json.ts';
import { mermaid } from '../../src/plan/mermaid.ts';
import { text } from '../../src/plan/text.ts';
import { fixtures, hostilePlan, plansOf } from './plans.ts';

let plans: { name: string; plans: Plan[] }[];
beforeAll(async () => {
  const byChart = new Map<string, Plan[]>();
  for (const plan of await plansOf(fixtures(), { scenarios: false }))
    byChart.set(plan.chart.path, [...(byChart.get(plan.chart.path) ?? []), plan]);
  plans = [...byChart].map(([name, own]) => ({ name, plans: own }));
  expect(plans.length).toBeGreaterThan(100);
});
const every = (check: (plans: readonly Plan[]) => void) => {
  for (const one of [...plans, { name: 'hostile', plans: [hostilePlan()] }])
    try {
      check(one.plans);
    } catch (error) {
      throw new Error(`${one.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
};

it('JSON of all fixtures follows the published schema', () => {
  const valid = new Ajv({ allErrors: true }).compile(
    JSON.parse(readFileSync('schema/plan.schema.json', 'utf8')) as object,
  );
  every((some) => {
    if (!valid(JSON.parse(json(some, [{ path: 'x', message: 'y' }])))) throw new Error(JSON.stringify(valid.errors));
  });
});

describe('Mermaid', () => {
  it('of all fixtures is read by Mermaid', async () => {
    // @ts-expect-error -- it has no types; those that there are change the types of Node's own globals
    const { JSDOM } = (await import('jsdom')) as { JSDOM: new (html: string) => { window: { document: unknown } } };
    const { window } = new JSDOM('');
    Object.assign(globalThis, { window, document: window.document });
    const { default: real } = await import('mermaid');
    for (const one of [...plans, { name: 'hostile', plans: [hostilePlan()] }])
      for (const all of [false, true])
        expect(await real.parse(mermaid(one.plans, { all })), one.name).toMatchObject({ diagramType: 'flowchart-v2' });
  });
});

describe('dot', () => {
  it('of all fixtures is read by Graphviz', async () => {
    const graphviz = await Graphviz.load();
    every((some) => {
      for (const all of [false, true]) graphviz.layout(dot(some, { all }), 'dot', 'nop');
    });
    expect(() => graphviz.layout('digraph { a -> ', 'dot', 'nop')).toThrow();
    const svg = graphviz.layout(dot([hostilePlan()], { all: true }), 'svg', 'dot');
    expect(svg).not.toContain('<script>');
    expect(svg).not.toMatch(/&#27;|\u001b|\u0000|\u202e/);
  });
  it.skipIf(spawnSync('dot', ['-V']).error !== undefined)('is read by the Graphviz of this system', () => {
    for (const one of ['fixtures/optscale', 'fixtures/rules/wait-deadlock/bad'].map(
      (path) => plans.find(({ name }) => name === path)!.plans,
    )) {
      const { status, stderr, stdout } = spawnSync('dot', ['-Tsvg'], {
        input: dot(one, { all: false }),
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toContain('<svg');
    }
  });
});

it('holds no text of a chart that a terminal or a CI server reads as a command', () => {
  const formats = {
    text: text([hostilePlan()], { color: false, all: true }),
    json: json([hostilePlan()], []),
    mermaid: mermaid([hostilePlan()], { all: true }),
    dot: dot([hostilePlan()], { all: true }),
  };
  for (const [name, drawn] of Object.entries(formats)) {
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect([name, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ufffe]|[\ud800-\udbff](?![\udc00-\udfff])/.exec(drawn)]).toEqual([
      name,
      null,
    ]);
    expect([name, /^\s*::/m.exec(drawn)]).toEqual([name, null]);
  }
  expect(formats.mermaid).not.toContain('<script>');
  expect(
    formats.mermaid.split('\n').filter((line) => line.includes('owned') && !/"[^"]*owned[^"]*"/.test(line)),
  ).toEqual([]);
});
