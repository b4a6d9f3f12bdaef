// Loaded for charts that make Applications.
import { join } from 'node:path';
import { confined } from './confined.ts';
import { inlineFiles } from './deployed-scenarios.ts';
import type { Deployment } from './deployments/deployment.ts';
import { discover } from './discover/index.ts';
import type { Helm } from './helm/index.ts';
import type { LintOptions } from './options.ts';
import { nearPath } from './paths.ts';
import { renderOptionsOf } from './render-options.ts';
import { renderFolder } from './render/index.ts';

/**
 * What Helm makes of a chart (an absolute path) as a deployment has it, or with its default values; within the same
 * bounds as a chart that is linted. Throws an `Error` of one line.
 */
export async function renderDeployed(
  folder: string,
  deployment: Deployment | undefined,
  helm: Helm,
  options: LintOptions,
): Promise<string> {
  const { cwd, env, signal } = options;
  const { targets, errors } = await discover([join(nearPath(cwd, folder), 'Chart.yaml')], {
    cwd,
    readStdin: () => Promise.resolve(new Uint8Array()),
  });
  const [target] = targets;
  if (target?.kind !== 'chart') throw errors[0] ?? new Error('it is not a chart');
  const inline = inlineFiles(deployment ? [deployment] : [], options);
  const chart = await confined(target, cwd);
  try {
    const render = renderOptionsOf(inline.scenarios[0]?.options ?? options);
    return await renderFolder(chart.forHelm ?? chart.absolute, helm, render, false, { env, signal });
  } finally {
    chart.remove();
    inline.remove();
  }
}
