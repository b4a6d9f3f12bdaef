import { shownPath } from './paths.ts';
import type { Finding } from './finding.ts';

/**
 * The finding that a policy file is another one in the work tree than where it was read. `exists`: there was one there.
 */
export function policyChanged(
  file: string,
  exists: boolean,
  { cwd, policyFrom = '' }: { cwd: string; policyFrom?: string },
): Finding {
  const ref = /^[0-9a-f]{40,}$/.test(policyFrom) ? policyFrom.slice(0, 12) : policyFrom;
  return {
    rule: 'policy-changed',
    severity: 'info',
    message: exists
      ? `The policy, or a file that it names, differs from ${ref}; the findings are judged by the policy of ${ref}`
      : `The policy is not in ${ref}; the findings are judged without it`,
    resource: { apiVersion: '', kind: '', name: '', namespace: '' },
    location: { file: shownPath(cwd, file) || file, line: 1, column: 1 },
    because: [],
    actions: ['install', 'upgrade'],
    help: 'Review the change of the policy. `--policy-from HEAD` judges by the policy as it is committed here.',
    fingerprint: `policy-changed:${shownPath(cwd, file)}`,
  };
}
