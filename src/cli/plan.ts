import { lint } from '../lint.ts';
import type { PlanFormat } from '../plan/format.ts';
import { Planner } from '../plan/index.ts';
import { releasesOf } from '../plan/releases.ts';
import type { LintResult } from '../result.ts';
import { safeLine } from '../report/safe.ts';
import { writeWhole } from '../write.ts';
import { colored } from './color.ts';
import { exit } from './exit.ts';
import { optionsOf, withValuesFromStdin, type RenderFlags } from './options.ts';
import { forLog, warn } from './say.ts';

/** The options of `migrate-lint plan`, as commander parsed them. */
export interface PlanFlags extends RenderFlags {
  all?: boolean;
  format: PlanFormat;
  color?: boolean;
  outputFile?: string;
}

/** Prints how the charts roll out; resolves to 0, or to 2 where it could not do its job. */
export function plan(charts: string[], flags: PlanFlags): Promise<number> {
  return withValuesFromStdin(charts, flags, (filled) => planWith(charts, filled));
}

async function planWith(charts: string[], flags: PlanFlags): Promise<number> {
  const planner = new Planner();
  const options = optionsOf(charts, flags);
  const result = await lint({ ...options, onJudged: planner.onJudged });
  const planned = planner.plans(result);
  const { plans, releases } = await named(
    { plans: planned, releases: releasesOf(result, planned) },
    result,
    options.cwd,
  );
  await remarkDeployments(result, flags, charts);
  const { format, outputFile } = flags;
  const color = outputFile === undefined && colored(flags.color);
  if (plans.length > 0 || format === 'json' || (releases && format !== 'html')) {
    const { draw } = await import('../plan/format.ts');
    const drawn = await draw(format, plans, {
      color,
      all: flags.all === true,
      errors: result.errors,
      ...(releases && { releases }),
      cwd: process.cwd(),
    });
    if (outputFile !== undefined) writeWhole(outputFile, drawn);
    else process.stdout.write(format === 'text' ? forLog(drawn) : drawn);
  }
  if (flags.from !== undefined) warnNotCompared(result, flags.from);
  for (const { message } of result.errors) warn(`migrate-lint: ${safeLine(message)}\n`);
  if (result.errors.length > 0) return exit.failed;
  if (plans.length > 0) return exit.ok;
  const [first] = result.passedOver;
  warn(`migrate-lint: there is nothing to plan${first ? safeLine(`: ${first.path}: ${first.reason}`) : ''}\n`);
  return exit.failed;
}

/** Plans with charts that were pulled named as reports name them. */
async function named<T>(made: T, { deployments }: LintResult, cwd: string): Promise<T> {
  if (!deployments?.pulled.length) return made;
  const { portable } = await import('../portable.ts');
  return portable(made, deployments.pulled, cwd);
}

/** What was left out of what is deployed, and deployments that are there and were not asked for. */
async function remarkDeployments(
  { deployments }: LintResult,
  flags: PlanFlags,
  charts: readonly string[],
): Promise<void> {
  const { deploymentLines, pullLines } = await import('./deployments.ts');
  const lines = [
    ...(deployments ? deploymentLines(deployments, [], false) : []),
    ...(flags.pull ? pullLines(deployments, false) : []),
  ];
  for (const line of lines) warn(`${line}\n`);
  if (deployments) return;
  const why = flags.deployments === 'none' ? '--deployments none' : flags.scenarios ? undefined : '--no-scenarios';
  if (why === undefined) return;
  const { deploys } = await import('../deployed-charts.ts');
  if (await deploys(charts, process.cwd()))
    warn(`migrate-lint: there are deployments, which this plan ignores (${why})\n`);
}

/** Charts whose plan is not compared with the last revision, with the reason. */
function warnNotCompared({ charts }: LintResult, from: string): void {
  for (const { path, changes, notes } of charts) {
    if (changes) continue;
    const why =
      notes.find((note) => note.startsWith(`${from} `)) ?? `${from} could not be rendered: nothing to compare with`;
    warn(`migrate-lint: ${safeLine(`${path}: ${why}`)}\n`);
  }
}
