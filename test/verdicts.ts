// What every rule, not only its own, says of each chart of the rules: with and without `--wait`, and under Argo CD.
import { basename, dirname } from 'node:path';
import { judgeChart, rendersOf } from '../src/chart-stages.ts';
import type { PlacedReport } from '../src/check/index.ts';
import { confined } from '../src/confined.ts';
import { discover } from '../src/discover/index.ts';
import { findHelm, type Helm } from '../src/helm/index.ts';
import type { Judgement } from '../src/judge.ts';
import type { LintOptions } from '../src/options.ts';
import { policyOf } from '../src/policy-of.ts';
import { renderChart } from '../src/render/index.ts';
import { renderOptionsOf } from '../src/render-options.ts';
import { settings } from './rule-pages.ts';

/** Ways in which a chart is judged, beside that of its `lint.json`. */
const ways: [string, Partial<LintOptions>][] = [
  ['', {}],
  ['wait: ', { wait: true }],
  ['argocd: ', { engine: 'argocd' }],
];

let helm: Promise<Helm> | undefined;

/** The findings of all rules for a chart, a line each, sorted; those of a further way where they differ. */
export async function verdictsOf(chart: string, env: LintOptions['env']): Promise<string> {
  const options: LintOptions = { paths: [chart], cwd: '.', env, preset: 'all', ...settings(chart) };
  const { targets } = await discover([chart], {
    cwd: '.',
    readStdin: () => Promise.reject(new Error('not asked for')),
  });
  const [target] = targets;
  if (target?.kind !== 'chart') throw new Error(`${chart}: no chart`);
  helm ??= findHelm({ ...options, linted: [] });
  const confinedChart = await confined(target, '.');
  try {
    const render = renderOptionsOf(options);
    const to = { chart: confinedChart, options, helm: await helm, render };
    const renders = await rendersOf(renderChart(confinedChart, to.helm, render, { env }, options.actions), to);
    const policy = await policyOf(target, options);
    const plain: string[] = [];
    return ways
      .map(([name, way]) => {
        const judgement = judgeChart({ ...renders, marked: [], options: { ...options, ...way } }, policy);
        const lines = judgement.reports.map((report) => timeless(lineOf(report), judgement)).sort();
        if (name === '') plain.push(...lines);
        const gone = plain.filter((line) => !lines.includes(line)).map((line) => `-${line}`);
        const shown = name === '' ? lines : [...gone, ...lines.filter((line) => !plain.includes(line))];
        return shown.map((line) => `  ${name}${line}\n`).join('');
      })
      .reduce((all, text) => all + text, `${basename(dirname(chart))}/${basename(chart)}\n`);
  } finally {
    confinedChart.remove();
  }
}

function lineOf({ rule, severity, resource, actions, message, suppression }: PlacedReport): string {
  const by = suppression ? `(${suppression.by}) ` : '';
  const at = actions.length === 1 ? ` at ${actions[0]}` : '';
  return `${by}${severity} ${rule} ${resource.kind}/${resource.name}${at}: ${message}`;
}

/** A line without names that are new at each render. */
function timeless(line: string, { install, upgrade, stableName }: Judgement): string {
  return [...install.resources, ...upgrade.resources].reduce((text, resource) => {
    const stable = stableName(resource);
    return stable === resource.name ? text : text.replaceAll(resource.name, stable);
  }, line);
}
