import { dirname, join, resolve } from 'node:path';
import { PolicyError, readPolicy, type FoundPolicy, type Policy } from './config/index.ts';
import type { Finding } from './finding.ts';
import type { Unjudged } from './check/unjudged.ts';
import { boundaryOf } from './confine/boundary.ts';
import { reachOf, unmisled } from './confine/index.ts';
import { confined, type ConfinedChart } from './confined.ts';
import {
  chartsInLibrary,
  discover,
  DiscoverError,
  type ChartTarget,
  type ManifestsTarget,
  type PassedOver,
  type Target,
} from './discover/index.ts';
import { failure, failures, internalFailure } from './failures.ts';
import { lastManifests, lastRevision } from './from/index.ts';
import { repositoriesOf } from './git/repository.ts';
import { buildDependencies, findHelm, HelmError, preload, withAbsolutePaths, type Helm } from './helm/index.ts';
import { splitManifests } from './parse/manifest.ts';
import { renderChart, renderFolder, renderMarked, type RenderOptions } from './render/index.ts';
import { policyChanged } from './policy-changed.ts';
import type { PolicyUse } from './policy-use.ts';
import type { Judged } from './scenario.ts';
import { allowAtATime, inScenarios, scenariosOf } from './scenarios.ts';
import type { Judgement } from './judge.ts';

import type { JudgedChart } from './onlooker.ts';
import type { LintOptions } from './options.ts';
import type { ChartResult, LintError, LintResult } from './result.ts';
import { inShard } from './shard.ts';

/**
 * Lints charts and manifests: discover → render → parse → model → simulate → check. What cannot be linted is told in
 * `errors`.
 */
export async function lint(options: LintOptions): Promise<LintResult> {
  const readStdin = options.readStdin ?? (() => Promise.resolve(new Uint8Array()));
  const {
    targets: all,
    errors,
    passedOver,
  } = await discover(options.paths, {
    cwd: options.cwd,
    readStdin,
    stdinName: options.stdinName,
  });
  const order = all.map(({ path }) => path);
  const own = options.shard && inShard(order, options.shard);
  const targets = own ? all.filter(({ path }) => own.has(path)) : all;
  if (options.jobs !== undefined) allowAtATime(options.jobs);
  const wrong: LintError[] = errors.map((error) => failure(error));
  const needsHelm = targets.some(({ kind }) => kind === 'chart');
  let helm: Promise<Helm> | undefined;
  if (needsHelm) {
    helm = findHelm({ ...options, linted: lintedBy(targets, options.cwd) });
    helm.catch(() => undefined);
    void preload();
  }
  const until = Date.now() + (options.timeLimit ?? 600) * 1_000;
  const use: { patterns?: PolicyUse } = {};
  const judge = async (target: Target): Promise<Outcome[]> => {
    const outcome = await lintTarget(target, options, helm, until, use).catch((error: unknown): Outcome => ({
      errors: failures(error, target.path),
    }));
    if (target.kind !== 'chart') return [outcome];
    if (!outcome.errors.some(({ library }) => library))
      return [target.aside ? toldApart(await asFinding(outcome, target, options)) : outcome];
    // Helm says that it is a library: what it would render its subcharts with is not there.
    const inside = await chartsInLibrary(target, options.cwd);
    const known = new Set(targets.map((other) => (other.kind === 'chart' ? other.absolute : '')));
    const outcomes = await Promise.all(
      inside.targets.filter((one) => one.kind === 'chart' && !known.has(one.absolute)).map(judge),
    );
    const library = { path: target.path, reason: 'a library chart has nothing to render by itself' };
    return [{ errors: [], passedOver: [library, ...inside.passedOver] }, ...outcomes.flat()];
  };
  const outcomes = (await Promise.all(targets.map(judge))).flat();
  const result = summarize(
    outcomes.flatMap(({ chart }) => chart ?? []),
    distinct([...wrong, ...outcomes.flatMap(({ errors }) => errors)]),
    [...passedOver, ...outcomes.flatMap((outcome) => outcome.passedOver ?? [])],
  );
  // Of a part of the charts nobody knows what the others would match.
  const unmatched = options.shard ? [] : (use.patterns?.unmatched() ?? []);
  return {
    ...result,
    ...(unmatched.length > 0 && { unmatched }),
    ...(options.shard && { shard: { ...options.shard, charts: order } }),
  };
}

/** Errors, each once: a policy that cannot be read is said so of each chart that it holds for. */
export function distinct(errors: readonly LintError[]): LintError[] {
  return [...new Map(errors.map((error) => [error.message, error])).values()];
}

/** A chart in a folder of tests that does not render is a finding, no failure: such charts are wrong on purpose. */
async function asFinding(outcome: Outcome, target: ChartTarget, options: LintOptions): Promise<Outcome> {
  const [error] = outcome.errors;
  if (outcome.chart || !error?.unrendered) return outcome;
  const { unjudgedFindings, unrenderedChart } = await import('./settle.ts');
  const policy = await policyOf(target, options);
  const { path, name, version } = target;
  const unseen = unjudgedFindings([unrenderedChart(error, target, options)], { ...options, policy });
  return { errors: [], chart: { path, name, version, ...unseen, notes: [] } };
}

/** The outcome of a chart in a folder of tests, with a note of that (`--verbose`). */
function toldApart(outcome: Outcome): Outcome {
  const { chart } = outcome;
  const note = 'a chart in a folder of tests: where it does not render, that is a warning';
  return chart ? { ...outcome, chart: { ...chart, notes: [...chart.notes, note] } } : outcome;
}

/** What came of one target. */
interface Outcome {
  chart?: ChartResult;
  errors: LintError[];
  passedOver?: PassedOver[];
}

/**
 * The repositories of the working directory and of the charts, or the chart's folder where it is in none: a stranger's,
 * all of them.
 */
function lintedBy(targets: readonly Target[], cwd: string): string[] {
  const own = repositoriesOf(cwd, cwd)[0];
  const roots = targets.flatMap((target) => {
    if (target.kind !== 'chart') return [];
    return target.archive
      ? (repositoriesOf(target.absolute, cwd)[0]?.checkout ?? [])
      : boundaryOf(target.absolute, cwd);
  });
  return [...new Set([...(own === undefined ? [] : [own.checkout]), ...roots])];
}

/** A result with its findings counted. */
export function summarize(charts: ChartResult[], errors: LintError[], passedOver: PassedOver[] = []): LintResult {
  const count = (severity: Finding['severity']) =>
    charts.reduce((sum, { findings }) => sum + findings.filter((finding) => finding.severity === severity).length, 0);
  return {
    charts,
    errors,
    passedOver,
    summary: { errors: count('error'), warnings: count('warning'), infos: count('info') },
  };
}

/**
 * The policy that holds for a target: the one that is named, or the nearest one above it. Throws `PolicyError` and
 * `GitError`.
 */
export async function policyOf(target: Target, options: LintOptions): Promise<Policy | undefined> {
  return (await foundPolicy(target, options)).policy;
}

/**
 * The files outside of a chart that its verdict depends on: its policy, here and at the merge base, and what that
 * names. Throws as {@link policyOf}.
 */
export async function policyFilesOf(target: ChartTarget, options: LintOptions, mergeBase: string): Promise<string[]> {
  const files: string[] = [];
  for (const policyFrom of new Set([undefined, options.policyFrom ?? mergeBase])) {
    const policy = await policyOf(target, { ...options, plugins: false, policyFrom });
    files.push(
      ...(policy?.files ?? []),
      ...(policy?.scenarios ?? []).flatMap(({ values, from }) => [...values, ...(from === undefined ? [] : [from])]),
    );
  }
  return files;
}

async function foundPolicy(target: Target, options: LintOptions): Promise<FoundPolicy> {
  const { config, cwd, plugins, policyFrom, env, allowNetwork } = options;
  if (config === false) return {};
  const [{ rules: catalogue }, { suppressionChecks }] = await Promise.all([
    import('../rules/index.ts'),
    import('./suppress/checks.ts'),
  ]);
  const rules = [...catalogue, ...suppressionChecks];
  const found = await readPolicy({
    cwd,
    env,
    rules,
    allowNetwork,
    config,
    from: policyFrom,
    folder: target.kind === 'chart' ? (target.archive ? dirname(target.absolute) : target.absolute) : cwd,
    plugins: plugins === false ? 'skip' : plugins ? 'run' : 'refuse',
  });
  if (target.kind !== 'chart' || !found.policy?.overrides.length) return found;
  const { policyFor } = await import('./config/overrides.ts');
  return { ...found, policy: policyFor(found.policy, target.absolute) };
}

async function lintTarget(
  target: Target,
  options: LintOptions,
  helm: Promise<Helm> | undefined,
  until: number,
  use: { patterns?: PolicyUse },
): Promise<Outcome> {
  const { policy, changed } = await foundPolicy(target, options);
  if (policy && target.kind === 'chart') {
    const { PolicyUse } = await import('./policy-use.ts');
    use.patterns ??= new PolicyUse(options.cwd);
    use.patterns.chart(policy, target.absolute);
  }
  const told = changed === undefined ? [] : [policyChanged(changed, policy !== undefined, options)];
  const withTold = <T extends { chart?: ChartResult }>(result: T): T =>
    told.length > 0 && result.chart
      ? { ...result, chart: { ...result.chart, findings: [...told, ...result.chart.findings] } }
      : result;
  if (target.kind === 'manifests') return withTold(await lintManifests(target, options, policy));
  if (options.dependencyBuild && !target.archive) {
    reachOf(target.absolute, boundaryOf(target.absolute, options.cwd), target.path);
    await buildDependencies(await helm!, target.absolute, options.env);
  }
  const chart = await confined(target, options.cwd);
  try {
    const result = await inScenarios(
      { ...scenariosOf(target, options, policy), target, cwd: options.cwd, settings: { ...options, policy }, until },
      async (one) => lintChart(chart, one, await helm!, policy, use.patterns),
      (error) => failure(error, target.path),
    );
    return withTold(result);
  } finally {
    chart.remove();
  }
}

/** The major version of the Helm that installs the chart, as far as it is known. */
async function majorOf({ helmVersion, engine }: LintOptions, helm?: Helm): Promise<3 | 4 | undefined> {
  if (helmVersion !== undefined) return helmVersion === 'any' ? undefined : helmVersion === '3' ? 3 : 4;
  if (!helm || helm.origin === 'managed' || (engine ?? 'helm') !== 'helm') return undefined;
  // What does not tell its version has failed to render, or will not.
  return helm.version().then(
    ({ major }) => major,
    () => undefined,
  );
}

/** Loads what follows the render, once Helm has been started: its time is not spent waiting. */
async function after(rendering: Promise<unknown>) {
  rendering.catch(() => undefined);
  await preload();
  await new Promise((resolve) => setImmediate(resolve));
  return import('./settle.ts');
}

async function lintChart(
  target: ConfinedChart,
  options: LintOptions,
  helm: Helm,
  policy: Policy | undefined,
  use: PolicyUse | undefined,
): Promise<Judged> {
  const render: RenderOptions = {
    valuesFiles: (options.valuesFiles ?? []).map((file) =>
      /^[a-z][a-z0-9+.-]*:\/\//i.test(file) ? file : unmisled(file, options.cwd),
    ),
    set: (options.set ?? []).map(({ flag, value }) => ({
      flag,
      value: flag === '--set-file' ? withAbsolutePaths(value, (file) => unmisled(file, options.cwd)) : value,
    })),
    namespace: options.namespace,
    releaseName: options.releaseName ?? 'release-name',
    kubeVersion: options.kubeVersion,
    apiVersions: options.apiVersions ?? [],
    skipSchemaValidation: options.skipSchemaValidation,
    allowNetwork: options.allowNetwork,
  };
  const limits = { env: options.env };
  const rendering = renderChart(target, helm, render, limits, options.actions);
  const {
    judgeAll,
    locateInChart,
    MarkedRender,
    mayBeRandom,
    placesOf,
    settle,
    severalDocuments,
    shownFile,
    unrenderedAction,
    unrenderedLast,
  } = await after(rendering);
  const [rendered, helmMajor, last] = await Promise.all([
    rendering,
    majorOf(options, helm),
    options.from === undefined
      ? undefined
      : lastRevision(options.from, target, options.cwd, helm, render, limits).catch((error: unknown) =>
          error instanceof HelmError ? error : Promise.reject(error as Error),
        ),
  ]);
  const from = last instanceof HelmError ? undefined : last;
  const where = { chart: target, sources: rendered.sources, cwd: options.cwd };
  const lost: Unjudged[] = [
    ...(rendered.failed ? [unrenderedAction(rendered.failed, where)] : []),
    ...(last instanceof HelmError ? [unrenderedLast(options.from!, last, where)] : []),
    ...severalDocuments(
      [...(target.archive ? [] : [join(target.absolute, 'values.yaml')]), ...render.valuesFiles],
      options,
    ),
  ];
  const { actions = ['install', 'upgrade'] } = options;
  const renders = [...new Set([rendered.install, rendered.upgrade])].map(
    ({ manifests }, index) =>
      new MarkedRender(target, rendered.sources, manifests, (folder) =>
        renderMarked(folder, helm, render, index === 1, { env: options.env }),
      ),
  );
  // What a template makes up differs in another render, and nothing else does.
  const again = mayBeRandom(rendered.install.manifests, rendered.sources)
    ? await renderFolder(target.absolute, helm, render, false, limits).catch(() => undefined)
    : undefined;
  const judgement = judgeAll(
    {
      again: again === undefined ? undefined : splitManifests(again, target.absolute),
      install: rendered.install.manifests,
      upgrade: rendered.upgrade.manifests,
      droppedHooks: [...new Set([...rendered.install.droppedHooks, ...rendered.upgrade.droppedHooks])],
      sources: rendered.sources,
      crds: rendered.crds,
      ...options,
      helmMajor,
      actions: rendered.failed?.action === 'upgrade' ? actions.filter((action) => action !== 'upgrade') : actions,
      policy,
      from,
      // Something is to be placed: Helm can begin while the other rules are asked.
      onReport: () => !target.archive && renders[0]!.start(),
    },
    options.cwd,
  );
  judgement.unjudged.push(...lost);
  const { path, name, version } = target;
  const onlooker = options.onJudged?.(lookedAt({ path, name, version }, judgement, options, helmMajor, from?.label));
  const locate = await locateInChart([...placesOf(judgement), ...(onlooker?.places ?? [])], {
    ...where,
    valuesFiles: render.valuesFiles,
    renders,
  });
  onlooker?.located(locate);
  options.onRender?.(target.path, rendered);
  const files = rendered.sources.map((source) => ({ file: shownFile(source, target, options.cwd), text: source.text }));
  use?.release(
    policy,
    [judgement.install, judgement.upgrade],
    files.map(({ file }) => file),
  );
  return {
    chart: {
      path: target.path,
      name,
      version,
      ...settle(
        judgement,
        locate,
        { chart: target.absolute, files, sources: rendered.sources, stale: rendered.stale },
        options,
        policy,
      ),
      notes: [
        ...new Set([
          ...rendered.install.warnings,
          ...target.local
            .filter(({ built }) => built)
            .map(({ name, repository }) => `charts/ does not have ${name}: built from ${repository} for this run`),
          ...judgement.notes,
          ...(from?.notes ?? []),
          ...(options.from !== undefined && !last
            ? [`${options.from} does not have this chart: nothing to upgrade from`]
            : []),
        ]),
      ],
    },
    errors: ruleFailures(judgement, target.path),
  };
}

/** A judgement for an onlooker. */
function lookedAt(
  chart: JudgedChart['chart'],
  { play, changes, stableName, reports, actions }: Judgement,
  { engine = 'helm', wait = false }: LintOptions,
  helmMajor: 3 | 4 | undefined,
  from: string | undefined,
): JudgedChart {
  return { chart, actions, engine, wait, helmMajor, from, play, changes, stableName, reports };
}

/** Rules that failed, a line each. */
function ruleFailures({ failures }: Judgement, path: string): LintError[] {
  return failures.map(({ rule, error }) =>
    error instanceof PolicyError ? failure(error, path) : internalFailure(error, `${path}: rule ${rule}`, path),
  );
}

async function lintManifests(
  target: ManifestsTarget,
  options: LintOptions,
  policy: Policy | undefined,
): Promise<Judged> {
  const { judgeAll, locateInManifests, settle } = await import('./settle.ts');
  const manifests = splitManifests(target.text, target.path);
  const helmMajor = await majorOf(options);
  const judgement = judgeAll(
    {
      install: manifests,
      upgrade: manifests,
      ...options,
      helmMajor,
      policy,
      from: options.from === undefined ? undefined : lastManifests(options.from, options.cwd),
    },
    options.cwd,
  );
  const { install, notes, unjudged } = judgement;
  options
    .onJudged?.(lookedAt({ path: target.path, name: '', version: '' }, judgement, options, helmMajor, options.from))
    .located(locateInManifests);
  if (install.resources.length === 0)
    throw new DiscoverError(target.path, `${target.path}: ${unjudged[0]?.message ?? 'holds no Kubernetes manifests'}`);
  return {
    chart: {
      path: target.path,
      name: '',
      version: '',
      ...settle(
        judgement,
        locateInManifests,
        { chart: resolve(options.cwd, target.path), files: [{ file: target.path, text: target.text }] },
        options,
        policy,
      ),
      notes,
    },
    errors: ruleFailures(judgement, target.path),
  };
}
