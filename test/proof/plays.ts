import type { Helm } from '../../src/helm/index.ts';
import type { Observation } from './observe.ts';
import type { Release, Workload } from '../../src/model/index.ts';
import { doubtfulNeeds, needsOf } from '../../src/simulate/index.ts';
import { lastingHooks, predict, surroundings, type Past, type Prediction, type Said } from './predict.ts';
import { ProvingGround, type Ground, type Play } from './run.ts';
import { RealShell } from './wait-sandbox.ts';

/** One play: what was said of it and what was seen. */
export interface Played {
  scenario: string;
  predicted: string;
  observed: string;
  agrees: boolean;
}

/** A chart as it is played. */
export interface Case {
  name: string;
  chart: string;
  values: string[];
}

/** Where charts are played, and how long Helm is given there. */
export interface Cluster {
  timeout: string;
  start(around: ReturnType<typeof surroundings>): Promise<Ground>;
}

/**
 * Our own cluster, forty times faster than real: eight seconds stand for Helm's five minutes, and a little more. Where a
 * Job has a deadline of less than 80 seconds time goes slower, so that two real seconds are left for it: programs need
 * them to start. `slower`: how many times slower still, for a machine that is busy.
 */
export function ownCluster({ install, upgrade }: Pick<Said, 'install' | 'upgrade'>, slower = 1): Cluster {
  const deadlines = [install, upgrade].flatMap(({ workloads }) =>
    workloads.map(({ resource }) => Number(resource.get('spec', 'activeDeadlineSeconds'))).filter((given) => given > 0),
  );
  const scale = Math.max(5, Math.min(40, ...deadlines.map((seconds) => seconds / 2))) / slower;
  return {
    timeout: `${Math.round(320 / scale)}s`,
    start({ outside, existing }) {
      return ProvingGround.start({ behaviour: new RealShell({ scale, outside }), scale, existing });
    },
  };
}

/**
 * Why a chart cannot be judged on our own server: what it takes for granted is not there. Without a `shell` no command
 * is run, so every Job ends well at once, whatever it waits for.
 */
export function unplayable(said: Pick<Said, 'install' | 'upgrade'>, shell = true): string | undefined {
  const names = said.upgrade.hooks.map(({ resource }) => resource.name);
  if (
    said.install.hooks.some(({ events, resource }) => events.includes('pre-upgrade') && !names.includes(resource.name))
  )
    return 'a name that is another one in each render';
  for (const release of [said.install, said.upgrade]) {
    if (!shell && release.workloads.some((workload) => runsMore(workload, release)))
      return 'a command that waits, connects, sleeps or may fail, which only a shell shows';
    if (
      release.resources.some(({ kind }) =>
        /^(?:PriorityClass|RuntimeClass|StorageClass|CustomResourceDefinition)$/.test(kind),
      )
    )
      return 'a class or definition that our server does not ask for: play it with --cluster';
    if (
      release.hooks.some(({ resource }) => resource.kind === 'Namespace') ||
      release.find('Namespace', release.namespace, '').length > 0
    )
      return 'a namespace with all that is in it: play it with --cluster';
    if (release.hooks.some(({ resource }) => resource.kind === 'PersistentVolumeClaim'))
      return 'a claim that a finished pod holds: play it with --cluster';
    const servers = release.workloads.filter(({ kind, hook }) => kind !== 'Job' && kind !== 'CronJob' && !hook);
    if (
      servers.some(({ pod }) =>
        pod.containers.some(({ role, understanding }) => role === 'main' && understanding.waits.length > 0),
      )
    )
      return 'a server that waits in its own command, which our server does not run: play it with --cluster';
    if (release.workloads.some(({ pod }) => pod.containers.some(({ probes }) => probes.length > 0)))
      return 'a probe whose command waits, which our server does not run: play it with --cluster';
  }
  return beyondAnyCluster(said);
}

/** Whether the commands of a workload decide how it ends: it waits or connects, or a script says when and how it ends. */
function runsMore(workload: Workload, release: Release): boolean {
  return (
    needsOf(workload, release).some(({ type }) => type !== 'reference') ||
    doubtfulNeeds(workload).length > 0 ||
    workload.pod.containers.some(({ understanding }) =>
      understanding.commands.some(({ argv: [program = ''] }) => /^(?:sleep|exit|false|kubectl|test|\[)$/.test(program)),
    )
  );
}

/** Why a chart cannot be judged on any cluster without the real programs, or without what others put there. */
export function beyondAnyCluster({ install, upgrade }: Pick<Said, 'install' | 'upgrade'>): string | undefined {
  for (const release of [install, upgrade]) {
    for (const { pod, namespace, resource } of release.workloads) {
      if (Object.keys(resource.labels).some((label) => label.startsWith('kueue.')))
        return 'a queue that resumes the Job';
      for (const { understanding, env, command, args: words } of pod.containers) {
        if (understanding.waits.some(({ kind }) => kind === 'schema'))
          return 'a wait for the schema, which only the real migration tool can show';
        const written = [...(command ?? []), ...(words ?? [])];
        if (written.some((word) => /\b(?:clickhouse-client|cqlsh)\b[^|]*\|\s*grep\b/.test(word)))
          return 'a query whose answer only the real database gives';
        if (written.some((word) => word.includes('quitquitquit')))
          return 'a proxy that is told to end, which no stand-in plays';
        const asks = understanding.waits.some(({ tool }) => /kubectl|k8s-wait-for|kubernetes-entrypoint/.test(tool));
        const account = pod.serviceAccount ?? 'default';
        if (
          asks &&
          (env.has('KUBECONFIG') ||
            (command ?? []).some((word) => word.startsWith('--kubeconfig')) ||
            (account !== 'default' && release.find('ServiceAccount', account, namespace).length === 0))
        )
          return 'rights that come from outside of the chart';
      }
    }
  }
  return undefined;
}

/** Install; install with --wait; and the upgrade that follows, of a release that stands or that failed. */
export async function scenarios(
  { chart, values }: Case,
  { path: helm, version }: Helm,
  said: Said,
  cluster: Cluster = ownCluster(said),
): Promise<Played[]> {
  const { timeout } = cluster;
  const onGround = async (use: (play: (play: Play) => Promise<Observation>) => Promise<void>) => {
    const ground = await cluster.start(surroundings(said));
    try {
      await use((play) => ground.play(play));
    } finally {
      await ground.stop();
    }
  };
  const out: Played[] = [];
  const { major } = await version();
  const install = predict(said, 'install', false, 'nothing', major);
  const past: Past = install.stopsAt ? 'failed install' : 'install';
  await onGround(async (play) => {
    const base = { helm, chart, flags: values.map((file) => `--values=${process.cwd()}/${file}`), timeout };
    out.push(compare('install', install, await play({ ...base, action: 'install' }), said));
    if (past === 'failed install' && install.stopsAt && said.refused('install')) return;
    out.push(
      compare(
        `upgrade after ${past === 'install' ? 'install' : 'a failed install'}`,
        predict(said, 'upgrade', false, past, major),
        await play({ ...base, action: 'upgrade' }),
        said,
      ),
    );
  });
  await onGround(async (play) => {
    const base = {
      helm,
      chart,
      flags: [...values.map((file) => `--values=${process.cwd()}/${file}`), '--wait'],
      timeout,
    };
    out.push(
      compare(
        'install --wait',
        predict(said, 'install', true, 'nothing', major),
        await play({ ...base, action: 'install' }),
        said,
      ),
    );
  });
  return out;
}

function compare(scenario: string, prediction: Prediction, seen: Observation, said: Said): Played {
  // `crd-install` is no event any more: what has it was created out of the folder crds/.
  const steps = seen.steps.filter(
    ({ event, kind, name }) => event !== 'crd-install' && !said.unseen.has(`${kind}/${name}`),
  );
  const lasting = lastingHooks(said);
  const left = seen.left.filter((key) => lasting.has(key));
  const hooks = steps.map(({ event, kind, name }) => `${event} ${kind}/${name}`);
  const last = steps.at(-1);
  const stoppedAtHook =
    seen.exitCode !== 0 && last !== undefined && last.outcome !== 'succeeded' && last.outcome !== 'skipped';
  // What the API refuses is not there afterwards.
  const refusedKey = last?.outcome === 'refused' ? `${last.kind}/${last.name}` : undefined;
  const leaves = prediction.left.filter((key) => key !== refusedKey);
  const predicted = words(prediction.hooks, prediction.stopsAt, leaves);
  const stop = seen.exitCode === 0 ? undefined : stoppedAtHook ? hooks.at(-1) : 'the release';
  const observed = words(hooks, stop, left);
  const sameStop =
    prediction.stopsAt === undefined
      ? seen.exitCode === 0
      : seen.exitCode !== 0 && (prediction.hooks.at(-1) === prediction.stopsAt ? stoppedAtHook : true);
  // What the API server refuses may stop the play at any hook.
  const refused =
    prediction.stopsAt !== undefined && !prediction.stopsAt.includes('/') && !prediction.stopsAt.startsWith('the wait');
  const agrees =
    (prediction.perhaps && seen.exitCode === 0) ||
    (sameStop && (refused || (same(prediction.hooks, hooks) && same(leaves, left))));
  return {
    scenario,
    predicted,
    observed: agrees
      ? observed
      : `${observed}\n      ${seen.stderr.trim().split('\n').at(-1) ?? ''}\n      ${seen.blocked.map(({ owner, container, reason }) => `${owner} ${container ?? ''} ${reason}`).join('; ')}`,
    agrees,
  };
}

function words(hooks: readonly string[], stop: string | undefined, left: readonly string[]): string {
  return `${hooks.length === 0 ? 'no hooks' : hooks.join(', ')}${stop === undefined ? '; passes' : `; stops at ${stop}`}${left.length === 0 ? '' : `; leaves ${left.join(', ')}`}`;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, index) => lasting(one) === lasting(b[index]!));
}

/** A name without the date, or the revision at its end, that is another one at each render. */
function lasting(name: string): string {
  return name.replace(/\d{10,14}/, '<date>').replace(/-\d+$/, '-<revision>');
}
