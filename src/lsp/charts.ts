import { dirname } from 'node:path';
import { readPolicy, PolicyError } from '../config/index.ts';
import { failures } from '../failures.ts';
import { isInside } from '../paths.ts';
import { readText } from '../overlay.ts';
import { suppressionChecks } from '../suppress/checks.ts';
import { rules } from '../../rules/index.ts';
import { OpenChart, type Host } from './chart.ts';
import { faultsOf } from './faults.ts';
import { inputsOf } from './look.ts';
import { isPolicy, type Workspace } from './workspace.ts';

/** The charts that open files belong to. A chart is linted as long as one of its files is open. */
export class Charts {
  private readonly host: Host;
  private readonly workspace: Workspace;
  private readonly open = new Map<string, OpenChart>();
  /** For each open file the charts that it holds open. */
  private readonly held = new Map<string, Set<string>>();

  constructor(host: Host, workspace: Workspace) {
    this.host = host;
    this.workspace = workspace;
  }

  /** The charts that a file is a part of. */
  of(path: string): OpenChart[] {
    return [...this.open.values()].filter(
      (chart) =>
        isInside(chart.folder, path) ||
        chart.last?.seen.inputs.includes(path) ||
        this.held.get(path)?.has(chart.folder),
    );
  }

  get(folder: string): OpenChart | undefined {
    return this.open.get(folder);
  }

  /** A file was opened. */
  async hold(path: string): Promise<void> {
    const folders = new Set<string>();
    this.held.set(path, folders);
    const own = this.workspace.chartOf(path);
    if (own !== undefined) folders.add(own);
    else if (/\.ya?ml$/.test(path)) {
      const uses = async (chart: string) =>
        this.open.get(chart)?.last?.seen.inputs.includes(path) ?? (await this.inputs(chart)).has(path);
      for (const chart of await this.workspace.chartsBeside(path, uses)) folders.add(chart);
    }
    // It may have been closed while others were looked for.
    if (this.held.get(path) !== folders) return;
    for (const folder of folders) {
      const known = this.open.get(folder);
      if (known) {
        if (this.host.unsaved().has(path)) known.request(0);
        continue;
      }
      const chart = new OpenChart(folder, this.workspace.cwdOf(folder), this.host);
      this.open.set(folder, chart);
      chart.request(0);
    }
    if (isPolicy(path)) await this.checkPolicy(path);
  }

  /** A file was closed: what was not saved of it is gone. */
  async release(path: string): Promise<void> {
    const touched = this.of(path);
    this.held.delete(path);
    if (isPolicy(path)) this.host.show(path, []);
    const kept = new Set([...this.held.values()].flatMap((folders) => [...folders]));
    for (const chart of touched) if (kept.has(chart.folder)) chart.request(0);
    for (const [folder, chart] of [...this.open]) {
      if (kept.has(folder)) continue;
      this.open.delete(folder);
      await chart.close();
    }
  }

  /** A file changed, in the editor or on disk. */
  async changed(path: string, delayMs: number): Promise<void> {
    if (isPolicy(path) && this.held.has(path)) await this.checkPolicy(path);
    for (const chart of this.open.values()) if (this.concerns(chart, path)) chart.request(delayMs);
  }

  /** Charts came, went, or are looked for elsewhere: for each open file they are found anew. */
  async findAgain(): Promise<void> {
    for (const path of [...this.held.keys()]) await this.hold(path);
    const kept = new Set([...this.held.values()].flatMap((folders) => [...folders]));
    for (const [folder, chart] of [...this.open]) {
      if (kept.has(folder) && chart.cwd === this.workspace.cwdOf(folder)) chart.request(0);
      else {
        this.open.delete(folder);
        await chart.close();
      }
    }
    // A chart with another working directory begins anew.
    for (const path of [...this.held.keys()])
      if ([...this.held.get(path)!].some((folder) => !this.open.has(folder))) await this.hold(path);
  }

  /** Lints every chart anew. */
  all(): void {
    for (const chart of this.open.values()) chart.request(0);
  }

  async close(): Promise<void> {
    const charts = [...this.open.values()];
    this.open.clear();
    this.held.clear();
    await Promise.all(charts.map((chart) => chart.close()));
  }

  private concerns(chart: OpenChart, path: string): boolean {
    if (isInside(chart.folder, path) || chart.last?.seen.inputs.includes(path)) return true;
    if (isPolicy(path)) return isInside(dirname(path), chart.folder);
    // The source of a dependency, or a values file that a broken policy names.
    return /\.(?:ya?ml|tpl)$/.test(path) && isInside(chart.cwd, path) && (!chart.last || buildsOthers(chart));
  }

  /** What is wrong with a policy, whichever charts it holds for. */
  private async checkPolicy(path: string): Promise<void> {
    const cwd = this.workspace.cwdOf(dirname(path));
    const options = await this.host.options(cwd);
    const drawing = this.host.drawing(cwd, this.host.texts());
    try {
      await readPolicy({
        ...options,
        folder: dirname(path),
        rules: [...rules, ...suppressionChecks],
        plugins: 'skip',
        unsaved: this.host.unsaved(),
        config: undefined,
      });
      this.host.show(path, []);
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      this.host.show(
        path,
        faultsOf(failures(error, path), dirname(path), drawing).filter((one) => one.path === path),
      );
    }
  }

  private async inputs(chart: string): Promise<Set<string>> {
    const options = await this.host.options(this.workspace.cwdOf(chart));
    return new Set(await inputsOf(chart, { ...options, paths: [] }));
  }
}

/** Whether a chart has dependencies in other folders of the checkout. */
function buildsOthers({ folder }: OpenChart): boolean {
  try {
    return readText(`${folder}/Chart.yaml`, undefined).includes('file://');
  } catch {
    return false;
  }
}
