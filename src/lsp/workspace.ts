import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { findPolicy } from '../config/index.ts';
import { chartsOfFiles, discover } from '../discover/index.ts';
import { repositoriesOf } from '../git/repository.ts';
import { isInside, real } from '../paths.ts';

/** Charts that are linted for a file beside them: a policy, or values of a scenario. */
const mostCharts = 5;

const policyNames = ['.migrate-lint.yaml', '.migrate-lint.yml'];

/** Whether a file is a policy. */
export const isPolicy = (path: string): boolean => policyNames.includes(basename(path));

/** The folders that are open in the editor, and the charts in them. */
export class Workspace {
  folders: readonly string[] = [];

  /** The outermost chart that a file belongs to, as the command line finds it for `--files`. */
  chartOf(file: string): string | undefined {
    const root = this.folderOf(file);
    const checkout = repositoriesOf(dirname(file), root ?? dirname(file))[0]?.checkout;
    for (const stop of [root, checkout]) {
      const [found] = stop === undefined ? [] : chartsOfFiles([file], stop);
      if (found !== undefined) return found;
    }
    // The folder that is open may itself be a part of a chart.
    let chart = dirname(file);
    while (!isChart(chart)) {
      if (dirname(chart) === chart) return undefined;
      chart = dirname(chart);
    }
    for (let above = dirname(dirname(chart)); basename(dirname(chart)) === 'charts' && isChart(above);) {
      chart = above;
      above = dirname(dirname(chart));
    }
    return chart;
  }

  /** The folder from which the command line would be run on a chart: paths are shown relative to it. */
  cwdOf(chart: string): string {
    return this.folderOf(chart) ?? repositoriesOf(chart, chart)[0]?.checkout ?? chart;
  }

  /** A few charts below a policy; those with a file among their values, where that is given. */
  async chartsBeside(file: string, uses: (chart: string) => Promise<boolean>): Promise<string[]> {
    const policy = isPolicy(file) ? file : findPolicy(dirname(file), this.folderOf(file) ?? dirname(file));
    if (policy === undefined) return [];
    const folder = dirname(policy);
    const { targets } = await discover([folder], { cwd: folder, readStdin: () => Promise.resolve(new Uint8Array()) });
    const found: string[] = [];
    for (const target of targets.slice(0, 200)) {
      if (found.length === mostCharts) break;
      if (target.kind === 'chart' && !target.archive && (isPolicy(file) || (await uses(target.absolute))))
        found.push(target.absolute);
    }
    return found;
  }

  /** Whether a program is in an open folder or in the repository of one: whoever wrote the charts may have put it there. */
  holds(program: string): boolean {
    const path = real(resolve(program));
    return this.folders.some((folder) =>
      [folder, ...repositoriesOf(folder, folder).map(({ checkout }) => checkout)].some(
        (one) => isInside(one, resolve(program)) || isInside(real(one), path),
      ),
    );
  }

  private folderOf(path: string): string | undefined {
    return this.folders.filter((folder) => isInside(folder, path)).sort((a, b) => b.length - a.length)[0];
  }
}

const isChart = (folder: string) => existsSync(join(folder, 'Chart.yaml'));
