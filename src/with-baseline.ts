import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { activeRules } from './active-rules.ts';
import { unmisled } from './confine/boundary.ts';
import { policyOf } from './policy-of.ts';
import { summarize } from './summary.ts';
import type { LintOptions } from './options.ts';
import type { LintResult } from './result.ts';
import { applyBaseline, parseBaseline, prunedBaseline, updatedBaseline } from './suppress/baseline.ts';
import { writeWhole } from './write.ts';

/** Which baseline, and what to do with it. */
export interface BaselineRequest {
  file: string;
  /**
   * The git ref at which it is read, so that a change cannot accept its own findings; what is written is of the work
   * tree.
   */
  from?: string;
  update?: boolean;
  prune?: boolean;
  /** Told in one line that the work tree has another one. */
  onRemark?: (message: string) => void;
}

/**
 * A result without the findings that a baseline accepts. `update` first writes the baseline anew for the charts of the
 * result, `prune` takes out what they no longer match; entries of other charts stay either way. Throws an `Error` of
 * one line for what is no baseline.
 */
export async function withBaseline(
  options: LintOptions,
  result: LintResult,
  { file, from, update = false, prune = false, onRemark }: BaselineRequest,
): Promise<LintResult> {
  const { cwd, reportUnused } = options;
  const path = unmisled(file, cwd);
  const place = { file, cwd };
  const here = existsSync(path) ? textOf(path, file) : undefined;
  let text = from === undefined || update || prune ? here : await textAt(from, here, { file, onRemark }, options);
  if (text === undefined && !update) throw new Error(`${file}: no such baseline; --update-baseline writes one`);
  let baseline = text === undefined ? undefined : parseBaseline(file, text);
  if (update || prune) {
    baseline = update
      ? updatedBaseline(baseline, result.charts, place)
      : prunedBaseline(baseline!, result.charts, place);
    text = `${JSON.stringify(baseline, undefined, 2)}\n`;
    writeWhole(path, text);
    const { length } = Object.values(baseline.charts).flat();
    onRemark?.(
      `wrote ${file} with ${length} ${length === 1 ? 'finding' : 'findings'}; runs with --baseline ${file} suppress them`,
    );
  }
  const charts = await Promise.all(
    result.charts.map(async (chart) => {
      const absolute = resolve(cwd, chart.path);
      const { name, version, path: shown } = chart;
      const archive = /\.(tgz|tar\.gz)$/.test(absolute);
      const target = { kind: 'chart', path: shown, absolute, archive, name, version, type: '' } as const;
      const rules = activeRules({ ...options, only: [], policy: await policyOf(target, options) });
      const rule = rules.find((one) => one.rule.id === 'unused-baseline');
      return applyBaseline(chart, baseline!, { ...place, text: text!, rule, reportUnused });
    }),
  );
  return { ...result, ...summarize(charts, result.errors, result.passedOver) };
}

/** Larger than any list of findings. */
const mostBytes = 64 * 1024 * 1024;

function textOf(path: string, shown: string): string {
  const stat = statSync(path);
  // A device or a pipe has no end.
  if (!stat.isFile()) throw new Error(`${shown}: no regular file, so not a baseline`);
  if (stat.size > mostBytes) throw new Error(`${shown}: larger than ${mostBytes / 1048576} MiB, which no baseline is`);
  return readFileSync(path, 'utf8');
}

async function textAt(
  from: string,
  here: string | undefined,
  { file, onRemark }: BaselineRequest,
  { cwd, env }: LintOptions,
): Promise<string | undefined> {
  const { textAtCommit } = await import('./git/index.ts');
  const there = await textAtCommit(from, resolve(cwd, file), cwd, env);
  // A file outside of the repository is no part of the change.
  if (there === 'outside') return here;
  if (there === undefined && here === undefined) return undefined;
  if (there?.replaceAll('\r\n', '\n') !== here?.replaceAll('\r\n', '\n'))
    onRemark?.(
      `${file} differs from ${from}; ${there === undefined ? 'it is not there, so no finding is accepted' : 'what is accepted there applies'}`,
    );
  return there ?? '{"version":2,"charts":{}}';
}
