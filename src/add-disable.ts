import { groupBy, type NonEmpty } from './group-by.ts';
import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Finding } from './finding.ts';
import type { Fix } from './fix/plan.ts';
import { readText, type Overlay } from './overlay.ts';
import { isInside } from './paths.ts';
import type { LintResult } from './result.ts';

/** Findings with the comment that suppresses each as its fix, and those that no comment can suppress. */
export interface Disables {
  result: LintResult;
  left: { finding: Finding; why: string }[];
}

/**
 * Gives each finding a `migrate-lint-disable-next-line` comment above its line as its fix, one comment a line for all
 * rules that report there. The fix announces no change of the render, so that one that changes it is refused when fixes
 * are applied.
 */
export function disablesFor(result: LintResult, reason: string | undefined, cwd: string, unsaved?: Overlay): Disables {
  const left: Disables['left'] = [];
  const files = new Map<string, readonly string[]>();
  const linesOf = (file: string) => {
    const lines = files.get(file) ?? readText(resolve(cwd, file), unsaved).split('\n');
    files.set(file, lines);
    return lines;
  };
  const charts = result.charts.map((chart) => {
    const byLine = groupBy(chart.findings, ({ location }) => `${location.file}:${location.line}`);
    const findings = [...byLine.values()].flatMap((together) => {
      const why = refusal(together[0], chart.path, cwd, unsaved);
      if (why !== undefined) {
        left.push(...together.map((finding) => ({ finding, why })));
        return together.map(({ fix: _, ...finding }) => finding);
      }
      const fix = comment(together, reason, linesOf(together[0].location.file));
      return together.map((finding) => ({ ...finding, fix }));
    });
    return { ...chart, findings };
  });
  return { result: { ...result, charts }, left };
}

function refusal(
  { rule, location: { file } }: Finding,
  chart: string,
  cwd: string,
  unsaved: Overlay | undefined,
): string | undefined {
  const isUnsaved = unsaved?.has(resolve(cwd, file));
  const stat = lstatSync(resolve(cwd, file), { throwIfNoEntry: false });
  if (!stat && !isUnsaved) return 'it is in an archive';
  if (!isInside(resolve(cwd, chart), resolve(cwd, file))) return 'it is in another chart';
  // On a copy of the chart, where comments are proved, its dependencies have no source.
  if (rule === 'stale-dependency') return 'run helm dependency update instead';
  return isUnsaved || stat?.isFile() ? undefined : 'it is behind a link';
}

function comment(findings: Readonly<NonEmpty<Finding>>, reason: string | undefined, lines: readonly string[]): Fix {
  const [{ location }] = findings;
  const { file, line } = location;
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort();
  const words = `migrate-lint-disable-next-line ${rules.join(', ')}${reason === undefined ? '' : ` -- ${reason}`}`;
  const end = lines[line - 1]?.endsWith('\r') ? '\r\n' : '\n';
  const newText = `${indent(lines[line - 1] ?? '')}${written(words, file, lines[line - 2])}${end}`;
  return {
    description: `suppress ${rules.join(', ')}`,
    edits: [{ file, line, column: 1, endLine: line, endColumn: 1, newText }],
    changes: [],
  };
}

const indent = (line: string) => /^[ ]*/.exec(line)![0];

/**
 * A comment of the template, which prints nothing at all: it takes the white space before it away, and what follows it
 * stays.
 */
function written(words: string, file: string, before: string | undefined): string {
  if (!/(?:^|[\\/])templates[\\/]/.test(file)) return `# ${words}`;
  // Nothing is before it, or nothing is left of it.
  const trims = before === undefined || /-\}\}\s*$/.test(before);
  return `{{- /* ${words} */${trims ? ' -' : ''}}}`;
}
