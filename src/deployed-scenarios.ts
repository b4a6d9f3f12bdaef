// Loaded where there are deployments.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { causedBy } from './deployment-findings.ts';
import type { Deployment, InlineValues } from './deployments/deployment.ts';
import { temporaryFolder, type SetOption } from './helm/index.ts';
import type { Onlooker } from './onlooker.ts';
import type { LintOptions } from './options.ts';
import { shownPath } from './paths.ts';
import type { ReleaseOrder } from './release-order.ts';
import type { ChartResult } from './result.ts';
import type { Judged, Scenario } from './scenario.ts';
import { defined } from './scenarios.ts';

/**
 * A chart's deployments as scenarios. What the command line says is above what a deployment says. `fileFor` gives the
 * path of a values file with the inline values, or `undefined` where they are not to be rendered.
 */
export function deployedScenarios(
  deployments: readonly Deployment[],
  options: LintOptions,
  fileFor: (values: InlineValues) => string | undefined,
  order?: ReleaseOrder,
): Scenario[] {
  const allowed = options.actions ?? ['install', 'upgrade'];
  const each = deployments
    .flatMap(perAction)
    .filter(([, actions]) => actions === undefined || actions.some((action) => allowed.includes(action)));
  return each.map(([deployment, actions, written = deployment]): Scenario => {
    const { name, at, releaseName, namespace, kubeVersion, apiVersions, skipSchemaValidation, engine, wait, timeout } =
      deployment;
    const files: string[] = [];
    const set: SetOption[] = [];
    for (const values of deployment.values) {
      if (values.kind === 'set') set.push({ flag: values.flag, value: values.value });
      else files.push(...[values.kind === 'file' ? values.path : (fileFor(values) ?? [])].flat());
    }
    const own = {
      releaseName,
      namespace,
      kubeVersion,
      engine,
      wait,
      neverWaits: engine === 'helm' && !wait && !options.wait && (options.engine ?? 'helm') === 'helm',
      ...(skipSchemaValidation && { skipSchemaValidation }),
    };
    const jobDeadline = { ...(timeout !== undefined && { timeout }), ...options.ruleOptions?.['job-deadline'] };
    return {
      name,
      deployment,
      at: { ...at, column: 1 },
      options: {
        ...own,
        ...(defined(options) as LintOptions),
        ...(actions && { actions: allowed.filter((action) => actions.includes(action)) }),
        ruleOptions: { ...options.ruleOptions, 'job-deadline': jobDeadline },
        deployment,
        ...(order && { onJudged: (judged) => both(order.look(written, judged), options.onJudged?.(judged)) }),
        apiVersions: [...apiVersions, ...(options.apiVersions ?? [])],
        valuesFiles: [...files, ...(options.valuesFiles ?? [])],
        set: [...set, ...(options.set ?? [])],
      },
    };
  });
}

/** A deployment, or one for each action where these differ; whose names then say which. */
function perAction(
  deployment: Deployment,
): [Deployment, actions?: readonly ('install' | 'upgrade')[], written?: Deployment][] {
  const { name, atUpgrade } = deployment;
  if (!atUpgrade) return [[deployment]];
  return [
    [{ ...deployment, name: `${name} (install)` }, ['install'], deployment],
    [{ ...deployment, ...atUpgrade, name: `${name} (upgrade)` }, ['upgrade'], deployment],
  ];
}

/** Two onlookers as one. */
function both(one: Onlooker, other: Onlooker | undefined): Onlooker {
  if (!other) return one;
  return {
    places: [...one.places, ...other.places],
    located: (locate) => (one.located(locate), other.located(locate)),
  };
}

/**
 * A chart's deployments as scenarios, their inline values in a folder that is gone after `remove`, and never in the
 * checkout.
 */
export function inlineFiles(deployments: readonly Deployment[], options: LintOptions, order?: ReleaseOrder) {
  const { path, remove } = temporaryFolder();
  const files = new InlineFiles(path, options.cwd);
  return {
    remove,
    /** What was judged as a deployment, with what the deployment itself causes at its lines. */
    caused: (judged: Judged, { deployment }: LintOptions): Judged =>
      deployment
        ? {
            ...judged,
            chart: { ...judged.chart, findings: judged.chart.findings.map((one) => causedBy(deployment, one)) },
          }
        : judged,
    scenarios: deployedScenarios(deployments, options, files.write, order),
    ledBack: <T extends { chart?: ChartResult }>(result: T): T => {
      const told = files.ledBack(result);
      return told.chart ? { ...told, chart: { ...told.chart, deployments } } : told;
    },
  };
}

/** Inline values written to files of a folder of our own, and their names led back to where they were written. */
class InlineFiles {
  private readonly files = new Map<string, InlineValues>();
  private readonly folder: string;
  private readonly cwd: string;

  constructor(folder: string, cwd: string) {
    this.folder = folder;
    this.cwd = cwd;
  }

  /** Writes the values to a file; the path of it. */
  readonly write = (values: InlineValues): string => {
    const path = join(this.folder, `values-${this.files.size}.yaml`);
    writeFileSync(path, values.text, { flag: 'wx' });
    this.files.set(path, values);
    return path;
  };

  /** The same result with the files and lines of the deployments, where it speaks of ours. */
  ledBack<T>(result: T): T {
    if (this.files.size === 0) return result;
    return this.walk(result) as T;
  }

  private walk(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.walk(item));
    if (typeof value !== 'object' || value === null) return value;
    const out = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.walk(item)]));
    const { file, line } = value as { file?: unknown; line?: unknown };
    const inline = typeof file === 'string' ? this.inlineOf(file) : undefined;
    if (inline && typeof line === 'number') out['line'] = inline.sameLines ? line : inline.at.line;
    return out;
  }

  private inlineOf(file: string): InlineValues | undefined {
    for (const [path, values] of this.files) if (file === path || file === shownPath(this.cwd, path)) return values;
    return undefined;
  }

  private text(text: string): string {
    if (!text.includes(this.folder) && !text.includes(shownPath(this.cwd, this.folder))) return text;
    let out = text;
    // The longest names first: values-1 is the beginning of values-10.
    for (const [path, { at }] of [...this.files].sort(([a], [b]) => b.length - a.length))
      // The relative name ends with the absolute one where the folder is far away.
      for (const name of [shownPath(this.cwd, path), path]) out = out.replaceAll(name, at.file);
    return out;
  }
}
