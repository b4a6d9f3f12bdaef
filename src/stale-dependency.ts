import { join } from 'node:path';
import { shownPath } from './paths.ts';
import type { Finding } from './finding.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { StaleDependency } from './render/index.ts';

/**
 * The finding that a `file://` dependency in `charts/` differs from its source. `chart` is the absolute path of the
 * chart's folder.
 */
export function staleDependency(
  { dependency: { name, repository, inside, at }, files }: StaleDependency,
  chart: string,
  { cwd, actions = ['install', 'upgrade'] }: { cwd: string; actions?: readonly ('install' | 'upgrade')[] },
): Finding {
  const shown = files.slice(0, 3).join(', ');
  const more = files.length > 3 ? ` and ${files.length - 3} more` : '';
  const update = `helm dependency update ${shownPath(cwd, chart) || '.'}`;
  return {
    rule: 'stale-dependency',
    severity: 'warning',
    message: `Helm deploys ${inside}, which differs from its source ${repository} in ${shown}${more}`,
    resource: { apiVersion: '', kind: '', name: '', namespace: '' },
    location: { file: shownPath(cwd, join(chart, at.file)), line: at.line, column: 1 },
    because: [],
    actions: [...actions],
    help: inside.endsWith('.tgz')
      ? `Run ${update}, which packs ${repository} again.`
      : `Remove ${inside} and run ${update}, which packs ${repository} instead.`,
    fingerprint: fingerprintOf(['stale-dependency', name, repository]),
  };
}
