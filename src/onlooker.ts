import type { PlacedReport } from './check/index.ts';
import type { Play } from './check/play.ts';
import type { Place, Resource } from './parse/index.ts';
import type { Locate } from './place/index.ts';
import type { RolloutChanges } from './result.ts';
import type { Engine } from './simulate/index.ts';

/** A chart that was judged in one scenario, before its places are lines. */
export interface JudgedChart {
  chart: { path: string; name: string; version: string };
  /** The scenario and its place in the order, where there are several. */
  scenario?: { name: string; index: number };
  actions: readonly ('install' | 'upgrade')[];
  engine: Engine;
  wait: boolean;
  helmMajor: 3 | 4 | undefined;
  /** The last revision, where it is named. */
  from: string | undefined;
  play: Play;
  /** What changed since the last revision, where that is named and holds the chart. */
  changes?: RolloutChanges;
  /** The name of a resource with `*` for what is new at each render. */
  stableName: (resource: Resource) => string;
  reports: readonly PlacedReport[];
}

/**
 * Whoever wants more of a judged chart than its findings: the places that are to become lines, and what is done once
 * they are.
 */
export interface Onlooker {
  places: readonly Place[];
  located(locate: Locate): void;
}
