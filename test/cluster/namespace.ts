// A network and a mount namespace in which everything of a cluster runs: no way out of it, and nothing left when it
// ends.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NoCluster, runFolder } from './programs.ts';

const pids = join(runFolder, 'pids');

/** The arguments with which `nsenter` runs a program inside. */
function inside(): string[] {
  const holder = pidOf('namespace');
  if (holder === undefined) throw new NoCluster('no cluster is running: npm run cluster');
  return ['-t', String(holder), '-m', '-n', `--wdns=${process.cwd()}`];
}

/** Whether this process is in the namespace already. */
export function isInside(): boolean {
  const holder = pidOf('namespace');
  return holder !== undefined && networkOf('self') === networkOf(String(holder));
}

const networkOf = (pid: string) => spawnSync('readlink', [`/proc/${pid}/ns/net`], { encoding: 'utf8' }).stdout;

/** Makes the namespaces. Throws `NoCluster` where that is not allowed. */
export function makeNamespace(): void {
  if (process.getuid?.() !== 0) throw new NoCluster('namespaces need root');
  const tried = spawnSync('unshare', ['-m', '-n', '--propagation', 'private', 'true'], { encoding: 'utf8' });
  if (tried.status !== 0) throw new NoCluster(`no namespaces here: ${tried.stderr.trim() || String(tried.error)}`);
  mkdirSync(pids, { recursive: true });
  launch('namespace', 'unshare', ['-m', '-n', '--propagation', 'private', 'sleep', 'infinity']);
  const own = networkOf('self');
  for (let tries = 0; networkOf(String(pidOf('namespace'))) === own; tries += 1) {
    if (tries > 100) throw new NoCluster('the namespace did not come up');
    execFileSync('sleep', ['0.05']);
  }
}

/** Runs a program inside and waits for it. Throws with what it said. */
export function runInside(program: string, ...args: readonly string[]): string {
  return execFileSync('nsenter', [...inside(), program, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs a program inside with this terminal, and gives its exit code. */
export function hand(program: string, args: readonly string[], env: Record<string, string>): number {
  const result = spawnSync('nsenter', [...inside(), program, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return result.status ?? 1;
}

/** Starts a program inside that runs until the cluster is stopped; its output is kept in `log/`. */
export function startInside(
  name: string,
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): void {
  launch(name, 'nsenter', [...inside(), program, ...args], env);
}

function launch(name: string, program: string, args: readonly string[], env: Record<string, string> = {}): void {
  mkdirSync(join(runFolder, 'log'), { recursive: true });
  const log = openSync(join(runFolder, 'log', `${name}.log`), 'a');
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], env: { ...process.env, ...env } });
  closeSync(log);
  child.on('error', () => undefined);
  if (child.pid === undefined) throw new NoCluster(`${program} is missing`);
  child.unref();
  writeFileSync(join(pids, name), String(child.pid));
}

function pidOf(name: string): number | undefined {
  const file = join(pids, name);
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8'));
  return existsSync(`/proc/${pid}`) ? pid : undefined;
}

/** Whether a cluster is running. */
export function isRunning(): boolean {
  return pidOf('namespace') !== undefined;
}

/** Ends every process of the cluster, in the reverse order, and what runs in its namespace; then removes its files. */
export function endAll(): void {
  const holder = pidOf('namespace');
  const network = holder === undefined ? undefined : networkOf(String(holder));
  const own = existsSync(pids)
    ? readdirSync(pids).flatMap((name) => (name === 'namespace' ? [] : (pidOf(name) ?? [])))
    : [];
  for (const pid of own) end(pid, 'SIGTERM');
  for (let tries = 0; tries < 100; tries += 1) {
    const left = network === undefined ? [] : members(network).filter((pid) => pid !== holder);
    if (left.length === 0) break;
    if (tries > 40) for (const pid of left) end(pid, 'SIGKILL');
    execFileSync('sleep', ['0.1']);
  }
  if (holder !== undefined) end(holder, 'SIGKILL');
  execFileSync('sleep', ['0.2']);
  removeCgroups();
  rmSync(runFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** The processes of a network namespace; those of pods are in namespaces of their own, and go with their shims. */
function members(network: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && networkOf(name) === network)
    .map(Number);
}

/** The cgroups that the kubelet and runc leave. */
function removeCgroups(): void {
  for (const controller of readdirSync('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name)))
    for (const name of ['migrate-lint-cluster', 'kubepods', 'k8s.io'])
      spawnSync('find', [join(controller, name), '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
}
