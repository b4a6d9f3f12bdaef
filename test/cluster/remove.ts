// The end of a cluster: its processes, its cgroups and its folder, and what of them could not be removed.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { allProcesses, namespaceOf, processOf, stillRuns, type Process } from './processes.ts';

/** What is removed. */
export interface Cluster {
  /** The process that holds the namespaces; `undefined` where it has ended. */
  holder: number | undefined;
  /** Everything that the cluster writes. */
  folder: string;
  /** An entry of the folder that stays. */
  spare: string | undefined;
}

/** How long processes may take to end, in seconds; the kernel ends them, so this is for a busy machine. */
const patience = 30;

/** Containerd's namespace for Kubernetes. */
const namespace = 'k8s.io';

/** Where the containerd of a cluster keeps what outlives it. */
export function containerdRoot(folder: string): string {
  return join(folder, 'node', 'containerd');
}

/** Ends and removes a cluster. Gives what stays, in words; nothing where all is gone. */
export function remove({ holder, folder, spare }: Cluster): string[] {
  const running = holder === undefined ? [] : membersOf(holder);
  // The first process inside dies with the holder, and the kernel kills all others of its PID namespace.
  if (holder !== undefined) kill(holder);
  const cgroups = cgroupsOf(folder);
  const limit = Date.now() + patience * 1000;
  let stays: Process[];
  for (;;) {
    const inPods = cgroups.flatMap(processesBelow);
    for (const { pid } of inPods) kill(pid);
    stays = [...running, ...inPods].filter(stillRuns);
    const left = cgroups.filter((path) => !removeCgroup(path));
    if ((stays.length === 0 && left.length === 0) || Date.now() > limit) break;
    execFileSync('sleep', ['0.1']);
  }
  const out = [...new Map(stays.map((one) => [one.pid, `process ${one.pid} (${one.name})`])).values()];
  for (const parent of new Set(cgroups.map(dirname))) if (foldersOf(parent).length === 0) removeCgroup(parent);
  out.push(...cgroups.filter(existsSync).map((path) => `cgroup ${path}`));
  try {
    for (const name of existsSync(folder) ? readdirSync(folder) : [])
      if (name !== spare) rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    if (spare === undefined) rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    out.push(`folder ${folder} (${error instanceof Error ? error.message : String(error)})`);
  }
  return out;
}

/**
 * The processes that run in the PID namespace of a holder's children or below: those of pods are in namespaces of their
 * own, and descend from one of these.
 */
function membersOf(holder: number): Process[] {
  const all = allProcesses();
  const first = all.find(({ parent }) => parent === holder);
  const own = first && namespaceOf(first.pid, 'pid');
  const members = new Map(
    all
      .filter(({ pid }) => pid === holder || (own !== undefined && namespaceOf(pid, 'pid') === own))
      .map((one) => [one.pid, one]),
  );
  for (let size = 0; size < members.size;) {
    size = members.size;
    for (const one of all) if (members.has(one.parent)) members.set(one.pid, one);
  }
  return [...members.values()];
}

/**
 * The cgroups of a cluster's containers, with each controller: containerd calls them after its namespace and the
 * container where the kubelet names no parent. Another containerd may have some beside them.
 */
function cgroupsOf(folder: string): string[] {
  const containers = foldersOf(join(containerdRoot(folder), 'io.containerd.runtime.v2.task', namespace));
  return ['/sys/fs/cgroup', ...foldersOf('/sys/fs/cgroup')]
    .map((root) => join(root, namespace))
    .filter((path) => existsSync(path))
    .flatMap((path) => containers.map((container) => join(path, basename(container))));
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function foldersOf(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(path, name));
}

function processesBelow(cgroup: string): Process[] {
  if (!existsSync(cgroup)) return [];
  return [
    ...readFileSync(join(cgroup, 'cgroup.procs'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .flatMap((pid) => processOf(Number(pid)) ?? []),
    ...foldersOf(cgroup).flatMap(processesBelow),
  ];
}

/** Removes a cgroup and those below it; whether it is gone. */
function removeCgroup(path: string): boolean {
  if (!existsSync(path)) return true;
  try {
    foldersOf(path).forEach(removeCgroup);
    rmdirSync(path);
  } catch {
    // A process is still in it.
  }
  return !existsSync(path);
}
