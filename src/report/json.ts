import type { Finding, Suppressed } from '../finding.ts';
import { countSuppressed } from '../suppress/line.ts';
import type { LintResult } from '../result.ts';
import type { Location } from '../place/index.ts';
import { safeJson } from './safe.ts';

/** The report for programs; its shape is fixed by `schema/report.schema.json`. */
export function json({ charts, errors, passedOver, summary, hidden, shard }: LintResult): string {
  const report = {
    version: 1,
    charts: charts.map(({ path, name, version, outcomes, changes, scenarios, findings, suppressed }) => ({
      path,
      name,
      version,
      ...(outcomes && { outcomes }),
      ...(changes && { changes }),
      ...(scenarios && { scenarios }),
      findings: findings.map(finding),
      suppressed: suppressed.map(aside),
    })),
    summary: { ...summary, suppressed: countSuppressed(charts), ...(hidden && { hidden }) },
    ...(shard && { shard }),
    ...(passedOver.length > 0 && { passedOver: passedOver.map(({ path, reason }) => ({ path, reason })) }),
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
    location: placeOf(location),
    because: because.map((link) => ({ message: link.message, location: placeOf(link.location) })),
    actions,
    help,
    fingerprint,
    ...(fix && { fix: { description: fix.description, edits: fix.edits } }),
    ...rest,
  };
}

/** A suppressed finding, with what suppresses it. */
function aside({ finding: one, by, at, reason }: Suppressed) {
  return { ...finding(one), suppression: { by, ...(at && { at }), ...(reason && { reason }) } };
}

/** Without the rendered text, which is for people. */
function placeOf({ rendered: _, ...location }: Location) {
  return location;
}
