import type { Deployment, LeftOut } from './deployments/deployment.ts';
import type { PassedOver } from './discover/index.ts';
import type { Finding, Suppressed } from './finding.ts';
import type { Shard } from './shard.ts';

/** What was found in one chart, or in one stream of manifests. */
export interface ChartResult {
  path: string;
  name: string;
  version: string;
  findings: Finding[];
  /** Findings that are not reported, each with what suppresses it. */
  suppressed: Suppressed[];
  /** How each action ends; absent where not all rules were applied. */
  outcomes?: Outcome[];
  /** What changed in the rollout since the last revision, where that is named and holds the chart. */
  changes?: RolloutChanges;
  /** The scenarios in which it was linted, where there are several. */
  scenarios?: string[];
  /** The deployments that name it, as which it was linted. */
  deployments?: readonly Deployment[];
  /** What Helm or the YAML parser remarked and what could not be read; never a finding. */
  notes: string[];
}

/** How an action ends, as far as its play shows. */
export interface Outcome {
  action: 'install' | 'upgrade';
  /** `stuck`: it passes, but some workloads never become ready. */
  state: 'passes' | 'stuck' | 'may-stop' | 'stops';
  /**
   * One line without its subject: `hangs: hook 1 of 11, Job/auth-migrations, waits for Service/elk (created later)`.
   */
  text: string;
}

/** What changed in the rollout of a chart since the last revision. */
export interface RolloutChanges {
  /** The last revision: `main`. */
  from: string;
  /** Actions that end otherwise than those of the last revision; its upgrade was one of itself. */
  outcomes: { action: Outcome['action']; before: Outcome; after: Outcome }[];
  hooks: HookChange[];
}

/** A hook that is not as it was. */
export interface HookChange {
  type: 'added' | 'removed' | 'changed';
  /** `Job/migrate`; of a removed one as it was. */
  hook: string;
  /** The action for which it is rendered so, where the other is rendered otherwise. */
  action?: Outcome['action'];
  /**
   * `weight 0 → 5`, `now runs after Job/seed`; of one that was added or removed its events, weight and delete policy.
   */
  changes: string[];
}

/** A target that could not be linted; `message` is one line for people. */
export interface LintError {
  path: string;
  message: string;
  /** Where Helm says that it failed, as Helm names it: `shop/templates/job.yaml`; columns count bytes from 1. */
  at?: { file: string; line?: number; column?: number };
  /** All that Helm said, or the stack of an internal error. */
  detail?: string;
  /** A fault of migrate-lint itself. */
  internal?: true;
  /** Helm has read the chart, and cannot render it. */
  unrendered?: true;
  /** Its dependencies are not in `charts/`. */
  unbuilt?: true;
  /** Helm says that the chart is a library. */
  library?: true;
  /** The chart itself refuses to render so. */
  refused?: true;
  /** There is nothing to lint there, rather than something that cannot be linted. */
  empty?: true;
}

/** The outcome of a run. */
export interface LintResult {
  charts: ChartResult[];
  errors: LintError[];
  /** Folders and charts with nothing to lint, with the reason: libraries, templates of charts. */
  passedOver: PassedOver[];
  summary: { errors: number; warnings: number; infos: number };
  /** Patterns of policies that match nothing in this run, a line each; `policy` is the absolute path of the file. */
  unmatched?: { message: string; policy: string }[];
  /** The deployments that were found, where there are any, and those that are not judged. */
  deployments?: DeploymentsOfRun;
  /** Which part of the run it is, under `--shard`. */
  shard?: ShardOfRun;
  /** How many charts were not linted again, because an earlier run left the result for the same inputs. */
  cached?: number;
  /** Findings below `error` that are left out of `charts` (`--quiet`). */
  hidden?: number;
}

/** The deployments of a run. */
export interface DeploymentsOfRun {
  found: readonly Deployment[];
  leftOut: readonly LeftOut[];
  /** Charts that are not here, the deployments that need them, and how to get them. */
  missing: readonly { what: string; deployments: readonly Deployment[]; howToGet: string }[];
  /** Charts that were pulled, where they are now, and how reports name that place. */
  pulled: readonly { chart: string; folder: string; shown: string }[];
}

/** A shard, and the paths of all shards' charts in the order of the run. */
export interface ShardOfRun extends Shard {
  charts: string[];
}
