import { basename, dirname, join } from 'node:path';
import { boundaryOf, linkChart, reachOf } from './confine/index.ts';
import type { ChartTarget } from './discover/index.ts';
import { temporaryFolder } from './helm/index.ts';

/** A chart of which Helm sees no more than it may. */
export interface ConfinedChart extends ChartTarget {
  /** The folder that nothing read for it may leave. */
  boundary: string;
  forHelm?: string;
  remove: () => void;
}

/** Throws `ConfineError` for a chart that leads elsewhere. A `.git` in its folder is hidden from Helm, which would load it as files of the chart. */
export function confined(target: ChartTarget, cwd: string): ConfinedChart {
  const remove = () => undefined;
  const boundary = boundaryOf(target.archive ? dirname(target.absolute) : target.absolute, cwd);
  const { git } = target.archive ? { git: [] } : reachOf(target.absolute, boundary, target.path);
  if (git.length === 0) return { ...target, boundary, remove };
  const temporary = temporaryFolder();
  const forHelm = join(temporary.path, basename(target.absolute) || 'chart');
  linkChart(target.absolute, forHelm, git);
  return { ...target, boundary, forHelm, remove: temporary.remove };
}
