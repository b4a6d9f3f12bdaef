// Plans of fixtures, read by the programs that they are written for.
import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { Graphviz } from '@hpcc-js/wasm-graphviz';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import { dot } from '../../src/plan/dot.ts';
import { html } from '../../src/plan/html/index.ts';
import type { Plan } from '../../src/plan/index.ts';
import { json } from '../../src/plan/json.ts';
import { mermaid } from '../../src/plan/mermaid.ts';
import { hostilePlan, plansOf } from './plans.ts';

/** Registers the tests for the charts at these paths, OptScale and `wait-deadlock/bad` among them. */
export function testFormats(paths: readonly string[]): void {
  let plans: { name: string; plans: Plan[] }[];
  beforeAll(async () => {
    const byChart = new Map<string, Plan[]>();
    for (const plan of await plansOf(paths, { scenarios: false }))
      byChart.set(plan.chart.path, [...(byChart.get(plan.chart.path) ?? []), plan]);
    plans = [...byChart].map(([name, own]) => ({ name, plans: own }));
    expect(plans.length).toBeGreaterThanOrEqual(paths.length - 10);
  });
  const every = (check: (plans: readonly Plan[]) => void) => {
    for (const one of [...plans, { name: 'hostile', plans: [hostilePlan()] }])
      try {
        check(one.plans);
      } catch (error) {
        throw new Error(`${one.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
  };

  it('JSON follows the published schema', () => {
    const valid = new Ajv({ allErrors: true }).compile(
      JSON.parse(readFileSync('schema/plan.schema.json', 'utf8')) as object,
    );
    every((some) => {
      if (!valid(JSON.parse(json(some, { errors: [{ path: 'x', message: 'y' }] }))))
        throw new Error(JSON.stringify(valid.errors));
    });
  });

  describe('Mermaid', () => {
    it('is read by Mermaid', async () => {
      // @ts-expect-error -- it has no types; those that there are change the types of Node's own globals
      const { JSDOM } = (await import('jsdom')) as { JSDOM: new (html: string) => { window: { document: unknown } } };
      const { window } = new JSDOM('');
      Object.assign(globalThis, { window, document: window.document });
      const { default: real } = await import('mermaid');
      for (const one of [...plans, { name: 'hostile', plans: [hostilePlan()] }])
        for (const all of [false, true])
          expect(await real.parse(mermaid(one.plans, { all })), one.name).toMatchObject({
            diagramType: 'flowchart-v2',
          });
    });
  });

  describe('dot', () => {
    it('is read by Graphviz', async () => {
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

  it('HTML is a page below 1 MB', () => {
    every((some) => {
      const page = html(some, { cwd: process.cwd(), errors: [] });
      if (page.length > 1_000_000 || !page.endsWith('</html>\n')) throw new Error(`${page.length} characters`);
    });
  });
}
