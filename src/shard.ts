import { createHash } from 'node:crypto';

/** One part of the charts of a run; the others are linted by other processes. */
export interface Shard {
  /** From 1 to `count`. */
  index: number;
  count: number;
}

/**
 * The paths of a shard, in their order. Every path is in exactly one shard of a count, and their numbers differ by one
 * at most. Which one it is depends on the names alone, so that neighbouring charts, which are often alike, are spread.
 */
export function inShard(paths: readonly string[], { index, count }: Shard): Set<string> {
  const hash = (path: string) => createHash('sha256').update(path).digest('hex');
  const ordered = paths.map((path) => [hash(path), path] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return new Set(ordered.filter((_, at) => at % count === index - 1).map(([, path]) => path));
}

/** The targets of a shard, all where there is none, and the shard with the paths of the whole run. */
export function ownTargets<T extends { path: string }>(
  all: readonly T[],
  shard: Shard | undefined,
): { targets: readonly T[]; shard?: Shard & { charts: string[] } } {
  if (!shard) return { targets: all };
  const charts = all.map(({ path }) => path);
  const own = inShard(charts, shard);
  return { targets: all.filter(({ path }) => own.has(path)), shard: { ...shard, charts } };
}
