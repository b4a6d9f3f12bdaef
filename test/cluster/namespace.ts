// Namespaces in which everything of a cluster runs: no way out of the network, and no process outlives the first one
// (pid_namespaces(7): the kernel kills all others, those of pods too, when it ends).
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namespaceOf } from './processes.ts';
import { NoCluster, runFolder } from './programs.ts';
import { remove } from './remove.ts';

const pids = join(runFolder, 'pids');
const networkFile = join(runFolder, 'network');

/** The arguments with which `nsenter` runs a program inside. */
function inside(): string[] {
  const holder = holderOf();
  if (holder === undefined) throw new NoCluster('no cluster is running: npm run cluster');
  const processes = `--pid=/proc/${holder}/ns/pid_for_children`;
  return ['-t', String(holder), '-m', '-n', processes, `--wdns=${process.cwd()}`];
}

/** Whether this process is in the namespaces already. */
export function isInside(): boolean {
  return namespaceOf('self', 'net') === network();
}

/** Whether a cluster is running. */
export function isRunning(): boolean {
  return isInside() || holderOf() !== undefined;
}

/** Makes the namespaces. Throws `NoCluster` where that is not allowed. */
export function makeNamespace(): void {
  if (process.getuid?.() !== 0) throw new NoCluster('namespaces need root');
  const flags = ['-m', '-n', '-p', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'];
  const tried = spawnSync('unshare', [...flags, 'true'], { encoding: 'utf8' });
  if (tried.status !== 0) throw new NoCluster(`no namespaces here: ${tried.stderr.trim() || String(tried.error)}`);
  mkdirSync(pids, { recursive: true });
  // The first process inside adopts what loses its parent; a shell that waits buries it.
  const holder = launch('namespace', 'unshare', [...flags, 'sh', '-c', 'sleep infinity; exit']);
  const own = namespaceOf('self', 'net');
  for (let tries = 0; ; tries += 1) {
    const made = namespaceOf(holder, 'net');
    if (made !== undefined && made !== own) {
      writeFileSync(networkFile, made);
      // A process has its own number in /proc once that is the namespace's own.
      const ownProc = 'read pid rest < /proc/self/stat; test "$pid" = $$';
      if (spawnSync('nsenter', [...inside(), 'sh', '-c', ownProc]).status === 0) return;
    }
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

/**
 * Ends every process of the cluster and removes its files; `logs`: without those of its programs. Gives what stays, in
 * words.
 */
export function endAll({ logs = true } = {}): string[] {
  return remove({ holder: holderOf(), folder: runFolder, spare: logs ? undefined : 'log' });
}

function launch(name: string, program: string, args: readonly string[], env: Record<string, string> = {}): number {
  mkdirSync(join(runFolder, 'log'), { recursive: true });
  const log = openSync(join(runFolder, 'log', `${name}.log`), 'a');
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], env: { ...process.env, ...env } });
  closeSync(log);
  child.on('error', () => undefined);
  if (child.pid === undefined) throw new NoCluster(`${program} is missing`);
  child.unref();
  writeFileSync(join(pids, name), String(child.pid));
  return child.pid;
}

/** The process that holds the namespaces; `undefined` where it has ended, and its number may be another's. */
function holderOf(): number | undefined {
  const file = join(pids, 'namespace');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8'));
  return namespaceOf(pid, 'net') === network() ? pid : undefined;
}

/** The network namespace of the cluster; never one that a process can have where there is no cluster. */
function network(): string {
  return existsSync(networkFile) ? readFileSync(networkFile, 'utf8') : 'none';
}
