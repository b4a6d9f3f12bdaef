import type { Deployment } from '../deployments/deployment.ts';
import type { Finding } from '../finding.ts';
import type { LintResult } from '../result.ts';
import type { Plan, PlanRelease } from './plan.ts';

/**
 * The releases that a repository deploys, in lanes: each comes after those of earlier lanes that it names. `undefined`
 * where there are no deployments. Releases whose charts are not here are among them, for others may wait for these.
 */
export function releasesOf({ charts, deployments }: LintResult, plans: readonly Plan[]): PlanRelease[] | undefined {
  if (!deployments) return undefined;
  const { found, missing } = deployments;
  const away = new Map(missing.flatMap((one) => one.deployments.map((deployment) => [deployment, one.what] as const)));
  const all = [...found, ...away.keys()];
  if (all.length === 0) return undefined;
  const known = new Set(all.map(({ name }) => name));
  const lanes = lanesOf(all, known);
  const findings = charts.flatMap((chart) => chart.findings.filter(({ rule }) => rule === 'release-order'));
  const pathOf = (name: string) => charts.find((chart) => chart.deployments?.some((one) => one.name === name))?.path;
  const releases = all.map((one): PlanRelease => {
    const chart = away.get(one) ?? pathOf(one.name);
    const lane = lanes.get(one.name);
    return {
      name: one.name,
      by: one.by,
      at: one.at,
      ...(chart !== undefined && { chart }),
      ...(lane !== undefined && { lane }),
      ...(one.wave !== undefined && { wave: one.wave }),
      after: one.after.filter((name) => known.has(name)),
      ...stateOf(one, { lane, plans, findings, isAway: away.has(one) }),
    };
  });
  const ordered = releases.sort(
    (a, b) => (a.lane ?? Infinity) - (b.lane ?? Infinity) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  return reached(ordered);
}

/** The lane of each release, from 1; none of those in a cycle, and of what comes after one. */
function lanesOf(all: readonly Deployment[], known: ReadonlySet<string>): Map<string, number> {
  const lanes = new Map<string, number>();
  const followers = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const { name, after } of all) {
    const before = after.filter((one) => known.has(one));
    open.set(name, before.length);
    for (const one of before) followers.set(one, [...(followers.get(one) ?? []), name]);
  }
  const ready = [...open].flatMap(([name, count]) => (count === 0 ? [name] : []));
  for (const name of ready) lanes.set(name, 1);
  for (const name of ready)
    for (const next of followers.get(name) ?? []) {
      const left = open.get(next)! - 1;
      open.set(next, left);
      lanes.set(next, Math.max(lanes.get(next) ?? 1, lanes.get(name)! + 1));
      if (left === 0) ready.push(next);
    }
  for (const [name, left] of open) if (left > 0) lanes.delete(name);
  return lanes;
}

interface Known {
  lane: number | undefined;
  plans: readonly Plan[];
  findings: readonly Finding[];
  isAway: boolean;
}

function stateOf(
  { name, at }: Deployment,
  { lane, plans, findings, isAway }: Known,
): Pick<PlanRelease, 'state' | 'text' | 'chain'> {
  const own = findings.find(
    ({ only, location, because }) =>
      only === `in ${name}: ${at.file}:${at.line}` ||
      (only === undefined && because.some(({ message }) => message.startsWith(`${name} comes after `))) ||
      (only === undefined && location.file === at.file && location.line === at.line),
  );
  const chain = own && {
    chain: own.because.map(({ message, location: { file, line } }) => ({ text: message, at: { file, line } })),
  };
  if (own) return { state: own.severity === 'error' ? 'stops' : 'may-stop', text: own.message, ...chain };
  if (lane === undefined) return { state: 'not-reached', text: 'comes after releases that wait for each other' };
  if (isAway) return { state: 'unknown', text: 'its chart is not here' };
  const plan = plans.find(({ scenarios = [] }) => scenarios.some((one) => one === name || one === `${name} (install)`));
  const rollout = plan?.rollouts.find(({ actions }) => actions.includes('install')) ?? plan?.rollouts[0];
  if (!rollout) return { state: 'unknown', text: 'it was not planned' };
  return { state: rollout.outcome.state, text: rollout.outcome.text };
}

/** A release after one that stops is not reached; Argo CD may not wait for the one before. */
function reached(releases: readonly PlanRelease[]): PlanRelease[] {
  const lost = new Set<string>();
  return releases.map((one) => {
    const before = one.after.find((name) => lost.has(name));
    if (one.state !== 'stops' && before !== undefined && one.by !== 'argocd') {
      lost.add(one.name);
      return { ...one, state: 'not-reached', text: `not reached: ${before} never completes` };
    }
    if (one.state === 'stops') lost.add(one.name);
    return one;
  });
}
