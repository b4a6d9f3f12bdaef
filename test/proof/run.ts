import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve as absolute } from 'node:path';
import { serveApi } from './api-server.ts';
import type { ApiServer } from './api-server.ts';
import { wellBehaved } from './behaviour.ts';
import type { Behaviour } from './behaviour.ts';
import type { Obj } from './kinds.ts';
import { leftIn, ordinaryOf, statesOf, stepsOf } from './observe.ts';
import type { Observation } from './observe.ts';
import { Player } from './player.ts';
import type { Blocked } from './player.ts';
import { Store } from './store.ts';

/** What Helm is asked to do. */
export type Action = 'install' | 'upgrade' | 'upgrade --install' | 'rollback' | 'uninstall' | 'test';

/** One call of Helm. */
export interface Play {
  /** The binary. */
  helm: string;
  action: Action;
  chart?: string;
  release?: string;
  namespace?: string;
  /** Values, as a file's content (JSON is YAML). */
  values?: Record<string, unknown>;
  /** More arguments, such as `--wait`. */
  flags?: string[];
  /** Helm's `--timeout`; 3s stands for five minutes. */
  timeout?: string;
}

/** How a cluster is played. */
export interface ClusterOptions {
  behaviour?: Behaviour;
  /** How many times faster than real; 100 makes Helm's five minutes three seconds. */
  scale?: number;
  /** What is in the cluster before any release. */
  existing?: Obj[];
  /** Meddles with the cluster from outside: called once at the start. */
  intervene?: (store: Store) => void;
}

/** Where releases are played: a cluster of our own, or a real one. */
export interface Ground {
  /** Calls Helm once and tells what was seen. */
  play(play: Play): Promise<Observation>;
  /** Takes everything away. */
  stop(): Promise<void>;
}

/** A cluster that outlives several calls of Helm. */
export class ProvingGround implements Ground {
  /** The objects of the cluster. */
  readonly store: Store;
  readonly #api: ApiServer;
  readonly #player: Player;
  readonly #home: string;
  readonly #quiet: number;

  private constructor(
    api: ApiServer,
    home: string,
    store: Store,
    { behaviour = wellBehaved, scale = 100, existing = [], intervene }: ClusterOptions,
  ) {
    this.store = store;
    this.#api = api;
    this.#home = home;
    this.#quiet = behaviour.quiet ?? 150;
    for (const name of ['default', 'kube-system'])
      store.create(store.resource('namespaces'), {
        metadata: { name },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      });
    for (const object of existing) {
      const of = store.resources.find((row) => row.kind === object.kind);
      if (of)
        store.create(
          of,
          of.namespaced ? { ...object, metadata: { namespace: 'default', ...object.metadata } } : object,
        );
    }
    this.#player = new Player(store, behaviour, scale);
    intervene?.(store);
  }

  /** Starts an API server and its player. */
  static async start(options: ClusterOptions = {}): Promise<ProvingGround> {
    const store = new Store();
    const api = await serveApi(store);
    const home = await mkdtemp(join(tmpdir(), 'proof-'));
    const ground = new ProvingGround(api, home, store, options);
    await ground.#player.prepare();
    return ground;
  }

  /** Where its API server listens. */
  get url(): string {
    return this.#api.url;
  }

  /** Calls Helm once and tells what was seen; never longer than the timeout allows four times over. */
  async play(play: Play): Promise<Observation> {
    const begun = Date.now();
    const firstWrite = this.#api.writes.length;
    const pastBlocks = this.#player.blockedBefore().length;
    const { exitCode, stdout, stderr } = await callHelm(this.#home, this.#api.url, play);
    await this.#settle();
    if (this.#player.failures.length > 0) throw new Error('the player failed', { cause: this.#player.failures[0] });
    const writes = this.#api.writes.slice(firstWrite);
    return {
      exitCode,
      stdout,
      stderr,
      steps: stepsOf(writes, this.store.history, exitCode === 0),
      createdOrdinary: ordinaryOf(writes),
      blocked: once([...this.#player.blockedBefore().slice(pastBlocks), ...this.#player.blocked()]),
      left: leftIn(this.store),
      states: statesOf(this.store),
      writes,
      milliseconds: Date.now() - begun,
    };
  }

  /** Ends everything: pods, timers, connections, files. */
  async stop(): Promise<void> {
    await this.#player.stop();
    await this.#api.close();
    await rm(this.#home, { recursive: true, force: true });
  }

  /** Until the cluster is quiet, so that what is blocked is blocked for good. */
  async #settle(): Promise<void> {
    const limit = Date.now() + 1500 + this.#quiet;
    while (this.#player.quietFor < this.#quiet && Date.now() < limit)
      await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/**
 * Calls Helm once, with a home of its own and the API server at `url`; never longer than the timeout allows four times
 * over.
 */
export async function callHelm(
  home: string,
  url: string,
  play: Play,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const { helm, release = 'rel', namespace = 'default', timeout = '3s' } = play;
  const [verb = '', ...more] = play.action.split(' ');
  const args = [
    verb,
    release,
    ...(play.chart !== undefined && ['install', 'upgrade'].includes(verb) ? [absolute(play.chart)] : []),
    ...more,
  ];
  if (play.values && play.chart !== undefined) {
    const file = join(home, 'values.json');
    await writeFile(file, JSON.stringify(play.values));
    args.push('--values', file);
  }
  args.push('--namespace', namespace, '--timeout', timeout, ...(play.flags ?? []));
  await writeFile(join(home, 'kubeconfig'), JSON.stringify(kubeconfig(url)));
  const env = { PATH: process.env.PATH ?? '', HOME: home, KUBECONFIG: join(home, 'kubeconfig'), NO_PROXY: '*' };
  const child = spawn(helm, args, { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const bound = setTimeout(() => child.kill('SIGKILL'), milliseconds(timeout) * 4 + 10_000);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 137));
  });
  clearTimeout(bound);
  return { exitCode, ...output };
}

/** Replicas of one workload stand still for the same reason. */
function once(blocked: Blocked[]): Blocked[] {
  return [...new Map(blocked.map((one) => [`${one.owner} ${one.container} ${one.reason}`, one])).values()];
}

function milliseconds(duration: string): number {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  return [...duration.matchAll(/([\d.]+)(ms|s|m|h)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit ?? 's'] ?? 1000),
    0,
  );
}

function kubeconfig(server: string) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proof', cluster: { server } }],
    users: [{ name: 'proof', user: {} }],
    contexts: [{ name: 'proof', context: { cluster: 'proof', user: 'proof', namespace: 'default' } }],
    'current-context': 'proof',
  };
}

/** Plays one or several calls of Helm on a fresh cluster, and tells what was seen of each. */
export async function playReleases(plays: Play[], options: ClusterOptions = {}): Promise<Observation[]> {
  const ground = await ProvingGround.start(options);
  try {
    const seen: Observation[] = [];
    for (const play of plays) seen.push(await ground.play(play));
    return seen;
  } finally {
    await ground.stop();
  }
}

/** Plays one call of Helm on a fresh cluster. */
export async function playRelease(play: Play & ClusterOptions): Promise<Observation> {
  const [seen] = await playReleases([play], play);
  if (!seen) throw new Error('nothing was played');
  return seen;
}
