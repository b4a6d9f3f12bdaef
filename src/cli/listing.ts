import { isAbsolute, join, relative, resolve } from 'node:path';
import { Document, isScalar, YAMLMap, YAMLSeq, type Pair, type Scalar } from 'yaml';
import { activeRules } from '../active-rules.ts';
import type { ActiveRule } from '../check/index.ts';
import type { Policy } from '../config/index.ts';
import { deployedCharts, type DeployedCharts } from '../deployed-charts.ts';
import type { Deployment } from '../deployments/deployment.ts';
import { discover, type Target } from '../discover/index.ts';
import { failures } from '../failures.ts';
import type { SetOption } from '../helm/index.ts';
import { policyOf } from '../policy-of.ts';
import type { LintOptions } from '../options.ts';
import { filesBelow } from '../render/index.ts';
import { safeLine } from '../report/safe.ts';
import type { Scenario } from '../scenario.ts';
import { scenariosOf } from '../scenarios.ts';
import { exit } from './exit.ts';
import { warn } from './say.ts';

/** What is listed instead of linting. */
export type Listing = 'charts' | 'files' | 'scenarios' | 'config';

/**
 * `--list-charts`, `--list-files`, `--list-scenarios`, `--print-config`: what a run with these options would lint, read
 * and apply, a line each (`--print-config`: a YAML document for each chart). Helm is not called. Resolves to the exit
 * code.
 */
export async function list(what: Listing, options: LintOptions): Promise<number> {
  const readStdin = () => Promise.resolve(new Uint8Array());
  const discovered = await discover(options.paths, {
    cwd: options.cwd,
    readStdin,
    stdinName: options.stdinName,
  });
  const deployed = await deployedCharts(options, discovered);
  const { targets, errors } = deployed ?? discovered;
  const lines = new Set<string>();
  let failed = errors.length > 0;
  for (const { message } of errors) warn(`migrate-lint: ${safeLine(message)}\n`);
  for (const target of targets) {
    try {
      for (const line of await linesOf(what, target, options, deployed)) lines.add(line);
    } catch (error) {
      failed = true;
      for (const { message } of failures(error, target.path)) warn(`migrate-lint: ${message}\n`);
    }
  }
  process.stdout.write([...lines].map((line) => `${line}\n`).join(what === 'config' ? '---\n' : ''));
  return failed ? exit.failed : exit.ok;
}

async function linesOf(
  what: Listing,
  target: Target,
  options: LintOptions,
  deployed: DeployedCharts | undefined,
): Promise<string[]> {
  if (what === 'charts') return [safeLine(target.path)];
  const policy = await policyOf(target, { ...options, plugins: options.plugins ?? false });
  if (what === 'config') return [configOf(target.path, options, policy)];
  if (target.kind !== 'chart') return what === 'files' ? [safeLine(target.path)] : ['default'];
  const deployments = deployed?.of(target) ?? [];
  const asDeployed = deployments.length > 0 ? await scenariosOfDeployments(deployments, options) : [];
  const { runs } = scenariosOf(target, options, policy, asDeployed);
  if (what === 'scenarios') return runs.map(({ name }) => safeLine(name));
  const values = runs.flatMap((run) => run.options.valuesFiles ?? []);
  const shown = (file: string) => safeLine(relative(options.cwd, resolve(options.cwd, file)) || '.');
  return [
    ...(target.archive ? [target.absolute] : filesBelow(target.absolute).map((file) => join(target.absolute, file))),
    ...(policy?.files ?? []),
    ...deployments.map(({ at }) => at.file),
    ...values.filter((file) => !/^[a-z][a-z0-9+.-]*:\/\//i.test(file)),
  ].map(shown);
}

/** Without files for inline values, which are in the deployments themselves. */
async function scenariosOfDeployments(deployments: readonly Deployment[], options: LintOptions): Promise<Scenario[]> {
  const { deployedScenarios } = await import('../deployed-scenarios.ts');
  return deployedScenarios(deployments, options, () => undefined);
}

/** The policy as it holds for a chart, each value with where it comes from. */
function configOf(path: string, options: LintOptions, policy: Policy | undefined): string {
  const rules = activeRules({ ...options, policy }).sort((a, b) => (a.rule.id < b.rule.id ? -1 : 1));
  const preset = options.preset ?? policy?.preset ?? 'recommended';
  const presetFrom = options.preset ? '--preset' : policy?.preset ? shownFile(policy.file, options.cwd) : 'default';
  const doc = new Document(new YAMLMap());
  const root = doc.contents as YAMLMap;
  doc.commentBefore = ` ${safeLine(path)}${policy ? '' : ': no policy file'}`;
  put(doc, root, 'extends', preset, presetFrom);
  const list = new YAMLMap();
  for (const one of rules) put(doc, list, one.rule.id, entryOf(one), originOf(one, policy, preset, options));
  root.add(doc.createPair('rules', list));
  const dependencies = options.dependencies ?? policy?.dependencies ?? 'own';
  const whose = options.dependencies ? '--dependencies' : policy?.dependencies ? 'the policy' : 'default';
  put(doc, root, 'dependencies', dependencies, whose);
  for (const key of ['services', 'commands', 'scenarios', 'ignore'] as const)
    if (policy?.[key].length) root.add(doc.createPair(key, stated(doc, policy[key], options.cwd)));
  if (policy?.external.length) put(doc, root, 'external', policy.external, 'the policy');
  return doc.toString({ lineWidth: 0, flowCollectionPadding: false }).trimEnd();
}

function entryOf({ rule, severity, off, options }: ActiveRule): unknown {
  const level = off ? 'off' : (severity ?? rule.severity);
  return Object.keys(options).length > 0 ? [level, options] : level;
}

function originOf(
  { rule, severity, severityAt, off }: ActiveRule,
  policy: Policy | undefined,
  preset: string,
  options: LintOptions,
): string {
  if (off) return off.at ? `${off.at.file}:${off.at.line}` : (off.reason ?? 'off');
  if (severityAt) return `${severityAt.file}:${severityAt.line}`;
  if (severity) return '--severity';
  if (options.only?.includes(rule.id)) return '--rule';
  return policy?.own.includes(rule) ? 'a plugin' : preset;
}

/** Entries of a list, each with its line in a comment. */
function stated(doc: Document, entries: readonly (object & { origin: string })[], cwd: string): YAMLSeq {
  const out = new YAMLSeq();
  for (const { origin, ...entry } of entries) {
    const { set, ...rest } = entry as { base?: string; set?: readonly SetOption[] };
    delete rest.base;
    const sets = set?.length
      ? { set: set.map(({ flag, value }) => (flag === '--set' ? value : `${flag} ${value}`)) }
      : {};
    const node = doc.createNode(JSON.parse(JSON.stringify({ ...rest, ...sets }, relativePaths(cwd))));
    node.commentBefore = ` ${safeLine(origin)}`;
    out.add(node);
  }
  return out;
}

/** Values files are absolute paths once they are read. */
const relativePaths = (cwd: string) => (_: string, value: unknown) =>
  typeof value === 'string' && isAbsolute(value) ? relative(cwd, value) : value;

function put(doc: Document, map: YAMLMap, key: string, value: unknown, origin: string): void {
  const node = doc.createNode(value, { flow: true });
  const pair = doc.createPair(key, node) as Pair<Scalar, Scalar>;
  node.comment = ` ${safeLine(origin)}`;
  if (!isScalar(node)) (node as YAMLMap).flow = true;
  map.add(pair);
}

function shownFile(file: string, cwd: string): string {
  return relative(cwd, file) || file;
}
