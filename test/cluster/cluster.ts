// A real Kubernetes on this machine, in namespaces of its own, for `npm run proof -- --cluster` and the campaign of
// mutations. npm run cluster [-- start [--api] | stop | run PROGRAM …]; --api: no node, so nothing runs.
import { rmSync } from 'node:fs';
import { kubeconfig, makeCertificates } from './certificates.ts';
import { makeNetwork, startControlPlane } from './control-plane.ts';
import { endAll, hand, isRunning, makeNamespace } from './namespace.ts';
import { startNode } from './node.ts';
import { NoCluster, programs, runFolder } from './programs.ts';

const [verb = 'start', ...rest] = process.argv.slice(2);
try {
  switch (verb) {
    case 'start':
      start(!rest.includes('--api'));
      break;
    case 'stop':
      stop();
      break;
    case 'run':
      process.exitCode = hand(rest[0] ?? 'sh', rest.slice(1), { KUBECONFIG: kubeconfig('admin') });
      break;
    default:
      process.stderr.write('usage: npm run cluster [-- start [--api] | stop | run PROGRAM …]\n');
      process.exitCode = 2;
  }
} catch (error) {
  if (!(error instanceof NoCluster)) throw error;
  process.stderr.write(`no cluster: ${error.message}\n`);
  process.exitCode = 1;
}

function start(node: boolean): void {
  if (isRunning()) {
    process.stdout.write(`running already; KUBECONFIG=${kubeconfig('admin')}\n`);
    return;
  }
  rmSync(runFolder, { recursive: true, force: true });
  const found = programs(node);
  try {
    makeNamespace();
    makeNetwork();
    makeCertificates();
    startControlPlane(found);
    if (node) startNode(found);
  } catch (error) {
    // Its logs say why.
    endAll({ logs: false });
    throw error;
  }
  process.stdout.write(
    `running; npm run cluster -- run PROGRAM … runs a program in its namespace, npm run cluster -- stop ends it\n`,
  );
}

function stop(): void {
  const stays = endAll();
  if (stays.length === 0) return;
  process.stderr.write(`left behind: ${stays.join(', ')}\n`);
  process.exitCode = 1;
}
