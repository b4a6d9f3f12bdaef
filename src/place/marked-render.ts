import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { copyWith } from '../confine/index.ts';
import { temporaryFolder } from '../helm/index.ts';
import { writeUnsaved, type Overlay } from '../overlay.ts';
import type { Manifest } from '../parse/index.ts';
import type { LocalDependency, SourceFile } from '../render/index.ts';
import { Marks, markTemplate, type TemplateLine } from './mark.ts';

/** The chart that is copied. */
interface MarkedChart {
  absolute: string;
  boundary: string;
  local: readonly LocalDependency[];
  unsaved?: Overlay;
}

/**
 * For each line of a document (from 0) the template lines that wrote it, innermost first; `undefined` where that is
 * unknown.
 */
export type LineMap = readonly (readonly TemplateLine[] | undefined)[];

/** Renders a chart folder with the options of the clean render, valid YAML or not; resolves to the documents. */
export type RenderFolder = (folder: string) => Promise<readonly Manifest[]>;

/**
 * Where the lines of rendered documents come from, told by Helm itself: a copy of the chart, each template line of
 * which carries a mark in a YAML comment, is rendered once more. A line is trusted only where the marked render, its
 * marks taken away, says the same as the clean one. A document that does not align has no lines; there are none where
 * the marked copy does not render.
 */
export class MarkedRender {
  private readonly chart: MarkedChart;
  private readonly sources: readonly SourceFile[];
  private readonly render: RenderFolder;
  private full: Promise<Marked | undefined> | undefined;
  /** The documents of the clean render; none before it is done. */
  manifests: readonly Manifest[] = [];

  constructor(chart: MarkedChart, sources: readonly SourceFile[], render: RenderFolder) {
    this.chart = chart;
    this.sources = sources;
    this.render = render;
  }

  /** Starts the render before its lines are asked for: Helm works while this program goes on. */
  start(): void {
    this.full ??= this.marked(true);
  }

  /** The lines of documents; those of `wanted` as far as they can be had. */
  async lines(wanted: ReadonlySet<Manifest>): Promise<Map<Manifest, LineMap>> {
    this.start();
    const map = this.mapOf(await this.full);
    if (this.manifests.every((manifest) => map.has(manifest) || !wanted.has(manifest))) return map;
    // A helper whose text is computed with (compared, cut) may not bear marks: once more without those.
    return new Map([...this.mapOf(await this.marked(false)), ...map]);
  }

  private mapOf(marked: Marked | undefined): Map<Manifest, LineMap> {
    return marked ? align(this.manifests, marked.manifests, marked.marks) : new Map();
  }

  private async marked(defines: boolean): Promise<Marked | undefined> {
    const marks = new Marks();
    try {
      return { marks, manifests: await withMarkedCopy(this.chart, this.sources, marks, defines, this.render) };
    } catch {
      return undefined;
    }
  }
}

interface Marked {
  marks: Marks;
  manifests: readonly Manifest[];
}

async function withMarkedCopy(
  { absolute: folder, boundary, local, unsaved }: MarkedChart,
  sources: readonly SourceFile[],
  marks: Marks,
  defines: boolean,
  render: RenderFolder,
): Promise<readonly Manifest[]> {
  const temporary = temporaryFolder();
  try {
    const copy = join(temporary.path, basename(folder) || 'chart');
    const texts = new Map<string, string>();
    for (const source of sources) {
      const file = source.marked ?? source.file;
      if (file === undefined || !/(^|\/)templates\//.test(file) || /(^|\/)NOTES\.txt$/.test(file)) continue;
      texts.set(file, markTemplate(source.path, source.text, marks, { defines }));
    }
    await copyWith(texts, folder, copy, boundary);
    // What is built or not saved yet comes over the copy, and the marks over that.
    if (local.length > 0 || unsaved !== undefined) {
      writeUnsaved(folder, copy, unsaved);
      const { buildInto, unpackInto } = await import('../render/local-charts.ts');
      buildInto(copy, local, boundary);
      unpackInto(copy, local);
      for (const [file, text] of texts) writeFileSync(join(copy, file), text);
    }
    return await render(copy);
  } finally {
    temporary.remove();
  }
}

/**
 * The twin of a document is the one at the same place among those of its source, or of the others the one that is most
 * like it.
 */
function align(clean: readonly Manifest[], marked: readonly Manifest[], marks: Marks): Map<Manifest, LineMap> {
  const twins = new Map<string, Twin[]>();
  for (const { source = '', text } of marked) {
    const twin = { stretches: stretches(text.split('\n').map((line) => marks.read(line))), taken: false };
    const list = twins.get(source);
    if (list) list.push(twin);
    else twins.set(source, [twin]);
  }
  const seen = new Map<string, number>();
  const out = new Map<Manifest, LineMap>();
  for (const manifest of clean) {
    const key = manifest.source ?? '';
    const index = seen.get(key) ?? 0;
    seen.set(key, index + 1);
    const all = twins.get(key) ?? [];
    const lines = manifest.text.split('\n');
    let best: { twin: Twin; map: LineMap; wrong: number } | undefined;
    for (const twin of [...all.slice(index, index + 1), ...all.slice(0, mostTwins)]) {
      if (twin.taken || best?.wrong === 0) continue;
      const found = compare(lines, twin.stretches);
      if (found && found.wrong < (best?.wrong ?? Infinity)) best = { twin, ...found };
    }
    if (!best) continue;
    best.twin.taken = true;
    out.set(manifest, best.map);
  }
  return out;
}

/** With how many documents of a source one is compared. */
const mostTwins = 50;

/** A marked document. */
interface Twin {
  stretches: readonly Stretch<{ text: string; lines: readonly TemplateLine[] }>[];
  taken: boolean;
}

/** A line that holds text, with the blank ones before it. */
interface Stretch<T> {
  blanks: T[];
  line?: T;
}

/**
 * The lines of a clean document and how many of them read differently; `undefined` where the marked one is not the same
 * document.
 */
function compare(clean: readonly string[], found: Twin['stretches']): { map: LineMap; wrong: number } | undefined {
  const wanted = stretches(clean.map((text, at) => ({ text, at })));
  if (wanted.length !== found.length) return undefined;
  const map: (readonly TemplateLine[] | undefined)[] = clean.map(() => undefined);
  let wrong = 0;
  wanted.forEach((stretch, index) => {
    const twin = found[index]!;
    // A line that prints nothing may be gone in one of them: Helm trims documents, and a mark keeps what it stands in.
    stretch.blanks.forEach(({ at }, order) => (map[at] = twin.blanks[order]?.lines));
    if (!stretch.line || !twin.line) map.push(...twin.blanks.slice(stretch.blanks.length).map(({ lines }) => lines));
    else if (same(stretch.line.text, twin.line.text)) map[stretch.line.at] = twin.line.lines;
    else wrong += 1;
  });
  // A document that reads differently in many lines was made by something that counts its own text.
  return wrong * 5 > wanted.length ? undefined : { map, wrong };
}

/** What follows the last line of text is a stretch without one. Helm's own comment is left out. */
function stretches<T extends { text: string }>(lines: readonly T[]): Stretch<T>[] {
  const out: Stretch<T>[] = [{ blanks: [] }];
  for (const line of lines) {
    if (line.text.trim() === '') out.at(-1)!.blanks.push(line);
    else if (out.length === 1 && line.text.startsWith('# Source: ')) out[0]!.blanks = [];
    else {
      out.at(-1)!.line = line;
      out.push({ blanks: [] });
    }
  }
  return out;
}

/**
 * Equal, but for what differs from render to render: digests of marked text, random values, dates behind the same key.
 */
function same(clean: string, marked: string): boolean {
  if (clean.trimEnd() === marked.trimEnd()) return true;
  const key = /^\s*(?:- )?[^\s:]+:/.exec(clean)?.[0];
  return (
    key !== undefined && marked.startsWith(key) && /(?:^|[\s"'-])[0-9a-zA-Z+/=_-]{5,}/.test(clean.slice(key.length))
  );
}
