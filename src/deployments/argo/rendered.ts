import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { splitManifests } from '../../parse/manifest.ts';
import { readYaml, YamlError } from '../../yaml/index.ts';
import type { Deployment, Deployments } from '../deployment.ts';
import { isMapping, ResourceDocument } from '../document.ts';
import { makesApplications } from '../documents.ts';
import type { GitOpsRepository } from '../repository.ts';
import { notRendered } from './application.ts';
import { readArgo } from './index.ts';

/** What Helm makes of a chart, as a deployment has it, or with its default values. Throws an `Error` of one line. */
export type RenderChart = (chart: string, deployment: Deployment | undefined) => Promise<string>;

/** Charts that are rendered in search of Applications at most, and in each other. */
const mostRenders = 100;
const deepest = 8;

/**
 * The Applications that charts make: an app of apps as a chart. A chart is rendered as the Applications that name it
 * have it; one that none names (it is installed by hand), with its default values. All Applications of one render are
 * applied together, in their waves.
 */
export async function renderedApplications(
  charts: readonly string[],
  deployments: readonly Deployment[],
  { render, repository }: { render: RenderChart; repository: GitOpsRepository },
): Promise<Deployments> {
  const out: Deployments = { deployments: [], leftOut: [] };
  const known = new Map<string, boolean>();
  const makes = (folder: string) => {
    if (!known.has(folder)) known.set(folder, makesApplications(folder));
    return known.get(folder)!;
  };
  let open = openFrom(deployments, makes);
  const named = new Set(open.map(({ chart }) => chart));
  const byHand = charts.map((chart) => repository.resolve(chart, chart)).filter((chart) => !named.has(chart));
  open.push(...byHand.map((chart) => ({ chart, deployment: undefined })));
  const done = new Set<string>();
  for (let depth = 0; open.length > 0; depth += 1) {
    const next: Deployment[] = [];
    for (const { chart, deployment } of open) {
      const at = deployment?.at ?? { file: repository.shown(join(chart, 'Chart.yaml')), line: 1 };
      const what = `Applications of ${deployment?.name ?? repository.shown(chart)}`;
      const leave = (reason: string) => out.leftOut.push({ what, at, reason });
      const key = JSON.stringify([chart, deployment?.name]);
      if (done.has(key) || depth >= deepest) {
        leave('the charts that make them make each other');
        continue;
      }
      done.add(key);
      if (done.size > mostRenders) {
        leave(`more than ${mostRenders} charts make Applications`);
        continue;
      }
      try {
        const made = readArgo(documentsOf(await render(chart, deployment), chart, repository), repository, {
          together: true,
        });
        out.leftOut.push(...made.leftOut.filter(({ reason }) => reason !== notRendered));
        out.deployments.push(...made.deployments);
        next.push(...made.deployments);
      } catch (error) {
        leave(error instanceof Error ? `their chart does not render: ${error.message}` : String(error));
      }
    }
    open = openFrom(next, makes);
  }
  return out;
}

function openFrom(deployments: readonly Deployment[], makes: (folder: string) => boolean) {
  return deployments.flatMap((deployment): { chart: string; deployment: Deployment | undefined }[] => {
    const { chart } = deployment;
    return chart.kind === 'local' && makes(chart.folder) ? [{ chart: chart.folder, deployment }] : [];
  });
}

/**
 * The Applications of a render. Their lines are those of the template as far as it is written like what it makes: that
 * of `kind` is the n-th of its kind there.
 */
function documentsOf(stream: string, chart: string, repository: GitOpsRepository): ResourceDocument[] {
  const seen = new Map<string, number>();
  return splitManifests(stream, chart).flatMap(({ text, source }) => {
    try {
      const { root, value } = readYaml(text);
      const kind = isMapping(value) ? value['kind'] : undefined;
      if (!root || !isMapping(value) || (kind !== 'Application' && kind !== 'ApplicationSet')) return [];
      const inside = source?.split('/').slice(1).join('/') ?? 'Chart.yaml';
      const absolute = join(chart, inside);
      const index = seen.get(`${inside} ${kind}`) ?? 0;
      seen.set(`${inside} ${kind}`, index + 1);
      const lines = linesOfKind(absolute, kind);
      const written = lines[Math.min(index, lines.length - 1)] ?? 1;
      const rendered = text.split('\n').findIndex((line) => /^kind:/.test(line));
      const line = Math.max(1, written - Math.max(0, rendered));
      return [new ResourceDocument({ absolute, file: repository.shown(absolute), line }, text, root, value)];
    } catch (error) {
      if (error instanceof YamlError) return [];
      throw error;
    }
  });
}

function linesOfKind(file: string, kind: string): number[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => (new RegExp(`^kind:\\s*["']?${kind}["']?\\s*$`).test(line) ? [index + 1] : []));
  } catch {
    return [];
  }
}
