import type { Workload } from '../model/index.ts';
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

/** As many links are looked at for each need, however many were for others. */
const leastPatience = 100;

/**
 * The shortest chain of causes for which a need cannot be met. Breadth first, so that the nearest end wins. Where the
 * play has looked at more links than its release is worth, the chain ends at its first link: at a workload that cannot
 * become ready.
 */
export function explain(need: Need, world: World): Cause {
  const shortest = search(need, world, false)!;
  return doubtOf(shortest) === undefined || doubtIn(need) !== undefined
    ? shortest
    : (search(need, world, true) ?? shortest);
}

/**
 * The condition on which a cause holds, as a script has it (`if [ "$MODE" = init ]`); absent where nothing is in doubt.
 */
export function doubtOf(cause: Cause): string | undefined {
  for (const { need, lack } of linksOf(cause)) {
    const doubt = doubtIn(need) ?? doubtInLack(lack);
    if (doubt !== undefined) return doubt;
  }
  return undefined;
}

function doubtIn(need: Need): string | undefined {
  return need.type === 'wait' ? need.wait.doubt : undefined;
}

/** A container may listen on more ports than it declares. */
function doubtInLack(lack: Lack): string | undefined {
  return lack.type === 'dead' && lack.end.dead === 'headless-port'
    ? 'unless a container listens on that port without declaring it'
    : undefined;
}

/**
 * `certain`: by no need that is in doubt, and to something that is not there; undefined where there is no such chain.
 */
function search(need: Need, world: World, certain: boolean): Cause | undefined {
  interface Node {
    need: Need;
    lack: Lack;
    parent?: Node;
  }
  // Lists of workloads that are in the queue already: what they lack is looked at once.
  const known = new Set<readonly Workload[]>();
  const queue: { need: Need; parent?: Node }[] = [{ need }];
  let first: Node | undefined;
  let deepest: Node | undefined;
  const seen = new Set([need.workload]);
  let looked = 0;
  for (const asked of queue) {
    for (const lack of world.lacks(asked.need, known)) {
      if (certain && doubtInLack(lack) !== undefined) continue;
      const node: Node = { need: asked.need, lack, parent: asked.parent };
      first ??= node;
      deepest = node;
      if (lack.type !== 'not-ready') return chain(node, false);
      looked += 1;
      if (looked > leastPatience && (world.patience -= 1) < 0) {
        if (certain) return undefined;
        world.unexplained.add(need.workload);
        return chain(first, false);
      }
      const { workload } = lack;
      if (seen.has(workload)) continue;
      seen.add(workload);
      for (const unmet of world.unmet(workload, lack.late ? 'started' : 'ready'))
        if (!certain || doubtIn(unmet) === undefined) queue.push({ need: unmet, parent: node });
    }
  }
  if (certain) return undefined;
  if (!deepest) throw new Error('a need that is met has no cause');
  return chain(deepest, true);

  function chain(end: Node, cycle: boolean): Cause {
    let cause: Cause = { need: end.need, lack: end.lack, ...(cycle && { cycle }) };
    for (let node = end.parent; node; node = node.parent) cause = { need: node.need, lack: node.lack, next: cause };
    return cause;
  }
}

/** The links of a chain, from a need to its end. */
export function linksOf(cause: Cause): Cause[] {
  const links = [cause];
  for (let link = cause.next; link; link = link.next) links.push(link);
  return links;
}

/** The last link of a chain. */
export function rootOf(cause: Cause): Cause {
  return linksOf(cause).at(-1)!;
}
