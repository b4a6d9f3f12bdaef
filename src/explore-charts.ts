import { readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Finding } from './check/index.ts';
import { coveringArray, switchesOf, type Setting } from './explore/index.ts';
import { byPlace } from './check/by-place.ts';
import { unjudgedFindings, type Unjudged } from './check/unjudged.ts';
import { internalFailure } from './rule-failures.ts';
import { lint } from './lint.ts';
import { policyOf } from './policy-of.ts';
import { summarize } from './summary.ts';
import type { LintOptions } from './options.ts';
import type { ChartResult, LintError, LintResult } from './result.ts';
import type { Location } from './place/index.ts';
import { chartPlace } from './unrendered.ts';
import { readSources } from './render/sources.ts';

/** How far to look. */
export interface ExploreOptions {
  /** Any so many switches are tried in all their combinations; 2 by default. */
  strength: number;
  /** Renders of one chart, the default one included; 60 by default. */
  maxRenders: number;
  /** Milliseconds for one chart; 120 000 by default. */
  timeMs: number;
}

/**
 * Lints charts over a covering array of the switches that their templates test. A finding that the default setting does
 * not show names the smallest setting that does. Settings that do not render, and those beyond the bounds, are findings
 * of `not-judged`.
 */
export async function explore(
  options: LintOptions,
  result: LintResult,
  { strength, maxRenders, timeMs }: ExploreOptions,
): Promise<LintResult> {
  const explored = await Promise.all(
    result.charts.map((chart) =>
      exploreChart(chart, options, { strength, maxRenders, timeMs }).catch((error: unknown) => ({
        chart,
        errors: [internalFailure(error, `${chart.path}: --explore`, chart.path)],
      })),
    ),
  );
  return summarize(
    explored.map(({ chart }) => chart),
    [...result.errors, ...explored.flatMap(({ errors }) => errors)],
    result.passedOver,
  );
}

/** A setting that was tried: the chart in it, or why it could not be linted. */
type Tried = { chart: ChartResult } | { error: LintError };

async function exploreChart(
  chart: ChartResult,
  options: LintOptions,
  { strength, maxRenders, timeMs }: ExploreOptions,
): Promise<{ chart: ChartResult; errors: LintError[] }> {
  const folder = resolve(options.cwd, chart.path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return { chart, errors: [] };
  const until = Date.now() + timeMs;
  let renders = 1;
  const tried = new Map<string, Promise<Tried>>();
  const run = (setting: Setting): Promise<Tried> => {
    const key = keyOf(setting);
    const before = tried.get(key);
    if (before) return before;
    renders += 1;
    const set = [
      ...(options.set ?? []),
      ...[...setting].map(([path, value]) => ({
        flag: /^(true|false)$/.test(value) ? ('--set' as const) : ('--set-string' as const),
        value: `${path}=${value.replace(/[,\\]/g, '\\$&')}`,
      })),
    ];
    const outcome = lint({
      ...options,
      // The chart alone, without those below it.
      paths: [join(chart.path, 'Chart.yaml')],
      set,
      scenarios: chart.scenarios?.slice(0, 1) ?? options.scenarios,
      ...(chart.deployments && { deploymentsOf: chart.deployments }),
      dependencyBuild: false,
      onRender: undefined,
    }).then(({ charts: [one], errors: [error] }): Tried =>
      error || !one
        ? { error: error ? unprefixed(error) : { path: chart.path, message: 'nothing was linted' } }
        : { chart: one },
    );
    tried.set(key, outcome);
    return outcome;
  };
  const switches = switchesOf(readSources(folder, basename(folder)), {
    valuesTexts: (options.valuesFiles ?? []).flatMap((file) =>
      statSync(resolve(options.cwd, file), { throwIfNoEntry: false })?.isFile()
        ? [readFileSync(resolve(options.cwd, file), 'utf8')]
        : [],
    ),
    set: (options.set ?? []).map(({ value }) => value),
  });
  const { settings, left } = coveringArray(switches, strength, maxRenders);
  const known = new Set(chart.findings.map(causeOf));
  const found = new Map<string, { finding: Finding; settings: Setting[] }>();
  const failed: { setting: Setting; error: LintError }[] = [];
  let skipped = 0;
  for (const setting of settings.slice(1)) {
    // What is found is narrowed down with the last third.
    const spare = Math.min(found.size * 10, Math.floor(maxRenders / 3));
    if (renders >= maxRenders - spare || Date.now() > until) {
      skipped += 1;
      continue;
    }
    const outcome = await run(setting);
    if ('error' in outcome) {
      failed.push({ setting, error: outcome.error });
      continue;
    }
    for (const finding of outcome.chart.findings) {
      const cause = causeOf(finding);
      if (known.has(cause)) continue;
      const before = found.get(cause);
      if (before) before.settings.push(setting);
      else found.set(cause, { finding, settings: [setting] });
    }
  }
  const findings = [...chart.findings];
  for (const { finding, settings: those } of found.values()) {
    let cut = false;
    const smallest = await shrink(those, async (smaller) => {
      if ((renders >= maxRenders && !tried.has(keyOf(smaller))) || Date.now() > until) {
        cut = true;
        return false;
      }
      const outcome = await run(smaller);
      return 'chart' in outcome && outcome.chart.findings.some((one) => causeOf(one) === causeOf(finding));
    });
    const severity = finding.severity === 'error' && lacksValue(finding) ? 'warning' : finding.severity;
    findings.push({ ...finding, severity, only: cut ? seenWith(smallest) : `only with ${assignmentsOf(smallest)}` });
  }
  const internal = failed.filter(({ error }) => error.internal);
  const lost = unjudgedSettings({
    failed: failed.filter(({ error }) => !error.internal),
    skipped,
    left,
    at: chartPlace({ absolute: folder, archive: false, path: chart.path }, options.cwd),
  });
  const policy = await policyOf(
    { kind: 'chart', absolute: folder, archive: false, path: chart.path, name: '', version: '' },
    options,
  );
  const unseen = unjudgedFindings(lost, { ...options, policy });
  return {
    chart: {
      ...chart,
      findings: [...findings, ...unseen.findings].sort(byPlace),
      suppressed: [...chart.suppressed, ...unseen.suppressed],
      notes: [...chart.notes, `explored ${plural(switches.length, 'switch')} in ${plural(renders, 'render')}`],
    },
    errors: internal.slice(0, 1).map(({ error }) => error),
  };
}

/** Rules that report a cause once, with the first resource in front: another setting may show it in others. */
const byResource = new Set(['api-refused', 'job-schema', 'missing-key', 'never-ready', 'resource-schema']);

/**
 * What findings of one cause have in common: there rule and message without the first resource and the count of others;
 * elsewhere the fingerprint.
 */
function causeOf({ rule, message, severity, fingerprint }: Finding): string {
  if (!byResource.has(rule)) return fingerprint;
  const cause = message
    .replace(/ \(and \d+ more: .*\)/, '')
    .replace(/\b[A-Z]\w*\/[\w.-]+/, '')
    // A setting that adds an item before it moves an item in its list.
    .replace(/\[\d+\]/g, '[]');
  return JSON.stringify([rule, cause, severity]);
}

/** Whether a value that the setting needs too may be all that is missing: `ingress.enabled=true` beside `hosts: []`. */
function lacksValue({ rule, message }: Finding): boolean {
  // A chart often writes the key of a Secret only if its value is set.
  if (rule === 'missing-key') return true;
  if (rule === 'resource-schema' || rule === 'job-schema') return / is the string "", but /.test(message);
  return (
    rule === 'api-refused' &&
    /: Required value|: (?:Invalid|Unsupported) value: ""|must be specified|may not be empty|without a name/.test(
      message,
    )
  );
}

/** Settings that could not be linted, once for each reason, and how many were not tried. */
function unjudgedSettings({
  failed,
  skipped,
  left,
  at,
}: {
  failed: readonly { setting: Setting; error: LintError }[];
  skipped: number;
  left: number;
  at: Location;
}): Unjudged[] {
  const actions = ['install', 'upgrade'] as const;
  const byReason = new Map<string, { setting: Setting; error: LintError }[]>();
  for (const one of failed) byReason.set(one.error.message, [...(byReason.get(one.error.message) ?? []), one]);
  const refused = [...byReason].map(([reason, those]): Unjudged => {
    // What they have in common is what does it, as a rule.
    const first = those.reduce((best, one) => (one.setting.size < best.setting.size ? one : best)).setting;
    const common = new Map(
      [...first].filter(([path, value]) => those.every(({ setting }) => setting.get(path) === value)),
    );
    return {
      what: `setting ${reason}`,
      message: `${plural(those.length, 'setting')} of --explore ${those.length === 1 ? 'was' : 'were'} not judged, such as ${assignmentsOf(common.size > 0 ? common : first)}: ${reason}`,
      at,
      // A switch often needs values that only its user knows.
      cause: 'refused',
      help: 'Pass the values that such a setting needs too (-f, --set), or correct the template.',
      actions,
    };
  });
  if (skipped === 0 && left === 0) return refused;
  return [
    ...refused,
    {
      what: 'settings beyond the bound',
      message: `${plural(skipped, 'setting')} and ${plural(left, 'combination')} of switches were not judged: --explore reached its bound`,
      at,
      cause: 'bounded',
      help: 'Raise --max-renders, or lower --explore-strength.',
      actions,
    },
  ];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : noun.endsWith('ch') ? 'es' : 's'}`;
}

/** An error's message without the chart's path, which the finding has. */
function unprefixed({ message, ...error }: LintError): LintError {
  return { ...error, message: message.startsWith(`${error.path}: `) ? message.slice(error.path.length + 2) : message };
}

/**
 * The smallest setting that shows what these settings show, as far as `shows` lets it look: what they have in common,
 * if that does, and then without a half, a quarter and so on down to single switches, for as long as the finding stays.
 */
async function shrink(those: readonly Setting[], shows: (setting: Setting) => Promise<boolean>): Promise<Setting> {
  const [first, ...others] = [...those].sort((a, b) => a.size - b.size);
  let smallest: Setting = first!;
  const common = new Map([...smallest].filter(([path, value]) => others.every((one) => one.get(path) === value)));
  if (common.size > 0 && common.size < smallest.size && (await shows(common))) smallest = common;
  for (let part = Math.ceil(smallest.size / 2); smallest.size > 1; part = Math.ceil(part / 2)) {
    for (let start = 0; start < smallest.size;) {
      const without = new Map([...smallest].filter((_, index) => index < start || index >= start + part));
      if (without.size > 0 && without.size < smallest.size && (await shows(without))) smallest = without;
      else start += part;
    }
    if (part === 1) break;
  }
  return smallest;
}

/** A setting that the bounds kept from being narrowed down. */
function seenWith(setting: Setting): string {
  const [shown, more] = [[...setting].slice(0, 6), setting.size - 6];
  return `seen with ${assignmentsOf(new Map(shown))}${more > 0 ? ` and ${plural(more, 'more switch')}` : ''} (a higher --max-renders narrows ${setting.size > 1 ? 'them' : 'it'} down)`;
}

/** The same for settings that differ in their order only. */
function keyOf(setting: Setting): string {
  return assignmentsOf(new Map([...setting].sort()));
}

function assignmentsOf(setting: Setting): string {
  return [...setting].map(([path, value]) => `${path}=${value}`).join(', ');
}
