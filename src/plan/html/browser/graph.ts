import type { Fate } from '../../fate.ts';
import { between, groupHead, layoutOf, type Box, type Layout, type Point } from '../layout.ts';
import { sceneOf, type Edge, type Group, type Lane, type Scene, type SceneNode } from '../scene.ts';
import { changedIn } from '../../words.ts';
import { button, el, hidden, place, svg } from './dom.ts';
import { chainOf, fateMarks, focusOf, labelOf, type Page } from './state.ts';

/** A drawn rollout. */
export interface Drawn {
  scene: Scene;
  layout: Layout;
  element: HTMLElement;
}

/** Draws a rollout: lanes, edges, resources and groups. */
export function drawGraph(page: Page): Drawn {
  const { state, rollout } = page;
  const scene = sceneOf(rollout, focusOf(page), state.grouping);
  const layout = layoutOf(scene, state.open);
  const chain = chainOf(page);
  const element = el('div', { class: 'canvas', role: 'group', 'aria-label': 'Resources in the order of the rollout' });
  element.style.width = `${layout.width}px`;
  element.style.height = `${layout.height}px`;
  if (layout.lanes.length === 0) {
    element.classList.add('empty');
    element.append(el('p', { class: 'note' }, 'Nothing is created.'));
    return { scene, layout, element };
  }
  const canvas = { page, layout, chain, height: layout.height };
  element.append(
    ...layout.lanes.map(({ lane, x, width }) => drawLane(lane, { x, y: 0, width, height: layout.height })),
    drawEdges(scene, canvas),
    ...scene.lanes.flatMap((lane) => [
      ...lane.groups.map((group) => drawGroup(group, canvas)),
      ...[...lane.nodes, ...lane.groups.flatMap(({ members }) => members)].flatMap((node) => {
        const box = layout.nodes.get(node.id);
        return box ? [drawNode(node, lane, box, canvas)] : [];
      }),
    ]),
  );
  return { scene, layout, element };
}

interface Canvas {
  page: Page;
  layout: Layout;
  chain: readonly string[];
}

function drawLane({ phase, nodes, groups }: Lane, box: Box): HTMLElement {
  const count = nodes.length + groups.reduce((sum, { members }) => sum + members.length, 0);
  const state = phase.reached ? 'reached' : 'not-reached';
  const lane = el(
    'div',
    { class: `lane ${state}` },
    el(
      'div',
      { class: 'lane-head', title: `${phase.number} ${phase.title}` },
      el('h2', {}, el('span', { class: 'number' }, String(phase.number)), ` ${phase.title} `),
      el('p', {}, `${count} ${count === 1 ? 'resource' : 'resources'} · ${phase.reached ? phase.how : 'not reached'}`),
    ),
  );
  place(lane, box);
  return lane;
}

function drawNode(node: SceneNode, lane: Lane, box: Box, { page, chain }: Canvas): HTMLElement {
  const { id, resource, fate, step, findings } = node;
  const { selection } = page.state;
  const selected = selection?.type === 'resource' && selection.id === id;
  const member = box.height < 40;
  const facts = [
    lane.ordered ? `${step}` : '',
    resource.kind,
    resource.hook && resource.hook.weight !== 0 && `weight ${resource.hook.weight}`,
    resource.migrates && 'migrates',
    resource.hook && changedIn(page.plan).get(labelOf(resource)),
  ].filter(Boolean);
  const classes = ['node', fate.state, member && 'member', chain.includes(id) && 'on-chain', selected && 'selected'];
  const made = button(
    {
      class: classes.filter(Boolean).join(' '),
      'data-key': id,
      tabindex: -1,
      'aria-pressed': String(selected),
      title: labelOf(resource),
    },
    () => page.select(selected ? undefined : { type: 'resource', id }),
    el('span', { class: 'mark', 'aria-hidden': 'true' }, fateMarks[fate.state]),
    el('span', { class: 'kind' }, member && page.state.grouping === 'kind' ? hidden(resource.kind) : facts.join(' · ')),
    hidden(': '),
    el('span', { class: 'name' }, resource.name || '(without a name)'),
    hidden(fateWords(fate)),
    findings > 0 && el('span', { class: 'badge' }, String(findings), hidden(findings === 1 ? ' finding' : ' findings')),
  );
  place(made, box);
  return made;
}

/** What becomes of it, in words. */
export function fateWords({ state, text }: Fate): string {
  return text ? `, ${text}` : state === 'passes' ? ', goes through' : '';
}

function drawGroup({ key, title, members }: Group, { page, layout }: Canvas): HTMLElement {
  const { open, selection } = page.state;
  const isOpen = open.has(key);
  const selected = selection?.type === 'group' && selection.key === key;
  const toggle = () => {
    const next = new Set(open);
    if (!next.delete(key)) next.add(key);
    page.change({ open: next, selection: { type: 'group', key } });
  };
  const reached = members.some(({ fate }) => fate.state !== 'not-reached');
  const head = button(
    {
      class: `group-head${selected ? ' selected' : ''}`,
      'data-key': key,
      tabindex: -1,
      'aria-expanded': String(isOpen),
      title,
    },
    toggle,
    el('span', { class: 'mark', 'aria-hidden': 'true' }, isOpen ? '▾' : '▸'),
    el('span', { class: 'name' }, title),
  );
  const box = el('div', { class: `group${isOpen ? ' open' : ''}${reached ? '' : ' not-reached'}` }, head);
  place(box, layout.groups.get(key)!);
  head.style.height = `${groupHead}px`;
  return box;
}

function drawEdges({ edges, lanes }: Scene, { page, layout, chain }: Canvas): SVGElement {
  const { selection, allEdges } = page.state;
  const selected = selection?.type === 'resource' ? selection.id : undefined;
  const pairs = new Set(chain.slice(1).map((to, index) => JSON.stringify([chain[index], to])));
  const drawing = svg(
    'svg',
    { class: 'edges', 'aria-hidden': 'true', width: layout.width, height: layout.height },
    heads(),
  );
  const routes: { edge: Edge; points: Point[] }[] = [...layout.routes];
  if (allEdges) routes.unshift(...otherEdges(edges, lanes, layout));
  const weight = (edge: Edge) => (pairs.has(JSON.stringify([edge.from, edge.to])) ? 2 : edge.state === 'unmet' ? 1 : 0);
  const labels: SVGElement[] = [];
  for (const { edge, points } of routes.sort((a, b) => weight(a.edge) - weight(b.edge))) {
    const onChain = pairs.has(JSON.stringify([edge.from, edge.to]));
    const own = selected !== undefined && (edge.from === selected || edge.to === selected);
    const faded = (chain.length > 0 || selected !== undefined) && !onChain && !own;
    const state = onChain ? 'chain' : edge.state;
    const classes = ['edge', state, own && 'own', faded && 'faded'].filter(Boolean).join(' ');
    drawing.append(svg('path', { class: classes, d: pathOf(points), 'marker-end': `url(#head-${state})` }));
    if (onChain) labels.push(labelAt(points, edge.text));
  }
  drawing.append(...labels);
  return drawing;
}

/**
 * The edges of which an end is in a group: to the member where the group is open, else to the group, once for each two
 * ends.
 */
function otherEdges(edges: readonly Edge[], lanes: readonly Lane[], layout: Layout): { edge: Edge; points: Point[] }[] {
  const routed = new Set(layout.routes.map(({ edge }) => edge));
  const groupOf = new Map(
    lanes.flatMap(({ groups }) => groups.flatMap(({ key, members }) => members.map(({ id }) => [id, key] as const))),
  );
  const boxOf = (id: string) => layout.nodes.get(id) ?? layout.groups.get(groupOf.get(id) ?? '');
  const seen = new Set<string>();
  return edges.flatMap((edge) => {
    const [from, to] = [boxOf(edge.from), boxOf(edge.to)];
    if (routed.has(edge) || !from || !to || from === to) return [];
    const key = [from.x, from.y, to.x, to.y].join();
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ edge, points: between(from, to) }];
  });
}

function heads(): SVGElement {
  const head = (state: string) =>
    svg(
      'marker',
      {
        id: `head-${state}`,
        class: `head ${state}`,
        viewBox: '0 0 8 8',
        refX: 7,
        refY: 4,
        markerWidth: 9,
        markerHeight: 9,
        markerUnits: 'userSpaceOnUse',
        orient: 'auto',
      },
      svg('path', { d: 'M0 0.5 L7.5 4 L0 7.5 z' }),
    );
  return svg('defs', {}, ...['chain', 'unmet', 'in-vain', 'met', 'outside'].map(head));
}

/** A curve that leaves and arrives level; by the corner between where there is one. */
function pathOf(points: readonly Point[]): string {
  const [from, to, corner] = [points[0]!, points.at(-1)!, points.length > 2 ? points[1] : undefined];
  const x = corner?.x ?? (from.x + to.x) / 2;
  return ['M', from.x, from.y, 'C', x, from.y, x, to.y, to.x, to.y]
    .map((one) => (typeof one === 'number' ? round(one) : one))
    .join(' ');
}

function labelAt(points: readonly Point[], text: string): SVGElement {
  const [a, b] = [points[0]!, points.at(-1)!];
  return svg('text', { class: 'edge-label', x: round((a.x + b.x) / 2), y: round((a.y + b.y) / 2) - 5 }, text);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
