// Releases of Helm that no package of the registry holds, for the proof: built once from Go modules.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findHelm, type Helm } from '../../src/helm/index.ts';

const modules: Readonly<Record<string, string>> = {
  '3.22.0': 'helm.sh/helm/v3/cmd/helm',
  '4.3.1': 'helm.sh/helm/v4/cmd/helm',
};

/** Versions that {@link builtHelm} knows. */
export const builtVersions: readonly string[] = Object.keys(modules);

/** Builds a release of Helm where it is not built yet (minutes). Throws with one line where Go or its modules are missing. */
export async function builtHelm(version: string): Promise<Helm> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'migrate-lint', 'helm-built', version);
  const path = join(folder, 'helm');
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    process.stderr.write(`building Helm ${version}: this takes minutes, once\n`);
    try {
      execFileSync('go', ['install', '-ldflags=-s -w', `${modules[version]}@v${version}`], {
        env: { ...process.env, GOBIN: folder, CGO_ENABLED: '0', GOFLAGS: '' },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
    } catch (error) {
      const { code, stderr } = error as { code?: string; stderr?: Buffer };
      const last = stderr?.toString().trim().split('\n').at(-1) ?? '';
      throw new Error(code === 'ENOENT' ? 'go is missing' : `Helm ${version} could not be built: ${last}`, {
        cause: error,
      });
    }
  }
  return findHelm({ helm: path, env: process.env });
}
