// Loaded where charts were pulled.
import { realpathSync } from 'node:fs';
import type { Finding } from './finding.ts';
import { fingerprintOf } from './fingerprint.ts';
import { nearPath, shownPath } from './paths.ts';
import type { DeploymentsOfRun, LintResult } from './result.ts';

type Pulled = DeploymentsOfRun['pulled'];

/**
 * The same data with pulled charts named as reports name them, in every text: the folder of our cache differs from
 * machine to machine.
 */
export function portable<T>(value: T, pulled: Pulled, cwd: string): T {
  const names = pulled
    .flatMap(({ folder, shown }) =>
      [folder, realpathSync(folder)].flatMap((one) =>
        [one, shownPath(cwd, one), nearPath(cwd, one)].map((name) => [name, shown] as const),
      ),
    )
    // A relative name may end with the absolute one.
    .sort(([a], [b]) => b.length - a.length);
  const inText = (text: string) => names.reduce((out, [name, shown]) => out.replaceAll(name, shown), text);
  const walk = (one: unknown): unknown => {
    if (typeof one === 'string') return inText(one);
    if (Array.isArray(one)) return one.map(walk);
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, item]) => [key, walk(item)]));
  };
  return walk(value) as T;
}

/** A result with {@link portable} paths and fingerprints. */
export function portableResult(result: LintResult, cwd: string): LintResult {
  const pulled = result.deployments?.pulled ?? [];
  if (pulled.length === 0) return result;
  const named = <T extends Finding>(finding: T): T => {
    const out = portable(finding, pulled, cwd);
    const { rule, message, location, resource } = out;
    if (rule !== 'not-judged' || location.file === finding.location.file) return out;
    // Its fingerprint is of the path.
    return { ...out, fingerprint: fingerprintOf([rule, message, location.file, resource.kind, resource.name]) };
  };
  return {
    ...result,
    errors: portable(result.errors, pulled, cwd),
    passedOver: portable(result.passedOver, pulled, cwd),
    charts: result.charts.map(({ deployments, findings, suppressed, ...chart }) => ({
      ...portable(chart, pulled, cwd),
      // These are the objects that `deployments.found` holds.
      ...(deployments && { deployments }),
      findings: findings.map(named),
      suppressed: suppressed.map((one) => ({ ...portable(one, pulled, cwd), finding: named(one.finding) })),
    })),
  };
}
