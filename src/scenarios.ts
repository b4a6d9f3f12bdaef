import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Finding } from './check/index.ts';
import type { Policy } from './config/index.ts';
import { DiscoverError, type ChartTarget } from './discover/index.ts';
import type { ChartResult, LintError, LintOptions } from './lint.ts';

/** One way in which a chart is rendered and judged. */
export interface Run {
  name: string;
  options: LintOptions;
  /** Nobody asked for it: where it does not render and another does, that is a remark, no error. */
  implicit?: boolean;
}

/**
 * The ways in which a chart is linted: the policy's scenarios, or else its default values; and `ci/*-values.yaml`, as chart-testing has it.
 * Values of the command line apply to all; values files named there stand for those of `ci/`.
 */
export function scenariosOf(target: ChartTarget, options: LintOptions, policy: Policy | undefined): Run[] {
  if (options.scenarios === false) return [{ name: 'default', options }];
  const given = options.valuesFiles ?? [];
  const written = (policy?.scenarios ?? []).map(({ name, values, set, ...rest }): Run => ({
    name,
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
      : ciValues(target.absolute).map((name): Run => ({
          name: `ci/${name}`,
          options: { ...options, valuesFiles: [join(target.absolute, 'ci', name)] },
        }));
  const all = [
    ...(written.length > 0 ? written : [{ name: 'default', options, ...(ci.length > 0 && { implicit: true }) }]),
    ...ci,
  ];
  const { scenarios = [] } = options;
  if (scenarios.length === 0) return all;
  const unknown = scenarios.find((wanted) => !all.some(({ name }) => name === wanted));
  if (unknown !== undefined)
    throw new DiscoverError(
      target.path,
      `${target.path}: there is no scenario ${unknown}; there ${all.length === 1 ? 'is' : 'are'} ${all.map(({ name }) => name).join(', ')}`,
    );
  return all.filter(({ name }) => scenarios.includes(name));
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

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

let free = availableParallelism();
const queue: (() => void)[] = [];

/** Runs no more of these at a time than there are processors, over all charts and scenarios. */
export async function bounded<T>(work: () => Promise<T>): Promise<T> {
  if (free === 0) await new Promise<void>((resolve) => queue.push(resolve));
  else free -= 1;
  try {
    return await work();
  } finally {
    const next = queue.shift();
    if (next) next();
    else free += 1;
  }
}

/** Lints a chart in each of its scenarios and merges what is said twice. A scenario that fails is told, the others go on. */
export async function inScenarios(
  chart: string,
  runs: readonly Run[],
  lintOne: (options: LintOptions) => Promise<ChartResult>,
  failure: (error: unknown) => LintError,
): Promise<{ chart?: ChartResult; errors: LintError[] }> {
  const progress = runs[0]?.options.onProgress;
  const named = (name: string) => (runs.length > 1 ? `${chart} (${name})` : chart);
  for (const { name } of runs) progress?.('queued', named(name));
  const one = (name: string, options: LintOptions) =>
    bounded(() => lintOne(options)).finally(() => progress?.('done', named(name)));
  if (runs.length === 1) return { chart: await one(runs[0]!.name, runs[0]!.options), errors: [] };
  const told: (() => void)[][] = [];
  const outcomes = await Promise.all(
    runs.map(async ({ name, options, implicit }, index) => {
      // What was rendered is told in the order of the scenarios, whichever is done first.
      const late: (() => void)[] = (told[index] = []);
      const onRender: LintOptions['onRender'] =
        options.onRender && ((...args) => void late.push(() => options.onRender!(...args)));
      try {
        return { name, implicit, chart: await one(name, { ...options, onRender }) };
      } catch (error) {
        return { name, implicit, error: failure(error) };
      }
    }),
  );
  told.flat().forEach((tell) => tell());
  const done = outcomes.flatMap(({ name, chart }) => (chart ? [{ name, chart }] : []));
  const failed = outcomes.flatMap(({ name, implicit, error }) =>
    error
      ? [
          {
            name,
            implicit: implicit === true && done.length > 0,
            error: { ...error, message: `scenario ${name}: ${error.message}` },
          },
        ]
      : [],
  );
  const errors = failed.filter(({ implicit }) => !implicit).map(({ error }) => error);
  if (done.length === 0) return { errors };
  const result = merged(done);
  return {
    chart: {
      ...result,
      notes: [
        ...new Set([...result.notes, ...failed.filter(({ implicit }) => implicit).map(({ error }) => error.message)]),
      ],
    },
    errors,
  };
}

const rank = { error: 0, warning: 1, info: 2 } as const;

function merged(done: readonly { name: string; chart: ChartResult }[]): ChartResult {
  const findings = new Map<string, Finding>();
  for (const { name, chart } of done) {
    for (const finding of chart.findings) {
      const key = keyOf(finding);
      const known = findings.get(key);
      if (!known) findings.set(key, { ...finding, scenarios: [name] });
      else {
        known.scenarios = [...new Set([...(known.scenarios ?? []), name])];
        known.actions = [...new Set([...known.actions, ...finding.actions])];
        if (rank[finding.severity] < rank[known.severity]) known.severity = finding.severity;
      }
    }
  }
  const suppressed = new Map(
    done.flatMap(({ chart }) => chart.suppressed.map((one) => [keyOf(one.finding), one] as const)),
  );
  // A directive that does its work in one scenario is not idle.
  const kept = [...findings.values()].filter(
    ({ rule, scenarios }) => rule !== 'unused-directive' || scenarios?.length === done.length,
  );
  for (const finding of kept) {
    const { scenarios = [], only } = finding;
    if (scenarios.length < done.length)
      finding.only = [only, `only in ${scenarios.length === 1 ? 'scenario' : 'scenarios'} ${scenarios.join(', ')}`]
        .filter(Boolean)
        .join('; ');
  }
  return {
    ...done[0]!.chart,
    scenarios: done.map(({ name }) => name),
    findings: kept,
    suppressed: [...suppressed.values()],
    notes: [...new Set(done.flatMap(({ chart }) => chart.notes))],
  };
}

function keyOf({ rule, message, resource, location }: Finding): string {
  return JSON.stringify([
    rule,
    message,
    resource.kind,
    resource.namespace,
    resource.name,
    location.file,
    location.line,
    location.column,
  ]);
}
