// What a plan prints as order, stop and reason is what the play of the release says, for generated releases.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { playing } from '../../src/check/play.ts';
import type { Release } from '../../src/model/index.ts';
import { locateInManifests } from '../../src/place/index.ts';
import { planOf } from '../../src/plan/index.ts';
import { text } from '../../src/plan/text.ts';
import { doubtOf, rootOf, type Engine } from '../../src/simulate/index.ts';
import { graphs, release, render } from '../releases.ts';

const settings = fc.record({
  engine: fc.constantFrom<Engine>('helm', 'argocd', 'flux'),
  wait: fc.boolean(),
  action: fc.constantFrom('install' as const, 'upgrade' as const),
});

function drawn(
  built: Release,
  { engine, wait, action }: { engine: Engine; wait: boolean; action: 'install' | 'upgrade' },
) {
  const play = playing({ install: built, upgrade: built, engine, wait });
  const plan = planOf(
    {
      chart: { path: 'generated', name: 'generated', version: '1' },
      actions: [action],
      engine,
      wait,
      helmMajor: 4,
      from: undefined,
      play,
      stableName: ({ name }) => name,
      reports: [],
    },
    locateInManifests,
  );
  return {
    timeline: play(action).timeline,
    rollout: plan.rollouts[0]!,
    printed: text([plan], { color: false, all: true }),
  };
}

it('the order of a plan is the order of the play', () => {
  fc.assert(
    fc.property(graphs, settings, (nodes, how) => {
      const { timeline, rollout, printed } = drawn(release(render(nodes)), how);
      const played = timeline.steps.flatMap(({ create }) => create.map(({ kind, name }) => `${kind}/${name}`));
      const planned = rollout.phases.flatMap(({ steps }) => steps.flatMap(({ create }) => create));
      expect(planned).toEqual(
        timeline.steps.flatMap(({ create }) => create.map(({ kind, name }) => `${kind}/default/${name}`)),
      );
      const listed = printed
        .split('\n')
        .flatMap((line) => /^ {3}[ \d-]{4} {2}((?:Job|Deployment|Service|ConfigMap)\/\S+) /.exec(line)?.[1] ?? []);
      expect(listed).toEqual(played);
    }),
  );
});

it('a plan stops where the play does, for its reason, and reaches nothing behind', () => {
  fc.assert(
    fc.property(graphs, settings, (nodes, how) => {
      const { timeline, rollout, printed } = drawn(release(render(nodes)), how);
      const block = timeline.blocks.find(({ causes }) => causes.some((cause) => doubtOf(cause) === undefined));
      const { outcome, phases } = rollout;
      expect(outcome.state).toBe(block ? 'stops' : 'passes');
      const states = phases.flatMap(({ steps }) => steps.map(({ state }) => state));
      const at = block ? timeline.steps.indexOf(block.step) : states.length;
      expect(states).toEqual(
        states.map((_, index) => (index < at ? 'passes' : index === at ? 'stops' : 'not-reached')),
      );
      if (!block) {
        expect(printed.split('\n')[1]).toMatch(/^✓ \w+ passes/);
        return;
      }
      const { kind, name } = block.workload;
      expect(outcome.at).toBe(`${kind}/default/${name}`);
      const { lack } = rootOf(block.causes[0]!);
      const missing =
        lack.type === 'absent'
          ? lack.resource
          : lack.type === 'not-ready'
            ? lack.workload.resource
            : lack.service.resource;
      expect(outcome.chain).toContain(`${missing.kind}/default/${missing.name}`);
      expect(printed.split('\n')[1]).toMatch(new RegExp(`^✗ \\w+ (?:hangs|fails): .*${kind}/${name}\\b`));
      // The reason that is printed is a need of the workload that has no answer in the play.
      const resource = rollout.resources.find(({ id }) => id === outcome.at)!;
      expect(resource.needs.filter(({ state }) => state === 'unmet')).toHaveLength(block.causes.length);
    }),
  );
});
