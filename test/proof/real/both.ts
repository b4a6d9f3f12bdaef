// npm run proof -- --cluster --both: the same install and upgrade on our own server, and where it differs from the real
// cluster.
import { surroundings } from '../predict.ts';
import { ownCluster, unplayable, type Cluster } from '../plays.ts';
import { sandboxAvailability } from '../wait-sandbox.ts';
import type { Observation, Step } from '../observe.ts';
import type { Fixture, Reported } from './chart.ts';
import type { Call } from './record.ts';

/** One call of Helm on both clusters, in words; equal where they agree. */
export interface Twin {
  call: string;
  own: string;
  real: string;
}

/**
 * Plays install and upgrade of a chart on our own server, beside what was seen of them on a real cluster. The upgrade
 * counts only where both installs ended alike. `why`: our server does not play the chart.
 */
export async function twinsOf(
  fixture: Fixture,
  helm: string,
  reported: Reported,
  calls: readonly Call[],
): Promise<{ twins: Twin[]; why?: string }> {
  const why = unplayable(reported, sandboxAvailability().available);
  if (why !== undefined) return { twins: [], why };
  const first = await twinsOn(ownCluster(reported), fixture, helm, reported, calls);
  if (first.every(({ own, real }) => own === real)) return { twins: first };
  // A busy machine is slow: what differs is played again, with more time for everything.
  return { twins: await twinsOn(ownCluster(reported, 3), fixture, helm, reported, calls) };
}

async function twinsOn(
  { start, timeout }: Cluster,
  { chart, values }: Fixture,
  helm: string,
  reported: Reported,
  calls: readonly Call[],
): Promise<Twin[]> {
  const ground = await start(surroundings(reported));
  const flags = values.map((file) => `--values=${process.cwd()}/${file}`);
  const known = new Set(
    [reported.install, reported.upgrade].flatMap(({ resources }) => resources.map(({ name }) => name)),
  );
  const twins: Twin[] = [];
  try {
    for (const action of ['install', 'upgrade'] as const) {
      const call = calls.find(({ name }) => name === action);
      if (!call) break;
      const seen: Observation = await ground.play({ helm, chart, flags, action, timeout });
      const twin = {
        call: action,
        own: words(seen.exitCode, seen.steps, known),
        real: words(call.exitCode, call.steps, known),
      };
      twins.push(twin);
      if (twin.own !== twin.real) break;
    }
  } finally {
    await ground.stop();
  }
  return twins;
}

/**
 * How a call ended, and the hooks that it began. How each ended is left out: Helm may delete a hook before it is looked
 * at. A name with a date or a random part is another one at each render.
 */
function words(exitCode: number, steps: readonly Step[], known: ReadonlySet<string>): string {
  const hooks = steps.map(({ event, kind, name }) => `${event} ${kind}/${known.has(name) ? name : '<another name>'}`);
  return `${exitCode === 0 ? 'passes' : 'fails'}: ${hooks.join(', ') || 'no hooks'}`;
}
