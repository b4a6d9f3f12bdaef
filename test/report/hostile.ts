import type { Finding } from '../../src/check/index.ts';
import { summarize } from '../../src/summary.ts';
import type { LintResult, RolloutChanges } from '../../src/result.ts';

/** A finding as a rule would have written it, with these fields in place of its own. */
export function written(more: Partial<Finding> = {}): Finding {
  return {
    rule: 'hook-deadlock',
    severity: 'error',
    message: 'Job a waits for Service b',
    resource: { apiVersion: 'batch/v1', kind: 'Job', name: 'a', namespace: 'default' },
    location: { file: 'charts/shop/templates/a.yaml', line: 7, column: 3 },
    because: [
      { message: 'because b comes later', location: { file: 'charts/shop/templates/b.yaml', line: 4, column: 1 } },
    ],
    actions: ['install', 'upgrade'],
    help: 'Move it.',
    fingerprint: '1',
    ...more,
  };
}

/** Text that is markup, a command or no text at all to one reader or another. */
export const evil =
  '<script>"\'&amp;]]> | `x` **b** [a](b) {{ x }} {0} %0A @me #1 --> end; \\ \r\n::error::owned\u001b[2J\u0000\u0007\u0085\u202e\ufffe\ud800 é 😀';

/** What changed between two revisions that are named so. */
export function evilChanges(): RolloutChanges {
  const end = { action: 'install' as const, text: evil };
  return {
    from: evil,
    outcomes: [{ action: 'install', before: { ...end, state: 'passes' }, after: { ...end, state: 'stops' } }],
    hooks: [{ type: 'changed', hook: evil, changes: [evil, evil] }],
  };
}

/** A result that holds it wherever a chart has a say. */
export function hostile(): LintResult {
  const location = { file: `charts/${evil.replaceAll('/', '')}.yaml`, line: 1, column: 1 };
  const finding = written({
    message: evil,
    resource: { apiVersion: 'v1', kind: evil, name: evil, namespace: evil },
    location,
    because: [
      { message: evil, location },
      { message: `${evil}${evil}`, location },
    ],
    help: evil,
  });
  const chart = {
    path: evil,
    name: evil,
    version: evil,
    outcomes: evilChanges().outcomes.map(({ after }) => after),
    changes: evilChanges(),
    findings: [finding, { ...finding, severity: 'info' as const }],
    suppressed: [],
    notes: [],
  };
  return summarize([chart], [{ path: evil, message: evil }]);
}
