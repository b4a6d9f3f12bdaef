// A node on which pods really run: kubelet, containerd and kube-proxy, with one image of our own and what stands for
// names and hosts outside.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { authority, certificates, kubeconfig } from './certificates.ts';
import { until } from './control-plane.ts';
import { runInside, startInside } from './namespace.ts';
import { runFolder, type Programs } from './programs.ts';
import { containerdRoot } from './remove.ts';

const folder = join(runFolder, 'node');
const socket = '/run/containerd/containerd.sock';

/** Addresses that one listener answers for: of names outside, and those that charts write down. */
const outside = ['10.200.0.2', '10.0.0.0/24', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'];

/** Starts it, and returns when it is ready. */
export function startNode({ bin, debian }: Programs): void {
  mkdirSync(join(folder, 'cni'), { recursive: true });
  const of = (name: string) => join(debian, name);
  // Programs find each other by this path; the iptables of Debian are links that are made when the package is
  // installed.
  const links = join(folder, 'sbin');
  mkdirSync(links, { recursive: true });
  for (const name of [
    'iptables',
    'iptables-save',
    'iptables-restore',
    'ip6tables',
    'ip6tables-save',
    'ip6tables-restore',
  ])
    symlinkSync(of('usr/sbin/xtables-legacy-multi'), join(links, name));
  const env = {
    PATH: [links, of('usr/bin'), of('usr/sbin'), process.env['PATH']].join(':'),
    LD_LIBRARY_PATH: of('usr/lib/x86_64-linux-gnu'),
    XTABLES_LIBDIR: of('usr/lib/x86_64-linux-gnu/xtables'),
  };
  const inEnv = (program: string, ...args: readonly string[]) =>
    runInside('env', ...Object.entries(env).map(([key, value]) => `${key}=${value}`), program, ...args);

  hideKernelParameters();
  writeConfiguration(debian);
  startInside('containerd', of('usr/bin/containerd'), ['--config', join(folder, 'containerd.toml')], env);
  const ctr = (...args: readonly string[]) => inEnv(of('usr/bin/ctr'), '-a', socket, '-n', 'k8s.io', ...args);
  until('containerd', 60, () => worked(() => ctr('version')));
  const programs = makeImage(bin, debian);
  ctr('images', 'import', join(folder, 'image.tar'));
  writeFileSync(join(certificates, 'programs'), programs.join('\n'));

  startInside('pods', join(bin, 'rig'), ['pods', certificates]);
  startInside('names', join(bin, 'rig'), ['names', '10.200.0.1']);
  startInside('outside', join(bin, 'rig'), ['outside']);
  for (const chain of ['PREROUTING', 'OUTPUT'])
    for (const range of outside) {
      const rule = ['-A', chain, '-d', range, '-p', 'tcp', '-j', 'REDIRECT', '--to-ports', '19999'];
      inEnv('iptables', '-t', 'nat', ...rule);
    }
  writeFileSync(join(folder, 'base.json'), JSON.stringify(baseObjects()));
  const kubectl = (...args: readonly string[]) =>
    runInside(join(bin, 'kubectl'), `--kubeconfig=${kubeconfig('admin')}`, ...args);
  kubectl('apply', '-f', join(folder, 'base.json'));

  const scheduler = kubeconfig('scheduler');
  startInside('scheduler', join(bin, 'kube-scheduler'), [
    `--kubeconfig=${scheduler}`,
    `--authentication-kubeconfig=${scheduler}`,
    `--authorization-kubeconfig=${scheduler}`,
    '--leader-elect=false',
  ]);
  startInside(
    'kubelet',
    join(bin, 'kubelet'),
    [
      `--kubeconfig=${kubeconfig('kubelet')}`,
      `--config=${join(folder, 'kubelet.json')}`,
      '--hostname-override=node0',
      '--node-ip=10.200.0.1',
      `--root-dir=${join(folder, 'kubelet')}`,
    ],
    env,
  );
  startInside(
    'proxy',
    join(bin, 'kube-proxy'),
    [`--config=${join(folder, 'proxy.json')}`, '--hostname-override=node0'],
    env,
  );
  const makeRoom = () => {
    // Pods of a hundred charts ask for more than a small machine has, and use nothing of it.
    const room = { cpu: '64', memory: '256Gi' };
    const status = JSON.stringify({ status: { capacity: room, allocatable: room } });
    kubectl('patch', 'node', 'node0', '--subresource=status', '--type=merge', '-p', status);
  };
  until('the node', 120, () =>
    worked(() => {
      const ready = kubectl('get', 'node', 'node0', '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}');
      if (ready !== 'True') throw new Error(ready);
    }),
  );
  makeRoom();
}

function worked(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

/**
 * The kubelet sets kernel parameters; it sees files with the values that it wants, and the machine's own stay as they
 * are.
 */
function hideKernelParameters(): void {
  runInside('mount', '-t', 'tmpfs', 'tmpfs', '/run');
  runInside('mount', '--bind', '/proc/sys', '/proc/sys');
  runInside('mount', '--bind', '/proc/sys/net', '/proc/sys/net');
  runInside('mount', '-o', 'remount,ro,bind', '/proc/sys');
  runInside('mount', '-o', 'remount,rw,bind', '/proc/sys/net');
  runInside('sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
  const wanted = {
    'vm/overcommit_memory': 1,
    'vm/panic_on_oom': 0,
    'kernel/panic': 10,
    'kernel/panic_on_oops': 1,
    'kernel/keys/root_maxkeys': 1_000_000,
    'kernel/keys/root_maxbytes': 25_000_000,
  };
  for (const [name, value] of Object.entries(wanted)) {
    const file = join(folder, name.replaceAll('/', '.'));
    writeFileSync(file, `${value}\n`);
    runInside('mount', '--bind', file, join('/proc/sys', name));
  }
}

function writeConfiguration(debian: string): void {
  const network = {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'ptp',
        mtu: 1400,
        ipMasq: false,
        ipam: { type: 'host-local', subnet: '10.244.0.0/20', dataDir: '/run/cni-ipam', routes: [{ dst: '0.0.0.0/0' }] },
      },
    ],
  };
  writeFileSync(join(folder, 'cni', '10-pods.conflist'), JSON.stringify(network));
  writeFileSync(
    join(folder, 'containerd.toml'),
    `version = 2
root = "${containerdRoot(runFolder)}"
state = "/run/containerd"
oom_score = 0
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "cluster.local/rig:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${join(debian, 'usr/lib/cni')}"
    conf_dir = "${join(folder, 'cni')}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "${join(debian, 'usr/sbin/runc')}"
      SystemdCgroup = false
`,
  );
  writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\n');
  const at = (name: string) => join(certificates, name);
  writeFileSync(
    join(folder, 'kubelet.json'),
    JSON.stringify({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      authentication: {
        anonymous: { enabled: false },
        webhook: { enabled: true },
        x509: { clientCAFile: at('ca.crt') },
      },
      authorization: { mode: 'Webhook' },
      tlsCertFile: at('kubelet.crt'),
      tlsPrivateKeyFile: at('kubelet.key'),
      containerRuntimeEndpoint: `unix://${socket}`,
      cgroupDriver: 'cgroupfs',
      cgroupsPerQOS: false,
      enforceNodeAllocatable: [],
      failCgroupV1: false,
      failSwapOn: false,
      clusterDNS: ['10.96.0.10'],
      clusterDomain: 'cluster.local',
      podLogsDir: join(folder, 'logs'),
      maxPods: 500,
      oomScoreAdj: 0,
      localStorageCapacityIsolation: false,
      imageGCHighThresholdPercent: 100,
      evictionHard: { 'memory.available': '100Mi' },
      featureGates: { KubeletInUserNamespace: true },
      resolvConf: join(folder, 'resolv.conf'),
      syncFrequency: '10s',
      // What `makeRoom` writes stays.
      nodeStatusUpdateFrequency: '24h',
    }),
  );
  writeFileSync(
    join(folder, 'proxy.json'),
    JSON.stringify({
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      mode: 'iptables',
      clusterCIDR: '10.244.0.0/16',
      clientConnection: { kubeconfig: kubeconfig('proxy') },
      conntrack: { maxPerCore: 0, min: 0 },
      iptables: { minSyncPeriod: '200ms', syncPeriod: '30s' },
    }),
  );
}

/**
 * The one image: a shell, busybox, kubectl, and the rig under the names of the clients that it plays. Gives the
 * programs in it.
 */
function makeImage(bin: string, debian: string): string[] {
  const root = join(folder, 'root');
  mkdirSync(join(root, 'bin'), { recursive: true });
  mkdirSync(join(root, 'tmp'));
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
  // As in images with a C library: the pod's own names first.
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
  cpSync(join(bin, 'rig'), join(root, 'bin/rig'));
  cpSync(join(bin, 'kubectl'), join(root, 'bin/kubectl'));
  cpSync(join(debian, 'bin/busybox'), join(root, 'bin/busybox'));
  cpSync(join(debian, 'bin/bash-static'), join(root, 'bin/bash'));
  // busybox's sh knows no way to play a program that is not there.
  symlinkSync('bash', join(root, 'bin/sh'));
  const played = [
    'nc',
    'ncat',
    'pg_isready',
    'psql',
    'createdb',
    'dropdb',
    'mysql',
    'mysqladmin',
    'mariadb',
    'mariadb-admin',
    'redis-cli',
    'mongo',
    'mongosh',
    'curl',
    'timeout',
  ];
  for (const name of played) symlinkSync('rig', join(root, 'bin', name));
  // Programs of servers' own probes: a probe is no program that the webhook replaces.
  for (const name of ['rabbitmq-diagnostics']) writeFileSync(join(root, 'bin', name), probe, { mode: 0o755 });
  const applets = execFileSync(join(debian, 'bin/busybox'), ['--list'], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
  const there = new Set(readdirSync(join(root, 'bin')));
  for (const name of applets) if (!there.has(name)) symlinkSync('busybox', join(root, 'bin', name));
  packImage(root);
  return readdirSync(join(root, 'bin')).filter((name) => name !== 'rig');
}

/** Whether the container's own ports are open. */
const probe = `#!/bin/sh
for port in $RIG_PORTS; do nc -z localhost "$port" || exit 1; done
`;

/** Writes an archive of an image with one layer, as `docker save` does. */
function packImage(root: string): void {
  const image = join(folder, 'image');
  mkdirSync(image);
  const tar = (file: string, from: string) => execFileSync('tar', ['-C', from, '-cf', file, '.']);
  tar(join(image, 'layer.tar'), root);
  const digest = execFileSync('sha256sum', [join(image, 'layer.tar')], { encoding: 'utf8' }).split(' ')[0]!;
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/bin'], Entrypoint: ['/bin/rig', 'pause'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  });
  const name = `${createHash('sha256').update(config).digest('hex')}.json`;
  writeFileSync(join(image, name), config);
  writeFileSync(
    join(image, 'manifest.json'),
    JSON.stringify([{ Config: name, RepoTags: ['cluster.local/rig:1'], Layers: ['layer.tar'] }]),
  );
  tar(join(folder, 'image.tar'), image);
}

/** What every cluster has: the address of its DNS server, and classes of storage; and the webhook on pods. */
function baseObjects(): object {
  const dns = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ];
  const storage = (name: string, more: object) => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'kubernetes.io/host-path',
    ...more,
  });
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        metadata: { name: 'rig' },
        webhooks: [
          {
            name: 'pods.rig.local',
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            failurePolicy: 'Fail',
            clientConfig: { url: 'https://127.0.0.1:9443/', caBundle: authority() },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          },
        ],
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'kube-dns', namespace: 'kube-system' },
        spec: { clusterIP: '10.96.0.10', ports: dns },
      },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          name: 'kube-dns-1',
          namespace: 'kube-system',
          labels: { 'kubernetes.io/service-name': 'kube-dns' },
        },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.200.0.1'], conditions: { ready: true } }],
        ports: dns,
      },
      storage('standard', {
        metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      }),
      storage('first-consumer', { volumeBindingMode: 'WaitForFirstConsumer' }),
    ],
  };
}
