import type { Dependencies } from './config/index.ts';
import type { Deployment } from './deployments/deployment.ts';
import type { SetOption } from './helm/index.ts';
import type { JudgedChart, Onlooker } from './onlooker.ts';
import type { Overlay } from './overlay.ts';
import type { RenderedChart } from './render/index.ts';
import type { Severity } from './rule.ts';
import type { Shard } from './shard.ts';
import type { Engine } from './simulate/index.ts';

/** What to lint and how. Paths are taken relative to `cwd`. */
export interface LintOptions {
  paths: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  readStdin?: () => Promise<Uint8Array>;
  /** The name under which findings show what `-` reads; `<stdin>` where absent. */
  stdinName?: string;
  /**
   * Charts and scenarios that are linted at a time; one for each processor where absent. Holds for the whole process.
   */
  jobs?: number;
  /** Lint this part of the charts only. */
  shard?: Shard;
  helm?: string;
  offline?: boolean;
  onDownload?: (message: string) => void;
  valuesFiles?: readonly string[];
  set?: readonly SetOption[];
  namespace?: string;
  releaseName?: string;
  kubeVersion?: string;
  apiVersions?: readonly string[];
  skipSchemaValidation?: boolean;
  /** Helm may use the network: for a `$ref` of values.schema.json, and for values files with an address in a policy. */
  allowNetwork?: boolean;
  actions?: readonly ('install' | 'upgrade')[];
  engine?: Engine;
  /**
   * The Helm that installs the chart; where absent the one that is found, or `any` with the managed copy, with
   * manifests and with other engines.
   */
  helmVersion?: '3' | '4' | 'any';
  /** `--wait`, `--atomic`, `--rollback-on-failure`. */
  wait?: boolean;
  /** It is known that nothing waits for the workloads: what would happen under `--wait` is not reported. */
  neverWaits?: boolean;
  /** The last revision: a chart folder, an archive, rendered YAML, or a git commit. */
  from?: string;
  /** The policy file; found upwards from each chart where absent, and none at all when `false`. */
  config?: string | false;
  /** The git ref at which the policy is read, so that a change is not judged by a policy of its own. */
  policyFrom?: string;
  /**
   * Names of the scenarios to lint, of the policy's and `ci/`; all of them where absent, and none (these options alone)
   * when `false`.
   */
  scenarios?: readonly string[] | false;
  /**
   * Deployments (Argo CD Applications, Flux HelmReleases, helmfiles) in the given folders. `auto`: a chart that they name
   * is linted as they deploy it, instead of with its default values; `none`: they are not looked for; `only`: no other
   * charts are linted. `auto` where absent.
   */
  deployments?: 'auto' | 'none' | 'only';
  /** Charts of deployments that are not in the repository are pulled (`helm pull`), with Helm's own credentials. */
  pull?: boolean;
  /** The folders in which deployments are looked for; those in `paths` where absent. */
  deploymentsIn?: readonly string[];
  /**
   * Real paths of files that were changed. Of charts that are not in `paths`, only deployments that use one of these are
   * linted; all deployments where absent.
   */
  changedFiles?: readonly string[];
  /** The deployments of the only chart in `paths`, where they are known already; then none are looked for. */
  deploymentsOf?: readonly Deployment[];
  /** The deployment as which a chart is linted; a scenario has it, and nobody else needs it. */
  deployment?: Deployment;
  /** Whose findings in subcharts are reported; the policy's, or `own`: not those of third-party dependencies. */
  dependencies?: Dependencies;
  /** Run `helm dependency build` first: writes `charts/`, and may need the network. */
  dependencyBuild?: boolean;
  /**
   * Whether plugins of the policy are run, and Helm's for values files with an address of theirs; where absent, a
   * policy with any is an error.
   */
  plugins?: boolean;
  /** Which rules are applied; the policy's, or `recommended`. */
  preset?: 'recommended' | 'strict' | 'all';
  /** Ids of rules: no others are applied, and these whatever the preset. */
  only?: readonly string[];
  /** Ids of rules whose findings are suppressed. */
  ignoreRules?: readonly string[];
  /** Severities by rule id, over those of the policy. */
  severities?: Readonly<Record<string, Severity | 'off'>>;
  /** Options by rule id, over the rules' own defaults. */
  ruleOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Scenarios of one chart that are linted at most; 100 by default. */
  maxScenarios?: number;
  /** Seconds after which no further render begins; 600 by default. */
  timeLimit?: number;
  /**
   * Results are kept in this folder (`true`: in the user's cache), and a chart whose inputs did not change is not linted
   * again. No results are kept or read where absent.
   */
  cache?: string | true;
  /** Told what each chart rendered to. */
  onRender?: (path: string, rendered: Pick<RenderedChart, 'install' | 'upgrade'>) => void;
  /** Looks at each chart that was judged, once for each scenario. */
  onJudged?: (judged: JudgedChart) => Onlooker;
  /** Told of each render to come and of each that is judged, with the chart's path and the scenario's name. */
  onProgress?: (event: 'queued' | 'done', what: string) => void;
  /** Texts that an editor has not saved yet, by absolute path: each counts instead of the file, which stays as it is. */
  unsaved?: Overlay;
  /** Ends the run when aborted: Helm is stopped, and what was not rendered by then is an error. */
  signal?: AbortSignal;
  /** Report unused directives, annotations and baseline entries as warnings; as infos otherwise. */
  reportUnused?: boolean;
  /** Whether comments and annotations suppress findings; they do where absent. */
  inlineConfig?: boolean;
}
