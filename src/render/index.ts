import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import {
  HelmError,
  template,
  type Helm,
  type SetOption,
  type TemplateLimits,
  type TemplateRequest,
} from '../helm/index.ts';
import { splitManifests, type Manifest } from '../parse/manifest.ts';
import type { LocalDependency, StaleDependency } from './local-charts.ts';
import type { Overlay } from '../overlay.ts';
import { isTemplate, readArchive, readCrds, Reading, readSources, withUnsaved, type SourceFile } from './sources.ts';

export type { LocalDependency, StaleDependency } from './local-charts.ts';
export { filesBelow, type SourceFile } from './sources.ts';

/** How a chart is rendered: what a person would pass to `helm template`. */
export interface RenderOptions {
  valuesFiles: readonly string[];
  set: readonly SetOption[];
  namespace?: string;
  releaseName: string;
  kubeVersion?: string;
  apiVersions: readonly string[];
  skipSchemaValidation?: boolean;
  allowNetwork?: boolean;
}

/** One chart as Helm prints it for one action. */
export interface Rendered {
  manifests: readonly Manifest[];
  /** Events of hooks that Helm does not know; it drops their whole manifests and says so only in its log. */
  droppedHooks: readonly string[];
  warnings: readonly string[];
}

/**
 * A chart rendered for install and upgrade; the same object for both where they are the same, where one of the two is
 * not asked for, and where one of them fails.
 */
export interface RenderedChart {
  install: Rendered;
  upgrade: Rendered;
  sources: readonly SourceFile[];
  /** The action that Helm could not render while the other one renders. */
  failed?: { action: 'install' | 'upgrade'; error: HelmError };
  /** `file://` dependencies that differ in `charts/` from their source. */
  stale: readonly StaleDependency[];
  /** What `crds/` holds; read only where Helm dropped a manifest with `crd-install`. */
  crds: readonly SourceFile[];
}

/** A chart to render. */
export interface RenderedFolder {
  absolute: string;
  archive: boolean;
  name: string;
  /** The folder that Helm is given where it may not have the chart's own. */
  forHelm?: string;
  /** The folder that nothing read for it may leave; needed where there are `local` dependencies. */
  boundary?: string;
  /** Its `file://` dependencies. */
  local?: readonly LocalDependency[];
  /** Texts that count instead of the chart's files; they are in `forHelm` already. */
  unsaved?: Overlay;
}

/**
 * Renders a chart for the actions. The state before an upgrade is what an install left, so that `upgrade` alone renders
 * the install too, but is not lost with it. `onOnlyRender` is given the sources while Helm renders them, where it does so
 * once for both. Throws `HelmError` where Helm can render none of the actions, or cannot
 * render the install that was asked for.
 */
export async function renderChart(
  chart: RenderedFolder,
  helm: Helm,
  options: RenderOptions,
  limits: TemplateLimits,
  actions: readonly ('install' | 'upgrade')[] = ['install', 'upgrade'],
  onOnlyRender?: (sources: readonly SourceFile[]) => void,
): Promise<RenderedChart> {
  const render = async (isUpgrade: boolean): Promise<Rendered> => {
    const { stdout, droppedHooks, warnings } = await template(
      helm,
      request(chart.forHelm ?? chart.absolute, options, isUpgrade),
      limits,
    );
    return {
      manifests: splitManifests(stdout, chart.absolute),
      droppedHooks: droppedHooks.flatMap(({ hookTypes }) => hookTypes),
      warnings,
    };
  };
  const install = render(false);
  // The install render is under way; a failure of it must not go unhandled while the sources are read.
  install.catch(() => undefined);
  // So that it is: `template` looks at the values' schema first.
  await new Promise((resolve) => setImmediate(resolve));
  const reading = new Reading();
  const saved =
    (chart.archive ? readPacked(chart.absolute) : readSources(chart.absolute, chart.name, 0, reading)) ?? [];
  const read = withUnsaved(saved, chart);
  // Not imported at the top: Helm is at work by now.
  const { sources: files, stale } = chart.local?.length
    ? (await import('./local-charts.ts')).withLocalSources(chart, read, chart.local, chart.boundary ?? chart.absolute)
    : { sources: read, stale: [] };
  const sources = (await import('./helm-names.ts')).underHelmNames(files);
  // Where the two are certainly the same, Helm need not do it twice.
  const own = !chart.archive && !chart.forHelm && !chart.local?.length && reading.whole;
  const { isActionFree } = await import('../template/action-free.ts');
  const same = own && isActionFree(sources.filter(isTemplate).map(({ text }) => text));
  if (same) onOnlyRender?.(sources);
  const upgrade =
    actions.includes('upgrade') && !same
      ? Promise.all([install.catch(() => undefined), render(true)]).then(either)
      : install;
  upgrade.catch(() => undefined);
  const drops = async (rendered: Promise<Rendered>) =>
    (await rendered.catch(() => undefined))?.droppedHooks.includes('crd-install') === true;
  const crds = (await drops(install)) || (await drops(upgrade)) ? readCrds(chart) : [];
  const rest = { sources, stale, crds };
  const error = (failure: unknown) => (failure instanceof HelmError ? failure : Promise.reject(failure as Error));
  if (!actions.includes('install')) {
    const both = await upgrade;
    return install.then(
      (rendered) => ({ install: rendered, upgrade: both, ...rest }),
      async (failure: unknown) => ({
        install: both,
        upgrade: both,
        ...rest,
        failed: { action: 'install', error: await error(failure) },
      }),
    );
  }
  const both = await install;
  return upgrade.then(
    (rendered) => ({ install: both, upgrade: rendered, ...rest }),
    async (failure: unknown) => ({
      install: both,
      upgrade: both,
      ...rest,
      failed: { action: 'upgrade', error: await error(failure) },
    }),
  );
}

/** `undefined` for an archive that cannot be read, or is too large to be: Helm says so where it matters to Helm. */
function readPacked(file: string): SourceFile[] | undefined {
  try {
    return readArchive(readFileSync(file));
  } catch {
    return undefined;
  }
}

/** Renders a folder as `renderChart` does; resolves to what Helm prints. Throws `HelmError`. */
export async function renderFolder(
  folder: string,
  helm: Helm,
  options: RenderOptions,
  isUpgrade: boolean,
  limits: TemplateLimits,
): Promise<string> {
  return (await template(helm, request(folder, options, isUpgrade), limits)).stdout;
}

/**
 * Renders a marked copy of a chart. A mark within a scalar of two lines is no YAML: then Helm prints each template's
 * text as a whole, unsorted, each behind `---` and its `# Source:`. Throws `HelmError` where a template fails.
 */
export async function renderMarked(...[folder, helm, options, isUpgrade, limits]: Parameters<typeof renderFolder>) {
  try {
    const { stdout } = await template(helm, { ...request(folder, options, isUpgrade), debug: true }, limits);
    return splitManifests(stdout, '');
  } catch (error) {
    if (error instanceof HelmError && /^---\n# Source: /.test(error.rendered ?? ''))
      return wholeTemplates(error.rendered!);
    throw error;
  }
}

/** The documents of templates that Helm printed as they came out: only the first of each is preceded by its source. */
function wholeTemplates(output: string): Manifest[] {
  return output.split(/(?:^|\n)---\n(?=# Source: )/).flatMap((template) => {
    const source = /^# Source: (.+)/.exec(template)?.[1]?.trim();
    return splitManifests(template, '').map((manifest) => ({ ...manifest, source }));
  });
}

function request(chart: string, options: RenderOptions, isUpgrade: boolean): TemplateRequest {
  return {
    ...options,
    chart,
    valuesFiles: [...options.valuesFiles],
    set: [...options.set],
    apiVersions: [...options.apiVersions],
    isUpgrade,
  };
}

/** The upgrade's render, or the install's where both are the same. */
function either([install, upgrade]: [Rendered | undefined, Rendered]): Rendered {
  return install !== undefined && isDeepStrictEqual(install, upgrade) ? install : upgrade;
}
