import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { lint } from '../lint.ts';
import type { LintOptions } from '../options.ts';
import type { LintResult } from '../result.ts';
import { report, type Format } from '../report/index.ts';
import { real } from '../paths.ts';
import { safeLine } from '../report/safe.ts';
import type { Severity } from '../rule.ts';
import { inShard, type Shard } from '../shard.ts';
import { countSuppressed, suppressedByRepository } from '../suppress/line.ts';
import { writeWhole } from '../write.ts';
import { colored } from './color.ts';
import { exit } from './exit.ts';
import { optionsOf, planCommand, withValuesFromStdin, type RenderFlags } from './options.ts';
import { Progress } from './progress.ts';
import { version } from './version.ts';
import { forLog, warn } from './say.ts';

/** The options of the command line, as commander parsed them. */
export interface Flags extends RenderFlags {
  preset?: 'recommended' | 'strict' | 'all';
  rule: string[];
  ignore: string[];
  severity: Record<string, Severity | 'off'>;
  dependencies?: 'all' | 'own' | 'none';
  explore?: boolean;
  exploreStrength?: number;
  maxRenders?: number;
  allowEmpty?: boolean;
  changedSince?: string;
  files?: boolean;
  format?: Format[];
  outputFile: string[];
  failOn: Severity;
  exitZero?: boolean;
  maxWarnings?: number;
  maxSuppressed?: number;
  inlineConfig: boolean;
  statistics?: boolean;
  quiet?: boolean;
  showRendered?: boolean;
  baseline?: string;
  baselineFrom?: string;
  updateBaseline?: boolean;
  pruneBaseline?: boolean;
  reportUnusedDisableDirectives?: boolean;
  verbose?: boolean;
  timing?: boolean;
  color?: boolean;
  fix?: boolean;
  fixDryRun?: boolean;
  addDisable?: boolean;
  reason?: string;
  stdinFilename?: string;
  jobs?: number;
  shard?: Shard;
  cache?: boolean;
  cacheLocation?: string;
  watch?: boolean;
  listCharts?: boolean;
  listFiles?: boolean;
  listScenarios?: boolean;
  printConfig?: boolean;
}

/**
 * Lints what the command line names, prints the reports, and gives the exit code; lists it, or lints again and again,
 * where asked to.
 */
export async function run(charts: string[], flags: Flags): Promise<number> {
  if (flags.reason !== undefined && !flags.addDisable) throw new Error('--reason needs --add-disable');
  if (flags.cacheLocation !== undefined && !flags.cache) throw new Error('--cache-location needs --cache');
  if (flags.addDisable && flags.fix)
    throw new Error('--add-disable cannot be combined with --fix: fix first, then suppress what is left');
  const listed = (['listCharts', 'listFiles', 'listScenarios', 'printConfig'] as const).find((name) => flags[name]);
  if (listed !== undefined && flags.pull)
    throw new Error(`--pull cannot be combined with --${kebab(listed)}, which fetches nothing`);
  if (!flags.watch) return runOnce(charts, flags);
  const writes = (['fix', 'addDisable', 'updateBaseline', 'pruneBaseline'] as const).find((name) => flags[name]);
  if (writes !== undefined)
    throw new Error(`--watch cannot be combined with --${kebab(writes)}, which changes the files that are watched`);
  if (charts.includes('-') || flags.values.includes('-'))
    throw new Error('--watch cannot be combined with - (standard input), which can be read only once');
  const [{ watch }, { findPolicy }] = await Promise.all([import('./watch.ts'), import('../config/index.ts')]);
  const paths = charts.map((chart) => resolve(chart));
  const named = [...flags.values.flatMap((value) => value.split(',')), flags.config, flags.baseline, flags.from].filter(
    (file) => typeof file === 'string' && existsSync(file),
  ) as string[];
  const policies = flags.config === false ? [] : paths.flatMap((path) => findPolicy(path, process.cwd()) ?? []);
  return watch({
    paths: [...new Set([...paths, ...policies, ...named.map((file) => resolve(file))])],
    cwd: process.cwd(),
    // What the last run found out is not what holds in the next one.
    run: () =>
      runOnce(charts, { ...flags }).catch((error: unknown) =>
        warn(`migrate-lint: ${safeLine(error instanceof Error ? error.message : String(error))}\n`),
      ),
  });
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function runOnce(charts: string[], flags: Flags): Promise<number> {
  return withValuesFromStdin(charts, flags, (filled) => runWith(charts, filled));
}

async function runWith(charts: string[], flags: Flags): Promise<number> {
  const begun = performance.now();
  const options = await lintOptionsOf(charts, flags);
  const nothingChanged = () => {
    if (!flags.quiet)
      warn(`migrate-lint: no chart changed${flags.changedSince === undefined ? '' : ` since ${flags.changedSince}`}\n`);
    return exit.ok;
  };
  if (options.paths.length === 0) {
    if (!options.changedFiles) return nothingChanged();
    const { deployedCharts } = await import('../deployed-charts.ts');
    const deployed = await deployedCharts(options, { targets: [], errors: [], passedOver: [] });
    if (!deployed?.targets.length && !deployed?.missing.length && !deployed?.errors.length) return nothingChanged();
  }
  const listing = (
    [
      ['charts', flags.listCharts],
      ['files', flags.listFiles],
      ['scenarios', flags.listScenarios],
      ['config', flags.printConfig],
    ] as const
  ).find(([, wanted]) => wanted);
  if (listing) {
    const { list } = await import('./listing.ts');
    return list(listing[0], options);
  }
  const progress =
    process.stderr.isTTY && !flags.quiet && !process.env['CI'] ? new Progress(process.stderr) : undefined;
  let result: LintResult;
  try {
    result = await look({ ...options, onProgress: progress?.tell }, flags);
  } finally {
    progress?.clear();
  }
  if (result.deployments?.pulled.length) {
    const { portableResult } = await import('../portable.ts');
    result = portableResult(result, options.cwd);
  }
  if (flags.allowEmpty) result = { ...result, errors: result.errors.filter(({ empty }) => !empty) };
  if (flags.baseline !== undefined || flags.updateBaseline || flags.pruneBaseline) {
    const { withBaseline } = await import('../with-baseline.ts');
    const file = flags.baseline ?? '.migrate-lint-baseline.json';
    result = await withBaseline(options, result, {
      file,
      from: flags.baselineFrom,
      update: flags.updateBaseline,
      prune: flags.pruneBaseline,
      onRemark: (message) => process.stderr.write(`migrate-lint: ${safeLine(message)}\n`),
    });
  }
  const shown = flags.quiet ? onlyErrors(result) : result;
  if (flags.statistics && flags.format === undefined) {
    const { statistics } = await import('../report/statistics.ts');
    process.stdout.write(statistics(shown));
    for (const { message } of shown.errors) process.stderr.write(`migrate-lint: ${safeLine(message)}\n`);
  } else await print(shown, flags, planCommand(flags));
  if (flags.statistics && flags.format !== undefined) {
    const { statistics } = await import('../report/statistics.ts');
    process.stderr.write(statistics(shown));
  }
  if (result.unmatched) {
    const { coversPolicy } = await import('../policy-use.ts');
    // Of a part of the charts, or of other values, the rest may match.
    const whole = result.errors.length === 0 && !isPartial(flags);
    for (const { message, policy } of result.unmatched)
      if (whole && coversPolicy(options.paths, policy, options.cwd)) warn(`migrate-lint: ${safeLine(message)}\n`);
      else if (flags.verbose) warn(`note: ${safeLine(message)}\n`);
  }
  if (result.deployments && !flags.quiet) {
    const { deploymentLines } = await import('./deployments.ts');
    for (const line of deploymentLines(result.deployments, result.charts, flags.verbose === true)) warn(`${line}\n`);
  }
  if (flags.pull && !flags.quiet) {
    const { pullLines } = await import('./deployments.ts');
    for (const line of pullLines(result.deployments, flags.verbose === true)) warn(`${line}\n`);
  }
  if (flags.verbose) {
    for (const { path, notes } of result.charts)
      for (const note of notes) warn(`note: ${safeLine(`${path}: ${note}`)}\n`);
    for (const { path, reason } of result.passedOver) warn(`note: ${safeLine(`${path}: passed over: ${reason}`)}\n`);
  }
  if (flags.verbose) for (const { detail } of result.errors) if (detail) warn(`${detail}\n`);
  if (flags.timing || flags.verbose)
    warn(
      `${result.charts.length} chart${result.charts.length === 1 ? '' : 's'} in ${((performance.now() - begun) / 1000).toFixed(2)} s${result.cached === undefined ? '' : `, ${result.cached} from the cache`}\n`,
    );
  if (flags.shard && result.shard && !flags.quiet) {
    const { index, count, charts: all } = result.shard;
    warn(`migrate-lint: part ${index} of ${count}: ${inShard(all, flags.shard).size} of ${all.length} charts\n`);
  }
  // A shard may well be empty.
  if (result.charts.length === 0 && result.errors.length === 0 && result.shard?.charts.length) return exit.ok;
  // Of what changed, nothing may be there to lint; of what was named, something is expected.
  if (result.charts.length === 0 && result.errors.length === 0 && !flags.files && flags.changedSince === undefined)
    return nothingLinted(result, flags);
  return codeOf(result, flags);
}

/** Whether a run is of a part of what a policy is for: of what changed, or with one scenario or other values. */
function isPartial(flags: Flags): boolean {
  const { changedSince, files, scenarios, scenario, values, sets, explore } = flags;
  return (
    changedSince !== undefined ||
    files === true ||
    explore === true ||
    !scenarios ||
    [scenario, values, sets].some((given) => given.length > 0)
  );
}

/** Nothing linted is no success: a gate that looks at nothing would pass everything. */
function nothingLinted({ passedOver: [first] }: LintResult, flags: Flags): number {
  const why = first ? `: ${first.path}: ${first.reason}` : '';
  warn(`migrate-lint: nothing was linted${safeLine(why)}${flags.allowEmpty ? '' : '; --allow-empty accepts that'}\n`);
  return flags.allowEmpty ? exit.ok : exit.failed;
}

/** Lints, explores and fixes. */
async function look(options: LintOptions, flags: Flags): Promise<LintResult> {
  const whole = await lint(options);
  const { shard } = whole;
  const done = await changed(whole, options, flags);
  return shard ? { ...done, shard } : done;
}

/** With what --explore finds besides, and without what is fixed. */
async function changed(whole: LintResult, options: LintOptions, flags: Flags): Promise<LintResult> {
  let result = whole;
  if (flags.explore) {
    const { explore } = await import('../explore-charts.ts');
    result = await explore(options, result, {
      strength: flags.exploreStrength ?? 2,
      maxRenders: flags.maxRenders ?? 60,
      timeMs: 120_000,
    });
  }
  const onTerminal = (flags.format ?? ['stylish']).slice(flags.outputFile.length);
  const how = { dryRun: flags.fixDryRun === true, forPrograms: onTerminal.some((format) => format !== 'stylish') };
  if (flags.addDisable) {
    const { addDisables } = await import('./fix.ts');
    return addDisables(options, result, flags.reason, how);
  }
  if (!flags.fix && !flags.fixDryRun) return result;
  const { applyFixes } = await import('./fix.ts');
  return applyFixes(options, result, how);
}

async function lintOptionsOf(charts: string[], flags: Flags): Promise<LintOptions> {
  const options: LintOptions = {
    ...optionsOf(charts, flags),
    stdinName: flags.stdinFilename,
    jobs: flags.jobs,
    shard: flags.shard,
    cache: flags.cacheLocation ?? (flags.cache || undefined),
    dependencies: flags.dependencies,
    preset: flags.preset,
    only: flags.rule.length > 0 ? flags.rule : undefined,
    ignoreRules: flags.ignore,
    severities: flags.severity,
    inlineConfig: flags.inlineConfig,
    reportUnused: flags.reportUnusedDisableDirectives,
  };
  if (flags.files) {
    const { chartsOfFiles } = await import('../discover/index.ts');
    options.paths = chartsOfFiles(charts, options.cwd);
    if (await deployedBelow(['.'], options)) {
      options.deploymentsIn = ['.'];
      options.changedFiles = charts.map((file) => real(resolve(options.cwd, file)));
    }
  }
  if (flags.changedSince === undefined) return options;
  const { changedCharts } = await import('../discover/changed.ts');
  const { policyFilesOf } = await import('../policy-of.ts');
  const mayBeEmpty = await deployedBelow(options.paths, options);
  const { paths, mergeBase, changed } = await changedCharts(flags.changedSince, options.paths, {
    ...options,
    files: [
      ...(options.valuesFiles ?? []),
      ...(typeof options.config === 'string' ? [options.config] : []),
      ...(flags.baseline === undefined ? [] : [flags.baseline]),
    ],
    filesOf: (chart, base) => policyFilesOf(chart, options, base),
    mayBeEmpty,
  });
  flags.baselineFrom ??= mergeBase;
  if (mayBeEmpty) {
    options.deploymentsIn = options.paths;
    options.changedFiles = changed;
  }
  return { ...options, paths, from: flags.from ?? mergeBase, policyFrom: flags.policyFrom ?? mergeBase };
}

/** Whether deployments are to be looked for in these folders, and there are any. */
async function deployedBelow(paths: readonly string[], { cwd, deployments, scenarios }: LintOptions): Promise<boolean> {
  if (deployments === 'none' || scenarios === false) return false;
  const { deploys } = await import('../deployed-charts.ts');
  return deploys(paths, cwd);
}

/** Each `--format` goes to the `--output-file` at its place in the list; what is left over goes to the terminal. */
/** Writes the reports that are asked for. `plan` is the command that the terminal's report ends with. */
export async function print(
  result: LintResult,
  flags: Pick<Flags, 'format' | 'outputFile' | 'showRendered' | 'verbose' | 'color'>,
  plan?: ReturnType<typeof planCommand>,
): Promise<void> {
  const onActions = process.env['GITHUB_ACTIONS'] === 'true';
  const wanted: Format[] = flags.format ?? (onActions ? ['stylish', 'github'] : ['stylish']);
  const files = flags.outputFile.slice(0, wanted.length);
  if (flags.outputFile.length > wanted.length) throw new Error('more --output-file than --format');
  const drawn = {
    version,
    cwd: process.cwd(),
    showRendered: flags.showRendered === true,
    brief: flags.verbose !== true,
    relative: true,
    plan,
  };
  for (const [index, format] of wanted.entries()) {
    const file = files[index];
    const terminal = file === undefined;
    const color = terminal && colored(flags.color);
    const text = await report(format, result, {
      ...drawn,
      color,
      width: Math.max(60, Math.min(process.stdout.columns ?? 100, 140)),
      hyperlinks: color && hyperlinks(),
    });
    if (file !== undefined) writeWhole(file, text);
    else if (format !== 'stylish' || result.charts.length > 0)
      process.stdout.write(format === 'github' ? text : forLog(text));
  }
  const readable =
    wanted.some((format, index) => format === 'stylish' && files[index] === undefined) && result.charts.length > 0;
  if (!readable) for (const { message } of result.errors) warn(`migrate-lint: ${safeLine(message)}\n`);
  const summary = process.env['GITHUB_STEP_SUMMARY'];
  if (onActions && summary && flags.format === undefined)
    writeFileSync(
      summary,
      await report('markdown', result, { ...drawn, color: false, width: 120, hyperlinks: false }),
      { flag: 'a' },
    );
}

function onlyErrors(result: LintResult): LintResult {
  const charts = result.charts.map((chart) => ({
    ...chart,
    findings: chart.findings.filter(({ severity }) => severity === 'error'),
  }));
  const { warnings, infos } = result.summary;
  return { ...result, charts, summary: { ...result.summary, warnings: 0, infos: 0 }, hidden: warnings + infos };
}

/** What could not be linted weighs most; then findings, warnings and suppressions above what is allowed. */
/** The exit code of a run with this result. */
export function codeOf(
  { charts, errors, summary }: LintResult,
  flags: Pick<Flags, 'failOn' | 'maxWarnings' | 'maxSuppressed' | 'exitZero'>,
): number {
  if (errors.length > 0) return exit.failed;
  const { failOn, maxWarnings, maxSuppressed, exitZero } = flags;
  const suppressed = suppressedByRepository(countSuppressed(charts));
  const tooMany = maxSuppressed !== undefined && suppressed > maxSuppressed;
  if (tooMany)
    warn(
      `migrate-lint: ${suppressed} findings suppressed or lowered by the charts or their policy; --max-suppressed allows ${maxSuppressed}\n`,
    );
  if (exitZero) return exit.ok;
  const counted =
    summary.errors + (failOn === 'error' ? 0 : summary.warnings) + (failOn === 'info' ? summary.infos : 0);
  return counted > 0 || tooMany || (maxWarnings !== undefined && summary.warnings > maxWarnings)
    ? exit.findings
    : exit.ok;
}

/** Terminals that are known to follow OSC 8 links; others may print them. */
function hyperlinks(): boolean {
  const { TERM_PROGRAM, VTE_VERSION, WT_SESSION, KITTY_WINDOW_ID, CI } = process.env;
  return (
    !CI &&
    process.stdout.isTTY === true &&
    (/^(iTerm\.app|WezTerm|vscode|ghostty|Hyper)$/.test(TERM_PROGRAM ?? '') ||
      Number(VTE_VERSION) >= 5000 ||
      WT_SESSION !== undefined ||
      KITTY_WINDOW_ID !== undefined)
  );
}
