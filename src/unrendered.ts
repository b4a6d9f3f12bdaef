import { statSync } from 'node:fs';
import { join } from 'node:path';
import { shownPath } from './paths.ts';
import type { Unjudged } from './check/unjudged.ts';
import { HelmError } from './helm/index.ts';
import { readText } from './overlay.ts';
import { shownFile, ValuesFile, type Location } from './place/index.ts';
import { dependencyOf } from './render/dependencies.ts';
import type { LintOptions } from './options.ts';
import type { SourceFile } from './render/index.ts';
import type { Failure, Scenario, ScenarioOutcome, Scenarios } from './scenario.ts';

/** The chart that a render belongs to, as reports name it. */
export interface UnrenderedChart {
  chart: { absolute: string; archive: boolean; path: string };
  sources: readonly SourceFile[];
  cwd: string;
}

/** What is not judged where Helm renders a chart for one action and not for the other. */
export function unrenderedAction(
  { action, error }: { action: 'install' | 'upgrade'; error: HelmError },
  where: UnrenderedChart,
): Unjudged {
  const refused = error.refused || asksCluster(error, where.sources);
  const reason = shorten(error.message);
  return {
    what: action,
    message:
      action === 'upgrade'
        ? `The upgrade was not judged: ${refused ? 'the chart refuses to render it' : 'it does not render'}: ${reason}`
        : `The install does not render, so the upgrade was judged as if the last revision were the same: ${reason}`,
    at: placeOf(error, where),
    cause: refused || action === 'install' ? 'refused' : 'lost',
    help: helpFor(error, action),
    actions: [action === 'install' ? 'upgrade' : action],
  };
}

/** Values files with several documents, of which the Helms make different values. `files` are absolute paths. */
export function severalDocuments(
  files: readonly string[],
  { cwd, unsaved }: Pick<LintOptions, 'cwd' | 'unsaved'>,
): Unjudged[] {
  return files.flatMap((path) => {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return [];
    const [line] = new ValuesFile(path, readText(path, unsaved)).furtherDocuments;
    if (line === undefined) return [];
    const file = shownPath(cwd, path);
    return [
      {
        what: `values ${file}`,
        message: `${file} has several YAML documents: Helm 4 merges them, Helm 3 reads only the first, and the chart was judged with one of the two`,
        at: { file, line, column: 1 },
        cause: 'refused' as const,
        help: 'Write the values as one document.',
        actions: ['install', 'upgrade'] as const,
      },
    ];
  });
}

/** What is not judged where the last revision (`--from`) does not render. */
export function unrenderedLast(from: string, error: HelmError, { chart, cwd }: UnrenderedChart): Unjudged {
  return {
    what: 'last revision',
    message: `The upgrade from ${from} was not judged: that revision does not render: ${shorten(error.message)}`,
    at: chartPlace(chart, cwd),
    cause: 'lost',
    help: `Name a revision that renders with these values (--from).`,
    actions: ['upgrade'],
  };
}

/** A chart of a folder of tests that does not render. */
export function unrenderedChart(
  { message, unbuilt }: { message: string; unbuilt?: true },
  chart: UnrenderedChart['chart'],
  { cwd, actions = ['install', 'upgrade'] }: Pick<LintOptions, 'cwd' | 'actions'>,
): Unjudged {
  return {
    what: 'chart',
    message: `The chart was not judged: ${shorten(message.replace(`${chart.path}: `, ''))}`,
    at: chartPlace(chart, cwd),
    cause: 'refused',
    help: `${unbuilt ? 'Run again with --dependency-build, which fetches them into charts/. ' : ''}Nothing needs to be done if this is the input of a test; name the chart on the command line to make it an error.`,
    actions,
  };
}

/** Scenarios that failed beside others, those that the time did not suffice for, and those beyond the bound. */
export function unjudgedScenarios({
  target,
  cwd,
  failed,
  late,
  beyond,
  runs,
  most,
  settings,
}: Scenarios & {
  failed: readonly { run: Scenario; failed: Failure }[];
  late: readonly ScenarioOutcome[];
}): Unjudged[] {
  const all = runs.length + beyond.length;
  const { actions = ['install', 'upgrade'], timeLimit = 600 } = settings;
  const common = { cause: 'lost' as const, actions };
  const place = chartPlace(target, cwd);
  const counted = (count: number) =>
    all === 1 ? 'The chart was' : `${count} of ${all} scenarios ${count === 1 ? 'was' : 'were'}`;
  return [
    ...failed.map(({ run, failed: { error } }): Unjudged => {
      return {
        ...common,
        what: `scenario ${run.name}`,
        message: `${run.implicit ? 'The default values were' : `${run.deployment ? 'Deployment' : 'Scenario'} ${run.name} was`} not judged: ${shorten(error instanceof Error ? error.message : String(error))}`,
        at: run.at ?? (error instanceof HelmError ? placeOf(error, { chart: target, sources: [], cwd }) : place),
        cause: run.implicit ? 'refused' : 'lost',
        help:
          error instanceof HelmError
            ? helpFor(error, run.implicit ? 'chart without values' : run.deployment ? 'deployment' : 'scenario')
            : `Correct the ${run.deployment ? 'deployment' : 'scenario'}.`,
        scenarios: [run.name],
      };
    }),
    ...(beyond.length > 0
      ? [
          {
            ...common,
            what: 'scenarios beyond the bound',
            message: `${counted(beyond.length)} not judged: --max-scenarios is ${most}`,
            at: beyond[0]!.at ?? place,
            help: 'Raise --max-scenarios, or choose scenarios with --scenario.',
          },
        ]
      : []),
    ...(late.length > 0
      ? [
          {
            ...common,
            what: 'scenarios beyond the time',
            message: `${counted(late.length)} not judged: the time limit of ${timeLimit} s was reached`,
            at: late[0]!.run.at ?? place,
            help: 'Raise --time-limit, or lint fewer charts or scenarios at a time.',
          },
        ]
      : []),
  ];
}

/**
 * The advice for a render that fails: the `--set` options that Helm's message asks for, as they are written for this
 * chart.
 */
export function helpFor(error: HelmError, what: string): string {
  const keys = wantedValues(error);
  const asked = keys.map((key) => `--set ${key}=…`).join(' ');
  return keys.length > 0
    ? `Pass ${asked} (or set ${keys.length > 1 ? 'them' : 'it'} in a scenario), so that the ${what} is judged too.`
    : `Pass the values that the ${what} needs (--set, -f, or a scenario of the policy), so that it is judged too.`;
}

/**
 * The values that Helm's message asks for, by their path from the chart that is linted: a subchart's message may name
 * its own path.
 */
export function wantedValues({ detail, message, file }: HelmError): string[] {
  const prefix = dependencyOf(file)?.split('/').join('.');
  const asked = [...(detail ?? message).matchAll(/--set(?:-string)?[ =]["']?([A-Za-z_][\w.[\]-]*)=/g)].map(
    ([, key]) => key!,
  );
  const whole = asked.map((key) =>
    prefix === undefined || key.startsWith(`${prefix}.`) || key.startsWith('global.') ? key : `${prefix}.${key}`,
  );
  return [...new Set(whole)].slice(0, 8);
}

/** Whether the template that failed asks the cluster, which finds nothing under `helm template`. */
function asksCluster({ kind, detail = '', file }: HelmError, sources: readonly SourceFile[]): boolean {
  if (kind !== 'template') return false;
  const named = new Set(
    [...detail.matchAll(/[\w./-]+\.(?:ya?ml|tpl|txt)\b/g)].map(([path]) => path).concat(file ?? []),
  );
  return sources.some(({ path, text }) => named.has(path) && /\blookup\s/.test(text));
}

/**
 * Where Helm says that it failed; the chart's own file where it names none. Of a refusal in a helper Helm names the
 * template that includes it.
 */
export function placeOf(error: HelmError, { chart, sources, cwd }: UnrenderedChart): Location {
  const { file, line, column } = error;
  const own = refusalIn(error, sources);
  if (own) return { file: shownFile(own.source, chart, cwd), line: own.line, column: own.column };
  const source = sources.find(({ path }) => path === file);
  if (source)
    return {
      file: shownFile(source, chart, cwd),
      line: line ?? 1,
      column: column ?? 1,
      ...(!line && { precision: 'block' }),
    };
  return chartPlace(chart, cwd);
}

/** The only line of the chart that refuses (`fail`, `required`) in these very words. */
function refusalIn({ detail = '', refused }: HelmError, sources: readonly SourceFile[]) {
  const words = refused ? /execution error at \([^)\n]*\): ([^"\n]{8,})/.exec(detail)?.[1]?.trim() : undefined;
  if (words === undefined) return undefined;
  const found = sources
    .filter(({ path, text }) => path.includes('/templates/') && text.includes(words))
    .flatMap((source) =>
      source.text.split('\n').flatMap((text, index) => {
        const at = /\b(?:fail|required)\b/.test(text) ? text.indexOf(`"${words}"`) : -1;
        return at === -1 ? [] : [{ source, line: index + 1, column: at + 1 }];
      }),
    );
  return found.length === 1 ? found[0] : undefined;
}

/** A chart as a whole: its Chart.yaml, or its archive. */
export function chartPlace(chart: { absolute: string; archive: boolean; path: string }, cwd: string): Location {
  return {
    file: chart.archive ? chart.path : shownPath(cwd, join(chart.absolute, 'Chart.yaml')),
    line: 1,
    column: 1,
    precision: 'block',
  };
}

/** Helm's message as far as a report's line has room for it: whole sentences, where it has any. */
function shorten(message: string): string {
  if (message.length <= 300) return message;
  const sentences = /^.{40,280}?[.!](?= [A-Z])/.exec(message)?.[0];
  return sentences ?? `${message.slice(0, 299).replace(/\s+\S*$/, '')}…`;
}
