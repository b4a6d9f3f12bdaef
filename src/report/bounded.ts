import type { Finding } from '../check/index.ts';
import type { LintResult, Outcome, RolloutChanges } from '../result.ts';
import { short } from './safe.ts';

/**
 * A result whose every message is at most 1,000 characters long: names and texts of a chart may be as long as its
 * author likes.
 */
export function bounded(result: LintResult): LintResult {
  return {
    ...result,
    charts: result.charts.map((chart) => ({
      ...chart,
      ...(chart.outcomes && { outcomes: chart.outcomes.map((one) => ({ ...one, text: short(one.text) })) }),
      ...(chart.changes && { changes: boundedChanges(chart.changes) }),
      findings: chart.findings.map(boundedFinding),
      suppressed: chart.suppressed.map((one) => ({ ...one, finding: boundedFinding(one.finding) })),
    })),
    errors: result.errors.map((error) => ({ ...error, message: short(error.message) })),
  };
}

function boundedChanges({ from, outcomes, hooks }: RolloutChanges): RolloutChanges {
  const outcome = (one: Outcome) => ({ ...one, text: short(one.text) });
  return {
    from: short(from),
    outcomes: outcomes.map(({ action, before, after }) => ({ action, before: outcome(before), after: outcome(after) })),
    hooks: hooks.map((one) => ({ ...one, hook: short(one.hook), changes: one.changes.map(short) })),
  };
}

function boundedFinding(finding: Finding): Finding {
  const { resource, because, only } = finding;
  return {
    ...finding,
    message: short(finding.message),
    help: short(finding.help),
    ...(only !== undefined && { only: short(only) }),
    resource: {
      ...resource,
      kind: short(resource.kind),
      name: short(resource.name),
      ...(resource.namespace !== undefined && { namespace: short(resource.namespace) }),
    },
    because: because.map((link) => ({ ...link, message: short(link.message) })),
  };
}
