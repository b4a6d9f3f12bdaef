import { groupBy, type Hook } from '../model/index.ts';
import type { HookChange, RolloutChanges } from '../result.ts';
import { describe } from '../words.ts';
import { endOfPlay } from './outcome.ts';
import type { Play, Played } from './play.ts';

/**
 * What is compared: this revision and the last one, each played as an install and as an upgrade of itself or of the
 * last.
 */
export interface Compared {
  /** The last revision as messages name it. */
  from: string;
  /** Plays the last revision: its upgrade is one of its own steady state. */
  last: Play;
  now: Play;
  actions: readonly ('install' | 'upgrade')[];
  /** Argo CD has waves in place of weights. */
  engine: 'helm' | 'argocd' | 'flux';
}

/**
 * What changed in the rollout since the last revision: actions that end otherwise, and hooks that were added, removed,
 * reordered, or have another event, weight or delete policy. A hook is the same where kind and name are, or else where
 * it is the only other one of its kind in its template.
 */
export function changesOf({ from, last, now, actions, engine }: Compared): RolloutChanges {
  const each = actions.map((action) => ({ action, hooks: hookChanges(last(action), now(action), engine) }));
  return {
    from,
    outcomes: actions.flatMap((action) => {
      const [before, after] = [endOfPlay(last(action).timeline), endOfPlay(now(action).timeline)];
      return before.state === after.state ? [] : [{ action, before, after }];
    }),
    hooks: merged(each).filter(({ type, changes }) => type !== 'changed' || changes.length > 0),
  };
}

/** A hook that may have changed; where it runs now is told apart, since it may run in one action only. */
interface Compare extends HookChange {
  moved: string[];
}

/** What holds for each action once: most hooks are rendered alike for both. */
function merged(each: readonly { action: 'install' | 'upgrade'; hooks: readonly Compare[] }[]): HookChange[] {
  const all = each.flatMap(({ action, hooks }) => hooks.map((hook) => ({ ...hook, action })));
  const alike = groupBy(all, ({ type, hook, changes }) => JSON.stringify([type, hook, changes]));
  return [...alike.values()].flatMap((group): HookChange[] => {
    const [{ type, hook, changes, action }] = group;
    const whole = [...changes, ...new Set(group.flatMap(({ moved }) => moved))];
    return [{ type, hook, ...(group.length < each.length && { action }), changes: whole }];
  });
}

function hookChanges(last: Played, now: Played, engine: Compared['engine']): Compare[] {
  const before = pairsOf(last, now);
  const kept = new Set(before.values());
  const [wasOrdinary, isOrdinary] = [ordinaryIn(last), ordinaryIn(now)];
  const moved = engine === 'argocd' ? new Map<Hook, string>() : movedIn(last, now, before);
  return [
    ...now.release.hooks.map((hook): Compare => {
      const name = describe(hook.resource);
      const old = before.get(hook);
      if (old)
        return {
          type: 'changed',
          hook: name,
          changes: differences(old, hook),
          moved: [...stepChange(old, last, hook, now, engine), moved.get(hook) ?? []].flat(),
        };
      const plain = wasOrdinary.has(name) ? ['an ordinary resource before'] : [];
      return { type: 'added', hook: name, changes: [...plain, ...factsOf(hook)], moved: [] };
    }),
    ...last.release.hooks
      .filter((hook) => !kept.has(hook))
      .map((hook): Compare => {
        const name = describe(hook.resource);
        const changes = isOrdinary.has(name) ? ['an ordinary resource now'] : factsOf(hook);
        return { type: 'removed', hook: name, changes, moved: [] };
      }),
  ];
}

/** The hooks of the last revision by those that they are now. */
function pairsOf(last: Played, now: Played): Map<Hook, Hook> {
  const pairs = new Map<Hook, Hook>();
  const left = new Set(last.release.hooks);
  const open = new Set(now.release.hooks);
  const pair = (key: (hook: Hook) => string) => {
    const olds = groupBy(left, key);
    for (const [name, [hook, ...more]] of groupBy(open, key)) {
      const [old, ...others] = olds.get(name) ?? [];
      if (!hook || !old || more.length + others.length > 0) continue;
      pairs.set(hook, old);
      left.delete(old);
      open.delete(hook);
    }
  };
  pair(({ resource }) => describe(resource));
  // Names may hold a version.
  pair(({ resource }) => `${resource.kind} ${(resource.manifest.source ?? '').replace(/^.*?\/templates\//, '')}`);
  return pairs;
}

/** The names of the ordinary resources, `Job/migrate`. */
function ordinaryIn({ release }: Played): Set<string> {
  return new Set(release.ordinary.map(describe));
}

function factsOf(hook: Hook): string[] {
  return [[...hook.events].join(', '), `weight ${hook.weight}`, `delete policy ${policiesOf(hook)}`];
}

function policiesOf({ policies, writtenPolicies }: Hook): string {
  return `${[...policies].join(', ') || 'none'}${writtenPolicies === undefined ? ' (default)' : ''}`;
}

function differences(old: Hook, hook: Hook): string[] {
  const values: [what: string, before: string, after: string][] = [
    ['named', describe(old.resource), describe(hook.resource)],
    ['events', [...old.events].sort().join(', '), [...hook.events].sort().join(', ')],
    ['weight', String(old.weight), String(hook.weight)],
    ['delete policy', policiesOf(old), policiesOf(hook)],
  ];
  return values.flatMap(([what, before, after]) => (before === after ? [] : [`${what} ${before} → ${after}`]));
}

/** Under Argo CD the phase and wave say when a hook runs. */
function stepChange(old: Hook, last: Played, hook: Hook, now: Played, engine: Compared['engine']): string[] {
  if (engine !== 'argocd') return [];
  const [before, after] = [last.timeline.createdBy(old.resource)?.title, now.timeline.createdBy(hook.resource)?.title];
  return before !== undefined && after !== undefined && before !== after ? [`${before} → ${after}`] : [];
}

/** Hooks whose place among those that were there before is another one: as few as explain the new order. */
function movedIn(last: Played, now: Played, before: ReadonlyMap<Hook, Hook>): Map<Hook, string> {
  const moved = new Map<Hook, string>();
  for (const phase of ['pre', 'post'] as const) {
    const order = ({ timeline }: Played) =>
      timeline.steps.flatMap((step) => (step.phase === phase ? (step.hook ?? []) : []));
    const places = new Map(order(last).map((hook, place) => [hook, place]));
    const common = order(now).filter((hook) => places.has(before.get(hook)!));
    // Of two hooks that changed places, the one that has another weight has moved.
    const worth = (hook: Hook) => (before.get(hook)!.weight === hook.weight ? 1 + 1 / (common.length + 1) : 1);
    const still = new Set(longestRise(common.map((hook) => [places.get(before.get(hook)!)!, worth(hook)])));
    for (const [index, hook] of common.entries())
      if (!still.has(index)) {
        const previous = common[index - 1];
        moved.set(hook, previous ? `now runs after ${describe(previous.resource)}` : 'now runs first');
      }
  }
  return moved;
}

/** The places of the rising run of numbers that is worth most. */
function longestRise(numbers: readonly (readonly [number: number, worth: number])[]): number[] {
  const best: { worth: number; previous: number }[] = [];
  for (const [index, [number, worth]] of numbers.entries()) {
    let previous = -1;
    for (let other = 0; other < index; other += 1)
      if (numbers[other]![0] < number && best[other]!.worth > (best[previous]?.worth ?? 0)) previous = other;
    best.push({ worth: worth + (best[previous]?.worth ?? 0), previous });
  }
  const places: number[] = [];
  let at = best.reduce((most, { worth }, index) => (worth > (best[most]?.worth ?? 0) ? index : most), -1);
  for (; at >= 0; at = best[at]!.previous) places.push(at);
  return places;
}
