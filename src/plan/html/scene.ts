import { fateOf, lacksOf, type Fate } from '../fate.ts';
import type { Phase, PlanNeed, PlanResource, Rollout } from '../plan.ts';
import { pluralOf } from '../../plural.ts';

/** By what the resources that nothing is drawn to are put together. */
export const groupings = ['kind', 'template', 'subchart'] as const;
export type Grouping = (typeof groupings)[number];

/** What is drawn of a rollout: phases as lanes, and what needs what. */
export interface Scene {
  lanes: Lane[];
  /** All that the rollout has; their ends may be in groups. */
  edges: Edge[];
}

/** A phase in which something is created. */
export interface Lane {
  phase: Phase;
  /** Its resources are created one after the other. */
  ordered: boolean;
  /** Drawn by themselves, in the order in which they are created. */
  nodes: SceneNode[];
  groups: Group[];
}

/** A resource in its place in the rollout. */
export interface SceneNode {
  id: string;
  resource: PlanResource;
  fate: Fate;
  phase: Phase;
  /** Its step in the phase, from 1. */
  step: number;
  /** Findings about it. */
  findings: number;
}

/** Resources of a lane that are drawn as one. */
export interface Group {
  key: string;
  title: string;
  members: SceneNode[];
}

/** From what waits to what it waits for, once for each two resources. */
export interface Edge {
  from: string;
  to: string;
  /** `waits for`, `needs`. */
  text: string;
  state: PlanNeed['state'];
}

/** Ids of resources that are looked at closer. */
export interface Focus {
  focus: readonly string[];
  center?: string;
}

/** Resources that are drawn by themselves at most; the others are in groups. */
const mostDrawn = 200;
/** Of what is in focus, those that need it and that it needs. */
const mostBeside = 24;

/**
 * The scene of a rollout. Drawn by themselves are hooks, what never becomes ready or has an error, what these need, and
 * the resources `focus`, and with `center` what that resource needs and what needs it; all others are in groups.
 */
export function sceneOf(rollout: Rollout, { focus, center }: Focus, grouping: Grouping): Scene {
  const nodes = nodesOf(rollout);
  const edges = edgesOf(rollout);
  const drawn = drawnOf(rollout, edges, center === undefined ? focus : [center, ...focus], center);
  return {
    lanes: rollout.phases.flatMap((phase) => {
      const all = phase.steps.flatMap(({ create }) => create.flatMap((id) => nodes.get(id) ?? []));
      if (all.length === 0) return [];
      const rest = all.filter(({ id }) => !drawn.has(id));
      const own = all.filter(({ id }) => drawn.has(id));
      return {
        phase,
        ordered: phase.steps.length > 1 && phase.steps.every(({ create }) => create.length === 1),
        nodes: own,
        groups: groupsOf(rest, grouping, phase.number, own),
      };
    }),
    edges,
  };
}

function nodesOf({ phases, resources, findings }: Rollout): Map<string, SceneNode> {
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  const counts = new Map<string, number>();
  for (const { resource, severity } of findings)
    if (resource !== undefined && severity !== 'info') counts.set(resource, (counts.get(resource) ?? 0) + 1);
  const nodes = new Map<string, SceneNode>();
  for (const phase of phases)
    phase.steps.forEach((step, index) => {
      for (const id of step.create) {
        const resource = byId.get(id);
        if (!resource || nodes.has(id)) continue;
        const fate = fateOf(resource, step);
        nodes.set(id, { id, resource, fate, phase, step: index + 1, findings: counts.get(id) ?? 0 });
      }
    });
  return nodes;
}

const rank = { unmet: 0, 'in-vain': 1, met: 2, outside: 3 } as const;

function edgesOf({ resources }: Rollout): Edge[] {
  const edges = new Map<string, Edge>();
  const add = (edge: Edge) => {
    const key = JSON.stringify([edge.from, edge.to]);
    const known = edges.get(key);
    if (edge.from !== edge.to && (!known || rank[edge.state] < rank[known.state])) edges.set(key, edge);
  };
  const chains: string[][] = [];
  for (const { id, needs } of resources)
    for (const { targets, type, state, chain } of needs) {
      const text = type === 'reference' ? 'needs' : type === 'connection' ? 'migrates through' : 'waits for';
      for (const to of targets.slice(0, 5)) add({ from: id, to, text, state });
      if (state === 'unmet') chains.push(chain);
    }
  // Between a Service and what is behind it there is no need, but the chain goes on there.
  for (const chain of chains)
    for (const [index, to] of chain.slice(1).entries()) {
      const from = chain[index]!;
      if (!edges.has(JSON.stringify([from, to]))) add({ from, to, text: 'is ready with', state: 'unmet' });
    }
  return [...edges.values()];
}

function drawnOf(
  { outcome, resources, findings }: Rollout,
  edges: readonly Edge[],
  focus: readonly string[],
  center: string | undefined,
): Set<string> {
  const needed = ({ id, needs }: PlanResource) => [
    id,
    ...needs.flatMap(({ targets, chain }) => [...targets, ...chain]),
  ];
  const beside = edges.filter(({ from, to }) => from === center || to === center).flatMap(({ from, to }) => [from, to]);
  const lacking = resources.filter(
    ({ stuck, needs }) => stuck === true || needs.some(({ state }) => state === 'unmet'),
  );
  const wrong = findings
    .filter(({ severity }) => severity === 'error')
    .flatMap((one) => [one.resource ?? [], one.chain]);
  const all = [
    ...focus,
    ...(outcome.chain ?? []),
    ...[...new Set(beside)].slice(0, mostBeside),
    ...wrong.flat(2),
    ...resources.filter(({ hook }) => hook).flatMap(needed),
    ...lacking.flatMap((one) => [one.id, ...lacksOf(one).flatMap(({ targets, chain }) => [...targets, ...chain])]),
  ];
  return new Set([...new Set(all)].slice(0, mostDrawn));
}

function groupsOf(rest: readonly SceneNode[], grouping: Grouping, lane: number, own: readonly SceneNode[]): Group[] {
  const groups = new Map<string, SceneNode[]>();
  for (const node of rest) {
    const name = nameOf(node.resource, grouping);
    groups.set(name, [...(groups.get(name) ?? []), node]);
  }
  const drawn = new Set(own.map(({ resource }) => nameOf(resource, grouping)));
  return [...groups]
    .sort(([a, many], [b, more]) => more.length - many.length || (a < b ? -1 : 1))
    .map(([name, members]) => {
      const count = `${members.length}${drawn.has(name) ? ' more' : ''}`;
      const title =
        grouping === 'kind' ? `${count} ${members.length === 1 ? name : pluralOf(name)}` : `${name}: ${count}`;
      return { key: JSON.stringify([lane, grouping, name]), title, members };
    });
}

function nameOf({ kind, subchart, at }: PlanResource, grouping: Grouping): string {
  if (grouping === 'kind') return kind;
  if (grouping === 'subchart') return subchart ?? 'the chart itself';
  return at.file.replace(/^.*\//, '');
}
