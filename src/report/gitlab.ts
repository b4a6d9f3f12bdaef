import type { LintResult } from '../lint.ts';
import { said } from './said.ts';
import { safeJson } from './safe.ts';

const severities = { error: 'critical', warning: 'major', info: 'info' } as const;

/** GitLab's code quality report (a subset of Code Climate's), for the merge request widget. */
export function gitlab({ charts }: LintResult): string {
  const seen = new Map<string, number>();
  const issues = charts.flatMap(({ path, findings }) =>
    findings.map((finding) => {
      const { rule, severity, location, fingerprint } = finding;
      // GitLab wants each fingerprint once.
      const count = seen.get(path + fingerprint) ?? 0;
      seen.set(path + fingerprint, count + 1);
      return { description: said(finding), check_name: rule, fingerprint: count ? `${fingerprint}-${count}` : fingerprint, severity: severities[severity], location: { path: location.file, lines: { begin: location.line } } };
    }),
  );
  return safeJson(issues);
}
