// The page of a plan without a browser: what it holds, how it is packed and laid out. What people do with it is in
// html.slow.test.ts.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { html } from '../../src/plan/html/index.ts';
import { layoutOf, type Box, type Layout } from '../../src/plan/html/layout.ts';
import { packed, unpacked, type Json, type Packed } from '../../src/plan/html/pack.ts';
import { groupings, sceneOf, type Scene } from '../../src/plan/html/scene.ts';
import type { Plan, Rollout } from '../../src/plan/index.ts';
import { safeLine } from '../../src/report/safe.ts';
import { run } from '../chart/cli.ts';
import { scratchChart } from '../chart/scratch.ts';
import { evil } from '../report/hostile.ts';
import { hostilePlan, plansOf } from './plans.ts';
import { bigChart } from './big-chart.ts';

const options = { cwd: process.cwd(), errors: [] };
const dataOf = (page: string) => {
  const [, text] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)!;
  return unpacked(JSON.parse(text!) as Packed) as unknown as { plans: Plan[]; errors: string[]; lines: object };
};

it('packs any value so that it comes out as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(unpacked(JSON.parse(JSON.stringify(packed(value as Json))) as Packed)).toEqual(
        JSON.parse(JSON.stringify(value)),
      );
    }),
  );
});

describe('a page', () => {
  it('holds the plan, and asks for nothing from anywhere', async () => {
    const plans = await plansOf(['fixtures/optscale']);
    const page = html(plans, options);
    expect(dataOf(page).plans).toEqual(JSON.parse(JSON.stringify(plans)));
    expect(page).not.toMatch(/https?:|\/\/[a-z]|url\(["']?[^#"')]|@import|\b(?:src|href)=/);
    expect(page).toContain('.lane-head{');
    expect(page.length).toBeLessThan(100_000);
  });

  it('allows its own script and style only', () => {
    const page = html([hostilePlan()], options);
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)!;
    const hash = (tag: string) =>
      createHash('sha256')
        .update(new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(page)![1]!)
        .digest('base64');
    expect(policy).toBe(
      `default-src 'none'; script-src 'sha256-${hash('script')}'; style-src 'sha256-${hash('style')}'; base-uri 'none'; form-action 'none'`,
    );
  });

  it('holds what a chart calls itself as text', () => {
    const page = html([hostilePlan()], { ...options, errors: [{ message: evil }] });
    expect(page.match(/<\/?script/g)).toEqual(['<script', '</script', '<script', '</script']);
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ufffe]/.exec(page)).toBeNull();
    expect(/^\s*::/m.exec(page)).toBeNull();
    const { plans, errors } = dataOf(page);
    expect([plans[0]!.chart.name, errors]).toEqual([safeLine(evil), [safeLine(evil)]]);
    expect(/<title>(.*)<\/title>/.exec(page)![1]).not.toMatch(/[<>"]/);
  });

  it('shows of a Secret no line but the one that is meant', async () => {
    const chart = scratchChart({
      'templates/a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: db }\nstringData: { password: hunter2 }\n',
      'templates/b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\ndata: { theme: dark }\n',
    });
    const text = JSON.stringify(dataOf(html(await plansOf([chart]), options)).lines);
    expect(text).toContain('metadata: { name: db }');
    expect(text).toContain('theme: dark');
    expect(text).not.toContain('hunter2');
  });

  it('of 1,000 resources is below 1 MB', async () => {
    const plans = await plansOf([bigChart(1_000)]);
    expect(plans[0]!.rollouts[0]!.resources.length).toBeGreaterThanOrEqual(1_000);
    expect(html(plans, options).length).toBeLessThan(400_000);
  });

  it('names the plans that it has no room for', async () => {
    const [plan] = await plansOf(['fixtures/optscale']);
    // Plans that have nothing in common.
    const many = [...Array(45).keys()].map(
      (index) =>
        JSON.parse(JSON.stringify(plan), (_, value: unknown) =>
          typeof value === 'string' ? `${value} ${index}` : value,
        ) as Plan,
    );
    const page = html(many, options);
    expect(page.length).toBeLessThanOrEqual(1_000_000);
    const { plans, errors } = dataOf(page);
    expect(plans.length).toBeGreaterThan(3);
    expect(plans.length + errors.length).toBe(45);
    expect(errors[0]).toMatch(/not in this file/);
  });

  it('is written by the command line', () => {
    const { code, stdout, stderr } = run(['plan', 'fixtures/readme', '--format', 'html']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^<!doctype html>\n.*<\/html>\n$/s);
  });
});

describe('the picture', () => {
  const charts = ['optscale', 'atlas', 'rules/wait-deadlock/bad-five-workloads', 'rules/dependency-cycle/bad'];
  let rollouts: { name: string; rollout: Rollout }[];
  beforeAll(async () => {
    const paths = charts.map((chart) => `fixtures/${chart}`);
    const plans = [
      ...(await plansOf(paths)),
      ...(await plansOf(paths, { engine: 'argocd' })),
      ...(await plansOf([bigChart(300)], { wait: true })),
    ];
    rollouts = plans.flatMap(({ chart, engine, rollouts }) =>
      rollouts.map((rollout) => ({ name: `${chart.path} ${engine} ${rollout.actions.join()}`, rollout })),
    );
  });
  const each = (check: (scene: Scene, layout: Layout, rollout: Rollout) => void) => {
    for (const { name, rollout } of rollouts)
      for (const grouping of groupings)
        for (const focus of [[], rollout.resources.slice(-3).map(({ id }) => id)])
          for (const isOpen of [false, true]) {
            const scene = sceneOf(rollout, { focus, center: focus[0] }, grouping);
            const keys = scene.lanes.flatMap(({ groups }) => groups.map(({ key }) => key));
            try {
              check(scene, layoutOf(scene, new Set(isOpen ? keys : [])), rollout);
            } catch (error) {
              throw new Error(`${name}, by ${grouping}: ${(error as Error).message}`, { cause: error });
            }
          }
  };

  it('has each resource once, by itself or in a group, and its focus by itself', () => {
    each(({ lanes }, _, { resources }) => {
      const all = lanes.flatMap(({ nodes, groups }) =>
        [...nodes, ...groups.flatMap(({ members }) => members)].map(({ id }) => id),
      );
      expect([...all].sort()).toEqual(resources.map(({ id }) => id).sort());
    });
    const [{ rollout }] = rollouts as [(typeof rollouts)[0]];
    const id = 'Deployment/default/gemini-worker';
    const alone = (scene: Scene) => scene.lanes.flatMap(({ nodes }) => nodes.map((node) => node.id));
    expect(alone(sceneOf(rollout, { focus: [] }, 'kind'))).not.toContain(id);
    expect(alone(sceneOf(rollout, { focus: [id] }, 'kind'))).toContain(id);
  });

  it('draws nothing over anything else', () => {
    each(({ lanes }, { nodes, groups, width, height }) => {
      const alone = lanes.flatMap((lane) => lane.nodes.flatMap(({ id }) => nodes.get(id) ?? []));
      const boxes = [...alone, ...groups.values()];
      for (const [index, box] of boxes.entries()) {
        for (const other of boxes.slice(index + 1))
          if (overlap(box, other)) throw new Error(`${JSON.stringify(box)} and ${JSON.stringify(other)}`);
        expect(box.x + box.width).toBeLessThanOrEqual(width);
        expect(box.y + box.height).toBeLessThanOrEqual(height);
      }
      for (const lane of lanes)
        for (const { key, members } of lane.groups)
          for (const { id } of members) {
            const [inner, outer] = [nodes.get(id), groups.get(key)!];
            if (inner)
              expect(
                inner.y + inner.height <= outer.y + outer.height && inner.x + inner.width <= outer.x + outer.width,
              ).toBe(true);
          }
    });
  });

  it('has phases from left to right, and hooks that run one after the other from top to bottom', () => {
    each(({ lanes }, { nodes, lanes: placed }, { phases }) => {
      expect(lanes.map(({ phase }) => phase.number)).toEqual(
        phases.filter(({ steps }) => steps.some(({ create }) => create.length > 0)).map(({ number }) => number),
      );
      placed
        .slice(1)
        .forEach(({ x }, index) => expect(x).toBeGreaterThanOrEqual(placed[index]!.x + placed[index]!.width));
      for (const { ordered, nodes: own } of lanes)
        if (ordered)
          own
            .slice(1)
            .forEach(({ id }, index) => expect(nodes.get(id)!.y).toBeGreaterThan(nodes.get(own[index]!.id)!.y));
    });
  });

  it('draws each step of the chain that stops the rollout', () => {
    each(({ edges }, { routes }, { outcome }) => {
      const drawn = routes.map(({ edge }) => `${edge.from} ${edge.to}`);
      const chain = outcome.chain ?? [];
      for (const [index, id] of chain.slice(1).entries())
        if (chain[index] !== id) {
          expect(edges.map(({ from, to }) => `${from} ${to}`)).toContain(`${chain[index]} ${id}`);
          expect(drawn).toContain(`${chain[index]} ${id}`);
        }
    });
  });
});

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
