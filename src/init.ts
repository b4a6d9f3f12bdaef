import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { stringify } from 'yaml';
import { judge } from './judge.ts';
import { lint } from './lint.ts';
import type { LintOptions } from './options.ts';
import type { LintError } from './result.ts';
import { jobName, tieOf, type Release, type Workload } from './model/index.ts';
import type { Manifest } from './parse/index.ts';

/** A first policy file, and what it was written from. */
export interface FirstPolicy {
  text: string;
  charts: number;
  services: number;
  scenarios: number;
  /** Charts that could not be rendered: nothing of them is in it. */
  errors: LintError[];
}

interface SeenService {
  name: string;
  job: string;
  workloads: string[];
  /** What it was seen from, in words. */
  remark: string;
}

interface SeenScenario {
  name: string;
  values: string[];
  /** Why it cannot be used as it is. */
  fault?: string;
}

interface SeenChart {
  path: string;
  services: SeenService[];
  /** Hook Jobs of which nothing is known: command line and name. */
  unknown: { command: string; job: string }[];
  /** Workloads that migrate in their own pods, in words. */
  inPods: string[];
  scenarios: SeenScenario[];
}

/** Writes a commented first policy from what the charts show; `options.cwd` is where it is going to stand. */
export async function firstPolicy(options: LintOptions): Promise<FirstPolicy> {
  const rendered: { path: string; install: readonly Manifest[] }[] = [];
  // The values of ci/ too: a chart may show its Jobs, or render at all, only with them.
  const plain: LintOptions = { ...options, config: false, only: [] };
  const { errors } = await lint({
    ...plain,
    onRender: (path, { install }) => rendered.push({ path, install: install.manifests }),
  });
  const charts = new Map<string, SeenChart>();
  for (const { path, install } of rendered) {
    const { install: release } = judge({ install, upgrade: install, only: [] });
    const seen = seenIn(release, path);
    const before = charts.get(path);
    charts.set(path, {
      path,
      services: distinct([...(before?.services ?? []), ...seen.services], ({ name, job }) => `${name} ${job}`),
      unknown: [...(before?.unknown ?? []), ...seen.unknown],
      inPods: [...(before?.inPods ?? []), ...seen.inPods],
      scenarios: before?.scenarios ?? (await scenariosIn(path, { ...plain, scenarios: false })),
    });
  }
  const all = [...charts.values()];
  return {
    text: write(all),
    charts: all.length,
    services: all.reduce((sum, { services }) => sum + services.length, 0),
    scenarios: all.reduce((sum, { scenarios }) => sum + scenarios.filter(({ fault }) => fault === undefined).length, 0),
    errors,
  };
}

/** The first of those that have the same key. */
function distinct<T>(list: readonly T[], key: (one: T) => string): T[] {
  const seen = new Set<string>();
  return list.filter((one) => !seen.has(key(one)) && seen.add(key(one)));
}

function seenIn(release: Release, chart: string): Pick<SeenChart, 'services' | 'unknown' | 'inPods'> {
  // The release has another name when it is installed, and a revision or a hash may end a Job's name.
  const anyRelease = (text: string) => text.replaceAll(release.name, '*');
  const short = (name: string) => anyRelease(name).replace(/^\*-?|-?\*$/g, '');
  const pattern = (name: string) => anyRelease(name).replace(/^\*-/, '*').replace(/-\d+$/, '-*');
  // A pattern is matched with all of a command line, and other text with its beginning.
  const matching = (command: string) => (command.includes(release.name) ? `${anyRelease(command)}*` : command);
  const services: SeenService[] = [];
  const unknown: SeenChart['unknown'] = [];
  const migrating = new Set<Workload>();
  const inPods: string[] = [];
  for (const { workload, tool, certainty, container } of release.migrations) {
    if (migrating.has(workload)) continue;
    migrating.add(workload);
    if (workload.kind !== 'Job') {
      if (certainty === 'certain')
        inPods.push(
          `${workload.kind}/${short(workload.name)} migrates in ${container.role === 'main' ? 'its start-up command' : `its init container ${container.name}`} (${tool})`,
        );
      continue;
    }
    const workloads = tieOf(workload, release)?.workloads.map(({ name }) => pattern(name)) ?? [];
    const named = short(jobName(workload)).replace(/-?(?:db-)?migrat[a-z]*(?:-.*)?$/, '');
    const name = named || workloads[0]?.replaceAll('*', '') || chart;
    const events = workload.hook ? `${workload.hook.events.join(',')} hook` : 'plain Job';
    services.push({
      name,
      job: workload.name === '' ? `${pattern(jobName(workload))}*` : pattern(workload.name),
      workloads: [...new Set(workloads)],
      remark: `${tool === 'custom' ? 'by its name' : tool}, ${events}`,
    });
  }
  for (const job of release.jobs) {
    if (!job.hook || migrating.has(job)) continue;
    const main = job.pod.containers.find(({ role }) => role === 'main');
    const command = main?.understanding.commands.map(({ argv }) => argv.join(' ')).find((line) => line.trim() !== '');
    if (command && main?.understanding.waits.length === 0)
      unknown.push({ command: matching(command.replace(/\s+/g, ' ').slice(0, 60)), job: short(jobName(job)) });
  }
  return { services, unknown, inPods };
}

/**
 * Values files that lie about as those of environments do, each tried once. `ci/*-values.yaml` are taken by themselves.
 */
async function scenariosIn(path: string, options: LintOptions): Promise<SeenScenario[]> {
  const folder = resolve(options.cwd, path);
  const files = ['.', 'values', 'environments', 'env'].flatMap((below) => valuesIn(folder, below));
  return Promise.all(
    files.slice(0, 20).map(async (file): Promise<SeenScenario> => {
      const { errors } = await lint({
        ...options,
        paths: [join(path, 'Chart.yaml')],
        valuesFiles: [join(folder, file)],
      });
      const name = file
        .replace(/^.*\//, '')
        .replace(/\.ya?ml$/, '')
        .replace(/^values[.-]|[.-]values$/, '');
      return {
        name,
        values: [relative(options.cwd, join(folder, file)).replaceAll('\\', '/')],
        ...(errors[0] && { fault: errors[0].message }),
      };
    }),
  );
}

function valuesIn(folder: string, below: string): string[] {
  const at = join(folder, below);
  if (!existsSync(at)) return [];
  const names = readdirSync(at, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  return names
    .filter((name) => (below === '.' ? /^values[.-].+\.ya?ml$|[.-]values\.ya?ml$/ : /\.ya?ml$/).test(name))
    .sort()
    .map((name) => (below === '.' ? name : `${below}/${name}`));
}

const schema = 'https://raw.githubusercontent.com/migrate-lint/migrate-lint/main/schema/policy.schema.json';

function write(charts: readonly SeenChart[]): string {
  const several = charts.length > 1;
  // A service of one chart would be missed in the others.
  const services = several ? [] : charts.flatMap((chart) => chart.services);
  const unknown = distinct(
    charts.flatMap((chart) => chart.unknown),
    ({ command }) => command,
  );
  const inPods = [...new Set(charts.flatMap((chart) => chart.inPods))];
  return [
    `# yaml-language-server: $schema=${schema}`,
    '# Policy of migrate-lint: what no manifest shows, and what the team wants. All keys are in its docs/policy.md.',
    '',
    '# Which rules: recommended, strict (more of them), all; or a relative file to start from.',
    'extends: recommended',
    '',
    '# Severity of a rule (error, warning, info, off), or severity and options; `migrate-lint rules` lists them.',
    '# rules:',
    '#   backoff-limit: [error, {max: 3}]',
    '',
    '# Services that migrate: each has exactly one migration Job. needs: what its Job waits for though no manifest shows it.',
    ...(services.length > 0
      ? ['services:', ...services.flatMap((one) => serviceLines(one))]
      : ['# services:', '#   - name: shop', '#     job: shop-migrate*', '#     needs: [Service/postgres, Job/setup]']),
    ...inPods.map((line) => `# ${oneLine(line)}: no Job.`),
    '',
    '# What commands of yours do: the beginning of the command line, and whether it migrates, or what it waits for.',
    ...(unknown.length > 0 ? ['# These hook Jobs run something that is not known:'] : []),
    '# commands:',
    ...(unknown.length > 0
      ? unknown.flatMap(({ command, job }) => [
          `#   - match: ${scalar(command)}   # Job/${oneLine(job)}`,
          '#     migrates: true',
        ])
      : [
          '#   - match: uv run db migrate',
          '#     migrates: alembic',
          '#   - match: wait_configured',
          '#     waits: [Job/pre-configurator]',
        ]),
    '',
    '# Hosts that are outside of the release though it has a Service of that name.',
    '# external: ["*.rds.amazonaws.com"]',
    '',
    ...(several ? overrideLines(charts) : scenarioLines(charts[0]?.scenarios ?? [], '')),
    '',
  ].join('\n');
}

function serviceLines({ name, job, workloads, remark }: SeenService, indent = ''): string[] {
  return [
    `${indent}  - name: ${scalar(name)}   # ${oneLine(remark)}`,
    `${indent}    job: ${scalar(job)}`,
    ...(workloads.length > 0 ? [`${indent}    workloads: [${workloads.map(scalar).join(', ')}]`] : []),
  ];
}

const scenarioWords =
  '# The ways in which a chart is deployed: it is linted in each, and in ci/*-values.yaml where there are any.';

function scenarioLines(scenarios: readonly SeenScenario[], indent: string): string[] {
  const lines = scenarios.flatMap(({ name, values, fault }) => {
    const sign = fault === undefined ? '' : '# ';
    return [
      ...(fault === undefined ? [] : [`${indent}  # ${oneLine(fault)}`]),
      `${indent}  ${sign}- name: ${scalar(name)}`,
      `${indent}  ${sign}  values: [${values.map(scalar).join(', ')}]`,
    ];
  });
  const words = indent === '' ? [scenarioWords] : [];
  if (scenarios.length > 0) return [...words, `${indent}scenarios:`, `${indent}  - name: default`, ...lines];
  return indent === ''
    ? [
        ...words,
        '# scenarios:',
        '#   - name: production',
        '#     values: [values-production.yaml]',
        '#     set: {elk.enabled: true}',
      ]
    : [];
}

function overrideLines(charts: readonly SeenChart[]): string[] {
  const some = charts.filter(({ services, scenarios }) => services.length + scenarios.length > 0);
  const shown = some.flatMap(({ path, services, scenarios }) => [
    `  - charts: [${scalar(path)}]`,
    ...(services.length > 0 ? ['    services:', ...services.flatMap((one) => serviceLines(one, '    '))] : []),
    ...scenarioLines(scenarios, '    '),
  ]);
  return [
    '# What holds for some charts only.',
    scenarioWords,
    ...(some.length > 0
      ? ['overrides:', ...shown]
      : [
          '# overrides:',
          '#   - charts: ["charts/shop"]',
          '#     scenarios:',
          '#       - name: production',
          '#         values: [charts/shop/values-production.yaml]',
        ]),
  ];
}

/** A YAML scalar in one line. */
function scalar(text: string): string {
  return stringify(text, {
    lineWidth: 0,
    defaultStringType: /^[\w./*-]*$/.test(text) && !/^\*/.test(text) ? 'PLAIN' : 'QUOTE_DOUBLE',
  }).trim();
}

function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ');
}
