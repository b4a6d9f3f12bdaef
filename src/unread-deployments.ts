// Loaded where deployments were left out.
import { realpathSync } from 'node:fs';
import { dirname, posix, resolve } from 'node:path';
import { boundaryOf } from './confine/index.ts';
import { writtenText } from './deployment-findings.ts';
import type { LeftOut } from './deployments/deployment.ts';
import type { ChartTarget } from './discover/index.ts';
import type { Finding } from './finding.ts';
import { shownPath } from './paths.ts';
import type { FileLine } from './place/location.ts';
import type { ChartResult } from './result.ts';

/** More deployments than this are not looked at. */
const most = 500;
const longest = 300;

/**
 * A chart that was linted with its default values, although a deployment names it that could not be read: nobody may
 * deploy these values. Findings say so, and errors are warnings, unless their templates hold for any values. The same
 * chart where no such deployment names it.
 */
export function withUnread(
  chart: ChartResult,
  target: ChartTarget,
  { leftOut, cwd }: { leftOut: readonly LeftOut[]; cwd: string },
): ChartResult {
  if (chart.findings.length === 0) return chart;
  const unread = leftOut.filter(({ away }) => !away).slice(0, most);
  const found = unread.find((one) => names(one, target, cwd));
  if (!found) return chart;
  const { what, at, reason } = found;
  const doubt = `with default values: ${what} (${at.file}:${at.line}) deploys this chart, but was left out: ${reason}`;
  const findings = chart.findings.map((finding): Finding => {
    const { scenarios, rule, severity, only } = finding;
    if (rule === 'not-judged' || (scenarios && !scenarios.includes('default')) || forAnyValues(finding, cwd))
      return finding;
    const others = scenarios?.filter((name) => name !== 'default') ?? [];
    // The values of the other scenarios were written by somebody.
    if (others.length > 0) return finding;
    return {
      ...finding,
      severity: severity === 'error' ? 'warning' : severity,
      only: [only, doubt].filter(Boolean).join('; '),
    };
  });
  const certain = findings.some(({ severity }) => severity === 'error');
  const outcomes = chart.outcomes?.map((one) =>
    one.state === 'stops' && !certain
      ? { ...one, state: 'may-stop' as const, text: `${one.text} (with default values)` }
      : one,
  );
  return { ...chart, findings, ...(outcomes && { outcomes }) };
}

/** What each of them names: it is asked for each chart. */
const written = new WeakMap<LeftOut, readonly string[]>();

/** Whether the file of a deployment names the folder of a chart, from its own folder or from the repository's root. */
function names(one: LeftOut, { absolute }: ChartTarget, cwd: string): boolean {
  const root = boundaryOf(absolute, cwd);
  const chart = shownPath(root, realpathSync(absolute));
  if (chart === '' || chart.startsWith('..')) return false;
  const folder = shownPath(root, dirname(resolve(cwd, one.at.file)));
  const paths = written.get(one) ?? pathsIn(textAt(one.at, cwd));
  written.set(one, paths);
  return paths.some((path) =>
    [posix.normalize(path), posix.join(folder || '.', path)].some((one) => matches(one.replace(/\/$/, ''), chart)),
  );
}

/** The document at a line; of a helmfile, whose parts belong together, the whole text. */
function textAt({ file, line }: FileLine, cwd: string): string {
  const text = writtenText(file, cwd) ?? '';
  if (/helmfile/.test(file)) return text;
  const lines = text.split('\n');
  const isBreak = (one: string) => /^---/.test(one);
  const from = lines.slice(0, line).findLastIndex(isBreak) + 1;
  const to = lines.findIndex((one, index) => index >= line && isBreak(one));
  return lines.slice(from, to === -1 ? undefined : to).join('\n');
}

/** Stands for what a template prints. */
const unknown = '\u0001';

/** What `path` and `chart` name, an unknown part for each action of a template; none that is unknown as a whole. */
function pathsIn(text: string): string[] {
  const plain = text.replaceAll(unknown, '').replace(/\{\{[^{}]{0,300}\}\}/g, unknown);
  return [...plain.matchAll(/(?:^|[\s{,"'])(?:path|chart)["']?:[ \t]*["']?([^"'#,}\s]+)/gm)]
    .map(([, path]) => path!.replace(/^\/+/, ''))
    .filter((path) => path.length <= longest && /[\w-]/.test(path));
}

function matches(path: string, chart: string): boolean {
  const parts = path.split('/');
  const own = chart.split('/');
  return parts.length === own.length && parts.every((part, index) => partMatches(part, own[index]!));
}

function partMatches(part: string, own: string): boolean {
  if (!part.includes(unknown)) return part === own;
  const first = part.slice(0, part.indexOf(unknown));
  const last = part.slice(part.lastIndexOf(unknown) + 1);
  return own.length > first.length + last.length && own.startsWith(first) && own.endsWith(last);
}

/** Whether no value takes part in what a finding speaks of: its templates print names of the release at most. */
function forAnyValues({ location, because }: Finding, cwd: string): boolean {
  const files = new Set([location, ...because.map((one) => one.location)].map(({ file }) => file));
  return [...files].every(
    (file) =>
      writtenText(file, cwd)
        ?.replace(/\{\{-? *\.(?:Release|Chart)\.\w+ *(?:\| *quote *)?-?\}\}/g, '')
        .includes('{{') === false,
  );
}
