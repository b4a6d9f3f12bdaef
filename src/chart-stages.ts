// The stages of a chart that follow its first render: loaded while Helm runs, so that its time is not spent waiting.
import { join, relative } from 'node:path';
import type { Unjudged } from './check/unjudged.ts';
import type { Policy } from './config/index.ts';
import type { ConfinedChart } from './confined.ts';
import { deploymentFindings, writtenText } from './deployment-findings.ts';
import { lastRevision, type LastRevision } from './from/index.ts';
import { HelmError, type Helm } from './helm/index.ts';
import { majorOf } from './helm/major.ts';
import { judgeAll } from './hidden.ts';
import type { Judgement } from './judge.ts';
import type { LintOptions } from './options.ts';
import { splitManifests, type Manifest } from './parse/manifest.ts';
import { locateInChart, MarkedRender, mayBeRandom, shownFile, type Locate } from './place/index.ts';
import { renderFolder, renderMarked, type RenderedChart, type RenderOptions, type SourceFile } from './render/index.ts';
import type { Judged } from './scenario.ts';
import { seenFrom } from './paths.ts';
import { lookOn, placesOf, settle } from './settle.ts';
import { staleDependency } from './stale-dependency.ts';
import { severalDocuments, unrenderedAction, unrenderedLast } from './unrendered.ts';

/** A chart to render in one scenario. */
interface ToRender {
  chart: ConfinedChart;
  options: LintOptions;
  helm: Helm;
  render: RenderOptions;
  /** The values files as they are named, where Helm is given copies. */
  valuesFiles: readonly string[];
  /**
   * The sources, where a processor is free while Helm renders them: the marked render begins at once, before anybody
   * knows whether there is something to place.
   */
  ahead?: readonly SourceFile[];
}

/** All that a chart is judged by. */
export interface Renders extends ToRender {
  rendered: RenderedChart;
  /** The chart's files as findings name them, in the order of its sources. */
  files: readonly { file: string; text: string }[];
  /** A second render for an install, where names may have a random part. */
  again?: readonly Manifest[];
  /** The last revision, where `--from` names one that renders and has the chart. */
  from?: LastRevision;
  helmMajor?: 3 | 4;
  /** What is not judged for want of a render. */
  lost: readonly Unjudged[];
  /** Documents that post renderers changed, each with what Helm rendered. */
  changed?: ReadonlyMap<Manifest, Manifest>;
  /** How the renders came about, a line each. */
  notes: readonly string[];
  /** Renders with a mark on each line of the templates; Helm starts when the first is asked for. */
  marked: readonly MarkedRender[];
}

/** The other renders that a chart is judged by. Throws as `renderChart` and `lastRevision` do. */
export async function rendersOf(rendering: Promise<RenderedChart>, to: ToRender): Promise<Renders> {
  const { chart, options, helm, render } = to;
  const limits = { env: options.env, signal: options.signal };
  const markedOf = (files: readonly SourceFile[], isUpgrade: boolean) =>
    new MarkedRender(chart, files, (folder) => renderMarked(folder, helm, render, isUpgrade, limits));
  const ahead = to.ahead && markedOf(to.ahead, false);
  ahead?.start();
  const [plain, helmMajor, last] = await Promise.all([
    rendering,
    majorOf(options, helm),
    options.from === undefined
      ? undefined
      : lastRevision(options.from, chart, options.cwd, helm, render, limits).catch((error: unknown) =>
          error instanceof HelmError ? error : Promise.reject(error as Error),
        ),
  ]);
  const { install, upgrade, sources, failed } = plain;
  const { rendered, notes, apply, changed } = await withPostRenderers(plain, options);
  const from =
    last instanceof HelmError || !last
      ? undefined
      : { ...last, install: await apply(last.install), upgrade: await apply(last.upgrade) };
  const where = { chart, sources, cwd: options.cwd };
  // What a template makes up differs in another render, and nothing else does.
  const again = mayBeRandom(install.manifests, sources)
    ? await renderFolder(chart.forHelm ?? chart.absolute, helm, render, false, limits).catch(() => undefined)
    : undefined;
  return {
    ...to,
    rendered,
    files: sources.map((source) => ({ file: shownFile(source, chart, options.cwd), text: source.text })),
    again: again === undefined ? undefined : await apply(splitManifests(again, chart.absolute)),
    from,
    helmMajor,
    lost: [
      ...(failed ? [unrenderedAction(failed, where)] : []),
      ...(last instanceof HelmError ? [unrenderedLast(options.from!, last, where)] : []),
      ...severalDocuments(
        [...(chart.archive ? [] : [join(chart.absolute, 'values.yaml')]), ...to.valuesFiles],
        options,
      ),
    ],
    ...(changed && { changed }),
    notes: [
      ...notes,
      ...(from?.notes ?? []),
      ...(options.from !== undefined && !last
        ? [`${options.from} does not have this chart: nothing to upgrade from`]
        : []),
    ],
    marked: [...new Set([install, upgrade])].map(({ manifests }, index) => {
      const marked = (index === 0 ? ahead : undefined) ?? markedOf(sources, index === 1);
      marked.manifests = manifests;
      return marked;
    }),
  };
}

type Apply = (manifests: readonly Manifest[]) => Promise<readonly Manifest[]>;

/**
 * The renders as the post renderers of the deployment leave them, and what applies these to another render. The marked
 * renders stay as Helm made them.
 */
async function withPostRenderers(
  rendered: RenderedChart,
  { deployment, env, signal }: LintOptions,
): Promise<{ rendered: RenderedChart; notes: string[]; apply: Apply; changed?: Map<Manifest, Manifest> }> {
  const { postRenderers } = deployment ?? {};
  const none = { rendered, notes: [], apply: (manifests: readonly Manifest[]) => Promise.resolve(manifests) };
  if (!deployment || postRenderers?.program === undefined) return none;
  const { postRendered } = await import('./post-render.ts');
  const { program } = postRenderers;
  const changed = new Map<Manifest, Manifest>();
  const apply: Apply = async (manifests) => {
    const made = await postRendered(manifests, { renderers: postRenderers, program, env, signal });
    made.changed.forEach((before, after) => changed.set(after, before));
    return made.manifests;
  };
  try {
    const { install, upgrade } = rendered;
    const first = { ...install, manifests: [...(await apply(install.manifests))] };
    const second = upgrade === install ? first : { ...upgrade, manifests: [...(await apply(upgrade.manifests))] };
    return { rendered: { ...rendered, install: first, upgrade: second }, notes: [], apply, changed };
  } catch (error) {
    const { notPostRendered } = await import('./with-kustomize.ts');
    const why = error instanceof Error ? error.message : String(error);
    return { ...none, notes: [`${deployment.name}: not applied: ${notPostRendered(postRenderers, why)}`] };
  }
}

/** Parses the renders, models the release, simulates its actions and applies the rules. */
export function judgeChart(renders: Renders, policy: Policy | undefined): Judgement {
  const { chart, options, rendered, marked } = renders;
  const { install, upgrade, failed, sources, crds } = rendered;
  const { actions = ['install', 'upgrade'] } = options;
  const judgement = judgeAll(
    {
      again: renders.again,
      install: install.manifests,
      upgrade: upgrade.manifests,
      droppedHooks: [...new Set([...install.droppedHooks, ...upgrade.droppedHooks])],
      sources,
      crds,
      ...options,
      helmMajor: renders.helmMajor,
      actions: failed?.action === 'upgrade' ? actions.filter((action) => action !== 'upgrade') : actions,
      policy,
      from: renders.from,
      // Something is to be placed: Helm can begin while the other rules are asked.
      onReport: () => !chart.archive && marked[0]?.start(),
    },
    (file) => relative(options.cwd, file),
  );
  judgement.unjudged.push(...renders.lost);
  return judgement;
}

/** The template lines of what a judgement names; whoever looks on learns them, too. */
export async function placeInChart(judgement: Judgement, renders: Renders): Promise<Locate> {
  const { chart, options, rendered, valuesFiles, marked, helmMajor, from } = renders;
  const onlooker = lookOn(judgement, chart, { ...options, from: from?.label }, helmMajor);
  const locate = await locateInChart([...placesOf(judgement), ...(onlooker?.places ?? [])], {
    chart,
    sources: rendered.sources,
    cwd: options.cwd,
    valuesFiles,
    unsaved: chart.unsaved,
    renders: marked,
    ...(renders.changed && { changed: renders.changed }),
  });
  onlooker?.located(locate);
  options.onRender?.(chart.path, rendered);
  return locate;
}

/** What is reported of a chart: its findings at their lines, those that are suppressed, and notes. */
export function settleChart(judgement: Judgement, locate: Locate, renders: Renders, policy?: Policy): Judged {
  const { chart, options, rendered, files } = renders;
  const { sources, stale } = rendered;
  const built = chart.local.filter((one) => one.built);
  const notes = [
    ...rendered.install.warnings,
    ...built.map(({ name, repository }) => `charts/ does not have ${name}: built from ${repository} for this run`),
    ...judgement.notes,
    ...renders.notes,
  ];
  const ofChart = [
    ...(stale ?? []).map((one) => staleDependency(one, chart.absolute, options)),
    ...(options.deployment ? deploymentFindings(options.deployment, judgement, { ...options, sources }) : []),
  ];
  const settled = {
    ...chart,
    files,
    sources,
    ofChart,
    further: furtherFiles(options),
    notes,
    seenFrom: seenFrom(options.cwd),
  };
  return settle(judgement, locate, settled, options, policy);
}

/** The file of a deployment. */
function furtherFiles({ deployment, cwd }: LintOptions): { file: string; text: string }[] {
  const text = deployment && writtenText(deployment.at.file, cwd);
  return text === undefined ? [] : [{ file: deployment!.at.file, text }];
}
