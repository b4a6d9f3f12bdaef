import { plural } from '../plural.ts';
import { safeLine } from '../report/safe.ts';
import type { ChartResult, LintResult } from '../result.ts';

const systems = { argocd: 'Argo CD', flux: 'Flux', helmfile: 'helmfile' };

/**
 * What is said of deployments beside the report: that some were left out, and with `verbose` each that was found or
 * left out, with its place and the reason, and each chart that is not here, with how to get it.
 */
export function deploymentLines(
  { found, leftOut, missing }: NonNullable<LintResult['deployments']>,
  charts: readonly ChartResult[],
  verbose: boolean,
): string[] {
  if (!verbose) {
    const lost = found.flatMap(({ name, notApplied }) =>
      notApplied
        .filter((one) => /post renderers? \(/.test(one))
        .map((one) => `migrate-lint: ${safeLine(`${name}: not applied: ${one}`)}`),
    );
    const shown = lost.length > 3 ? [...lost.slice(0, 3), `migrate-lint: and ${lost.length - 3} more`] : lost;
    if (leftOut.length === 0) return shown;
    const away = missing.filter(({ howToGet }) => howToGet.startsWith('--pull'));
    const pull = away.length > 0 ? `--pull fetches ${plural(away.length, 'missing chart')}; ` : '';
    return [
      ...shown,
      `migrate-lint: ${plural(found.length, 'deployment')} found, ${leftOut.length} left out (${pull}--verbose says why)`,
    ];
  }
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
    ...missing.map(({ what, deployments, howToGet }) => {
      const more = deployments.length > 3 ? ` and ${deployments.length - 3} more` : '';
      const names = deployments.slice(0, 3).map(({ name }) => name);
      return `note: ${safeLine(`${what} (${names.join(', ')}${more}): ${howToGet}`)}`;
    }),
  ];
}

/** What came of `--pull`: always a line, also where there was nothing to pull. */
export function pullLines(deployments: LintResult['deployments'], verbose: boolean): string[] {
  if (!deployments) return ['migrate-lint: --pull: no deployments were found, so no chart was pulled'];
  const { pulled, missing } = deployments;
  if (pulled.length === 0 && missing.length === 0)
    return ['migrate-lint: --pull: no chart was pulled: those of all deployments are here'];
  return [
    `migrate-lint: --pull: ${plural(pulled.length, 'chart')} pulled, ${missing.length} not`,
    ...(verbose ? pulled.map(({ chart, folder }) => `note: ${safeLine(`${chart} is in ${folder}`)}`) : []),
  ];
}
