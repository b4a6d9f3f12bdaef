// Loaded where a deployment's chart is not in the repository.
import type { ChartElsewhere, Deployment, LeftOut } from './deployments/deployment.ts';
import { DiscoverError } from './discover/index.ts';
import type { Helm } from './helm/index.ts';
import { pullCharts, type ChartToPull } from './helm/pull.ts';

/** A chart that is not in the repository, with the deployments that need it. */
export interface MissingChart {
  /** `redis 19.0.0 of https://charts.example/stable`. */
  what: string;
  chart: ChartElsewhere;
  deployments: readonly Deployment[];
  leftOut: readonly LeftOut[];
  /** What brings it here, on one line. */
  howToGet: string;
}

/** The charts of deployments that are not in the repository, each once. */
export function missingCharts(deployments: readonly Deployment[]): MissingChart[] {
  const byChart = new Map<string, [ChartElsewhere, Deployment[]]>();
  for (const deployment of deployments) {
    const { chart } = deployment;
    if (chart.kind === 'local') continue;
    const key = JSON.stringify([chart.source, chart.url, chart.name, chart.version]);
    const known = byChart.get(key);
    if (known) known[1].push(deployment);
    else byChart.set(key, [chart, [deployment]]);
  }
  return [...byChart.values()].map(([chart, needing]): MissingChart => {
    const { name, version, url } = chart;
    const what = `${[name, version].filter(Boolean).join(' ')} of ${url}`;
    return {
      what,
      chart,
      deployments: needing,
      leftOut: leftOutFor(needing, `its chart is not in this repository: ${what}`),
      howToGet:
        chart.source === 'git'
          ? 'it is in another Git repository, which --pull does not fetch: clone that one, and put the chart in charts/'
          : `--pull fetches it; by hand: ${commandFor(chart)}`,
    };
  });
}

/**
 * Pulls them. What was not pulled stays missing, with an error for each chart: who asks for a chart is not content with
 * the rest.
 */
export async function pulledCharts(
  missing: readonly MissingChart[],
  { helm, ...options }: { helm: Helm } & Parameters<typeof pullCharts>[2],
) {
  const wanted = missing.filter(({ chart }) => chart.source !== 'git');
  const outcomes = await pullCharts(
    wanted.map(({ chart }) => chart as ChartToPull),
    helm,
    options,
  );
  const placed = new Map<Deployment, string>();
  const errors: DiscoverError[] = [];
  const pulled: { chart: string; folder: string; shown: string }[] = [];
  const left = missing.filter(({ chart }) => chart.source === 'git');
  wanted.forEach((one, index) => {
    const outcome = outcomes[index]!;
    if ('folder' in outcome) {
      one.deployments.forEach((deployment) => placed.set(deployment, outcome.folder));
      pulled.push({ chart: one.what, ...outcome });
      return;
    }
    const { at, name } = one.deployments[0]!;
    const more = one.deployments.length > 1 ? ` and ${one.deployments.length - 1} more` : '';
    const reason = `its chart was not pulled: ${one.what}: ${outcome.reason}`;
    errors.push(new DiscoverError(at.file, `${at.file}:${at.line}: ${name}${more}: ${reason}`));
    left.push({
      ...one,
      leftOut: leftOutFor(one.deployments, reason),
      howToGet: `it was not pulled: ${outcome.reason}`,
    });
  });
  return { placed, errors, pulled, left };
}

const leftOutFor = (deployments: readonly Deployment[], reason: string): LeftOut[] =>
  deployments.map(({ name, at }) => ({ what: name, at, reason, away: true }));

function commandFor({ source, url, name, version, plainHttp }: ChartElsewhere): string {
  const from =
    source === 'repository'
      ? `${name} --repo ${url}`
      : `${source === 'registry' ? `oci://${url.replace(/^oci:\/\//i, '')}` : url}/${name}`;
  const rest = [version === undefined ? '' : ` --version '${version}'`, plainHttp ? ' --plain-http' : ''].join('');
  return `helm pull ${from}${rest} --untar --untardir charts`;
}
