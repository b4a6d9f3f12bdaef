import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { forEver, isInit, wellBehaved } from './behaviour.ts';
import type { Behaviour, Cluster } from './behaviour.ts';
import type { Loose, Obj } from './kinds.ts';
import { askCluster } from './kubectl.ts';
import { environmentOf, expand, mountsOf } from './pod-files.ts';
import { hostnameOf, hostsOf, networkOf } from './pod-network.ts';
import type { FromAgent, ToAgent } from './sandbox-agent.ts';
import { makePrograms, sandboxAvailability } from './sandbox-root.ts';
import { standIns } from './stand-ins.ts';
import type { Store } from './store.ts';

export { sandboxAvailability } from './sandbox-root.ts';

/**
 * Words of a script that may be programs which this machine lacks: names for PATH, and absolute paths in command
 * position.
 */
function unknownPrograms(texts: string[]): string[] {
  const names = new Set<string>();
  for (const text of texts) {
    for (const [word] of text.matchAll(/(?<![\w./-])[A-Za-z][\w.-]{0,60}(?![\w/-])/g))
      if (names.size < 400) names.add(`/bin/${word}`);
    for (const [, path = ''] of text.matchAll(
      /(?:^|[;&|(\n`]|\b(?:do|then|else|exec|until|while|if|sh|bash)\b)\s*((?:\/[\w.-]+)+)/g,
    ))
      if (!path.includes('..')) names.add(path);
  }
  return [...names];
}

/** What a container runs: its command, or what its image is known to start. */
function commandOf(container: Loose, env: Record<string, string>): string[] {
  const words = (list: Loose) => (list ?? []).map((word: Loose) => expand(String(word), env));
  if (container.command?.length) return [...words(container.command), ...words(container.args)];
  const image =
    String(container.image)
      .split('@')[0]
      ?.replace(/:[^/:]*$/, '')
      .split('/')
      .pop() ?? '';
  return [standIns.includes(image) ? image : 'image-entrypoint', ...words(container.args)];
}

/** Runs the commands of init containers and Jobs with a real shell in namespaces of their own; servers just run. */
export class RealShell implements Behaviour {
  readonly #work = mkdtempSync(join(tmpdir(), 'proof-shell-'));
  readonly #scale: number;
  readonly #ends = new Map<number, (code: number) => void>();
  readonly #pods = new Map<number, Obj>();
  readonly #holds = new Map<number, () => void>();
  readonly #limit: number;
  readonly #outside: string[];
  readonly quiet = 600;
  #agent: Promise<ChildProcessWithoutNullStreams> | undefined;
  #stopListening: (() => void) | undefined;
  #runs = 0;
  #sent = '';

  /** `limit` bounds each command, in seconds of real time; `outside` are `host:port` that exist outside the cluster. */
  constructor({ scale = 100, limit = 60, outside = [] }: { scale?: number; limit?: number; outside?: string[] } = {}) {
    this.#scale = scale;
    this.#limit = limit;
    this.#outside = outside;
  }

  async run(container: Loose, pod: Obj, cluster: Cluster, signal: AbortSignal): Promise<number> {
    const init = isInit(container, pod);
    if (container.restartPolicy === 'Always' || (!init && pod.spec.restartPolicy === 'Always')) return forEver(signal);
    const availability = sandboxAvailability();
    if (!availability.available) return wellBehaved.run(container, pod, cluster, signal);
    // A container of a real cluster is there in no time.
    const release = cluster.hold();
    try {
      return await this.#enter(container, pod, cluster, signal, release);
    } finally {
      release();
    }
  }

  async prepare(cluster: Cluster): Promise<void> {
    if (sandboxAvailability().available) await (this.#agent ??= this.#start(cluster));
  }

  async #enter(
    container: Loose,
    pod: Obj,
    cluster: Cluster,
    signal: AbortSignal,
    release: () => void,
  ): Promise<number> {
    const agent = await (this.#agent ??= this.#start(cluster));
    signal.throwIfAborted();
    const run = (this.#runs += 1);
    const job = join(this.#work, 'jobs', String(run));
    const root = join(this.#work, 'roots', String(run));
    for (const folder of [join(job, 'bridge'), root]) mkdirSync(folder, { recursive: true });
    chmodSync(join(job, 'bridge'), 0o777);
    const { namespace } = pod.metadata;
    const { store } = cluster;
    const env = {
      HOSTNAME: hostnameOf(pod),
      HOME: '/tmp',
      ...environmentOf(store, pod, container),
    };
    const argv = commandOf(container, env);
    const mounts = mountsOf(store, pod, container, join(this.#work, 'volumes'));
    if (pod.spec.automountServiceAccountToken !== false) {
      mkdirSync(join(job, 'account'));
      for (const [file, text] of Object.entries({ namespace, token: 'token', 'ca.crt': '' }))
        writeFileSync(join(job, 'account', file), text);
      mounts.push({
        source: join(job, 'account'),
        target: '/var/run/secrets/kubernetes.io/serviceaccount',
        readOnly: true,
      });
    }
    const mounted =
      pod.spec.volumes?.flatMap((volume: Loose) =>
        Object.values(store.get('configmaps', namespace, volume.configMap?.name ?? '')?.data ?? {}),
      ) ?? [];
    writeFileSync(
      join(job, 'mounts'),
      mounts.map(({ source, target, readOnly }) => `${source}\t${target}\t${readOnly ? 'ro' : 'rw'}\n`).join(''),
    );
    writeFileSync(
      join(job, 'links'),
      unknownPrograms([...argv, ...(mounted as string[])])
        .map((path) => `${path}\n`)
        .join(''),
    );
    writeFileSync(
      join(job, 'resolv.conf'),
      `nameserver 127.0.0.1\nsearch ${namespace}.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5 timeout:1 attempts:1\n`,
    );
    const hosts = hostsOf(store.get('pods', namespace, pod.metadata.name) ?? pod);
    writeFileSync(join(job, 'hosts'), hosts.map(([address, names]) => `${address} ${names.join(' ')}\n`).join(''));
    writeFileSync(join(job, 'hostname'), hostnameOf(pod));
    const words = [
      container.workingDir ?? '/',
      ...Object.entries({ ...env, PATH: '/bin' }).map(([name, value]) => `${name}=${value}`),
      '--',
      ...argv,
    ];
    this.#pods.set(run, pod);
    this.#holds.set(run, release);
    const code = new Promise<number>((resolveCode) => this.#ends.set(run, resolveCode));
    this.#tellNetwork(agent, store);
    this.#send(agent, { run, namespace, hosts, job, root, argv: words.map((word) => word.replaceAll('\0', '')) });
    const kill = () => this.#send(agent, { kill: run });
    signal.addEventListener('abort', kill, { once: true });
    const bound = setTimeout(kill, this.#limit * 1000);
    try {
      return await code;
    } finally {
      clearTimeout(bound);
      signal.removeEventListener('abort', kill);
      this.#pods.delete(run);
      this.#holds.delete(run);
    }
  }

  async close(): Promise<void> {
    this.#stopListening?.();
    const agent = await this.#agent?.catch(() => undefined);
    if (agent && agent.exitCode === null) {
      const closed = new Promise((resolveClosed) => agent.once('close', resolveClosed));
      agent.kill('SIGKILL');
      await closed;
    }
    // The last processes may still write while they are killed. `rmSync` would retry the emptied folder only.
    await rm(this.#work, { recursive: true, force: true, maxRetries: 10 });
  }

  async #start(cluster: Cluster): Promise<ChildProcessWithoutNullStreams> {
    const availability = sandboxAvailability();
    if (!availability.available) throw new Error(availability.reason);
    makePrograms(join(this.#work, 'programs'), this.#scale);
    const script = join(this.#work, 'agent.mjs');
    writeFileSync(script, await agentScript());
    const env = {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      WORK: this.#work,
      SCALE: String(this.#scale),
      DROP: availability.rootless ? '' : '--reuid=65534 --regid=65534 --clear-groups',
      ...(process.env.SANDBOX_TRACE ? { SANDBOX_TRACE: '1' } : {}),
    };
    const args = [
      ...availability.namespaces,
      '/bin/sh',
      join(this.#work, 'programs', 'start.sh'),
      process.execPath,
      script,
    ];
    const agent = spawn('unshare', args, { cwd: this.#work, env });
    agent.stdin.on('error', () => undefined);
    agent.stderr.on('data', (data: Buffer) => process.env.SANDBOX_TRACE && process.stderr.write(data));
    agent.once('close', () => this.#allEnd());
    const ready = new Promise<void>((resolveReady, reject) => {
      agent.once('error', reject);
      agent.once('close', (code) => reject(new Error(`the sandbox ended with ${code}`)));
      createInterface({ input: agent.stdout }).on('line', (line) => {
        const message = JSON.parse(line) as FromAgent;
        if ('ready' in message) resolveReady();
        else if ('started' in message) this.#holds.get(message.started)?.();
        else if ('exited' in message) this.#end(message.exited, message.code);
        else void this.#answer(agent, cluster, message);
      });
    });
    await ready;
    this.#stopListening = cluster.store.onChange(() => setImmediate(() => this.#tellNetwork(agent, cluster.store)));
    return agent;
  }

  async #answer(
    agent: ChildProcessWithoutNullStreams,
    cluster: Cluster,
    question: Extract<FromAgent, { ask: string }>,
  ): Promise<void> {
    const pod = this.#pods.get(question.run);
    if (!pod) return;
    const limit = /--timeout[= ](-?\d+)(s|m|h)?/.exec(question.argv.join(' '));
    const unit = limit?.[2] === 'h' ? 3600 : limit?.[2] === 'm' ? 60 : 1;
    const seconds = limit ? Number(limit[1]) * unit : question.argv[1] === 'wait' ? 30 : 3600;
    let reply: ReturnType<typeof askCluster>;
    try {
      await cluster.until(
        () => (reply = askCluster(cluster.store, pod, question)) !== undefined,
        AbortSignal.timeout(Math.max(10, (Math.max(0, seconds) * 1000) / cluster.scale)),
      );
    } catch (error) {
      reply ??= { code: 1, output: `error: timed out waiting for the condition (${String(error)})\n` };
    }
    this.#send(agent, { answer: question.ask, ...(reply ?? { code: 1, output: '' }) });
  }

  #tellNetwork(agent: ChildProcessWithoutNullStreams, store: Store): void {
    const network = networkOf(store, this.#outside);
    const text = JSON.stringify(network);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#send(agent, { network });
  }

  #send(agent: ChildProcessWithoutNullStreams, message: ToAgent): void {
    if (agent.stdin.writable) agent.stdin.write(`${JSON.stringify(message)}\n`);
  }

  #end(run: number, code: number): void {
    this.#ends.get(run)?.(code);
    this.#ends.delete(run);
  }

  #allEnd(): void {
    for (const run of [...this.#ends.keys()]) this.#end(run, 137);
  }
}

/** The agent as one plain file; bundled at run time because Node 20 reads no TypeScript. */
let bundled: Promise<string> | undefined;

function agentScript(): Promise<string> {
  const beside = fileURLToPath(new URL('./sandbox-agent.ts', import.meta.url));
  const entry = existsSync(beside) ? beside : resolve('test/proof/sandbox-agent.ts');
  bundled ??= build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    logLevel: 'silent',
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? '');
  return bundled;
}
