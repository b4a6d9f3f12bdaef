// Lanes and the order of hooks leave a layout program little to choose: what waits is to the left of what it waits for,
// and rows are sorted by the mean row of their neighbours (the barycentre heuristic of Sugiyama, Tagawa and Toda,
// 1981).
import type { Edge, Lane, Scene } from './scene.ts';

/** A place in the picture, in its own pixels. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

/** Where everything of a scene is drawn. */
export interface Layout {
  width: number;
  height: number;
  lanes: { lane: Lane; x: number; width: number }[];
  /** By id: resources that are drawn by themselves, and the members of open groups. */
  nodes: ReadonlyMap<string, Box>;
  /** By key. */
  groups: ReadonlyMap<string, Box>;
  /** The edges between resources that are drawn by themselves. */
  routes: { edge: Edge; points: Point[] }[];
}

export const nodeSize = { width: 236, height: 46 };
export const memberSize = { width: 214, height: 28 };
export const groupHead = 34;
export const laneHead = 80;
const betweenColumns = 92;
const betweenRows = 14;
const lanePadding = 18;
const betweenLanes = 44;
const groupPadding = 8;

/** Lays a scene out: lanes from left to right, what waits to the left of what it waits for, groups below. */
export function layoutOf({ lanes, edges }: Scene, open: ReadonlySet<string>): Layout {
  const columns = lanes.map((lane, index) => {
    const before = new Set(lanes.slice(0, index).flatMap(({ nodes }) => nodes.map(({ id }) => id)));
    return columnsOf(lane, edges, new Set(edges.filter(({ from }) => before.has(from)).map(({ to }) => to)));
  });
  sortRows(columns.flat(), edges);
  const out: Layout['lanes'] = [];
  const nodes = new Map<string, Box>();
  const groups = new Map<string, Box>();
  let x = 0;
  let height = 0;
  for (const [index, lane] of lanes.entries()) {
    const own = columns[index]!;
    const inner = Math.max(
      own.length * (nodeSize.width + betweenColumns) - betweenColumns,
      ...lane.groups.map(({ key, members }) => (open.has(key) ? openSize(members.length).width : nodeSize.width)),
    );
    let bottom = laneHead;
    for (const [column, { ids }] of own.entries())
      for (const [row, id] of ids.entries()) {
        const left = x + lanePadding + column * (nodeSize.width + betweenColumns);
        const top = laneHead + row * (nodeSize.height + betweenRows);
        nodes.set(id, { x: left, y: top, ...nodeSize });
        bottom = Math.max(bottom, top + nodeSize.height + betweenRows);
      }
    if (lane.nodes.length > 0 && lane.groups.length > 0) bottom += betweenRows;
    bottom = placeGroups(lane, { x: x + lanePadding, y: bottom, width: inner }, open, nodes, groups);
    out.push({ lane, x, width: inner + 2 * lanePadding });
    x += inner + 2 * lanePadding + betweenLanes;
    height = Math.max(height, bottom);
  }
  const alone = new Set(lanes.flatMap((lane) => lane.nodes.map(({ id }) => id)));
  const routes = edges
    .filter(({ from, to }) => alone.has(from) && alone.has(to))
    .map((edge) => ({ edge, points: between(nodes.get(edge.from)!, nodes.get(edge.to)!) }));
  return { width: Math.max(0, x - betweenLanes), height: height + lanePadding, lanes: out, nodes, groups, routes };
}

/** The groups of a lane in rows as wide as the lane, an open one in rows of its own. Gives where they end. */
function placeGroups(
  { groups }: Lane,
  area: { x: number; y: number; width: number },
  open: ReadonlySet<string>,
  nodes: Map<string, Box>,
  boxes: Map<string, Box>,
): number {
  let { y } = area;
  let used = 0;
  const inRow = Math.max(1, Math.floor((area.width + betweenRows) / (nodeSize.width + betweenRows)));
  for (const { key, members } of groups) {
    if (!open.has(key)) {
      if (used === inRow) {
        y += groupHead + betweenRows;
        used = 0;
      }
      boxes.set(key, {
        x: area.x + used * (nodeSize.width + betweenRows),
        y,
        width: nodeSize.width,
        height: groupHead,
      });
      used += 1;
      continue;
    }
    if (used > 0) y += groupHead + betweenRows;
    used = 0;
    const size = openSize(members.length);
    boxes.set(key, { x: area.x, y, width: size.width, height: size.height });
    members.forEach(({ id }, index) => {
      const [row, column] = [index % size.rows, Math.floor(index / size.rows)];
      nodes.set(id, {
        x: area.x + groupPadding + column * (memberSize.width + groupPadding),
        y: y + groupHead + row * (memberSize.height + 4),
        ...memberSize,
      });
    });
    y += size.height + betweenRows;
  }
  return y + (used > 0 ? groupHead + betweenRows : 0);
}

function openSize(members: number): { width: number; height: number; rows: number } {
  const columns = Math.max(1, Math.min(6, Math.ceil(members / 14)));
  const rows = Math.ceil(members / columns);
  return {
    rows,
    width: columns * (memberSize.width + groupPadding) + groupPadding,
    height: groupHead + rows * (memberSize.height + 4) + groupPadding,
  };
}

/** Resources above each other. */
interface Column {
  ids: string[];
  /** Whether their order means something. */
  ordered: boolean;
}

/**
 * What waits is to the left of what it waits for, but what an earlier lane waits for is left of all, so that no edge
 * goes below another resource there. Hooks that run one after the other are in one column.
 */
function columnsOf({ nodes, ordered }: Lane, edges: readonly Edge[], first: ReadonlySet<string>): Column[] {
  if (ordered) return nodes.length > 0 ? [{ ids: nodes.map(({ id }) => id), ordered }] : [];
  const ids = new Set(nodes.map(({ id }) => id));
  const lefts = new Map<string, string[]>();
  for (const { from, to } of edges) {
    if (!ids.has(from) || !ids.has(to)) continue;
    const [left, right] = first.has(to) && !first.has(from) ? [to, from] : [from, to];
    lefts.set(right, [...(lefts.get(right) ?? []), left]);
  }
  const known = new Map<string, number>();
  const under = new Set<string>();
  const columnOf = (id: string): number => {
    if (known.has(id)) return known.get(id)!;
    under.add(id);
    // In a cycle there is no first: it is cut where it closes.
    const left = (lefts.get(id) ?? []).filter((other) => !under.has(other)).map(columnOf);
    under.delete(id);
    const column = Math.max(-1, ...left) + 1;
    known.set(id, column);
    return column;
  };
  const columns: Column[] = [];
  for (const { id } of nodes) {
    const column = columnOf(id);
    for (let index = columns.length; index <= column; index += 1) columns.push({ ids: [], ordered });
    columns[column]!.ids.push(id);
  }
  return columns;
}

const sweeps = 8;

/** Sorts the rows of columns whose order means nothing by the mean row of their neighbours, forth and back. */
function sortRows(columns: readonly Column[], edges: readonly Edge[]): void {
  const rows = new Map(columns.flatMap(({ ids }) => ids.map((id, row) => [id, row] as const)));
  const beside = new Map<string, string[]>();
  for (const { from, to } of edges) {
    if (!rows.has(from) || !rows.has(to)) continue;
    beside.set(from, [...(beside.get(from) ?? []), to]);
    beside.set(to, [...(beside.get(to) ?? []), from]);
  }
  const mean = (id: string) => {
    const others = beside.get(id) ?? [];
    return others.length === 0
      ? Number.MAX_SAFE_INTEGER
      : others.reduce((sum, other) => sum + rows.get(other)!, 0) / others.length;
  };
  for (let sweep = 0; sweep < sweeps; sweep += 1)
    for (const { ids, ordered } of sweep % 2 === 0 ? columns : columns.toReversed()) {
      if (ordered) continue;
      const means = new Map(ids.map((id) => [id, mean(id)]));
      ids.sort((a, b) => means.get(a)! - means.get(b)!);
      ids.forEach((id, row) => rows.set(id, row));
    }
}

/** The way from one box to another: from side to side, or around where they are above each other. */
export function between(from: Box, to: Box): Point[] {
  const middle = ({ y, height }: Box) => y + height / 2;
  if (to.x >= from.x + from.width)
    return [
      { x: from.x + from.width, y: middle(from) },
      { x: to.x, y: middle(to) },
    ];
  if (to.x + to.width <= from.x)
    return [
      { x: from.x, y: middle(from) },
      { x: to.x + to.width, y: middle(to) },
    ];
  const right = Math.max(from.x + from.width, to.x + to.width);
  return [
    { x: from.x + from.width, y: middle(from) },
    { x: right + 36, y: (middle(from) + middle(to)) / 2 },
    { x: to.x + to.width, y: middle(to) },
  ];
}
