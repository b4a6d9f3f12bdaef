import type { LintResult } from '../result.ts';
import { suppressedLine } from '../suppress/line.ts';
import { identities } from './identity.ts';
import { said } from './said.ts';
import { safe, safeJson } from './safe.ts';

const severities = { error: 'critical', warning: 'major', info: 'info' } as const;

/** GitLab's code quality report (a subset of Code Climate's), for the merge request widget. */
export function gitlab({ charts, errors, hidden }: LintResult): string {
  const identity = identities();
  const issues = charts.flatMap(({ path, findings }) =>
    findings.map((finding) => {
      const { rule, severity, location } = finding;
      return {
        description: safe(said(finding)),
        check_name: rule,
        fingerprint: identity(path, finding),
        severity: severities[severity],
        location: { path: safe(location.file), lines: { begin: location.line } },
      };
    }),
  );
  const failures = errors.map(({ path, message }) => ({
    description: safe(message),
    check_name: 'not-linted',
    fingerprint: identity(path, { fingerprint: 'not-linted' }),
    severity: 'blocker',
    location: { path: safe(path), lines: { begin: 1 } },
  }));
  const aside = suppressedLine(charts, hidden);
  const last = aside && {
    description: aside,
    check_name: 'suppressed',
    fingerprint: identity('', { fingerprint: aside }),
    severity: 'info',
    location: { path: safe(charts[0]?.path ?? '.'), lines: { begin: 1 } },
  };
  return safeJson([...issues, ...failures, ...(last ? [last] : [])]);
}
