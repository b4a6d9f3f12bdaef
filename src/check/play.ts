import type { Release } from '../model/index.ts';
import type { Resource } from '../parse/index.ts';
import { afterInstall, simulate, type Before, type Engine, type Timeline } from '../simulate/index.ts';

/** The releases of a chart in one scenario, and who plays them. */
export interface PlayInput {
  install: Release;
  upgrade: Release;
  engine: Engine;
  wait: boolean;
  /** The last revision, where `--from` names it. */
  from?: { install: Release; release: Release };
  /** Whether a resource has another name in each revision: an upgrade does not find it. */
  renamed?: (resource: Resource) => boolean;
}

/** A release that was played: what it is, what was there before, and what happened. */
export interface Played {
  release: Release;
  before: Before;
  timeline: Timeline;
}

/** Plays a release; `wait` is that of the input where it is absent. */
export type Play = (action: 'install' | 'upgrade', wait?: boolean) => Played;

/**
 * Plays the releases when first asked for; the same play is given each time. Before an upgrade stands the last
 * revision: the one that `from` names, else a steady state of this very chart.
 */
export function playing({ install, upgrade, engine, wait, from, renamed }: PlayInput): Play {
  const known = new Map<string, Played>();
  let before: Before | undefined;
  const beforeUpgrade = () => {
    if (before) return before;
    const last = from ? afterInstall(from.install, from.release) : afterInstall(install, upgrade);
    before = renamed ? { ...last, resources: last.resources.filter((resource) => !renamed(resource)) } : last;
    return before;
  };
  return (action, waiting = wait) => {
    const key = `${action} ${waiting}`;
    let played = known.get(key);
    if (!played) {
      const release = action === 'install' ? install : upgrade;
      const there: Before = action === 'install' ? { resources: [] } : beforeUpgrade();
      played = { release, before: there, timeline: simulate(release, { action, engine, wait: waiting }, there) };
      known.set(key, played);
    }
    return played;
  };
}
