import type { Need } from './need.ts';
import type { Lack, World } from './world.ts';

/** A chain of reasons from a need down to what can never come about, the shortest there is. */
export interface Cause {
  need: Need;
  lack: Lack;
  /** What follows from it: why the workload that is asked for is not ready. Absent at the end of the chain. */
  next?: Cause;
  /** The end of the chain is a workload that stands further up in it. */
  cycle?: boolean;
}

/** The shortest chain of causes for which a need cannot be met. Breadth first, so that the nearest end wins. */
export function explain(need: Need, world: World): Cause {
  interface Node {
    need: Need;
    lack: Lack;
    parent?: Node;
  }
  const queue: Node[] = world.lacks(need).map((lack) => ({ need, lack }));
  const first = queue[0]!;
  const seen = new Set([need.workload]);
  let deepest = first;
  for (let node = queue.shift(); node; node = queue.shift()) {
    deepest = node;
    if (node.lack.type !== 'not-ready') return chain(node, false);
    const { workload } = node.lack;
    if (seen.has(workload)) continue;
    seen.add(workload);
    for (const unmet of world.unmet(workload)) {
      for (const lack of world.lacks(unmet)) queue.push({ need: unmet, lack, parent: node });
    }
  }
  return chain(deepest, true);

  function chain(end: Node, cycle: boolean): Cause {
    let cause: Cause = { need: end.need, lack: end.lack, ...(cycle && { cycle }) };
    for (let node = end.parent; node; node = node.parent) cause = { need: node.need, lack: node.lack, next: cause };
    return cause;
  }
}

/** The last link of a chain. */
export function rootOf(cause: Cause): Cause {
  return cause.next ? rootOf(cause.next) : cause;
}
