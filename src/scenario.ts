import type { UnjudgedSettings } from './check/unjudged.ts';
import type { Deployment } from './deployments/deployment.ts';
import type { ChartTarget } from './discover/index.ts';
import type { LintOptions } from './options.ts';
import type { Location } from './place/index.ts';
import type { ChartResult, LintError } from './result.ts';

/** One way in which a chart is rendered and judged. */
export interface Scenario {
  name: string;
  options: LintOptions;
  /** Where it is written: the policy, or a file of `ci/`. */
  at?: Location;
  /** The deployment that it stands for. */
  deployment?: Deployment;
  /** Nobody asked for it: that it does not render where another does is expected. */
  implicit?: boolean;
}

/** A chart with the ways in which it is linted, and the bounds of that. */
export interface Scenarios {
  target: ChartTarget;
  runs: readonly Scenario[];
  /** How many there may be at most, and those that are more. */
  most: number;
  beyond: readonly Scenario[];
  /** When no further render begins, in milliseconds since 1970. */
  until: number;
  cwd: string;
  settings: UnjudgedSettings & Pick<LintOptions, 'timeLimit' | 'actions'>;
}

/** What came of one way: a chart's result, and what is to be reported beside it. */
export interface Judged {
  chart: ChartResult;
  errors: LintError[];
}

/** What came of one scenario; neither where the time was up before it began. */
export interface ScenarioOutcome {
  run: Scenario;
  judged?: Judged;
  failed?: Failure;
}

/** Why a scenario is not judged, and the error that says so. */
export interface Failure {
  error: unknown;
  told: LintError;
}
