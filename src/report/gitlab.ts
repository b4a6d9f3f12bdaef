import type { LintResult } from '../lint.ts';
import { identities } from './identity.ts';
import { safe } from './safe.ts';

const severities = { error: 'critical', warning: 'major', info: 'info' } as const;

/** GitLab's code quality report (a subset of Code Climate's), for the merge request widget. */
export function gitlab({ charts, errors }: LintResult): string {
  const identity = identities();
  const issues = charts.flatMap(({ path, findings }) =>
    findings.map((finding) => {
      const { rule, severity, message, location } = finding;
      return { description: safe(message), check_name: rule, fingerprint: identity(path, finding), severity: severities[severity], location: { path: safe(location.file), lines: { begin: location.line } } };
    }),
  );
  const failures = errors.map(({ path, message }) => ({ description: safe(message), check_name: 'not-linted', fingerprint: identity(path, { fingerprint: 'not-linted' }), severity: 'blocker', location: { path: safe(path), lines: { begin: 1 } } }));
  return `${JSON.stringify([...issues, ...failures], undefined, 2)}\n`;
}
