import type { FileLine } from '../place/location.ts';
import type { SetOption } from '../helm/index.ts';
import type { Engine } from '../simulate/index.ts';

/** What writes a deployment: an Application or ApplicationSet, a HelmRelease, or a helmfile. */
export type DeployedBy = 'argocd' | 'flux' | 'helmfile';

/** One release of a chart as Git says that it is deployed: plain data, whichever system deploys it. */
export interface Deployment {
  by: DeployedBy;
  /**
   * The name under which findings and other deployments speak of it; no two of a run have the same. As its system names
   * it: `shop` of an Application, `prod/shop` of a HelmRelease.
   */
  name: string;
  /** Where it is written: the line of its `kind`, or of its entry in a list. */
  at: FileLine;
  /** Where single fields of it are written, for findings of the deployment itself; at `at` where absent. */
  places?: Partial<Record<DeploymentField, FileLine>>;
  chart: LocalChart | ChartElsewhere;
  releaseName: string;
  /** The namespace of the release; Helm's default where absent. */
  namespace?: string;
  /** In rising precedence. As with Helm, what is set (`kind: 'set'`) is above all files and inline texts. */
  values: readonly DeployedValues[];
  kubeVersion?: string;
  apiVersions: readonly string[];
  skipCrds: boolean;
  skipSchemaValidation: boolean;
  engine: Engine;
  /** Whether the deployment waits for its workloads to become ready. */
  wait: boolean;
  /** How long one wait may take, in seconds; absent where the system knows no such bound. */
  timeout?: number;
  /** What is otherwise when the release is upgraded. */
  atUpgrade?: Partial<Pick<Deployment, 'engine' | 'wait' | 'timeout'>>;
  /** The actions whose hooks are disabled. */
  disabledHooks: readonly ('install' | 'upgrade')[];
  /** The names of the deployments that are complete before this one begins (`dependsOn`, `needs`, sync waves). */
  after: readonly string[];
  /** Those of them that the release itself does not name: what applies it comes after what applies them. */
  inherited?: readonly string[];
  /** The sync wave in its app of apps. */
  wave?: number;
  /** What changes the rendered resources before they are applied. */
  postRenderers?: PostRenderers;
  /** What the deployment says and was not applied to the render, each as part of a sentence: `2 post renderers`. */
  notApplied: readonly string[];
  /** What had to be assumed, each as a sentence: `GitRepository shop is taken for this repository`. */
  assumed?: readonly string[];
}

/** Kustomizations of what Helm rendered, in their order. */
export interface PostRenderers {
  kustomizations: readonly {
    patches: readonly { patch: string; target?: Readonly<Record<string, string>> }[];
    images: readonly Readonly<Record<string, string>>[];
  }[];
  /** Whether hooks are changed, and whether together with the rest (Helm's `PostRenderStrategy`). */
  strategy: 'combined' | 'separate' | 'nohooks';
  /** What they change: `Deployment/shop`, `Job/*`, `image shop`. */
  touches: readonly string[];
  /** Absolute path of the kustomize that applies them; absent as long as nobody looked for it. */
  program?: string;
}

/** A field of a deployment that a finding can point at. */
export type DeploymentField = 'chart' | 'values' | 'wait' | 'timeout' | 'hooks' | 'after';

/** A chart in a folder of this repository. */
export interface LocalChart {
  kind: 'local';
  /** Absolute path of the folder that holds `Chart.yaml`; within the repository, links resolved. */
  folder: string;
}

/** A chart that is not in this repository. */
export interface ChartElsewhere {
  kind: 'elsewhere';
  /** The address of its repository, without credentials (see `withoutCredentials`). */
  url: string;
  /** Its name there; of a Git repository its path. */
  name: string;
  /** A version, or a range; of a Git repository the revision. */
  version?: string;
  /** A folder of this repository in whose `charts/` it may be vendored. */
  beside?: string;
  /**
   * What `url` is: a chart repository, a registry (`oci://`), a Git repository; or a name that Helm's own configuration
   * knows (`helm repo add`).
   */
  source: 'repository' | 'registry' | 'git' | 'configured';
  /** A registry that is asked over plain http. */
  plainHttp?: true;
}

/** Values of a deployment: a file, a text that stands in the deployment, or what is set like `--set`. */
export type DeployedValues =
  | {
      kind: 'file';
      /** Absolute path, within the repository. */
      path: string;
    }
  | InlineValues
  | ({ kind: 'set' } & SetOption);

/** YAML that stands in another file. */
export interface InlineValues {
  kind: 'inline';
  text: string;
  /** Where it stands. */
  at: FileLine;
  /** Line n of `text` is line n of the file in `at`: the text begins with as many empty lines as are before it. */
  sameLines?: true;
}

/** Something that is deployed and not judged, with the reason. */
export interface LeftOut {
  /** `Application shop`, `HelmRelease prod/shop`, or a file. */
  what: string;
  at: FileLine;
  /** Part of a sentence: `its values come from a cluster generator`. Never with credentials. */
  reason: string;
  /** It was read, and its chart is not in this repository. */
  away?: true;
}

/** What a reader of one system makes of a repository. */
export interface Deployments {
  deployments: Deployment[];
  leftOut: LeftOut[];
}
