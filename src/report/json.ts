import type { Finding } from '../check/index.ts';
import type { LintResult } from '../lint.ts';
import type { Location } from '../place/index.ts';
import { safeJson } from './safe.ts';

/** The report for programs; its shape is fixed by `schema/report.schema.json`. */
export function json({ charts, errors, summary }: LintResult): string {
  const report = {
    version: 1,
    charts: charts.map(({ path, name, version, scenarios, findings }) => ({
      path,
      name,
      version,
      ...(scenarios && { scenarios }),
      findings: findings.map(finding),
    })),
    summary,
    ...(errors.length > 0 && { errors: errors.map(({ path, message }) => ({ path, message })) }),
  };
  return safeJson(report);
}

function finding({
  rule,
  severity,
  message,
  resource,
  location,
  because,
  actions,
  help,
  fingerprint,
  fix,
  ...rest
}: Finding) {
  return {
    rule,
    severity,
    message,
    resource,
    location: place(location),
    because: because.map((link) => ({ message: link.message, location: place(link.location) })),
    actions,
    help,
    fingerprint,
    ...(fix && { fix: { description: fix.description, edits: fix.edits } }),
    ...rest,
  };
}

/** Without the rendered text, which is for people. */
function place({ rendered: _, ...location }: Location) {
  return location;
}
