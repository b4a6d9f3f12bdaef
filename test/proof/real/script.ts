// The calls of Helm that are made for one chart on a real cluster, each script in a namespace of its own.
import type { Loose } from '../kinds.ts';
import { jobEnd } from '../jobs.ts';
import { namespacePrefix, RealCluster, type RealOptions } from '../real-cluster.ts';
import type { Action } from '../run.ts';
import type { Call } from './record.ts';

/**
 * `life`: install, upgrade (after a failed install too), a second upgrade, rollback, test, uninstall; `wait`: install
 * and upgrade with `--wait`; `from`: the last revision's chart, then an upgrade to this one; `failing`: an install
 * whose migrations fail, then an upgrade when the cause is gone.
 */
export type Script = 'life' | 'wait' | 'from' | 'failing';

export interface Cast {
  helm: string;
  chart: string;
  before: string | undefined;
  values: readonly string[];
  /** Helm's `--timeout`, in seconds. */
  seconds: number;
}

/** The label with which `npm run cluster` makes migrations of a namespace fail. */
const failing = 'rig/migrations-fail';

/** Plays a script. Throws where the cluster does not answer. */
export async function playScript(script: Script, cast: Cast, options: RealOptions): Promise<Call[]> {
  const labels = script === 'failing' ? { [failing]: 'true' } : undefined;
  const cluster = await RealCluster.start({ ...options, labels });
  const calls: Call[] = [];
  const call = async (name: string, action: Action, chart?: string, more: readonly string[] = []): Promise<boolean> => {
    const begun = Date.now();
    const flags = [
      ...(chart === undefined ? [] : cast.values.map((file) => `--values=${process.cwd()}/${file}`)),
      ...more,
    ];
    const seen = await cluster.play({ helm: cast.helm, action, chart, flags, timeout: `${cast.seconds}s` });
    const { states, reasons, began } = await settled(
      cluster,
      seen.exitCode !== 0 || action === 'uninstall' ? 0 : Math.round(cast.seconds * 0.6),
    );
    calls.push({
      name,
      exitCode: seen.exitCode,
      message: seen.exitCode === 0 ? '' : lastOf(seen.stderr),
      steps: seen.steps,
      created: [...new Set([...seen.steps.map(({ kind, name: of }) => `${kind}/${of}`), ...seen.createdOrdinary])],
      left: seen.left,
      states,
      reasons,
      began,
      deletedNamespaces: seen.deletedNamespaces?.map((name) => name.replace(cluster.namespace, 'default')),
      seconds: Math.round((Date.now() - begun) / 1000),
    });
    return seen.exitCode === 0;
  };
  try {
    switch (script) {
      case 'life': {
        await call('install', 'install', cast.chart);
        const upgraded = await call('upgrade', 'upgrade', cast.chart);
        if (upgraded && (await call('second upgrade', 'upgrade', cast.chart))) {
          await call('rollback', 'rollback');
          await call('test', 'test');
        }
        await call('uninstall', 'uninstall');
        break;
      }
      case 'wait':
        if (await call('install', 'install', cast.chart, ['--wait']))
          await call('upgrade', 'upgrade', cast.chart, ['--wait']);
        break;
      case 'from':
        await call('before', 'install', cast.before);
        await call('upgrade', 'upgrade', cast.chart);
        break;
      case 'failing':
        await call('install', 'install', cast.chart);
        await cluster.label({ [failing]: null });
        await call('upgrade', 'upgrade', cast.chart);
    }
  } finally {
    await cluster.stop();
  }
  return calls;
}

/** What Helm said, on one line, without what differs at each play. */
function lastOf(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const error = lines.findLastIndex((line) => /^Error:/.test(line));
  return lines
    .slice(error < 0 ? -2 : error)
    .join(' ')
    .replace(new RegExp(`${namespacePrefix}[0-9a-f]{8}`, 'g'), 'default')
    .slice(0, 600);
}

const workloads: readonly (readonly [kind: string, plural: string])[] = [
  ['Deployment', 'deployments'],
  ['StatefulSet', 'statefulsets'],
  ['DaemonSet', 'daemonsets'],
];

/** How many times as long is waited while more and more workloads become ready: sixty pods take their time. */
const longest = 5;

/**
 * Waits until every workload is ready and every Job has ended, at most some seconds without a change, and says what is
 * so then.
 */
async function settled(cluster: RealCluster, most: number): Promise<Pick<Call, 'states' | 'reasons' | 'began'>> {
  const last = Date.now() + most * longest * 1000;
  let limit = Date.now() + most * 1000;
  let before = '';
  for (;;) {
    const states: Record<string, string> = {};
    for (const [kind, plural] of workloads)
      for (const { metadata, spec, status } of await cluster.list('/apis/apps/v1', plural)) {
        const wanted = kind === 'DaemonSet' ? (status?.desiredNumberScheduled ?? 1) : (spec.replicas ?? 1);
        const ready = (kind === 'DaemonSet' ? status?.numberReady : status?.readyReplicas) ?? 0;
        const current = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
        const updated = (status?.updatedReplicas ?? status?.updatedNumberScheduled ?? 0) >= wanted;
        states[`${kind}/${metadata.name}`] = current && updated && ready >= wanted ? 'Ready' : 'NotReady';
      }
    for (const job of await cluster.list('/apis/batch/v1', 'jobs'))
      states[`Job/${job.metadata.name}`] = jobEnd(job as never) ?? 'Running';
    const now = JSON.stringify(states);
    if (now !== before) [before, limit] = [now, Math.min(last, Date.now() + most * 1000)];
    const open = Object.values(states).some((state) => state === 'NotReady' || state === 'Running');
    if (!open || Date.now() >= limit) return { states, reasons: await reasonsOf(cluster), began: await begun(cluster) };
    await new Promise((done) => setTimeout(done, 1000));
  }
}

async function reasonsOf(cluster: RealCluster): Promise<Record<string, string>> {
  const out: Record<string, string> = {};
  for (const { metadata, status } of await cluster.list('/api/v1', 'pods')) {
    const containers: Loose[] = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    const waiting = containers.find(({ state }) => state?.waiting)?.state.waiting;
    const unscheduled = (status?.conditions as Loose[] | undefined)?.find(
      ({ type, status: holds }) => type === 'PodScheduled' && holds === 'False',
    );
    const reason = unscheduled?.message ?? (waiting && [waiting.reason, waiting.message].filter(Boolean).join(': '));
    if (reason) out[String(metadata.name)] = String(reason).slice(0, 300);
  }
  return out;
}

/** Pods in whose log a program says that it is played (`test/cluster/rig/play.go`). */
async function begun(cluster: RealCluster): Promise<string[]> {
  const pods = await cluster.list('/api/v1', 'pods');
  const logs = await Promise.all(
    pods.map(async ({ metadata, spec }) => ({
      name: String(metadata.name),
      text: await cluster.log(String(metadata.name), String(spec.containers[0].name)),
    })),
  );
  return logs.filter(({ text }) => text.includes('rig plays ')).map(({ name }) => name);
}
