import { helmBinary } from '../helm/binaries.ts';
import type { helmVersions } from '../helm/binaries.ts';
import { writeChart } from './charts.ts';
import type { Loose } from './kinds.ts';
import type { Observation } from './observe.ts';
import { playReleases } from './run.ts';
import type { ClusterOptions, Play } from './run.ts';

/** `pre-install Job/mig succeeded`, a line a step. */
export const named = (seen: Observation) =>
  seen.steps.map(({ event, kind, name, outcome }) => `${event} ${kind}/${name} ${outcome}`);

/** A chart of these objects. */
export const chartOf = (...objects: Loose[]) => writeChart({ 'all.yaml': objects });

/** Plays with one version of Helm, with a timeout of a second (100 seconds of the cluster's time). */
export function rigOf(version: (typeof helmVersions)[number]) {
  async function play(plays: Omit<Play, 'helm'>[], options: ClusterOptions = {}): Promise<Observation[]> {
    const { path: helm } = await helmBinary(version);
    return playReleases(
      plays.map((one) => ({ timeout: '1s', ...one, helm })),
      options,
    );
  }
  return {
    helm4: version.startsWith('4'),
    play,
    install: async (chart: string, flags: string[] = [], options: ClusterOptions = {}) =>
      (await play([{ action: 'install', chart, flags }], options))[0] as Observation,
    installThenUpgrade: async (first: string, second = first, options: ClusterOptions = {}) =>
      (await play(
        [
          { action: 'install', chart: first },
          { action: 'upgrade', chart: second },
        ],
        options,
      )) as [Observation, Observation],
  };
}
