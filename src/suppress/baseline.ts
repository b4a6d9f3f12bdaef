import { dirname, relative, resolve } from 'node:path';
import type { ActiveRule } from '../check/index.ts';
import type { Finding, Suppressed } from '../finding.ts';

/** A finding that a team accepts for now. Rule, file and message are for whoever reviews the baseline. */
export interface BaselineEntry {
  /** The finding's fingerprint. */
  hash: string;
  rule: string;
  /** Relative to the baseline's folder. */
  file: string;
  message: string;
  /** How often the chart has it; once where absent. */
  count?: number;
}

/** Findings that a team accepts for now, by chart: its path relative to the baseline's folder. */
export interface Baseline {
  version: 2;
  charts: Record<string, BaselineEntry[]>;
}

/** Where a baseline is, so that the same chart has the same key from every working directory. */
export interface BaselinePlace {
  /** The baseline's file, relative to `cwd` or absolute. */
  file: string;
  cwd: string;
}

interface Chart {
  path: string;
  findings: Finding[];
  suppressed: Suppressed[];
}

/**
 * Reads a baseline; throws an `Error` of one line for what is none. Version 1 had hashes with counts only, and paths
 * relative to the working directory: they are taken as relative to the baseline's folder.
 */
export function parseBaseline(file: string, text: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${file}: not JSON, so not a baseline`);
  }
  const { version, charts } = (value ?? {}) as { version?: unknown; charts?: unknown };
  if ((version !== 1 && version !== 2) || typeof charts !== 'object' || charts === null || Array.isArray(charts))
    throw new Error(`${file}: not a baseline of version 1 or 2`);
  const entries = Object.entries(charts as Record<string, unknown>).map(
    ([chart, listed]): [string, BaselineEntry[]] => {
      const own =
        version === 1
          ? Object.entries((listed ?? {}) as object).map(([hash, count]) => ({
              hash,
              rule: '',
              file: '',
              message: '',
              count,
            }))
          : listed;
      if (!Array.isArray(own) || !own.every(isEntry))
        throw new Error(`${file}: the entries of ${chart} are not a list of hash, rule, file and message`);
      return [chart, own];
    },
  );
  return { version: 2, charts: Object.fromEntries(entries) };
}

function isEntry(value: unknown): value is BaselineEntry {
  const { hash, count = 1 } = (value ?? {}) as Partial<BaselineEntry>;
  return typeof hash === 'string' && typeof count === 'number';
}

/** The baseline after a run: the findings of its charts; charts that were not in it keep their entries. */
export function updatedBaseline(old: Baseline | undefined, charts: readonly Chart[], place: BaselinePlace): Baseline {
  const all = new Map(Object.entries(old?.charts ?? {}));
  for (const chart of charts) all.set(keyOf(chart.path, place), entriesOf(chart, place));
  return sorted(all);
}

/** The baseline without what no finding of these charts matches; nothing is added. */
export function prunedBaseline(old: Baseline, charts: readonly Chart[], place: BaselinePlace): Baseline {
  const all = new Map(Object.entries(old.charts));
  for (const chart of charts) {
    const key = keyOf(chart.path, place);
    const present = countsOf(entriesOf(chart, place));
    all.set(
      key,
      (all.get(key) ?? []).flatMap(({ count = 1, ...entry }) => {
        const left = Math.min(count, present.get(entry.hash) ?? 0);
        return left > 0 ? [{ ...entry, ...(left > 1 && { count: left }) }] : [];
      }),
    );
  }
  return sorted(all);
}

/**
 * Suppresses a chart's findings that are in a baseline, each as often as it is there; entries that match none are
 * reported.
 */
export function applyBaseline<T extends Chart>(
  chart: T,
  baseline: Baseline,
  { file, cwd, text, rule, reportUnused }: BaselinePlace & { text: string; rule?: ActiveRule; reportUnused?: boolean },
): T {
  const key = keyOf(chart.path, { file, cwd });
  const entries = Object.hasOwn(baseline.charts, key) ? baseline.charts[key]! : [];
  const left = countsOf(entries);
  const shown = relative(cwd, resolve(cwd, file));
  const findings: Finding[] = [];
  const suppressed = [...chart.suppressed];
  for (const finding of chart.findings) {
    const count = left.get(finding.fingerprint) ?? 0;
    if (count > 0) {
      left.set(finding.fingerprint, count - 1);
      suppressed.push({ finding, by: 'baseline', at: { file: shown, line: lineIn(text, key, finding.fingerprint) } });
    } else findings.push(finding);
  }
  for (const entry of entries) {
    const unused = left.get(entry.hash) ?? 0;
    left.delete(entry.hash);
    if (unused === 0) continue;
    const finding = staleFinding(entry, unused, { file: shown, line: lineIn(text, key, entry.hash), column: 1 });
    const severity = rule?.severity ?? (reportUnused ? 'warning' : 'info');
    if (rule?.off) suppressed.push({ finding, ...rule.off });
    else findings.push({ ...finding, severity });
  }
  return { ...chart, findings, suppressed };
}

function staleFinding({ hash, rule, file, message }: BaselineEntry, unused: number, at: Finding['location']): Finding {
  const what = rule ? `${rule} in ${file} (${message})` : hash;
  return {
    rule: 'unused-baseline',
    severity: 'info',
    message: `The baseline accepts ${what}, which is no longer found${unused > 1 ? ` (${unused} times)` : ''}`,
    resource: { apiVersion: '', kind: '', name: '', namespace: '' },
    location: at,
    because: [],
    actions: ['install', 'upgrade'],
    help: 'Run migrate-lint with --prune-baseline.',
    fingerprint: `unused-baseline:${hash}`,
  };
}

/** The line of an entry in a baseline's text; 1 where it is not found. */
function lineIn(text: string, chart: string, hash: string): number {
  const from = Math.max(0, text.indexOf(`${JSON.stringify(chart)}:`));
  const at = text.indexOf(`"${hash}"`, from);
  return at === -1 ? 1 : text.slice(0, at).split('\n').length;
}

function keyOf(path: string, { file, cwd }: BaselinePlace): string {
  if (path === '<stdin>') return path;
  return relative(dirname(resolve(cwd, file)), resolve(cwd, path)).replaceAll('\\', '/') || '.';
}

/** What a chart has, whether reported or suppressed by a baseline. */
function entriesOf({ findings, suppressed }: Chart, { file, cwd }: BaselinePlace): BaselineEntry[] {
  const accepted = suppressed.flatMap(({ by, finding }) => (by === 'baseline' ? [finding] : []));
  const entries = new Map<string, BaselineEntry>();
  for (const { fingerprint: hash, rule, location, message } of [...findings, ...accepted]) {
    if (rule === 'unused-baseline') continue;
    const known = entries.get(hash);
    if (known) known.count = (known.count ?? 1) + 1;
    else {
      const path = relative(dirname(resolve(cwd, file)), resolve(cwd, location.file)).replaceAll('\\', '/');
      entries.set(hash, { hash, rule, file: path, message });
    }
  }
  const order = (entry: BaselineEntry) => [entry.file, entry.rule, entry.message, entry.hash].join('\0');
  return [...entries.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function countsOf(entries: readonly BaselineEntry[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { hash, count = 1 } of entries) counts.set(hash, (counts.get(hash) ?? 0) + count);
  return counts;
}

function sorted(charts: ReadonlyMap<string, BaselineEntry[]>): Baseline {
  const entries = [...charts].filter(([, list]) => list.length > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  return { version: 2, charts: Object.fromEntries(entries) };
}
