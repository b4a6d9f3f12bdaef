import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { shownPath } from './paths.ts';
import { byPlace } from './check/by-place.ts';
import type { Policy } from './config/index.ts';
import { DiscoverError, type ChartTarget } from './discover/index.ts';
import type { LintOptions } from './options.ts';
import type { ChartResult, LintError } from './result.ts';
import type { Failure, Judged, Scenario, ScenarioOutcome, Scenarios } from './scenario.ts';
import type { Location } from './place/index.ts';

/** Scenarios of one chart that are linted where `--max-scenarios` is not given. */
const mostScenarios = 100;

/**
 * The ways in which a chart is linted: the policy's scenarios and its deployments, or else its default values, which
 * nobody deploys where somebody says what is deployed; and `ci/*-values.yaml`, as chart-testing has it. Values of the
 * command line apply to all; values files named there stand for those of `ci/`.
 */
export function scenariosOf(
  target: ChartTarget,
  options: LintOptions,
  policy: Policy | undefined,
  deployed: readonly Scenario[] = [],
): Pick<Scenarios, 'runs' | 'most' | 'beyond'> {
  const most = Math.max(1, options.maxScenarios ?? mostScenarios);
  const bounded = (runs: readonly Scenario[]) => ({ runs: runs.slice(0, most), most, beyond: runs.slice(most) });
  if (options.scenarios === false) return bounded([{ name: 'default', options }]);
  const given = options.valuesFiles ?? [];
  const written = (policy?.scenarios ?? []).map(({ name, values, set, origin, ...rest }): Scenario => ({
    name,
    at: placeOf(origin),
    options: {
      ...rest,
      ...defined(options),
      valuesFiles: [...values, ...given],
      set: [...set, ...(options.set ?? [])],
    } as LintOptions,
  }));
  const ci =
    target.archive || given.length > 0
      ? []
      : ciValues(target.absolute).map((name): Scenario => {
          const file = join(target.absolute, 'ci', name);
          return {
            name: `ci/${name}`,
            at: { file: shownPath(options.cwd, file), line: 1, column: 1 },
            options: { ...options, valuesFiles: [file] },
          };
        });
  const stated = [...written, ...deployed];
  const byDefault: Scenario = { name: 'default', options, ...(ci.length > 0 && { implicit: true }) };
  const all = [...(stated.length > 0 ? stated : [byDefault]), ...ci];
  const { scenarios = [] } = options;
  if (scenarios.length === 0) return bounded(all);
  const unknown = scenarios.find((wanted) => !all.some(({ name }) => name === wanted));
  if (unknown !== undefined)
    throw new DiscoverError(
      target.path,
      `${target.path}: there is no scenario ${unknown}; there ${all.length === 1 ? 'is' : 'are'} ${all
        .slice(0, 20)
        .map(({ name }) => name)
        .join(', ')}`,
    );
  return bounded(all.filter(({ name }) => scenarios.includes(name)));
}

/** `.migrate-lint.yaml:12` as a location. */
function placeOf(origin: string): Location {
  const [, file = origin, line = '1'] = /^(.*):(\d+)$/.exec(origin) ?? [];
  return { file, line: Number(line), column: 1 };
}

function ciValues(chart: string): string[] {
  try {
    return readdirSync(join(chart, 'ci'))
      .filter((name) => /-values\.ya?ml$/.test(name))
      .sort();
  } catch {
    return [];
  }
}

/** The options that are given. */
export function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

let most = availableParallelism();
let running = 0;
const queue: (() => void)[] = [];

/** How much is linted at a time from now on. */
export function allowAtATime(jobs: number): void {
  most = jobs;
}

/**
 * Runs no more of these at a time than there are processors (or {@link allowAtATime} says), over all charts and
 * scenarios.
 */
export async function bounded<T>(work: () => Promise<T>): Promise<T> {
  if (running >= most) await new Promise<void>((resolve) => queue.push(resolve));
  else running += 1;
  try {
    return await work();
  } finally {
    const next = queue.shift();
    if (next) next();
    else running -= 1;
  }
}

/**
 * Lints a chart in each of its scenarios and merges what is said twice. A scenario that cannot be judged is a finding
 * of `not-judged` where another can, and an error where none can: the others go on.
 */
export async function inScenarios(
  scenarios: Scenarios,
  lintOne: (options: LintOptions) => Promise<Judged>,
  failure: (error: unknown) => LintError,
): Promise<{ chart?: ChartResult; errors: LintError[] }> {
  const { target, runs, beyond, until } = scenarios;
  const progress = runs[0]?.options.onProgress;
  const named = (name: string) => (runs.length > 1 ? `${target.path} (${name})` : target.path);
  for (const { name } of runs) progress?.('queued', named(name));
  const told: (() => void)[][] = [];
  const outcomes = await Promise.all(
    runs.map(async (run, index): Promise<ScenarioOutcome> => {
      // What was rendered is told in the order of the scenarios, whichever is done first.
      const late: (() => void)[] = (told[index] = []);
      const { onRender: tell, onJudged: look, ...options } = run.options;
      const onRender: LintOptions['onRender'] = tell && ((...args) => void late.push(() => tell(...args)));
      const scenario = runs.length > 1 || run.deployment ? { name: run.name, index } : undefined;
      const onJudged: LintOptions['onJudged'] =
        look && ((judged) => look({ ...judged, ...(scenario && { scenario }) }));
      try {
        return {
          run,
          judged: await bounded(async () =>
            Date.now() > until ? undefined : lintOne({ ...options, onRender, onJudged }),
          ),
        };
      } catch (error) {
        return { run, failed: { error, told: failure(error) } };
      } finally {
        progress?.('done', named(run.name));
      }
    }),
  );
  told.flat().forEach((tell) => tell());
  const done = outcomes.flatMap(({ run: { name, deployment }, judged }) =>
    judged ? [{ name, deployment, ...judged }] : [],
  );
  const failed = outcomes.flatMap(({ run, failed }) => (failed ? [{ run, failed }] : []));
  const late = outcomes.filter(({ judged, failed }) => !judged && !failed);
  const internal = failed.filter(({ failed }) => failed.told.internal);
  const errors = distinct(
    done.flatMap(({ errors }) => errors),
    done.length === 0 ? failed : internal,
    runs.length,
  );
  if (done.length === 0 && (failed.length > 0 || (late.length === 0 && beyond.length === 0))) return { errors };
  const { path, name, version } = target;
  const result =
    runs.length === 1 && done[0] && !done[0].deployment
      ? done[0].chart
      : done.length > 0
        ? (await import('./merged-scenarios.ts')).merged(done)
        : { path, name, version, findings: [], suppressed: [], notes: [] };
  if (failed.length === internal.length && late.length === 0 && beyond.length === 0) return { chart: result, errors };
  const [{ unjudgedFindings }, { unjudgedScenarios }] = await Promise.all([
    import('./check/unjudged.ts'),
    import('./unrendered.ts'),
  ]);
  const lost = unjudgedScenarios({ ...scenarios, failed: failed.filter((one) => !internal.includes(one)), late });
  const unseen = unjudgedFindings(lost, scenarios.settings);
  return {
    chart: {
      ...result,
      findings: [...result.findings, ...unseen.findings].sort(byPlace),
      suppressed: [...result.suppressed, ...unseen.suppressed],
    },
    errors,
  };
}

/** What went wrong, once for each cause: missing dependencies are missing in every scenario. */
function distinct(
  before: readonly LintError[],
  failed: readonly { run: Scenario; failed: Failure }[],
  runs: number,
): LintError[] {
  const byMessage = new Map<string, { error: LintError; names: string[] }>();
  for (const { run, failed: fault } of failed) {
    const known = byMessage.get(fault.told.message);
    if (known) known.names.push(run.name);
    else byMessage.set(fault.told.message, { error: fault.told, names: [run.name] });
  }
  const said = [...byMessage.values()].map(({ error, names }) => {
    if (names.length === runs) return error;
    const more = names.length > 1 ? ` (and ${names.length - 1} more)` : '';
    return { ...error, message: `scenario ${names[0]!}${more}: ${error.message}` };
  });
  return [...new Map([...before, ...said].map((error) => [error.message, error])).values()];
}
