import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { copyChart } from '../confine/index.ts';
import { temporaryFolder } from '../helm/index.ts';
import { splitManifests, type Manifest } from '../parse/index.ts';
import type { SourceFile } from '../render/index.ts';
import { Marks, markTemplate, type TemplateLine } from './mark.ts';

/** For each line of a document (from 0) the template lines that wrote it, innermost first; `undefined` where that is unknown. */
export type LineMap = readonly (readonly TemplateLine[] | undefined)[];

/** Renders a chart folder with the options of the clean render; resolves to Helm's output. */
export type RenderFolder = (folder: string) => Promise<string>;

/**
 * Where the lines of rendered documents come from, told by Helm itself: a copy of the chart, each template line of which carries a
 * mark in a YAML comment, is rendered once more. A line is trusted only where the marked render, its marks taken away, says the same
 * as the clean one; there are none where the marked copy does not render.
 */
export class MarkedRender {
  private readonly chart: { absolute: string; boundary: string };
  private readonly sources: readonly SourceFile[];
  private readonly render: RenderFolder;
  private full: Promise<Marked | undefined> | undefined;
  readonly manifests: readonly Manifest[];

  constructor(
    chart: { absolute: string; boundary: string },
    sources: readonly SourceFile[],
    manifests: readonly Manifest[],
    render: RenderFolder,
  ) {
    this.chart = chart;
    this.sources = sources;
    this.manifests = manifests;
    this.render = render;
  }

  /** Starts the render before its lines are asked for: Helm works while this program goes on. */
  start(): void {
    this.full ??= this.marked(true);
  }

  async lines(): Promise<Map<Manifest, LineMap>> {
    this.start();
    const map = this.mapOf(await this.full);
    // A helper whose text is computed with (compared, cut) may not bear marks: once more without those.
    return map.size > 0 ? map : this.mapOf(await this.marked(false));
  }

  private mapOf(marked: Marked | undefined): Map<Manifest, LineMap> {
    return marked ? align(this.manifests, splitManifests(marked.output, ''), marked.marks) : new Map();
  }

  private async marked(defines: boolean): Promise<Marked | undefined> {
    const marks = new Marks();
    try {
      return { marks, output: await withMarkedCopy(this.chart, this.sources, marks, defines, this.render) };
    } catch {
      return undefined;
    }
  }
}

interface Marked {
  marks: Marks;
  output: string;
}

async function withMarkedCopy(
  { absolute: folder, boundary }: { absolute: string; boundary: string },
  sources: readonly SourceFile[],
  marks: Marks,
  defines: boolean,
  render: RenderFolder,
): Promise<string> {
  const temporary = temporaryFolder();
  try {
    const copy = join(temporary.path, basename(folder) || 'chart');
    copyChart(folder, copy, boundary);
    for (const source of sources) {
      if (source.file === undefined || !/(^|\/)templates\//.test(source.file) || /(^|\/)NOTES\.txt$/.test(source.file))
        continue;
      writeFileSync(join(copy, source.file), markTemplate(source.path, source.text, marks, { defines }));
    }
    return await render(copy);
  } finally {
    temporary.remove();
  }
}

function align(clean: readonly Manifest[], marked: readonly Manifest[], marks: Marks): Map<Manifest, LineMap> {
  const bySource = new Map<string, Manifest[]>();
  for (const manifest of marked) {
    const key = manifest.source ?? '';
    bySource.set(key, [...(bySource.get(key) ?? []), manifest]);
  }
  const taken = new Map<string, number>();
  const out = new Map<Manifest, LineMap>();
  for (const manifest of clean) {
    const key = manifest.source ?? '';
    const index = taken.get(key) ?? 0;
    taken.set(key, index + 1);
    const twin = bySource.get(key)?.[index];
    const map = twin && compare(manifest.text.split('\n'), twin.text.split('\n'), marks);
    if (map) out.set(manifest, map);
  }
  return out;
}

function compare(clean: readonly string[], marked: readonly string[], marks: Marks): LineMap | undefined {
  const read = marked.map((line) => marks.read(line));
  if (read.length !== clean.length) return undefined;
  const map = read.map(({ text, lines }, index) => (same(clean[index]!, text) ? lines : undefined));
  // A document that reads differently in many lines was made by something that counts its own text.
  return map.filter((lines) => lines === undefined).length * 5 > map.length ? undefined : map;
}

/** Equal, but for what differs from render to render: digests of marked text, random values, dates behind the same key. */
function same(clean: string, marked: string): boolean {
  if (clean.trimEnd() === marked.trimEnd()) return true;
  const key = /^\s*(?:- )?[^\s:]+:/.exec(clean)?.[0];
  return (
    key !== undefined && marked.startsWith(key) && /(?:^|[\s"'-])[0-9a-zA-Z+/=_-]{5,}/.test(clean.slice(key.length))
  );
}
