import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lint } from '../../src/lint.ts';
import type { LintOptions } from '../../src/options.ts';
import { Planner, type Plan } from '../../src/plan/index.ts';
import type { PlanRelease } from '../../src/plan/plan.ts';
import { releasesOf } from '../../src/plan/releases.ts';
import { helmBinary } from '../helm/binaries.ts';
import { evil, evilChanges } from '../report/hostile.ts';

/** The plans of charts, as `migrate-lint plan` makes them, in this process. */
export async function plansOf(paths: readonly string[], options: Partial<LintOptions> = {}): Promise<Plan[]> {
  const { path: helm } = await helmBinary('4.2.3');
  const planner = new Planner();
  const result = await lint({
    paths,
    cwd: process.cwd(),
    env: process.env,
    helm,
    ...options,
    onJudged: planner.onJudged,
  });
  return planner.plans(result);
}

/** The plans of a folder of deployments with their releases. */
export async function releasesIn(folder: string): Promise<{ plans: Plan[]; releases: PlanRelease[] }> {
  const { path: helm } = await helmBinary('4.2.3');
  const planner = new Planner();
  const { onJudged } = planner;
  const result = await lint({ paths: [folder], cwd: process.cwd(), env: process.env, helm, onJudged });
  const plans = planner.plans(result);
  return { plans, releases: releasesOf(result, plans) ?? [] };
}

/** The folders of all fixtures that are charts. */
export function fixtures(): string[] {
  const below = (folder: string): string[] =>
    existsSync(join(folder, 'Chart.yaml'))
      ? [folder]
      : readdirSync(folder, { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .flatMap(({ name }) => below(join(folder, name)));
  return below('fixtures');
}

/** A plan in which every text of a chart is as bad as can be. */
export function hostilePlan(): Plan {
  const at = { file: `${evil}.yaml`, line: 1 };
  const need = {
    type: 'wait' as const,
    text: `waits for ${evil}`,
    targets: ['b'],
    state: 'unmet' as const,
    when: evil,
    doubt: evil,
    at,
    because: [{ text: evil, at }],
    chain: ['a', 'b'],
  };
  const own = { kind: evil, name: evil, namespace: evil, at, subchart: evil };
  return {
    chart: { path: evil, name: evil, version: evil },
    scenarios: [evil],
    engine: 'helm',
    wait: false,
    from: evil,
    changes: evilChanges(),
    rollouts: [
      {
        actions: ['install', 'upgrade'],
        outcome: { state: 'stops', text: evil, at: 'a', phase: 1, chain: ['a', 'b'] },
        phases: [
          {
            number: 1,
            title: evil,
            how: evil,
            reached: true,
            steps: [{ state: 'stops', create: ['a'], await: ['a'], remove: ['a'] }],
          },
          {
            number: 2,
            title: evil,
            how: evil,
            reached: false,
            steps: [{ state: 'not-reached', create: ['b', 'c'], await: [], remove: [] }],
          },
        ],
        resources: [
          {
            id: 'a',
            ...own,
            hook: { events: [evil], weight: 1, deletePolicies: [], isDefaultPolicy: true },
            needs: [need],
          },
          { id: 'b', ...own, needs: [] },
          { id: 'c', ...own, needs: [{ ...need, state: 'met' as const }] },
        ],
        findings: [{ rule: 'hook-deadlock', severity: 'error', message: evil, resource: 'a', at, chain: ['a', 'b'] }],
      },
    ],
  };
}
