import { resolve } from 'node:path';
import type { CodeAction, Range, TextEdit } from 'vscode-languageserver';
import { disablesFor } from '../add-disable.ts';
import { fixCharts } from '../fix-charts.ts';
import type { Finding } from '../finding.ts';
import { summarize } from '../summary.ts';
import type { TextEdit as FileEdit } from '../fix/plan.ts';
import type { Overlay } from '../overlay.ts';
import type { OpenChart } from './chart.ts';
import { textOnDisk } from './files.ts';

/** The command that opens the page of a rule; its argument is the rule's id. */
export const openRule = 'migrate-lint.openRule';

/** What a suppressing comment has as its reason until a person writes one. */
export const reasonPlaceholder = 'TODO: say why this is not a fault here';

/** What an action does when it is chosen. */
export interface Choice {
  chart: string;
  does: 'fix' | 'suppress';
  /** Of the findings of a diagnostic. */
  fingerprints: string[];
}

/** The actions for the diagnostics of a chart at a place; the edits are made and proved when one is chosen. */
export function actionsFor(chart: OpenChart, path: string, range: Range): CodeAction[] {
  const here = chart.shown.filter(
    ({ path: file, diagnostic, findings }) =>
      file === path &&
      findings.length > 0 &&
      diagnostic.range.start.line <= range.end.line &&
      diagnostic.range.end.line >= range.start.line,
  );
  return here.flatMap(({ diagnostic, findings }) => {
    const [{ rule, fix, location }] = findings as [Finding];
    const choice = (does: Choice['does']): Choice => ({
      chart: chart.folder,
      does,
      fingerprints: findings.map(({ fingerprint }) => fingerprint),
    });
    const quick = { kind: 'quickfix', diagnostics: [diagnostic] };
    return [
      ...(fix ? [{ ...quick, title: `Fix: ${fix.description}`, isPreferred: true, data: choice('fix') }] : []),
      ...(/\.tgz:/.test(location.file) || isOwn(rule)
        ? []
        : [{ ...quick, title: `Suppress ${rule} on this line`, data: choice('suppress') }]),
      {
        ...quick,
        title: `Open the page of ${rule}`,
        command: { title: `Open the page of ${rule}`, command: openRule, arguments: [rule] },
      },
    ];
  });
}

/** Findings about suppressions and about what was not judged: a comment would be the wrong answer. */
const isOwn = (rule: string) => /^(?:unused-|unknown-directive|unknown-rule|expired-ignore|not-judged)/.test(rule);

/** The edits of a choice, by path, or why there are none. They are proved on a copy of the chart. */
export async function editsFor(
  chart: OpenChart,
  { does, fingerprints }: Choice,
  { texts, unsaved }: { texts: ReadonlyMap<string, string>; unsaved: Overlay },
): Promise<{ edits: Map<string, TextEdit[]> } | { why: string }> {
  const { last } = chart;
  if (!last) return { why: 'the chart was not linted yet' };
  const chosen = new Set(fingerprints);
  const charts = last.seen.result.charts.map((one) => ({
    ...one,
    findings: one.findings.filter(({ fingerprint }) => chosen.has(fingerprint)),
  }));
  const result = summarize(charts, []);
  const findings = charts.flatMap((one) => one.findings);
  if (findings.length === 0) return { why: 'it is not reported any more' };
  if (findings.some(({ location }) => changed(resolve(chart.cwd, location.file), last.texts, texts)))
    return { why: 'the file has changed since the chart was linted' };
  const options = { ...last.seen.options, unsaved, onJudged: undefined };
  return chart.exclusive(async (signal) => {
    const planned = does === 'fix' ? { result, left: [] } : disablesFor(result, reasonPlaceholder, chart.cwd, unsaved);
    if (planned.left[0]) return { why: planned.left[0].why };
    try {
      const { files, refused } = await fixCharts({ ...options, signal }, planned.result, { dryRun: true });
      if (refused[0]) return { why: refused[0].why };
      const edits = planned.result.charts.flatMap(({ findings: fixed }) =>
        fixed.flatMap(({ fix }) => fix?.edits ?? []),
      );
      const written = new Set(files.map(({ file }) => file));
      return {
        edits: byPath(
          edits.filter(({ file }) => written.has(file)),
          chart.cwd,
        ),
      };
    } catch (error) {
      return {
        why: signal.aborted
          ? 'the file has changed meanwhile'
          : error instanceof Error
            ? error.message.split('\n')[0]!
            : String(error),
      };
    }
  });
}

/** Edits as editors have them, each once, by the absolute path of their file. */
function byPath(edits: readonly FileEdit[], cwd: string): Map<string, TextEdit[]> {
  const out = new Map<string, TextEdit[]>();
  for (const edit of new Map(edits.map((one) => [JSON.stringify(one), one])).values()) {
    const { file, line, column, endLine, endColumn, newText } = edit;
    const range = {
      start: { line: line - 1, character: column - 1 },
      end: { line: endLine - 1, character: endColumn - 1 },
    };
    const path = resolve(cwd, file);
    out.set(path, [...(out.get(path) ?? []), { range, newText }]);
  }
  return out;
}

function changed(path: string, before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): boolean {
  return (before.get(path) ?? textOnDisk(path)) !== (now.get(path) ?? textOnDisk(path));
}
