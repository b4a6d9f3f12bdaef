// The programs of a cluster: Kubernetes and the rig out of Go, the rest out of Debian packages, made once and kept
// outside of the repository.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const kubernetes = '1.34.4';

const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'migrate-lint', 'cluster');

/** Everything that a running cluster writes; gone when it is stopped. */
export const runFolder = join(cache, 'run');
const bin = join(cache, kubernetes, 'bin');
const debian = join(cache, 'debian');

/** What is built together, so that each package is compiled once. The first part is enough for an API without nodes. */
const controlPlane = ['kube-apiserver', 'kube-controller-manager'];
const ofNode = ['kubelet', 'kube-scheduler', 'kube-proxy', 'kubectl'];

const packagesOfApi = ['etcd-server'];
const packagesOfNode = [
  'containerd',
  'runc',
  'containernetworking-plugins',
  'iptables',
  'libip4tc2',
  'libip6tc2',
  'libxtables12',
  'libnftnl11',
  'libmnl0',
  'libnfnetlink0',
  'libnetfilter-conntrack3',
  'conntrack',
  'busybox-static',
  'bash-static',
];

/** A reason why there can be no cluster here, in one line. */
export class NoCluster extends Error {}

/** Where the programs are. */
export interface Programs {
  /** Of Kubernetes and the rig. */
  bin: string;
  /** The root of unpacked Debian packages. */
  debian: string;
}

/** Builds and fetches what is not there yet; about ten minutes on two processors, once. Throws `NoCluster`. */
export function programs(node: boolean): Programs {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new NoCluster('only Linux on x64 is supported');
  fetch(node ? [...packagesOfApi, ...packagesOfNode] : packagesOfApi);
  build(controlPlane);
  if (node) {
    build(ofNode);
    buildRig();
  }
  return { bin, debian: join(debian, 'root') };
}

function build(names: readonly string[]): void {
  const missing = names.filter((name) => !existsSync(join(bin, name)));
  if (missing.length === 0) return;
  process.stderr.write(`building ${missing.join(', ')} ${kubernetes}: this takes minutes, once\n`);
  const version = `v${kubernetes}`;
  const [major, minor] = kubernetes.split('.');
  const set = (name: string, value: string) => `-X k8s.io/${name}=${value}`;
  go(
    missing.map((name) => `k8s.io/kubernetes/cmd/${name}`),
    [
      '-s -w',
      set('component-base/version.gitVersion', version),
      set('component-base/version.gitMajor', major!),
      set('component-base/version.gitMinor', minor!),
      set('client-go/pkg/version.gitVersion', version),
    ],
  );
}

/** The rig is ours and small: built anew each time, from the build cache. */
function buildRig(): void {
  go(['./rig'], ['-s -w']);
}

function go(packages: readonly string[], flags: readonly string[]): void {
  const folder = join(cache, 'build');
  mkdirSync(folder, { recursive: true });
  cpSync('test/cluster/go.mod', join(folder, 'go.mod'));
  rmSync(join(folder, 'rig'), { recursive: true, force: true });
  if (existsSync('test/cluster/rig')) cpSync('test/cluster/rig', join(folder, 'rig'), { recursive: true });
  mkdirSync(bin, { recursive: true });
  run('go', ['build', '-ldflags', flags.join(' '), '-o', `${bin}/`, ...packages], folder, {
    GOFLAGS: '-mod=mod',
    CGO_ENABLED: '0',
  });
}

function fetch(packages: readonly string[]): void {
  const kept = join(debian, 'packages');
  mkdirSync(kept, { recursive: true });
  const missing = packages.filter((name) => !readdirSync(kept).some((file) => file.startsWith(`${name}_`)));
  if (missing.length === 0 && existsSync(join(debian, 'root'))) return;
  if (missing.length > 0) run('apt-get', ['download', '-qq', ...missing], kept);
  const root = join(debian, 'root.new');
  rmSync(root, { recursive: true, force: true });
  for (const file of readdirSync(kept).filter((name) => name.endsWith('.deb')))
    run('dpkg', ['-x', join(kept, file), root], kept);
  rmSync(join(debian, 'root'), { recursive: true, force: true });
  renameSync(root, join(debian, 'root'));
}

function run(program: string, args: readonly string[], cwd: string, env: Record<string, string> = {}): void {
  try {
    execFileSync(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: Buffer };
    const last = stderr?.toString().trim().split('\n').at(-1);
    throw new NoCluster(code === 'ENOENT' ? `${program} is missing` : `${program} ${args[0]} failed: ${last ?? ''}`);
  }
}
