import { lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { parseDocument } from 'yaml';
import type { Finding } from './check/index.ts';
import { findPolicy } from './config/index.ts';
import { wholeCopy } from './confined.ts';
import { boundaryOf } from './confine/index.ts';
import { applyEdits } from './fix/apply.ts';
import type { Fix } from './fix/plan.ts';
import { onlyChanges } from './fix/prove.ts';
import { temporaryFolder } from './helm/index.ts';
import { lint } from './lint.ts';
import { readText } from './overlay.ts';
import { isInside } from './paths.ts';
import type { LintOptions } from './options.ts';
import type { LintResult } from './result.ts';
import type { Manifest } from './parse/index.ts';
import { WriteError, writeWhole } from './write.ts';

/** A file that fixes change. */
export interface FixedFile {
  /** As findings name it. */
  file: string;
  before: string;
  after: string;
}

/** What came of the fixes. */
export interface Fixed {
  files: FixedFile[];
  /** How many findings they take away. */
  fixed: number;
  /** Fixes that did not prove themselves; their files stay untouched. */
  refused: { finding: Finding; why: string }[];
}

/**
 * Applies the fixes of a result's findings and proves each on a copy of its chart, rendered again: the finding is gone,
 * no new one came, and nothing else in the render changed. Only what is proved is written, and nothing with `dryRun`.
 */
export async function fixCharts(
  options: LintOptions,
  result: LintResult,
  { dryRun }: { dryRun: boolean },
): Promise<Fixed> {
  const out: Fixed = { files: [], fixed: 0, refused: [] };
  for (const chart of result.charts) {
    const folder = resolve(options.cwd, chart.path);
    const groups = group(chart.findings);
    if (groups.length === 0 || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) continue;
    const bench = await Bench.of(folder, {
      ...options,
      ...(chart.deployments && { deploymentsOf: chart.deployments }),
    });
    try {
      // All at once is the common case; one by one where that fails.
      const all = await bench.prove(groups);
      let accepted = all === undefined ? groups : [];
      if (all !== undefined) {
        for (const one of groups) {
          const why = groups.length === 1 ? all : await bench.prove([...accepted, one]);
          if (why === undefined) accepted = [...accepted, one];
          else out.refused.push({ finding: one.findings[0]!, why });
        }
      }
      out.fixed += accepted.reduce((sum, { findings }) => sum + findings.length, 0);
      for (const [file, after] of bench.texts(accepted)) {
        const path = resolve(options.cwd, file);
        out.files.push({ file, before: readText(path, options.unsaved), after });
        if (dryRun) continue;
        if (!lstatSync(path).isFile()) throw new WriteError(`${file} is not a regular file; nothing was written`);
        writeWhole(path, after);
      }
    } finally {
      bench.remove();
    }
  }
  return out;
}

/** Findings that one edit fixes: eleven Jobs made by one named template have one. */
interface Group {
  fix: Fix;
  changes: Fix['changes'];
  findings: Finding[];
}

function group(findings: readonly Finding[]): Group[] {
  const groups = new Map<string, Group>();
  for (const finding of findings) {
    if (!finding.fix) continue;
    const key = JSON.stringify(finding.fix.edits);
    const known = groups.get(key);
    if (known) {
      known.findings.push(finding);
      known.changes.push(...finding.fix.changes);
    } else groups.set(key, { fix: finding.fix, changes: [...finding.fix.changes], findings: [finding] });
  }
  // A misspelt key that gets its right name may be the very key that another fix would insert: names first.
  return [...groups.values()].sort((one, other) => Number(isInsertion(one)) - Number(isInsertion(other)));
}

function isInsertion({ fix }: Group): boolean {
  return fix.edits.every(({ line, column, endLine, endColumn }) => line === endLine && column === endColumn);
}

/** Whether a document that had each key once has one twice now: Helm prints it so, and the last one holds. */
function twice(before: Render, after: Render): boolean {
  return after.manifests.some((manifests, render) =>
    manifests.some(({ text }, at) => {
      const old = before.manifests[render]?.[at]?.text;
      return text !== old && repeatsKey(text) && !(old !== undefined && repeatsKey(old));
    }),
  );
}

function repeatsKey(text: string): boolean {
  return parseDocument(text, { uniqueKeys: true, logLevel: 'silent', prettyErrors: false }).errors.some(
    ({ code }) => code === 'DUPLICATE_KEY',
  );
}

interface Render {
  manifests: Manifest[][];
  findings: Finding[];
}

/** A copy of a chart on which fixes are tried. */
class Bench {
  private readonly folder: string;
  private readonly temporary = temporaryFolder();
  private readonly options: LintOptions;
  private before: Render = { manifests: [], findings: [] };
  /** The same chart once more: what differs is random, or the clock's. */
  private again: Render = this.before;

  private constructor(folder: string, options: LintOptions) {
    this.folder = folder;
    // A commit of the repository cannot be asked for from a copy outside of it.
    this.options = {
      ...options,
      from: undefined,
      policyFrom: undefined,
      dependencyBuild: false,
      config: options.config ?? findPolicy(folder) ?? false,
    };
  }

  static async of(folder: string, options: LintOptions): Promise<Bench> {
    const bench = new Bench(folder, options);
    try {
      await wholeCopy(
        { absolute: folder, path: folder, boundary: boundaryOf(folder, options.cwd), unsaved: options.unsaved },
        bench.copy,
      );
      bench.before = await bench.lint();
      bench.again = await bench.lint();
      return bench;
    } catch (error) {
      bench.remove();
      throw error;
    }
  }

  /** Why groups of fixes are not safe together; `undefined` when they are. */
  async prove(groups: readonly Group[]): Promise<string | undefined> {
    const texts = this.texts(groups);
    const originals = new Map([...texts.keys()].map((file) => [file, readFileSync(this.pathOf(file), 'utf8')]));
    try {
      for (const [file, text] of texts) writeFileSync(this.pathOf(file), text);
      const after = await this.lint();
      const gone = new Set(groups.flatMap(({ findings }) => findings.map(({ fingerprint }) => fingerprint)));
      if (after.findings.some(({ fingerprint }) => gone.has(fingerprint)))
        return 'the finding is still there afterwards';
      const unstable = this.before.findings.some(
        ({ fingerprint }, at) => this.again.findings[at]?.fingerprint !== fingerprint,
      );
      const key = (finding: Finding) => (unstable ? `${finding.rule} ${finding.resource.kind}` : finding.fingerprint);
      const left = this.before.findings.map(key);
      for (const finding of after.findings) {
        const at = left.indexOf(key(finding));
        if (at === -1) return `it brings a new finding (${finding.rule}: ${finding.message})`;
        left.splice(at, 1);
      }
      if (twice(this.before, after)) return 'the key would stand twice in the rendered manifest';
      const changes = groups.flatMap((one) => one.changes);
      if (
        !this.before.manifests.every((manifests, index) =>
          onlyChanges(manifests, after.manifests[index] ?? [], changes, this.again.manifests[index]),
        )
      )
        return 'it changes more of the render than the finding';
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      for (const [file, text] of originals) writeFileSync(this.pathOf(file), text);
    }
  }

  /** The texts of the files that groups of fixes change. */
  texts(groups: readonly Group[]): Map<string, string> {
    const edits = groups.flatMap(({ fix }) => fix.edits);
    const out = new Map<string, string>();
    for (const file of new Set(edits.map((edit) => edit.file))) {
      const text = applyEdits(
        readText(resolve(this.options.cwd, file), this.options.unsaved),
        edits.filter((edit) => edit.file === file),
      );
      if (text === undefined) throw new Error('two fixes overlap');
      out.set(file, text);
    }
    return out;
  }

  remove(): void {
    this.temporary.remove();
  }

  private get copy(): string {
    return join(this.temporary.path, basename(this.folder));
  }

  private pathOf(file: string): string {
    const inside = relative(this.folder, resolve(this.options.cwd, file));
    const path = join(this.copy, inside);
    if (!path.startsWith(this.copy + sep)) throw new Error(`${file} is outside of the chart`);
    return path;
  }

  private async lint(): Promise<Render> {
    const manifests: Manifest[][] = [];
    const onRender: LintOptions['onRender'] = (_, { install, upgrade }) =>
      manifests.push([...install.manifests], [...upgrade.manifests]);
    const { charts, errors } = await lint({
      ...this.options,
      // The copy has its unsaved files already.
      unsaved: new Map([...(this.options.unsaved ?? [])].filter(([path]) => !isInside(this.folder, path))),
      paths: [join(this.copy, 'Chart.yaml')],
      onRender,
      onJudged: undefined,
    });
    if (errors[0]) throw new Error(`the chart no longer renders: ${errors[0].message}`);
    return {
      manifests,
      findings: charts.flatMap(({ findings }) => findings),
    };
  }
}
