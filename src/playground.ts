// The linter without Node, files and Helm, for the playground of the site: from manifests that were rendered elsewhere
// to findings and the plan. `migrate-lint -` goes through the same stages.
import { PolicyError } from './config/policy.ts';
import { DiscoverError } from './discover/error.ts';
import { lintManifests } from './manifest-stages.ts';
import type { LintOptions } from './options.ts';
import type { Plan } from './plan/plan.ts';
import { Planner } from './plan/index.ts';
import { verdicts, type Verdict } from './report/verdict.ts';
import { safeLine } from './report/safe.ts';
import type { LintResult } from './result.ts';
import { internalFailure } from './rule-failures.ts';
import { summarize } from './summary.ts';

export type { Finding, Suppressed } from './finding.ts';
export type { Plan, Verdict };

/** The options of the command line that the playground has. */
export type PlaygroundOptions = Pick<LintOptions, 'actions' | 'engine' | 'wait' | 'preset'>;

/** The result of a run, with the plan and the verdicts on it. */
export interface PlaygroundResult extends LintResult {
  /** None where the manifests cannot be read. */
  plans: Plan[];
  verdicts: Verdict[];
}

/**
 * Lints the output of `helm template`, under the name `path`. What cannot be linted is an error of the result, on one
 * line. Texts of the manifests are in the result as they are: they are to be shown as text only.
 */
export async function lintText(text: string, options: PlaygroundOptions, path: string): Promise<PlaygroundResult> {
  const planner = new Planner();
  try {
    if (text.includes('\0'))
      throw new DiscoverError(path, `${path}: not text (it holds zero bytes), so not rendered manifests`);
    const { chart, errors } = await lintManifests(
      { path, text, absolute: `/${path}`, seenFrom: (folder, file) => (folder === `/${file}` ? '' : file) },
      { ...options, paths: ['-'], cwd: '/', env: {}, onJudged: planner.onJudged },
    );
    const result = summarize([chart], errors);
    return { ...result, plans: planner.plans(result), verdicts: verdicts(chart) };
  } catch (error) {
    const expected = error instanceof DiscoverError || error instanceof PolicyError;
    const failed = expected ? { path, message: safeLine(error.message) } : internalFailure(error, path, path);
    return { ...summarize([], [failed]), plans: [], verdicts: [] };
  }
}
