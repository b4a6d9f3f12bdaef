// The play of a release: its order is Helm's, its verdicts hold under changes that must not matter.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Release } from '../src/model/index.ts';
import { graphs, release, render, type Node } from './releases.ts';
import { simulate, steadyState, type Timeline } from '../src/simulate/index.ts';

const install = (built: Release, wait = false): Timeline =>
  simulate(built, { action: 'install', engine: 'helm', wait });
const blocked = (timeline: Timeline) => timeline.blocks.map(({ workload }) => workload.name).sort();

describe('Helm plays the hooks of an event', () => {
  it('by weight, then by name, then by kind, whatever their place in the chart', () => {
    fc.assert(
      fc.property(graphs, fc.infiniteStream(fc.nat()), (nodes, order) => {
        const documents = render(nodes).split('---\n').filter(Boolean);
        const shuffled = documents
          .map((text) => ({ text, key: order.next().value! }))
          .sort((a, b) => a.key - b.key)
          .map(({ text }) => `---\n${text}`)
          .join('');
        const steps = install(release(shuffled)).steps.filter(({ hook }) => hook);
        const keys = steps.map(
          ({ event, hook }) =>
            [event === 'pre-install' ? 0 : 1, hook!.weight, hook!.resource.name, hook!.resource.kind] as const,
        );
        for (let index = 1; index < keys.length; index += 1) {
          const [a, b] = [keys[index - 1]!, keys[index]!];
          const differing = a.findIndex((part, n) => part !== b[n]);
          if (differing !== -1) expect(a[differing]! < b[differing]!).toBe(true);
        }
        expect(steps).toHaveLength(nodes.filter(({ hook }) => hook).length * 2);
      }),
    );
  });
});

describe('a play', () => {
  it('that passes uses nothing before it exists', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const built = release(render(nodes));
        const timeline = install(built);
        const stuck = new Set(timeline.blocks.map(({ workload }) => workload));
        timeline.steps.forEach((step, index) => {
          for (const resource of step.await) {
            const workload = built.workloadFor(resource)!;
            if (stuck.has(workload)) continue;
            const there = new Set(timeline.steps.slice(0, index + 1).flatMap(({ create }) => create));
            for (const reference of workload.pod.references)
              expect(built.find(reference.kind, reference.name, 'default').some((one) => there.has(one))).toBe(true);
            for (const { understanding } of workload.pod.containers) {
              for (const wait of understanding.waits)
                if (wait.kind === 'host')
                  expect(built.servicesOf(wait.host, 'default').some((service) => there.has(service.resource))).toBe(
                    true,
                  );
            }
          }
        });
      }),
    );
  });

  it('never loses a deadlock when a dependency is added', () => {
    fc.assert(
      fc.property(graphs, fc.nat(), fc.nat(), fc.boolean(), (nodes, who, what, asWait) => {
        const index = who % nodes.length;
        const target = what % nodes.length;
        const more = nodes.map((one, at) =>
          at !== index
            ? one
            : asWait
              ? { ...one, waits: [...new Set([...one.waits, target])] }
              : { ...one, needs: [...new Set([...one.needs, target])] },
        );
        expect(blocked(install(release(render(more))))).toEqual(
          expect.arrayContaining(blocked(install(release(render(nodes))))),
        );
      }),
    );
  });

  it('does not care for names where no two weights are equal', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const distinct = nodes.map((one, index) => ({ ...one, hook: one.hook && { ...one.hook, weight: index } }));
        const rename = (name: string) => `z${String.fromCharCode(122 - Number(name.slice(1)))}${name}`;
        const plain = install(release(render(distinct)), true);
        const renamed = install(release(render(distinct, rename)), true);
        expect(blocked(renamed)).toEqual(blocked(plain).map(rename).sort());
      }),
    );
  });

  it('finds every deadlock with --wait that it finds without', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const built = release(render(nodes));
        const hooks = (timeline: Timeline) =>
          timeline.blocks.filter(({ step }) => step.phase === 'pre').map(({ workload }) => workload.name);
        expect(hooks(install(built, true))).toEqual(hooks(install(built)));
      }),
    );
  });

  it('blocks at no pre-hook of an upgrade from a steady state, but for what hook-succeeded took away', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const built = release(render(nodes).replaceAll('install', 'upgrade'));
        const timeline = simulate(built, { action: 'upgrade', engine: 'helm', wait: false }, steadyState(built));
        const waitsOnHook = (name: string) =>
          nodes.find((one) => one.name === name)!.waits.some((index) => nodes[index]!.hook);
        for (const { workload, step } of timeline.blocks)
          if (step.phase === 'pre') expect(waitsOnHook(workload.name) || inCircle(nodes, workload.name)).toBe(true);
      }),
    );
  });

  it('names the shortest chain', () => {
    const nodes: Node[] = [
      { name: 'job0', hook: { event: 'pre-install', weight: 0 }, waits: [1, 3], needs: [] },
      { name: 'api1', waits: [2], needs: [] },
      { name: 'db2', waits: [], needs: [] },
      { name: 'elk3', waits: [], needs: [] },
    ];
    const [block] = install(release(render(nodes))).blocks;
    expect(block!.causes.map(({ lack, next }) => [lack.type === 'absent' && lack.resource.name, next])).toEqual([
      ['api1', undefined],
      ['elk3', undefined],
    ]);
  });
});

function inCircle(nodes: readonly Node[], name: string): boolean {
  const seen = new Set<number>();
  const queue = nodes.flatMap((one, index) => (one.name === name ? [index] : []));
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const next of nodes[at]!.waits) {
      if (nodes[next]!.name === name || nodes[next]!.waits.includes(next)) return true;
      if (!seen.has(next)) queue.push((seen.add(next), next));
    }
  }
  return false;
}
