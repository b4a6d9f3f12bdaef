// Which cluster plays: ours, from inside its namespace, or the one that KUBECONFIG names.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubeconfig } from '../../cluster/certificates.ts';
import { hand, isInside, isRunning } from '../../cluster/namespace.ts';
import { kubernetes, NoCluster } from '../../cluster/programs.ts';
import { anyHelm } from '../../helm/binaries.ts';
import { proveOnCluster, type ClusterProof } from './play.ts';

/** Plays on the cluster that there is, and gives the exit code. Prints one line where there is none. */
export async function onCluster(proof: Omit<ClusterProof, 'kubeconfig' | 'cluster' | 'asSent'>): Promise<number> {
  const named = process.env['KUBECONFIG'];
  const own = named === undefined || named === kubeconfig('admin');
  if (!own) return proveOnCluster({ ...proof, kubeconfig: named, cluster: undefined, asSent: false });
  if (!proof.keptOnly && !isRunning()) {
    process.stderr.write('no cluster is running: npm run cluster, or set KUBECONFIG\n');
    return 2;
  }
  if (!proof.keptOnly && !isInside()) {
    // There is no way out from inside: what is downloaded is downloaded before.
    for (const version of proof.versions) await (await anyHelm(version)).version();
    try {
      return hand(process.execPath, ['scripts/ts.mjs', 'test/proof/proof.ts', ...process.argv.slice(2)], {
        KUBECONFIG: kubeconfig('admin'),
      });
    } catch (error) {
      if (!(error instanceof NoCluster)) throw error;
      process.stderr.write(`${error.message}\n`);
      return 2;
    }
  }
  return proveOnCluster({ ...proof, kubeconfig: kubeconfig('admin'), cluster: `${kubernetes} ${rig()}`, asSent: true });
}

/** What plays the programs in pods, in one number. */
function rig(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync('test/cluster/rig').sort()) hash.update(readFileSync(join('test/cluster/rig', name)));
  return hash.digest('hex').slice(0, 12);
}
