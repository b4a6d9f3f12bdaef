// `npm run cluster -- stop` with a real Kubernetes and many pods that run. It takes the programs that `npm run cluster`
// has built here before.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const pods = 40;
const built = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'migrate-lint', 'cluster');
const isBuilt = existsSync(join(built, '1.34.4', 'bin', 'kubelet')) && existsSync(join(built, 'debian', 'root'));

// A cluster of its own, beside one that may be running.
const cache = mkdtempSync(join(tmpdir(), 'cluster-stop-'));
const own = join(cache, 'migrate-lint', 'cluster');
afterAll(() => rmSync(cache, { recursive: true, force: true }));

const cluster = (...args: readonly string[]) => {
  const env = { ...process.env, XDG_CACHE_HOME: cache, GOCACHE: goCache() };
  const result = spawnSync(process.execPath, ['scripts/ts.mjs', 'test/cluster/cluster.ts', ...args], {
    encoding: 'utf8',
    env,
  });
  return { code: result.status, text: `${result.stdout}${result.stderr}` };
};
const goCache = () => execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();

/** The network namespaces of this machine that have processes. */
const networks = () =>
  new Set(
    readdirSync('/proc').flatMap((pid) => {
      try {
        return [readlinkSync(`/proc/${pid}/ns/net`)];
      } catch {
        return [];
      }
    }),
  );

it.runIf(process.getuid?.() === 0 && isBuilt)(
  'ends many pods, and leaves no process, namespace, cgroup or folder',
  () => {
    mkdirSync(dirname(own), { recursive: true });
    mkdirSync(own);
    for (const name of ['1.34.4', 'debian', 'build']) symlinkSync(join(built, name), join(own, name));
    const before = networks();
    expect(cluster('start')).toEqual({ code: 0, text: expect.stringMatching(/^running;/) });
    const kubectl = join(built, '1.34.4', 'bin', 'kubectl');
    const file = join(cache, 'web.json');
    writeFileSync(file, JSON.stringify(deployment()));
    expect(cluster('run', kubectl, 'apply', '-f', file)).toMatchObject({ code: 0 });
    const ready = cluster('run', kubectl, 'rollout', 'status', 'deployment/web', '--timeout=300s');
    expect(ready).toMatchObject({ code: 0 });
    const ids = readdirSync(join(own, 'run/node/containerd/io.containerd.runtime.v2.task/k8s.io'));
    expect(ids.length).toBeGreaterThanOrEqual(2 * pods);
    expect([...networks()].filter((one) => !before.has(one)).length).toBeGreaterThan(pods);

    expect(cluster('stop')).toEqual({ code: 0, text: '' });
    expect(existsSync(join(own, 'run'))).toBe(false);
    const cgroups = readdirSync('/sys/fs/cgroup').flatMap((name) => {
      const path = join('/sys/fs/cgroup', name, 'k8s.io');
      return existsSync(path) ? readdirSync(path) : [];
    });
    expect(cgroups.filter((id) => ids.includes(id))).toEqual([]);
    const pause = spawnSync('pgrep', ['-f', ids.join('|')], { encoding: 'utf8' });
    expect(pause.stdout).toBe('');
  },
  600_000,
);

function deployment(): object {
  const labels = { app: 'web' };
  const container = { name: 'web', image: 'web', command: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'] };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: pods,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}
