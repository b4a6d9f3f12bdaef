import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DeployedValues, Deployment, DeploymentField } from '../deployment.ts';
import { isMapping, type ResourceDocument } from '../document.ts';
import type { AppliedRelease } from './overlays.ts';
import { PathError, type GitOpsRepository } from '../repository.ts';
import { FieldError, Fields } from './fields.ts';
import { shortName } from './name.ts';
import { postRenderersOf } from './post-renderers.ts';
import type { FluxChart, Sources } from './source.ts';
import { valuesOf } from './values.ts';

/** What a HelmRelease is read with. */
export interface FluxContext {
  documents: readonly ResourceDocument[];
  sources: Sources;
  repository: GitOpsRepository;
}

/**
 * A HelmRelease (v2beta1, v2beta2, v2) as helm-controller deploys it. Throws {@link FieldError} for one that Flux
 * refuses, and for one whose chart cannot be known.
 */
export function readRelease(applied: AppliedRelease, context: FluxContext): Deployment {
  const { repository, documents, sources } = context;
  const { document, at } = applied;
  const fields = new Fields(document);
  const name = fields.required('metadata', 'name');
  const namespace = fields.text('metadata', 'namespace');
  if (fields.flag('spec', 'suspend')) throw new FieldError(['spec', 'suspend'], 'it is suspended');
  const source = sources.chartOf(fields, namespace);
  const target = fields.text('spec', 'targetNamespace');
  fields.text('spec', 'storageNamespace');
  const { values, missing } = valuesOf(fields, namespace, { ...applied, documents });
  const defaults = defaultsOf(source, repository);
  const actions = actionsOf(fields);
  const key = (other: string, at: string | undefined) => (at === undefined ? other : `${at}/${other}`);
  const postRenderers = postRenderersOf(fields);
  return {
    by: 'flux',
    name: key(name, namespace),
    at,
    places: {
      chart: document.at('spec', 'chart' in (fields.mapping('spec') ?? {}) ? 'chart' : 'chartRef'),
      values: document.at('spec', 'values'),
      after: document.at('spec', 'dependsOn'),
      ...written(document, 'timeout', ['install', 'timeout'], ['timeout'], ['upgrade', 'timeout']),
      ...written(document, 'wait', ['install', 'disableWait'], ['upgrade', 'disableWait']),
      ...written(document, 'hooks', ['install', 'disableHooks'], ['upgrade', 'disableHooks']),
    },
    chart: source.chart,
    releaseName: shortName(fields.text('spec', 'releaseName') ?? (target === undefined ? name : `${target}-${name}`)),
    namespace: target ?? namespace,
    values: [...defaults, ...values],
    apiVersions: [],
    skipCrds: fields.flag('spec', 'install', 'skipCRDs') || fields.text('spec', 'install', 'crds') === 'Skip',
    skipSchemaValidation:
      fields.flag('spec', 'install', 'disableSchemaValidation') &&
      fields.flag('spec', 'upgrade', 'disableSchemaValidation'),
    ...actions,
    after: fields.list('spec', 'dependsOn').map((entry, index) => {
      if (!isMapping(entry))
        throw new FieldError(['spec', 'dependsOn', index], `spec.dependsOn[${index}] is not a mapping`);
      const path = ['spec', 'dependsOn', index] as const;
      return key(fields.required(...path, 'name'), fields.text(...path, 'namespace') ?? namespace);
    }),
    ...(source.assumed.length > 0 && { assumed: source.assumed }),
    notApplied: [
      ...(replacesDefaults(source, defaults) ? ["that valuesFiles take the place of the chart's values.yaml"] : []),
      ...applied.notApplied,
      ...missing,
    ],
    ...(postRenderers && { postRenderers }),
  };
}

/**
 * How helm-controller installs and upgrades: it waits, for Jobs too, unless that is disabled (`getWaitStrategy`,
 * `newInstall`, `newUpgrade`); the timeout is 5 minutes by default (`GetTimeout`).
 */
function actionsOf(fields: Fields): Pick<Deployment, 'engine' | 'wait' | 'timeout' | 'atUpgrade' | 'disabledHooks'> {
  const general = fields.seconds('spec', 'timeout') ?? 300;
  const of = (action: 'install' | 'upgrade') => {
    const wait = !fields.flag('spec', action, 'disableWait');
    const jobs = !fields.flag('spec', action, 'disableWaitForJobs');
    const timeout = fields.seconds('spec', action, 'timeout') ?? general;
    return { engine: wait && jobs ? ('flux' as const) : ('helm' as const), wait, timeout };
  };
  const [install, upgrade] = [of('install'), of('upgrade')];
  return {
    ...install,
    ...(!isDeepStrictEqual(install, upgrade) && { atUpgrade: upgrade }),
    disabledHooks: (['install', 'upgrade'] as const).filter((action) => fields.flag('spec', action, 'disableHooks')),
  };
}

/** The place of a field, where one of its paths below `spec` is written. */
function written(document: ResourceDocument, field: DeploymentField, ...paths: string[][]): Deployment['places'] {
  const path = paths.find((one) => document.field('spec', ...one) !== undefined);
  return path && { [field]: document.at('spec', ...path) };
}

/** Whether the values files of the chart template do without the chart's `values.yaml`, which Helm reads in any case. */
function replacesDefaults({ valuesFiles, chart }: FluxChart, files: readonly DeployedValues[]): boolean {
  if (valuesFiles.length === 0 || chart.kind !== 'local') return false;
  const defaults = join(chart.folder, 'values.yaml');
  return existsSync(defaults) && !files.some((one) => one.kind === 'file' && one.path === defaults);
}

/**
 * The values files of the chart template. They take the place of the chart's `values.yaml`
 * (`OverwriteChartDefaultValues` of source-controller).
 */
function defaultsOf({ valuesFiles, ignoreMissing, chart }: FluxChart, repository: GitOpsRepository): DeployedValues[] {
  if (chart.kind !== 'local') return [];
  return valuesFiles.flatMap((file, index): DeployedValues[] => {
    try {
      return [{ kind: 'file', path: repository.resolve(file) }];
    } catch (error) {
      if (!(error instanceof PathError)) throw error;
      if (ignoreMissing && /does not exist/.test(error.message)) return [];
      throw new FieldError(['spec', 'chart', 'spec', 'valuesFiles', index], `its values file ${error.message}`);
    }
  });
}
