import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { ResultCache } from './cache/index.ts';
import type { Policy } from './config/index.ts';
import { boundaryOf } from './confine/boundary.ts';
import { reachOf } from './confine/index.ts';
import { checkoutsOf, confined, type ConfinedChart } from './confined.ts';
import type { DeployedCharts } from './deployed-charts.ts';
import { chartsInLibrary, discover, type ChartTarget, type ManifestsTarget, type Target } from './discover/index.ts';
import { failure, failures } from './failures.ts';
import { buildDependencies, findHelm, preload, type Helm } from './helm/index.ts';
import type { LintOptions } from './options.ts';
import { seenFrom } from './paths.ts';
import { policyChanged } from './policy-changed.ts';
import { foundPolicy } from './policy-of.ts';
import type { PolicyUse } from './policy-use.ts';
import { renderChart, type SourceFile } from './render/index.ts';
import { renderOptionsOf } from './render-options.ts';
import type { ChartResult, LintResult } from './result.ts';
import type { Judged } from './scenario.ts';
import { allowAtATime, inScenarios, scenariosOf } from './scenarios.ts';
import { ownTargets } from './shard.ts';
import { distinct, summarize } from './summary.ts';

/** What the targets of a run share. */
interface Run {
  options: LintOptions;
  targets: readonly Target[];
  /** Absent where there are no deployments. */
  deployed?: DeployedCharts;
  /** Looks for Helm once; for charts only. */
  helm: () => Promise<Helm>;
  /** Results of earlier runs. */
  cache?: ResultCache;
  /** When no further render begins, in milliseconds since 1970. */
  until: number;
  /** There is one chart in one scenario. */
  alone?: boolean;
  /** Which patterns of the policies match; absent as long as no policy was found. */
  use?: PolicyUse;
}

/** What came of one target. */
type Outcome = Pick<LintResult, 'errors'> & { chart?: ChartResult } & Partial<Pick<LintResult, 'passedOver'>>;

/**
 * Lints charts and manifests: discover → render → parse → model → simulate → check → place → suppress. What cannot be
 * linted is an error of the result.
 */
export async function lint(options: LintOptions): Promise<LintResult> {
  const { cwd, stdinName, readStdin = () => Promise.resolve(new Uint8Array()), jobs, timeLimit = 600 } = options;
  const discovered = await discover(options.paths, { cwd, readStdin, stdinName });
  const deployed = await (
    await import('./deployed-charts.ts')
  ).deployedCharts(options, discovered, (linted) =>
    findHelm({
      ...options,
      linted: [...checkoutsOf(discovered.targets, cwd), ...linted.map((one) => boundaryOf(one, cwd))],
    }),
  );
  const found = deployed ?? discovered;
  const { targets, shard } = ownTargets(found.targets, options.shard);
  if (jobs !== undefined) allowAtATime(jobs);
  const until = Date.now() + timeLimit * 1_000;
  let helm: Promise<Helm> | undefined;
  const run: Run = { options, targets, deployed, helm: () => (helm ??= helmFor(targets, options)), until };
  if (options.cache !== undefined) {
    const { ResultCache } = await import('./cache/index.ts');
    run.cache = new ResultCache(options, checkoutsOf(targets, cwd));
  } else if (targets.some(({ kind }) => kind === 'chart')) run.helm().catch(() => undefined);
  const outcomes = (await Promise.all(targets.map((target) => lintTarget(target, run)))).flat();
  const result = summarize(
    await inOrder(
      outcomes.flatMap(({ chart }) => chart ?? []),
      run,
    ),
    distinct([...found.errors.map((error) => failure(error)), ...outcomes.flatMap(({ errors }) => errors)]),
    [...found.passedOver, ...outcomes.flatMap(({ passedOver = [] }) => passedOver)],
  );
  // What the charts of other shards match is not known here.
  const unmatched = shard ? [] : (run.use?.unmatched() ?? []);
  return {
    ...result,
    ...(deployed && { deployments: deploymentsOf(deployed) }),
    ...(unmatched.length > 0 && { unmatched }),
    ...(shard && { shard }),
    ...(run.cache && { cached: run.cache.found }),
  };
}

/** The charts with what is wrong with the order of their releases. */
async function inOrder(charts: ChartResult[], { deployed, options }: Run): Promise<ChartResult[]> {
  if (!deployed?.order) return charts;
  return (await import('./with-order.ts')).withOrder(charts, deployed.order.findings(), options);
}

/** One target; a library chart is the charts inside of it. */
async function lintTarget(target: Target, run: Run): Promise<Outcome[]> {
  const outcome = await lintWithPolicy(target, run).catch((error: unknown): Outcome => ({
    errors: failures(error, target.path),
  }));
  if (target.kind === 'manifests') return [outcome];
  if (outcome.errors.some(({ library }) => library)) return lintLibrary(target, run);
  const own = await asUnread(outcome, target, run);
  return [target.aside ? await (await import('./test-chart.ts')).asTestChart(own, target, run.options) : own];
}

/** The outcome of a chart that nothing deploys, with the deployments of it that could not be read. */
async function asUnread(outcome: Outcome, target: ChartTarget, { deployed, options }: Run): Promise<Outcome> {
  const { valuesFiles, set, cwd } = options;
  const given = Boolean(valuesFiles?.length) || Boolean(set?.length);
  if (!outcome.chart || given || !deployed?.leftOut.length || deployed.of(target).length > 0) return outcome;
  const { withUnread } = await import('./unread-deployments.ts');
  return { ...outcome, chart: withUnread(outcome.chart, target, { leftOut: deployed.leftOut, cwd }) };
}

/** Helm renders no library, and what its subcharts would be rendered with is not there: each is linted by itself. */
async function lintLibrary({ path, ...library }: ChartTarget, run: Run): Promise<Outcome[]> {
  const inside = await chartsInLibrary({ path, ...library }, run.options.cwd);
  const known = new Set(run.targets.map((other) => (other.kind === 'chart' ? other.absolute : '')));
  const charts = inside.targets.filter((one) => one.kind === 'chart' && !known.has(one.absolute));
  const outcomes = await Promise.all(charts.map((chart) => lintTarget(chart, run)));
  const passedOver = [{ path, reason: 'a library chart has nothing to render by itself' }, ...inside.passedOver];
  return [{ errors: [], passedOver }, ...outcomes.flat()];
}

/** One target under the policy that holds for it. */
async function lintWithPolicy(target: Target, run: Run): Promise<Outcome> {
  const { options } = run;
  const { policy, changed } = await foundPolicy(target, options);
  if (policy && target.kind === 'chart') {
    const { PolicyUse } = await import('./policy-use.ts');
    run.use ??= new PolicyUse(options.cwd);
    run.use.chart(policy, target.absolute);
  }
  const outcome =
    target.kind === 'chart' ? await lintChanged(target, run, policy) : await lintRendered(target, options, policy);
  const { chart } = outcome;
  if (!chart || changed === undefined) return outcome;
  const told = policyChanged(changed, policy !== undefined, options);
  return { ...outcome, chart: { ...chart, findings: [told, ...chart.findings] } };
}

/** A chart, unless an earlier run left its result for the same inputs. Deployed charts are linted each time. */
async function lintChanged(target: ChartTarget, run: Run, policy: Policy | undefined): Promise<Outcome> {
  const { cache, options } = run;
  const inputsNow = () => (run.deployed?.of(target).length ? undefined : cache?.inputsOf(target, policy));
  const inputs = await inputsNow();
  if (!cache || !inputs) return lintScenarios(target, run, policy);
  const earlier = cache.read(inputs);
  if (earlier) {
    run.use?.add(earlier.seen);
    return { chart: earlier.chart, errors: [] };
  }
  const { PolicyUse } = await import('./policy-use.ts');
  const use = new PolicyUse(options.cwd);
  const outcome = await lintScenarios(target, { ...run, use }, policy);
  run.use?.add(use.seen());
  const { chart, errors } = outcome;
  // What changed while it was linted is not known to be what was linted.
  if (chart && errors.length === 0 && (await inputsNow())?.key === inputs.key)
    await cache.write(inputs, { chart, seen: use.seen() }, target);
  return outcome;
}

/** A chart in each of its scenarios; its deployments are such. */
async function lintScenarios(target: ChartTarget, run: Run, policy: Policy | undefined): Promise<Outcome> {
  const { until } = run;
  // The merge base does not hold a chart that lies elsewhere.
  const options = target.policyFolder && run.options.changedFiles ? { ...run.options, from: undefined } : run.options;
  const { cwd, env } = options;
  if (options.dependencyBuild && !target.archive) {
    reachOf(target.absolute, boundaryOf(target.absolute, cwd), target.path);
    await buildDependencies(await run.helm(), target.absolute, env);
  }
  const chart = await confined(target, cwd, options.unsaved);
  const deployments = run.deployed?.of(target) ?? [];
  const deployed =
    deployments.length > 0
      ? (await import('./deployed-scenarios.ts')).inlineFiles(deployments, options, run.deployed?.order)
      : undefined;
  try {
    const scenarios = scenariosOf(target, options, policy, deployed?.scenarios);
    const outcome = await inScenarios(
      { ...scenarios, target, cwd, settings: { ...options, policy }, until },
      async (one) => {
        const alone = run.targets.length === 1 && scenarios.runs.length === 1;
        const judged = await lintChart(chart, one, { ...run, alone }, policy).catch((error: unknown) =>
          Promise.reject(chart.asWritten(error) as Error),
        );
        return deployed ? deployed.caused(judged, one) : judged;
      },
      (error) => failure(error, target.path),
    );
    return deployed ? deployed.ledBack(outcome) : outcome;
  } finally {
    chart.remove();
    deployed?.remove();
  }
}

/** A chart in one scenario. */
async function lintChart(
  chart: ConfinedChart,
  options: LintOptions,
  run: Run,
  policy: Policy | undefined,
): Promise<Judged> {
  const helm = await run.helm();
  const { valuesFiles, ...written } = renderOptionsOf(options);
  const render = { ...written, valuesFiles: valuesFiles.map(chart.valuesFor) };
  const { env, signal } = options;
  let ahead: readonly SourceFile[] | undefined;
  // With several charts, all processors are at work.
  const free = run.alone && (options.jobs ?? availableParallelism()) > 1;
  const rendering = renderChart(chart, helm, render, { env, signal }, options.actions, (sources) => {
    if (free) ahead = sources;
  });
  const { rendersOf, judgeChart, placeInChart, settleChart } = await whileHelmRuns(rendering);
  const renders = await rendersOf(rendering, { chart, options, helm, render, valuesFiles, ahead });
  const judgement = judgeChart(renders, policy);
  const locate = await placeInChart(judgement, renders);
  const releases = [judgement.install, judgement.upgrade];
  run.use?.release(
    policy,
    releases,
    renders.files.map(({ file }) => file),
  );
  return settleChart(judgement, locate, renders, policy);
}

/** Manifests that were rendered elsewhere. */
async function lintRendered(target: ManifestsTarget, options: LintOptions, policy?: Policy): Promise<Judged> {
  const [{ lintManifests }, { lastManifests }] = await Promise.all([
    import('./manifest-stages.ts'),
    import('./from/index.ts'),
  ]);
  const { cwd, from } = options;
  const last = from === undefined ? undefined : lastManifests(from, cwd);
  const absolute = resolve(cwd, target.path);
  return lintManifests({ ...target, from: last, policy, absolute, seenFrom: seenFrom(cwd) }, options);
}

/** Loads the stages that follow the render once Helm has started. */
async function whileHelmRuns(rendering: Promise<unknown>) {
  rendering.catch(() => undefined);
  await preload();
  await new Promise((resolve) => setImmediate(resolve));
  return import('./chart-stages.ts');
}

/** Helm, looked for while other files are read. */
function helmFor(targets: readonly Target[], options: LintOptions): Promise<Helm> {
  const helm = findHelm({ ...options, linted: checkoutsOf(targets, options.cwd) });
  helm.catch(() => undefined);
  void preload();
  return helm;
}

function deploymentsOf({ found, leftOut, missing, pulled }: DeployedCharts): NonNullable<LintResult['deployments']> {
  return { found, leftOut, missing, pulled };
}
