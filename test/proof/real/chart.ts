// A fixture as it is played on a real cluster: what the command line reports of it, and what has to be there before.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { lint } from '../../../src/lint.ts';
import { buildRelease, type Release } from '../../../src/model/index.ts';
import { parseManifest, type Manifest } from '../../../src/parse/index.ts';
import type { LintOptions } from '../../../src/options.ts';
import type { Finding } from '../../../src/finding.ts';

/** A chart, the values that it is played with, and its `lint.json`. */
export interface Fixture {
  name: string;
  chart: string;
  values: readonly string[];
  settings: Partial<LintOptions>;
}

/** What is reported of a chart, and what it renders to. */
export interface Reported {
  install: Release;
  upgrade: Release;
  /** What was asked about: `install` and `upgrade`, unless `lint.json` names one of them. */
  actions: readonly ('install' | 'upgrade')[];
  /** Errors, warnings and infos as the command line prints them, without and with `--wait`. */
  plain: readonly Finding[];
  waiting: readonly Finding[];
  /** With the last revision that `lint.json` names. */
  from: readonly Finding[];
}

/** The release name of all plays. */
export const releaseName = 'rel';

/** All fixtures, and the variants of those in the mission's folders. */
export function fixtures(root = 'fixtures'): Fixture[] {
  const out: Fixture[] = [];
  const add = (name: string, chart: string, values: readonly string[] = []) => {
    if (!existsSync(join(chart, 'Chart.yaml'))) return;
    const file = join(chart, 'lint.json');
    const settings = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<LintOptions>) : {};
    out.push({ name, chart, values, settings });
  };
  for (const name of readdirSync(root)) {
    const chart = join(root, name);
    add(name, chart);
    const variants = join(chart, 'variants');
    if (existsSync(variants))
      for (const file of readdirSync(variants))
        add(`${name} ${basename(file, '-values.yaml')}`, chart, [join(variants, file)]);
  }
  if (existsSync(join(root, 'rules')))
    for (const rule of readdirSync(join(root, 'rules')))
      for (const face of readdirSync(join(root, 'rules', rule)))
        add(`${rule}/${face}`, join(root, 'rules', rule, face));
  return out;
}

/** Why a chart is not played on a cluster with Helm; `undefined` where it is. */
export function leftOut({ settings, name }: Fixture): string | undefined {
  if (settings.engine === 'argocd') return 'is for Argo CD';
  if (name.endsWith('/before')) return 'is the last revision of other charts';
  return undefined;
}

/**
 * Lints a chart as `migrate-lint CHART`, with `--wait`, and with `--from` where a last revision is named. Throws where
 * it cannot be linted.
 */
export async function reportOf({ chart, values, settings }: Fixture, helm: string, major: 3 | 4): Promise<Reported> {
  let manifests: { install: readonly Manifest[]; upgrade: readonly Manifest[] } | undefined;
  const run = async (more: Pick<LintOptions, 'wait' | 'from'>): Promise<Finding[]> => {
    const { charts, errors } = await lint({
      paths: [chart],
      cwd: process.cwd(),
      env: { ...process.env, HELM_BIN: helm },
      valuesFiles: values,
      ...settings,
      releaseName,
      helmVersion: major === 3 ? '3' : '4',
      engine: 'helm',
      from: undefined,
      ...more,
      onRender: (_, { install, upgrade }) => (manifests = { install: install.manifests, upgrade: upgrade.manifests }),
    });
    if (errors[0]) throw new Error(errors[0].message);
    return charts.flatMap(({ findings }) => findings);
  };
  const { from } = settings;
  const last = from === undefined ? [] : await run({ wait: false, from });
  const [plain, waiting] = [await run({ wait: false }), await run({ wait: true })];
  const build = (list: readonly Manifest[]) =>
    buildRelease({
      name: releaseName,
      namespace: 'default',
      resources: list.flatMap((manifest) => parseManifest(manifest).resources),
    });
  return {
    plain,
    waiting,
    from: last,
    actions: settings.actions ?? ['install', 'upgrade'],
    install: build(manifests!.install),
    upgrade: build(manifests!.upgrade),
  };
}

const ofCluster =
  /^(?:Namespace|PriorityClass|RuntimeClass|StorageClass|CustomResourceDefinition|ClusterRole(?:Binding)?|PersistentVolume|IngressClass|APIService|\w+WebhookConfiguration)$/;

/** Whether a chart makes what is in no namespace, or in a namespace of its own: two plays of such charts would meet. */
export function isForCluster({ install, upgrade }: Reported): boolean {
  return [install, upgrade].some(({ resources, namespace }) =>
    resources.some((one) => ofCluster.test(one.kind) || (one.namespace !== undefined && one.namespace !== namespace)),
  );
}
