import type { PolicyService, Release } from './model/index.ts';
import type { Resource } from './parse/index.ts';
import type { Report, Severity } from './rule-report.ts';
import type { Engine, Timeline } from './simulate/index.ts';

export { linesWith, parseManifest, type Place, type Resource, type Path } from './parse/index.ts';
export type { Edit, Report, Severity } from './rule-report.ts';
export { apiRefusals, schemaReports } from './api-reports.ts';
export { byCause } from './one-cause.ts';
export { repeatedKeyReports } from './repeated-keys.ts';
export { whenSent } from './when-sent.ts';
export {
  annotation,
  argoHook,
  contents,
  delayOf,
  deletePolicies,
  groupBy,
  hookEvents,
  int,
  list,
  map,
  migrationKey,
  migrationsOf,
  jobsOfService,
  parseSelector,
  placeIn,
  podsBefore,
  readNetworkPolicy,
  selects,
  splitAnnotation,
  str,
  strings,
  tieOf,
  workloadsOfService,
  type Action,
  type Container,
  type DeletePolicy,
  type Hook,
  type HookEvent,
  type NetworkPolicy,
  type Pod,
  type PolicedPod,
  type PolicedPort,
  type PolicyService,
  type Reference,
  type Release,
  type Service,
  type Workload,
  type WorkloadMigration,
} from './model/index.ts';
export type { Command } from './shell/index.ts';
export { endsAtOnce, isKubectl, rowAt, scriptIn, writtenIn } from './tools/index.ts';
export {
  doubtOf,
  isLate,
  needsOf,
  linksOf,
  policiesOf,
  rootOf,
  schemaMigrators,
  type Block,
  type Cause,
  type Engine,
  type Lack,
  type Need,
  type Step,
  type Timeline,
} from './simulate/index.ts';
export {
  actor,
  alsoBlocks,
  beside,
  describe,
  describeAll,
  doubtWords,
  endOf,
  explainCause,
  hooksOf,
  hookWords,
  isLaterHook,
  newSuffix,
  placeOfCause,
  targetOf,
  whenCreated,
} from './words.ts';
export { plural } from './plural.ts';

/** An option of a rule, as JSON Schema knows it. */
export interface OptionSchema {
  type: 'integer' | 'boolean' | 'string' | 'array';
  description: string;
  default: unknown;
  minimum?: number;
  /** The texts that it takes, where these are few. */
  enum?: readonly string[];
  items?: { type: 'string' };
}

/** What a rule sees. */
export interface RuleContext<Options = Readonly<Record<string, unknown>>> {
  action: 'install' | 'upgrade';
  /** What the chart declares for this action. */
  release: Release;
  /** What Helm does with it, step by step. */
  timeline: Timeline;
  /** The same as it goes under `--wait`. */
  waiting: Timeline;
  /** The same as Helm plays it without `--wait`. */
  unwaiting: Timeline;
  /** The release and timelines of the other action. */
  on(action: 'install' | 'upgrade'): { release: Release; timeline: Timeline };
  /** Timelines of uninstall and rollback, for the hooks that run there. */
  leaving(action: 'uninstall' | 'rollback'): Timeline;
  engine: Engine;
  /** Whether the engine or a flag makes Helm wait for readiness. */
  wait: boolean;
  /** The major version of the Helm that installs the chart; absent where it may be any. */
  helmVersion: 3 | 4 | undefined;
  /** The last revision as an upgrade rendered it, where `--from` names it. */
  from: { release: Release; label: string } | undefined;
  /** What Helm dropped because of an unknown hook event, as it logs it. */
  droppedHooks: readonly string[];
  /**
   * Files of the `crds/` folders, by the path that Helm's `# Source:` would give them; read where `crd-install` was
   * dropped.
   */
  crds: readonly { path: string; text: string }[];
  /** The chart's templates and values as written. */
  sources: readonly { path: string; text: string }[];
  /**
   * The documents of the templates themselves, as far as they are literal: for what Helm dropped and printed nowhere.
   */
  templates(): readonly Resource[];
  /**
   * Whether a resource's name contains something that differs at each render (a date, a random suffix, the revision).
   */
  uniqueName(resource: Resource): 'time' | 'random' | 'revision' | undefined;
  /** The same as the engine plays it: to Argo CD the revision is always 1, and no new name. */
  newName(resource: Resource): 'time' | 'random' | 'revision' | undefined;
  /** Whether any part of the resource is generated anew at each render. */
  generated(resource: Resource): boolean;
  /** Whether its template looks objects up in the cluster, which a render without one does not show. */
  looksUp(resource: Resource): boolean;
  /** Whether its template writes its name from the release's namespace, whatever that is. */
  namedByNamespace(resource: Resource): boolean;
  /** Services that the policy lists, with the Job and workloads that it names. */
  services: readonly PolicyService[];
  options: Options;
}

/** A rule: its check and all that is said about it, in one place. */
export interface Rule<Options = Readonly<Record<string, unknown>>> {
  /** The name of its file, fixtures and page; never reused. */
  id: string;
  title: string;
  severity: Severity;
  /** The presets that switch it on, each including those before it. */
  preset: 'recommended' | 'strict' | 'all';
  /** Some of its findings have a safe fix. */
  fixable?: true;
  /** What happens in the cluster, in Helm's or Kubernetes' own error text. */
  why: string;
  /** What to write instead. */
  fix: string;
  /** When a team may switch it off. */
  off: string;
  /** Public bugs, documentation or sources that taught it. */
  see: readonly string[];
  options?: Readonly<Record<string, OptionSchema>>;
  check(context: RuleContext<Options>): Iterable<Report>;
}

/** Declares a rule; gives its check the type of its options. */
export function defineRule<const O extends Readonly<Record<string, OptionSchema>>>(
  rule: Omit<Rule<OptionValues<O>>, 'options'> & { options?: O },
): Rule {
  return rule as unknown as Rule;
}

type OptionValues<O extends Readonly<Record<string, OptionSchema>>> = {
  readonly [K in keyof O]: O[K]['type'] extends 'integer'
    ? number
    : O[K]['type'] extends 'boolean'
      ? boolean
      : O[K]['type'] extends 'array'
        ? readonly string[]
        : string;
};
