import { basename, dirname } from 'node:path';
import type { ChartElsewhere, LocalChart } from '../deployment.ts';
import { withoutCredentials } from '../address.ts';
import type { FieldPath, ResourceDocument } from '../document.ts';
import { PathError, quoted, type GitOpsRepository } from '../repository.ts';
import { FieldError, Fields } from './fields.ts';

/** Where the chart of a HelmRelease comes from, and what had to be assumed for that. */
export interface FluxChart {
  chart: LocalChart | ChartElsewhere;
  /** Values files of the chart template, from the source's root; they take the place of the chart's `values.yaml`. */
  valuesFiles: readonly string[];
  ignoreMissing: boolean;
  /** Parts of a sentence: `GitRepository infra/shop is taken for this repository`. */
  assumed: readonly string[];
}

/** The sources that are written in a repository. */
export class Sources {
  private readonly documents: readonly ResourceDocument[];
  private readonly repository: GitOpsRepository;

  constructor(documents: readonly ResourceDocument[], repository: GitOpsRepository) {
    this.documents = documents.filter(({ apiVersion }) => apiVersion.startsWith('source.toolkit.fluxcd.io/'));
    this.repository = repository;
  }

  /**
   * The chart of a HelmRelease, as helm-controller and source-controller find it: the template in `spec.chart`, or what
   * `spec.chartRef` names (`HelmChart`, `OCIRepository`). Throws {@link FieldError} for what they refuse and what is
   * not in the repository.
   */
  chartOf(release: Fields, namespace: string | undefined): FluxChart {
    const reference = release.mapping('spec', 'chartRef');
    const template = release.mapping('spec', 'chart');
    if (reference && template) throw new FieldError(['spec', 'chartRef'], 'it has both spec.chart and spec.chartRef');
    if (template) {
      if (release.mapping('spec', 'chart', 'spec') === undefined)
        throw new FieldError(['spec', 'chart'], 'it has no spec.chart.spec');
      return this.fromTemplate(release, ['spec', 'chart', 'spec'], namespace);
    }
    if (!reference)
      throw new FieldError(['spec'], 'it has neither spec.chart nor spec.chartRef: a patch that no kustomization uses');
    const kind = release.required('spec', 'chartRef', 'kind');
    const name = release.required('spec', 'chartRef', 'name');
    const from = release.text('spec', 'chartRef', 'namespace') ?? namespace;
    const path = ['spec', 'chartRef'];
    if (kind === 'HelmChart') {
      const chart = this.find(kind, name, from, path);
      return this.fromTemplate(new Fields(chart), ['spec'], chart.namespace ?? from);
    }
    if (kind !== 'OCIRepository')
      throw new FieldError(path, `its chart comes from the ${kind} ${name}, which is not read`);
    const source = new Fields(this.find(kind, name, from, path));
    const url = source.required('spec', 'url');
    // `getRepositoryURL` of source-controller: a digest is above a range, that above a tag.
    const digest = source.text('spec', 'ref', 'digest');
    const version =
      digest === undefined ? (source.text('spec', 'ref', 'semver') ?? source.text('spec', 'ref', 'tag')) : digest;
    return {
      chart: {
        kind: 'elsewhere',
        source: 'registry',
        url: withoutCredentials(dirname(url)),
        name: withoutCredentials(basename(url)),
        ...(version !== undefined && { version }),
        ...(source.flag('spec', 'insecure') && { plainHttp: true as const }),
        beside: dirname(release.document.absolute),
      },
      valuesFiles: [],
      ignoreMissing: false,
      assumed: [],
    };
  }

  /** A `HelmChartTemplateSpec`, or the spec of a `HelmChart`. */
  private fromTemplate(fields: Fields, at: FieldPath, namespace: string | undefined): FluxChart {
    const chart = fields.required(...at, 'chart');
    const kind = fields.required(...at, 'sourceRef', 'kind');
    const name = fields.required(...at, 'sourceRef', 'name');
    const from = fields.text(...at, 'sourceRef', 'namespace') ?? namespace;
    const version = fields.text(...at, 'version');
    const old = fields.text(...at, 'valuesFile');
    const rest = {
      // In v2beta1 the older field is read where the list is empty.
      valuesFiles: fields.list(...at, 'valuesFiles').length
        ? fields.list(...at, 'valuesFiles').map((_, index) => fields.required(...at, 'valuesFiles', index))
        : old === undefined
          ? []
          : [old],
      ignoreMissing: fields.flag(...at, 'ignoreMissingValuesFiles'),
    };
    const source = this.lookup(kind, name, from);
    if (kind === 'GitRepository') {
      const { own, assumed } = this.isThis(source, chart, name);
      if (own) return { chart: this.local(chart, [...at, 'chart']), ...rest, assumed };
    } else if (kind !== 'HelmRepository') {
      throw new FieldError([...at, 'sourceRef'], `its chart comes from the ${kind} ${name}, which is not read`);
    }
    if (!source)
      throw new FieldError(
        [...at, 'sourceRef'],
        `its chart ${quoted(chart)} comes from the ${kind} ${name}, which this repository does not have`,
      );
    const spec = new Fields(source);
    const url = spec.required('spec', 'url');
    const registry = /^oci:/i.test(url);
    return {
      chart: {
        kind: 'elsewhere',
        source: kind === 'GitRepository' ? 'git' : registry ? 'registry' : 'repository',
        ...(registry && spec.flag('spec', 'insecure') && { plainHttp: true as const }),
        url: withoutCredentials(url),
        name: chart,
        // A Git repository's charts have no versions to choose from.
        ...(kind === 'HelmRepository' && version !== undefined && version !== '*' && { version }),
        beside: dirname(fields.document.absolute),
      },
      ...rest,
      assumed: [],
    };
  }

  /**
   * Whether a GitRepository is the repository that is linted: by its address; else where the chart's path is a chart
   * here, and the address may be this repository's under another name, or nobody wrote the GitRepository down
   * (`flux bootstrap` of another folder did). The one that `flux bootstrap` makes is called `flux-system`.
   */
  private isThis(
    source: ResourceDocument | undefined,
    chart: string,
    name: string,
  ): { own: boolean; assumed: readonly string[] } {
    const here = this.hasChart(chart);
    const url = source && new Fields(source).required('spec', 'url');
    const own = url === undefined ? undefined : this.repository.isOwn(url);
    if (own === true) return { own, assumed: [] };
    if (own === false || !here) return { own: false, assumed: [] };
    return { own: true, assumed: [`GitRepository ${name} is taken for this repository`] };
  }

  private hasChart(path: string): boolean {
    try {
      return this.repository.isChart(this.repository.resolve(path));
    } catch {
      return false;
    }
  }

  /** A chart's folder, from the root of the source (`builder_local.go`: within it, links too). */
  private local(chart: string, at: FieldPath): LocalChart {
    try {
      const folder = this.repository.resolve(chart);
      if (this.repository.isChart(folder)) return { kind: 'local', folder };
      throw new FieldError(at, `${quoted(chart)} is not a chart: it has no Chart.yaml`);
    } catch (error) {
      if (error instanceof PathError) throw new FieldError(at, `its chart ${error.message}`);
      throw error;
    }
  }

  private find(kind: string, name: string, namespace: string | undefined, at: FieldPath): ResourceDocument {
    const found = this.lookup(kind, name, namespace);
    if (found) return found;
    throw new FieldError(at, `its chart comes from the ${kind} ${name}, which this repository does not have`);
  }

  /** A source by its name; in another namespace only where nobody wrote down which. */
  private lookup(kind: string, name: string, namespace: string | undefined): ResourceDocument | undefined {
    const named = this.documents.filter((one) => one.kind === kind && one.name === name);
    return (
      named.find((one) => one.namespace === namespace) ??
      named.find((one) => one.namespace === undefined || namespace === undefined)
    );
  }
}
