// What every rule, not only its own, says of each chart of the rules: with and without `--wait`, and under Argo CD; and
// what its own rule says of it under changes.
import { basename, dirname } from 'node:path';
import { judgeChart, rendersOf } from '../src/chart-stages.ts';
import type { PlacedReport } from '../src/check/index.ts';
import { confined } from '../src/confined.ts';
import { discover } from '../src/discover/index.ts';
import { findHelm, type Helm } from '../src/helm/index.ts';
import type { Judgement } from '../src/judge.ts';
import type { Policy } from '../src/config/index.ts';
import type { LintOptions } from '../src/options.ts';
import type { Manifest } from '../src/parse/manifest.ts';
import { policyOf } from '../src/policy-of.ts';
import { renderChart } from '../src/render/index.ts';
import { renderOptionsOf } from '../src/render-options.ts';
import { settings } from './rule-pages.ts';

type Renders = Awaited<ReturnType<typeof rendersOf>>;

/** Ways in which a chart is judged by all rules, beside that of its `lint.json`. */
const ways: Record<string, Partial<LintOptions>> = { wait: { wait: true }, argocd: { engine: 'argocd' } };

/** Changes under which a chart is judged by its own rule once more. */
const changes: Record<string, (renders: Renders) => Renders> = {
  'by Helm 3': (renders) => ({ ...renders, helmMajor: 3 }),
  'by Helm 4': (renders) => ({ ...renders, helmMajor: 4 }),
  'each resource four times': (renders) =>
    rewritten(renders, (manifest) =>
      ['', '-b', '-c', '-d'].map((end) => ({
        ...manifest,
        text: manifest.text.replace(/^ {2}name: .*$/m, `$&${end}`),
      })),
    ),
  'without hooks': (renders) => rewritten(renders, withoutHook),
  'in reverse order': (renders) => ({
    ...renders,
    rendered: {
      ...renders.rendered,
      install: { ...renders.rendered.install, manifests: [...renders.rendered.install.manifests].reverse() },
      upgrade: { ...renders.rendered.upgrade, manifests: [...renders.rendered.upgrade.manifests].reverse() },
    },
  }),
  'hooks before the release': (renders) =>
    rewritten(renders, (one) => moved(one, /\bpost-(install|upgrade)/g, 'pre-$1')),
  'hooks after the release': (renders) =>
    rewritten(renders, (one) => moved(one, /\bpre-(install|upgrade)/g, 'post-$1')),
  'last revision without hooks': (renders) => {
    const { install, upgrade } = rewritten(renders, withoutHook).rendered;
    return { ...renders, from: { label: 'v1', install: install.manifests, upgrade: upgrade.manifests } };
  },
  'last revision without containers': (renders) => {
    const { install, upgrade } = rewritten(renders, (one) => (/^ +containers:/m.test(one.text) ? [] : [one])).rendered;
    return { ...renders, from: { label: 'v1', install: install.manifests, upgrade: upgrade.manifests } };
  },
};

/** How many of each kind of small change a chart gets. */
const most = { keys: 10, scalars: 12, odd: 6, resources: 5 };

/** The chart without one key, with one other scalar, without one resource …: some of each, spread over its manifests. */
function* smallChanges({ rendered }: Renders): Generator<[name: string, change: (renders: Renders) => Renders]> {
  // What differs from render to render differs between these two.
  const stable = new Set(rendered.install.manifests.map(({ text }) => text));
  const manifests = rendered.upgrade.manifests.filter(
    ({ text, source }) =>
      !/\d{14}/.test(text) &&
      (stable.has(text) || !rendered.install.manifests.some((other) => other.source === source)),
  );
  // The name of a resource is in each message.
  const lines = manifests
    .flatMap((manifest) => manifest.text.split('\n').map((line, at) => ({ manifest, line, at })))
    .filter(({ line }) => !/^ {2}name:/.test(line))
    // What is made up is another in each render.
    .filter(({ line }) => rendered.install.manifests.some(({ text }) => text.split('\n').includes(line)));
  const keys = lines.filter(({ line }) => /^ +[\w./-]+:/.test(line));
  for (const { manifest, line, at } of spread(keys, most.keys))
    yield [`without ${brief(line)}`, (renders) => replaced(renders, manifest, at, undefined)];
  const scalars = lines.filter(({ line }) => /^[ -]+[\w./-]+: *[^\s|>{[&*#]|^ +- *[^\s|>{[&*#][^:]*$/.test(line));
  for (const [i, { manifest, line, at }] of spread(scalars, most.scalars).entries()) {
    const other = changedScalar(line, i % 2 === 0 ? 1 : -1);
    yield [`with ${brief(other)}`, (renders) => replaced(renders, manifest, at, other)];
  }
  for (const [i, { manifest, line, at }] of spread(scalars, most.odd).entries()) {
    const other = line.replace(/(: *|- *)\S[^:]*$/, `$1${odd[i % odd.length]}`);
    yield [`with ${brief(other)}`, (renders) => replaced(renders, manifest, at, other)];
  }
  for (const manifest of manifests.length > 1 ? spread(manifests, most.resources) : []) {
    const title = ['kind', ' {2}name']
      .map((key) => new RegExp(`^${key}: *(.*)`, 'm').exec(manifest.text)?.[1])
      .join('/');
    const one = (change: (text: string) => Manifest[]) => (renders: Renders) =>
      rewritten(renders, (other) => (other.text === manifest.text ? change(other.text) : [other]));
    const elsewhere = manifest.text.replace(/^metadata:.*$/m, '$&\n  namespace: elsewhere');
    yield [`without ${brief(title)}`, one(() => [])];
    yield [`${brief(title)} elsewhere`, one(() => [{ ...manifest, text: elsewhere }])];
  }
}

const odd = ['{}', '7', 'null', '[1]', '""'];
const brief = (line: string) =>
  line
    .trim()
    .replace(/\d{6,}/g, '…')
    .slice(0, 40);

function spread<T>(all: readonly T[], most: number): T[] {
  const step = Math.max(1, all.length / most);
  return Array.from({ length: Math.min(most, all.length) }, (_, i) => all[Math.floor(i * step)]!);
}

function changedScalar(line: string, by: number): string {
  if (/\btrue$/.test(line)) return line.replace(/true$/, 'false');
  if (/\bfalse$/.test(line)) return line.replace(/false$/, 'true');
  const number = /\d+(?=["']?$)/.exec(line)?.[0];
  return number === undefined
    ? line.replace(/(["']?)$/, 'x$1')
    : line.replace(/\d+(?=["']?$)/, String(Math.max(0, Number(number) + by)));
}

/** The renders with another line in a manifest, or without a line and what is below it. */
function replaced(renders: Renders, { text }: Manifest, at: number, by: string | undefined): Renders {
  const lines = text.split('\n');
  const indent = /^ */.exec(lines[at]!)![0].length;
  let end = at + 1;
  while (by === undefined && end < lines.length && isBelow(lines[end]!, indent)) end += 1;
  lines.splice(at, end - at, ...(by === undefined ? [] : [by]));
  return rewritten(renders, (one) => [one.text === text ? { ...one, text: lines.join('\n') } : one]);
}

const isBelow = (line: string, indent: number): boolean =>
  line.trim() === '' || /^ */.exec(line)![0].length > indent || line.startsWith(`${' '.repeat(indent)}- `);

const moved = (manifest: Manifest, from: RegExp, to: string): Manifest[] => [
  { ...manifest, text: manifest.text.replace(from, to) },
];

function withoutHook(manifest: Manifest): Manifest[] {
  return [{ ...manifest, text: manifest.text.replace(/^ +"?(?:helm\.sh|argocd\.argoproj\.io)\/hook.*\n/gm, '') }];
}

function rewritten(renders: Renders, change: (manifest: Manifest) => Manifest[]): Renders {
  const { install, upgrade } = renders.rendered;
  const first = { ...install, manifests: install.manifests.flatMap(change) };
  const second = upgrade === install ? first : { ...upgrade, manifests: upgrade.manifests.flatMap(change) };
  return { ...renders, rendered: { ...renders.rendered, install: first, upgrade: second } };
}

let helm: Promise<Helm> | undefined;

/** A chart of the rules with all that it is judged by. */
export interface Rendered {
  chart: string;
  /** Its rule. */
  id: string;
  options: LintOptions;
  renders: Renders;
  policy?: Policy;
}

/** A chart of the rules, rendered. */
export async function renderedChart(chart: string, env: LintOptions['env']): Promise<Rendered> {
  const options: LintOptions = { paths: [chart], cwd: '.', env, preset: 'all', ...settings(chart) };
  const { targets } = await discover([chart], {
    cwd: '.',
    readStdin: () => Promise.reject(new Error('not asked for')),
  });
  const [target] = targets;
  if (target?.kind !== 'chart') throw new Error(`${chart}: no chart`);
  helm ??= findHelm({ ...options, linted: [] });
  const confinedChart = await confined(target, '.');
  try {
    const render = renderOptionsOf(options);
    const to = { chart: confinedChart, options, helm: await helm, render, valuesFiles: [] };
    const renders = await rendersOf(renderChart(confinedChart, to.helm, render, { env }, options.actions), to);
    return {
      chart,
      id: basename(dirname(chart)),
      options,
      renders: { ...renders, marked: [] },
      policy: await policyOf(target, options),
    };
  } finally {
    confinedChart.remove();
  }
}

/** The findings of all rules for a chart, a line each, sorted; those of other ways and under changes where they differ. */
export function verdictsOf({ chart, id, options, renders, policy }: Rendered): string {
  const judged = (changed: Renders, way: Partial<LintOptions> = {}) => {
    const judgement = judgeChart({ ...changed, options: { ...options, ...way } }, policy);
    return judgement.reports.map((report) => timeless(lineOf(report, id), judgement)).sort();
  };
  const plain = judged(renders);
  const own = plain.filter((line) => line.includes(` ${id} `));
  return [
    `${id}/${basename(chart)}`,
    ...plain.map((line) => `  ${line}`),
    ...Object.entries(ways).flatMap(([name, way]) => difference(name, plain, judged(renders, way))),
    ...[...Object.entries(changes), ...smallChanges(renders)].flatMap(([name, change]) =>
      difference(name, own, judged(change(renders), { only: [id] })),
    ),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function difference(name: string, before: readonly string[], after: readonly string[]): string[] {
  const gone = before.filter((line) => !after.includes(line)).map((line) => `  ${name}: -${line.slice(0, 60)}`);
  return [...gone, ...after.filter((line) => !before.includes(line)).map((line) => `  ${name}: ${line}`)];
}

/** A finding on a line, that of the chart's own rule with its causes. */
function lineOf(
  { rule, severity, resource, actions, message, suppression, because }: PlacedReport,
  id: string,
): string {
  const by = suppression ? `(${suppression.by}) ` : '';
  const at = actions.length === 1 ? ` at ${actions[0]}` : '';
  const causes = rule === id ? because.map((one) => ` < ${one.message}`).join('') : '';
  return `${by}${severity} ${rule} ${resource.kind}/${resource.name}${at}: ${message}${causes}`;
}

/** A line without names that are new at each render. */
function timeless(line: string, { install, upgrade, stableName }: Judgement): string {
  return [...install.resources, ...upgrade.resources].reduce((text, resource) => {
    const stable = stableName(resource);
    return stable === resource.name ? text : text.replaceAll(resource.name, stable);
  }, line);
}
