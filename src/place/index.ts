import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { shownPath } from '../paths.ts';
import { readText, type Overlay } from '../overlay.ts';
import { parseManifest, type Manifest, type Place, type Resource } from '../parse/index.ts';
import type { SourceFile } from '../render/index.ts';
import { actionsOf, replaceActions } from '../template/index.ts';
import type { Locate } from './in-manifests.ts';
import type { Location } from './location.ts';
import type { TemplateLine } from './mark.ts';
import type { LineMap, MarkedRender } from './marked-render.ts';
import { ValuesFile, valuesPaths } from './values.ts';

export { locateInManifests, type Locate } from './in-manifests.ts';
export type { Location } from './location.ts';
export { MarkedRender } from './marked-render.ts';
export { ValuesFile } from './values.ts';
export {
  generatedAnew,
  looksUp,
  mayBeRandom,
  nameAgain,
  stableName,
  uniqueName,
  type UniqueName,
} from './unique-name.ts';

/** What it takes to lead places back to a chart's templates. */
export interface ChartPlaces {
  chart: { absolute: string; archive: boolean; name: string; path: string };
  sources: readonly SourceFile[];
  cwd: string;
  /** Absolute paths, in order of rising precedence. */
  valuesFiles: readonly string[];
  unsaved?: Overlay;
  /** The clean renders, each with the marked one that is its twin. */
  renders: readonly MarkedRender[];
  /** Documents that were changed after Helm rendered them, each with what Helm rendered. */
  changed?: ReadonlyMap<Manifest, Manifest>;
}

/**
 * Leads places in rendered resources back to the template lines that wrote them. Renders once more only when there are
 * places.
 */
export async function locateInChart(places: readonly Place[], context: ChartPlaces): Promise<Locate> {
  const asRendered = unchanged(context.changed);
  const wanted = new Set(places.map((place) => asRendered(place).resource.manifest));
  const maps = new Map<Manifest, LineMap>();
  if (!context.chart.archive) {
    for (const render of context.renders) {
      if (!render.manifests.some((manifest) => wanted.has(manifest) && !maps.has(manifest))) continue;
      for (const [manifest, map] of await render.lines(wanted)) maps.set(manifest, map);
    }
  }
  const sources = new Map(context.sources.map((source) => [source.path, new Source(source, context)]));
  const values = valuesFilesOf(context);
  const own = new Set([...context.renders.flatMap(({ manifests }) => manifests), ...(context.changed?.keys() ?? [])]);
  return (anywhere) => {
    const place = asRendered(anywhere);
    return place.resource.manifest.template
      ? inTemplate(place, sources)
      : own.has(place.resource.manifest)
        ? locate(place, maps.get(place.resource.manifest), sources, values, context)
        : elsewhere(place, context);
  };
}

/**
 * Leads a place in a changed document to the same field as Helm rendered it, where that says the same. The place of a
 * field that was changed stays, and is found by its block.
 */
function unchanged(changed: ChartPlaces['changed']): (place: Place) => Place {
  if (!changed?.size) return (place) => place;
  const originals = new Map<Manifest, Resource | undefined>();
  return (place) => {
    const { resource, path } = place;
    const before = changed.get(resource.manifest);
    if (!before) return place;
    if (!originals.has(before)) originals.set(before, parseManifest(before).resources[0]);
    const original = originals.get(before);
    return original && isDeepStrictEqual(original.get(...path), resource.get(...path))
      ? { ...place, resource: original }
      : place;
  };
}

/** A place in the last revision: its file under that revision's name, as git writes it. */
function elsewhere({ resource: { manifest } }: Place, { chart, cwd }: ChartPlaces): Location {
  const inside = manifest.source?.split('/').slice(1).join('/') ?? '';
  return {
    file: `${manifest.file}:${inside}`,
    lastRevisionOf: shownPath(cwd, chart.archive ? chart.absolute : join(chart.absolute, inside)),
    line: 1,
    column: 1,
    precision: 'block',
  };
}

/** A place in a template's own text. */
function inTemplate({ resource, path, part }: Place, sources: ReadonlyMap<string, Source>): Location {
  const { line, column } = resource.position(path, part);
  return { file: sources.get(resource.manifest.source ?? '')?.file ?? resource.manifest.file, line, column };
}

/** A template with its lines at hand. */
class Source {
  readonly file: string;
  readonly lines: readonly string[];
  constructor(source: SourceFile, { chart, cwd }: ChartPlaces) {
    this.lines = source.text.split(/\r?\n/);
    this.file = shownFile(source, chart, cwd);
  }
  line(number: number): string {
    return this.lines[number - 1] ?? '';
  }
}

/**
 * How findings name a file of a chart: relative to the working directory; in an archive, behind its name and a colon.
 */
export function shownFile(
  { path, file, archive, inside: packed }: SourceFile,
  chart: { absolute: string; archive: boolean },
  cwd: string,
): string {
  const inside = path.split('/').slice(1).join('/');
  if (file !== undefined) return shownPath(cwd, join(chart.absolute, file));
  if (archive) return shownPath(cwd, `${join(chart.absolute, archive)}:${packed ?? inside}`);
  return shownPath(cwd, chart.archive ? `${chart.absolute}:${packed ?? path}` : join(chart.absolute, inside));
}

function locate(
  place: Place,
  map: LineMap | undefined,
  sources: ReadonlyMap<string, Source>,
  values: readonly ValuesFile[],
  context: ChartPlaces,
): Location {
  const { resource, path, part, row } = place;
  const { manifest } = resource;
  const position = resource.position(path, part, row);
  const lines = manifest.text.split('\n');
  const index = position.line - manifest.line;
  const rendered = { text: lines[index] ?? '', line: position.line };
  const source = sources.get(manifest.source ?? '');
  // A template may print any such comment.
  const named = /^[^/]+\/(?!(?:.*\/)?\.\.(?:\/|$))(.+)$/.exec(manifest.source ?? '')?.[1];
  if (!source)
    return {
      file: named ? shownPath(context.cwd, join(context.chart.absolute, named)) : context.chart.path,
      line: 1,
      column: 1,
      precision: 'block',
      rendered,
    };
  const found = map && writerOf(map, index, lines, sources);
  if (row !== undefined) {
    // Lines of a script in a named template bear no marks, but those of its head do. The last one may bear that of the line
    // which includes the template.
    const head = locate({ ...place, row: undefined }, map, sources, values, context);
    const line = head.line + 1 + row;
    const text = linesOf(head.file, sources)?.[line - 1] ?? '';
    if (text.trim() === rendered.text.trim() && head.precision === undefined)
      return { ...head, line, column: (/\S/.exec(text)?.index ?? 0) + 1, rendered };
    if (!map?.[index]?.length) return head;
  }
  if (!found) return { ...searchLine(source, lines, index, resource.kind), rendered };
  const writer = sources.get(found.line.path)!;
  const text = writer.line(found.line.line);
  const key = String(path.findLast((step) => typeof step === 'string') ?? '');
  const base: Location = {
    file: writer.file,
    line: found.line.line,
    column: columnOf(text, rendered.text, key, part),
    rendered,
  };
  if (!found.exact) base.precision = 'block';
  if (found.site) base.includedAt = { file: sources.get(found.site.path)!.file, line: found.site.line };
  const inValues = position.depth === path.length ? valueLine(place, text, values, context, found.line) : undefined;
  const origin = position.depth === path.length ? valueOrigin(place, text, values, context, found.line) : undefined;
  if (origin) base.value = origin;
  return inValues ? { ...inValues, rendered, includedAt: { file: base.file, line: base.line } } : base;
}

function linesOf(file: string, sources: ReadonlyMap<string, Source>): readonly string[] | undefined {
  for (const source of sources.values()) if (source.file === file) return source.lines;
  return undefined;
}

/** The template line that wrote a rendered line, and where it was included. */
function writerOf(
  map: LineMap,
  index: number,
  rendered: readonly string[],
  sources: ReadonlyMap<string, Source>,
): { line: TemplateLine; site?: TemplateLine; exact: boolean } | undefined {
  const own = map[index];
  const following = nextMarked(map, index + (own?.length ? 0 : 1));
  if (own?.length) {
    const line = own[0]!;
    return { line, site: line.define ? firstSite(map, index) : undefined, exact: true };
  }
  const text = (line: TemplateLine) => sources.get(line.path)?.line(line.line) ?? '';
  // The line before a mark came out of the action that the mark follows, if that can print several lines.
  if (following && mayPrintLines(text(following))) {
    return { line: following, site: following.define ? firstSite(map, index) : undefined, exact: true };
  }
  // Not marked, as it ends in -}} or inside an action: the only line between its neighbours that holds its key.
  const before = previousMarked(map, index);
  const near =
    before && following && before.path === following.path ? between(before, following) : following ? [following] : [];
  const key = /^\s*(?:- )?([^\s:]+):/.exec(rendered[index] ?? '')?.[1];
  const holding = key ? near.filter((line) => text(line).includes(`${key}:`)) : [];
  if (holding.length === 1) return { line: holding[0]!, exact: true };
  const block = following ?? before;
  return block && { line: block, exact: false };
}

/** Whether a template line is one of actions alone, which can print several lines. */
function mayPrintLines(line: string): boolean {
  const blocks = /^\$|\b(?:toYaml|include|tpl|template|n?indent)\b|\.Values\b|\$\w/;
  return actionsOf(line).some(({ code }) => blocks.test(code)) && replaceActions(line, () => '').trim() === '';
}

function between(from: TemplateLine, to: TemplateLine): TemplateLine[] {
  const lines: TemplateLine[] = [];
  for (let line = from.line + 1; line < to.line && lines.length < 500; line += 1)
    lines.push({ path: from.path, line, define: from.define });
  return lines;
}

function nextMarked(map: LineMap, index: number): TemplateLine | undefined {
  for (let at = index; at < map.length; at += 1) if (map[at]?.length) return map[at]![0];
  return undefined;
}

function previousMarked(map: LineMap, index: number): TemplateLine | undefined {
  for (let at = index - 1; at >= 0; at -= 1) if (map[at]?.length) return map[at]!.at(-1);
  return undefined;
}

/**
 * The first line at or after `index` that bears the mark of a template proper: where the named template is included.
 */
function firstSite(map: LineMap, index: number): TemplateLine | undefined {
  for (let at = index; at < map.length; at += 1) {
    const site = map[at]?.find(({ define }) => !define);
    if (site) return site;
  }
  return undefined;
}

/** Without a map: the only template line that reads like the rendered one; else the block of the resource. */
function searchLine(source: Source, rendered: readonly string[], index: number, kind: string): Location {
  const wanted = rendered[index]?.trim();
  const equal = source.lines.flatMap((line, at) => (wanted && line.trim() === wanted ? [at + 1] : []));
  if (equal.length === 1)
    return { file: source.file, line: equal[0]!, column: (/\S/.exec(source.line(equal[0]!))?.index ?? 0) + 1 };
  const start = source.lines.findIndex((line) => line.trim() === `kind: ${kind}`);
  return { file: source.file, line: Math.max(start, 0) + 1, column: 1, precision: 'block' };
}

function columnOf(template: string, rendered: string, key: string, part: 'key' | 'value'): number {
  const first = (/\S/.exec(template)?.index ?? 0) + 1;
  const at = key ? template.indexOf(`${key}:`) : -1;
  if (at === -1 || !rendered.includes(`${key}:`)) return first;
  const value = at + key.length + 1;
  return part === 'key' || template.slice(value).trim() === ''
    ? at + 1
    : value + (/\S/.exec(template.slice(value))?.index ?? 0) + 1;
}

/** The key in a values file, for a line that a template prints from values as a whole (`toYaml .Values.x`). */
function valueLine(
  { resource, path }: Place,
  template: string,
  values: readonly ValuesFile[],
  { cwd }: ChartPlaces,
  line: TemplateLine,
): Location | undefined {
  if (!/toYaml|tpl/.test(template)) return undefined;
  const value = resource.get(...path);
  const subcharts = [...line.path.matchAll(/\/charts\/([^/]+)/g)].map((match) => match[1]!);
  for (const start of valuesPaths(template)) {
    for (let skip = 0; skip <= path.length; skip += 1) {
      for (const file of values) {
        for (const prefix of subcharts.length ? [subcharts, []] : [[]]) {
          const found = file.find([...prefix, ...start, ...path.slice(skip)], value);
          if (found) return { file: shownPath(cwd, file.path), ...found };
        }
      }
    }
  }
  return undefined;
}

/**
 * The value that a template line prints as it is (`backoffLimit: {{ .Values.job.retries }}`), in the strongest values
 * file that holds it.
 */
function valueOrigin(
  { resource, path }: Place,
  template: string,
  values: readonly ValuesFile[],
  { cwd }: ChartPlaces,
  line: TemplateLine,
): Location['value'] {
  const value = resource.get(...path);
  if (value === null || value === undefined || typeof value === 'object') return undefined;
  const subcharts = [...line.path.matchAll(/\/charts\/([^/]+)/g)].map((match) => match[1]!);
  for (const start of valuesPaths(template)) {
    for (const file of values) {
      for (const prefix of subcharts.length ? [subcharts, []] : [[]]) {
        const found = file.find([...prefix, ...start], value);
        if (found) return { path: `.Values.${start.join('.')}`, file: shownPath(cwd, file.path), line: found.line };
      }
    }
  }
  return undefined;
}

/** Values files, the strongest first; those of subcharts last. */
function valuesFilesOf({ valuesFiles, sources, chart, unsaved }: ChartPlaces): ValuesFile[] {
  const given = valuesFiles.flatMap((path) => {
    try {
      return [new ValuesFile(path, readText(path, unsaved))];
    } catch {
      return [];
    }
  });
  const own = sources.filter(
    ({ path, file }) => file !== undefined && path.endsWith('/values.yaml') && !/\/templates\//.test(path),
  );
  return [...given.reverse(), ...own.map(({ file, text }) => new ValuesFile(join(chart.absolute, file!), text))];
}
