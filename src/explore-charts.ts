import { readFileSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Finding } from './check/index.ts';
import { coveringArray, switchesOf, type Setting } from './explore/index.ts';
import { lint, summarize, type ChartResult, type LintOptions, type LintResult } from './lint.ts';
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
 * Lints charts over a covering array of the switches that their templates test. A finding that the default setting does not show names
 * the smallest setting that does. Settings that do not render are told in the notes.
 */
export async function explore(
  options: LintOptions,
  result: LintResult,
  { strength, maxRenders, timeMs }: ExploreOptions,
): Promise<LintResult> {
  const charts = await Promise.all(
    result.charts.map((chart) => exploreChart(chart, options, { strength, maxRenders, timeMs })),
  );
  return summarize(charts, result.errors);
}

async function exploreChart(
  chart: ChartResult,
  options: LintOptions,
  { strength, maxRenders, timeMs }: ExploreOptions,
): Promise<ChartResult> {
  const folder = resolve(options.cwd, chart.path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return chart;
  const until = Date.now() + timeMs;
  let renders = 1;
  const tried = new Map<string, Promise<ChartResult | string>>();
  const run = (setting: Setting): Promise<ChartResult | string> => {
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
      paths: [chart.path],
      set,
      scenarios: chart.scenarios?.slice(0, 1) ?? options.scenarios,
      dependencyBuild: false,
      onRender: undefined,
    }).then(({ charts, errors }) => charts[0] ?? errors[0]?.message ?? 'nothing was linted');
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
  const known = new Set(chart.findings.map(({ fingerprint }) => fingerprint));
  const found = new Map<string, { finding: Finding; setting: Setting }>();
  const failed: string[] = [];
  let skipped = 0;
  for (const setting of settings.slice(1)) {
    if (renders >= maxRenders || Date.now() > until) {
      skipped += 1;
      continue;
    }
    const outcome = await run(setting);
    if (typeof outcome === 'string') {
      failed.push(`does not render with ${words(setting)}: ${outcome}`);
      continue;
    }
    for (const finding of outcome.findings)
      if (!known.has(finding.fingerprint) && !found.has(finding.fingerprint))
        found.set(finding.fingerprint, { finding, setting });
  }
  const findings = [...chart.findings];
  for (const { finding, setting } of found.values()) {
    const smallest = await shrink(setting, async (smaller) => {
      if ((renders >= maxRenders && !tried.has(keyOf(smaller))) || Date.now() > until) return false;
      const outcome = await run(smaller);
      return (
        typeof outcome !== 'string' && outcome.findings.some(({ fingerprint }) => fingerprint === finding.fingerprint)
      );
    });
    findings.push({ ...finding, only: `only with ${words(smallest)}` });
  }
  const notes = [
    ...chart.notes,
    `explored ${switches.length} switches in ${renders} renders${skipped || left ? `; ${left} combinations and ${skipped} settings were left out (--max-renders)` : ''}`,
    ...failed,
  ];
  return { ...chart, findings, notes };
}

/** Takes settings away one by one for as long as the finding stays; single settings are tried first. */
async function shrink(setting: Setting, shows: (setting: Setting) => Promise<boolean>): Promise<Setting> {
  for (const entry of setting) if (setting.size > 1 && (await shows(new Map([entry])))) return new Map([entry]);
  let smallest = setting;
  for (const [path] of setting) {
    const without = new Map([...smallest].filter(([other]) => other !== path));
    if (without.size > 0 && without.size < smallest.size && (await shows(without))) smallest = without;
  }
  return smallest;
}

/** The same for settings that differ in their order only. */
function keyOf(setting: Setting): string {
  return words(new Map([...setting].sort()));
}

function words(setting: Setting): string {
  return [...setting].map(([path, value]) => `${path}=${value}`).join(', ');
}
