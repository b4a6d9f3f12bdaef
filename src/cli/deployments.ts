import { plural } from '../plural.ts';
import { safeLine } from '../report/safe.ts';
import type { ChartResult, LintResult } from '../result.ts';

const systems = { argocd: 'Argo CD', flux: 'Flux', helmfile: 'helmfile' };

/**
 * What is said of deployments beside the report: that some were left out, and with `verbose` each that was found or
 * left out, with its place and the reason.
 */
export function deploymentLines(
  { found, leftOut }: NonNullable<LintResult['deployments']>,
  charts: readonly ChartResult[],
  verbose: boolean,
): string[] {
  if (!verbose)
    return leftOut.length === 0
      ? []
      : [`migrate-lint: ${plural(found.length, 'deployment')} found, ${leftOut.length} left out (--verbose says why)`];
  const pathOf = (name: string) => charts.find((chart) => chart.deployments?.some((one) => one.name === name))?.path;
  return [
    ...found.map(({ name, at, by, notApplied, assumed = [] }) => {
      const path = pathOf(name);
      const lost = notApplied.length > 0 ? `; not applied: ${notApplied.join(', ')}` : '';
      const rest = `${lost}${assumed.length > 0 ? `; ${assumed.join('; ')}` : ''}`;
      return `note: ${safeLine(`${at.file}:${at.line}: ${systems[by]} deploys ${name}${path === undefined ? '' : ` from ${path}`}${rest}`)}`;
    }),
    ...leftOut.map(
      ({ what, at, reason }) => `note: ${safeLine(`${at.file}:${at.line}: ${what} was left out: ${reason}`)}`,
    ),
  ];
}
