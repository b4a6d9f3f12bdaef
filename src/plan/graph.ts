import type { Phase, Plan, PlanRelease, PlanResource, Rollout } from './plan.ts';
import { groupBy } from '../group-by.ts';
import { changedIn, kindsOf, titleOf } from './words.ts';

/** A rollout as a graph for drawing programs: phases with their nodes, and what needs what. */
export interface Graph {
  title: string;
  lanes: { title: string; nodes: GraphNode[] }[];
  edges: GraphEdge[];
}

/** A resource, or all those of a phase that nothing is drawn to. */
export interface GraphNode {
  /** Unlike all others of the graphs that are made together. */
  key: string;
  label: string;
  state: 'passes' | 'stops' | 'may-stop' | 'not-reached' | 'stuck';
}

/** From what waits to what it waits for. */
export interface GraphEdge {
  from: string;
  to: string;
  label: string;
  /** It is not met, or is on the way to what is missing. */
  unmet: boolean;
}

/**
 * The graphs of plans, one for each rollout. `all` draws each resource; else those of hooks, and those that they need.
 */
export function graphsOf(plans: readonly Plan[], all: boolean): Graph[] {
  const rollouts = plans.flatMap((plan) => plan.rollouts.map((rollout) => ({ plan, rollout })));
  return rollouts.map(({ plan, rollout }, index) =>
    graphOf(titleOf(plan, rollout), rollout, { prefix: `r${index}`, all, changes: changedIn(plan) }),
  );
}

/** Releases as a graph: a lane for each step, and from each what comes after it. */
export function releaseGraph(releases: readonly PlanRelease[]): Pick<Graph, 'lanes' | 'edges'> {
  const keys = new Map(releases.map(({ name }, index) => [name, `release${index}`]));
  const lanes = groupBy(releases, ({ lane }) => lane);
  const states = new Map(releases.map(({ name, state }) => [name, state]));
  return {
    lanes: [...lanes].map(([lane, members]) => ({
      title: lane === undefined ? 'never' : `${lane}`,
      nodes: members.map(({ name, state }) => ({
        key: keys.get(name)!,
        label: name,
        state: state === 'unknown' ? 'not-reached' : state,
      })),
    })),
    edges: releases.flatMap(({ name, after, lane }) =>
      after.map((before) => ({
        from: keys.get(before)!,
        to: keys.get(name)!,
        label: 'then',
        unmet: lane === undefined || states.get(before) === 'stops',
      })),
    ),
  };
}

function graphOf(
  title: string,
  rollout: Rollout,
  { prefix, all, changes }: { prefix: string; all: boolean; changes: ReadonlyMap<string, string> },
): Graph {
  const byId = new Map(rollout.resources.map((resource) => [resource.id, resource]));
  const keys = new Map(rollout.resources.map(({ id }, index) => [id, `${prefix}n${index}`]));
  const drawn = new Set(
    rollout.resources.flatMap((one) =>
      all || one.hook || one.stuck || one.needs.some(({ state }) => state === 'unmet')
        ? [one.id, ...one.needs.flatMap(({ targets, chain }) => [...targets, ...chain])]
        : [],
    ),
  );
  const lanes = rollout.phases
    .filter(({ steps }) => steps.length > 0)
    .map((phase) => {
      const placed = phase.steps.flatMap(({ create, state }) => create.map((id) => ({ id, state })));
      const nodes = placed
        .filter(({ id }) => drawn.has(id))
        .map(({ id, state }): GraphNode => {
          const resource = byId.get(id)!;
          return { key: keys.get(id)!, label: labelOf(resource, changes), state: stateOf(resource, state, rollout) };
        });
      const rest = placed.filter(({ id }) => !drawn.has(id)).map(({ id }) => byId.get(id)!);
      const state = placed[0]?.state === 'not-reached' ? 'not-reached' : 'passes';
      return {
        title: `${phase.number} ${phase.title}`,
        nodes: [
          ...nodes,
          ...(rest.length > 0 ? [restOf(rest, nodes.length > 0, `${prefix}p${phase.number}`, state)] : []),
        ],
      };
    });
  const edges = rollout.resources
    .filter(({ id }) => drawn.has(id))
    .flatMap(({ id, needs }) =>
      needs.flatMap(({ targets, type, state }): GraphEdge[] =>
        targets.slice(0, 1).map((target) => ({
          from: keys.get(id)!,
          to: keys.get(target)!,
          label: type === 'reference' ? 'needs' : 'waits for',
          unmet: state === 'unmet',
        })),
      ),
    );
  const present = new Set(lanes.flatMap(({ nodes }) => nodes.map(({ key }) => key)));
  const unique = new Map(edges.map((edge) => [`${edge.from} ${edge.to} ${edge.label}`, edge]));
  return { title, lanes, edges: [...unique.values()].filter(({ from, to }) => present.has(from) && present.has(to)) };
}

function labelOf({ kind, name, hook }: PlanResource, changes: ReadonlyMap<string, string>): string {
  const changed = hook && changes.get(`${kind}/${name}`);
  const notes = [hook && hook.weight !== 0 ? `weight ${hook.weight}` : '', changed ?? ''].filter(Boolean);
  return `${kind}/${name}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
}

function restOf(rest: readonly PlanResource[], more: boolean, key: string, state: GraphNode['state']): GraphNode {
  return { key, label: `${rest.length}${more ? ' more' : ''}: ${kindsOf(rest)}`, state };
}

function stateOf(
  { id, stuck }: PlanResource,
  state: Phase['steps'][number]['state'],
  { outcome }: Rollout,
): GraphNode['state'] {
  if (stuck) return 'stuck';
  return state === 'stops' && outcome.at !== id ? 'passes' : state;
}
