// What `npm run cluster -- stop` removes, with processes that stand for those of pods; test/cluster/stop.slow.test.ts
// has a real Kubernetes.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Namespace from './namespace.ts';

const allowed =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['-m', '-n', '-p', '--fork', '--mount-proc', 'true']).status === 0;

// The folder of a cluster follows from the environment, and is read when the module is loaded.
let cache = '';
let namespace: typeof Namespace;
let folder = '';
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'cluster-test-'));
  vi.resetModules();
  vi.stubEnv('XDG_CACHE_HOME', cache);
  namespace = await import('./namespace.ts');
  folder = (await import('./programs.ts')).runFolder;
});
afterEach(() => {
  vi.unstubAllEnvs();
  if (folder) namespace.endAll();
  rmSync(cache, { recursive: true, force: true });
});

/** Processes like those of pods: in namespaces of their own, without their parent, and deaf to SIGTERM. */
function startPods(count: number): void {
  const pod = `trap "" TERM; : ${cache}; while :; do sleep 1; done`;
  const script = `for i in $(seq ${count}); do unshare -m -n -p -f setsid sh -c '${pod}' & done`;
  namespace.startInside('pods', 'sh', ['-c', script]);
  for (let tries = 0; podPids().length < count; tries += 1) {
    if (tries > 100) throw new Error(`${podPids().length} of ${count} processes began`);
    spawnSync('sleep', ['0.1']);
  }
}

const podPids = () =>
  readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    const command = existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
    return command.startsWith('sh\0-c\0trap') && command.includes(cache);
  });

describe.runIf(allowed)('the namespaces of a cluster', () => {
  it('hold programs apart from the others of the machine', () => {
    namespace.makeNamespace();
    expect([namespace.isRunning(), namespace.isInside()]).toEqual([true, false]);
    expect(namespace.hand('sh', ['-c', 'test $(ls -d /proc/[0-9]* | wc -l) -lt 10 && exit 7'], {})).toBe(7);
    expect(
      namespace
        .runInside('cat', '/proc/net/dev')
        .match(/^ *\w+(?=:)/gm)
        ?.map((name) => name.trim()),
    ).toEqual(['lo']);
  });
  it('end with all processes, also those of pods, and with the folder', () => {
    namespace.makeNamespace();
    startPods(20);
    expect(namespace.endAll()).toEqual([]);
    expect([podPids(), existsSync(folder), namespace.isRunning()]).toEqual([[], false, false]);
  });
  it('end with what is left where the first process was killed', () => {
    namespace.makeNamespace();
    startPods(3);
    process.kill(Number(readFileSync(join(folder, 'pids', 'namespace'), 'utf8')), 'SIGKILL');
    expect(namespace.endAll()).toEqual([]);
    expect([podPids(), existsSync(folder)]).toEqual([[], false]);
  });
  it('may leave the logs', () => {
    namespace.makeNamespace();
    expect(namespace.endAll({ logs: false })).toEqual([]);
    expect([readdirSync(folder), namespace.isRunning()]).toEqual([['log'], false]);
  });
  it('say what stays', () => {
    namespace.makeNamespace();
    const held = join(folder, 'held');
    mkdirSync(held);
    expect(spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', held]).status).toBe(0);
    try {
      expect(namespace.endAll()).toEqual([expect.stringMatching(/^folder .*EBUSY/)]);
    } finally {
      spawnSync('umount', [held]);
    }
    expect(namespace.endAll()).toEqual([]);
  });

  const root = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find((path) =>
    existsSync(join(path, 'cgroup.procs')),
  );
  it.runIf(root)('end with the cgroups of containers, and leave those of others', async () => {
    const { containerdRoot } = await import('./remove.ts');
    namespace.makeNamespace();
    startPods(2);
    const id = `test-${process.pid}`;
    mkdirSync(join(containerdRoot(folder), 'io.containerd.runtime.v2.task', 'k8s.io', id), { recursive: true });
    const [own, other] = [join(root!, 'k8s.io', id), join(root!, 'k8s.io', `${id}-other`)];
    mkdirSync(join(own, 'inner'), { recursive: true });
    mkdirSync(other);
    try {
      writeFileSync(join(own, 'inner', 'cgroup.procs'), podPids()[0]!);
      expect(namespace.endAll()).toEqual([]);
      expect([existsSync(own), existsSync(other), podPids()]).toEqual([false, true, []]);
    } finally {
      spawnSync('rmdir', [other, join(root!, 'k8s.io')]);
    }
  });
});
