// Lints every chart below a folder, with this version and with another one, and prints what differs by rule:
//   npm run ecosystem -- FOLDER [--base REF] [--json FILE] [--all] [-- LINTER OPTIONS]
// Without --base it prints this version's findings: the count by rule, every error, and the charts that gave nothing.
// Charts are linted one process each, as a user would lint them; nothing is written below FOLDER.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';

/** The parts of a JSON report that are compared. */
interface Finding {
  rule: string;
  severity: string;
  message: string;
  resource: { kind: string; name: string };
  location: { file: string; line: number };
}
/** What one version made of one chart: its findings, or why there are none. */
interface Outcome {
  findings: Finding[];
  failure?: string;
}
type Outcomes = Map<string, Outcome>;

// npm starts scripts in the folder of package.json.
const root = process.cwd();
const usage = 'usage: npm run ecosystem -- FOLDER [--base REF] [--json FILE] [--all] [-- LINTER OPTIONS]';

const dashes = process.argv.indexOf('--', 2);
const own = process.argv.slice(2, dashes === -1 ? undefined : dashes);
const linterOptions = dashes === -1 ? [] : process.argv.slice(dashes + 1);
const { values, positionals } = parse(own);
const folder = resolve(positionals[0]!);
const charts = chartsBelow(folder);
if (charts.length === 0) fail(`${positionals[0]}: no chart below this folder`);

const head = await lintAll(build(undefined), charts);
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(Object.fromEntries(head), undefined, 1));
if (values.base === undefined) print(head);
else compare(await lintAll(build(values.base), charts), head);

function parse(args: string[]) {
  try {
    const parsed = parseArgs({
      args,
      allowPositionals: true,
      options: { base: { type: 'string' }, json: { type: 'string' }, all: { type: 'boolean', default: false } },
    });
    if (parsed.positionals.length !== 1) fail(usage);
    return parsed;
  } catch (error) {
    return fail(`${(error as Error).message.split('.')[0]}\n${usage}`);
  }
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

/** Chart folders below `folder`, topmost first: a chart's own subcharts belong to it. */
function chartsBelow(path: string): string[] {
  if (existsSync(join(path, 'Chart.yaml'))) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== '.git' && entry.name !== 'node_modules')
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => chartsBelow(join(path, entry.name)));
}

/** The built command line of this work tree, or of a commit: built below node_modules, where its packages are found. */
function build(ref: string | undefined): string {
  if (ref === undefined) {
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    return join(root, 'dist/cli.js');
  }
  let sha: string;
  try {
    sha = execFileSync('git', ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], {
      cwd: root,
      encoding: 'utf8',
    }).trim();
  } catch {
    return fail(`--base ${ref}: not a commit of this repository`);
  }
  const tree = join(root, 'node_modules/.cache/migrate-lint', `base-${sha}`);
  if (!existsSync(join(tree, 'dist/cli.js'))) {
    rmSync(tree, { recursive: true, force: true });
    mkdirSync(tree, { recursive: true });
    const archive = execFileSync('git', ['archive', sha], { cwd: root, maxBuffer: 1 << 30 });
    execFileSync('tar', ['x', '-C', tree], { input: archive });
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: tree, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return join(tree, 'dist/cli.js');
}

async function lintAll(cli: string, paths: readonly string[]): Promise<Outcomes> {
  const queue = [...paths];
  const outcomes = new Map<string, Outcome>();
  const worker = async () => {
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      outcomes.set(relative(folder, path) || '.', await lintOne(cli, path));
      if (process.stderr.isTTY) process.stderr.write(`\r${outcomes.size}/${paths.length} `);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return new Map([...outcomes].sort(([one], [other]) => (one < other ? -1 : 1)));
}

async function lintOne(cli: string, path: string): Promise<Outcome> {
  const { stdout, stderr, exitCode, timedOut } = await execa(
    process.execPath,
    [cli, path, '--no-config', '--format', 'json', ...linterOptions],
    { cwd: folder, reject: false, timeout: 180_000, forceKillAfterDelay: 2_000 },
  );
  if (timedOut) return { findings: [], failure: 'no end after 3 minutes' };
  try {
    const { charts: results, errors = [] } = JSON.parse(stdout) as {
      charts: { findings: Finding[] }[];
      errors?: { message: string }[];
    };
    return { findings: results.flatMap(({ findings }) => findings), ...(errors[0] && { failure: errors[0].message }) };
  } catch {
    return { findings: [], failure: stderr.split('\n')[0] || `exit ${exitCode} without a report` };
  }
}

function print(outcomes: Outcomes): void {
  const all = [...outcomes].flatMap(([chart, { findings }]) => findings.map((finding) => ({ chart, ...finding })));
  const failed = [...outcomes].filter(([, { failure }]) => failure !== undefined);
  const clean = [...outcomes].filter(([, { findings, failure }]) => findings.length === 0 && failure === undefined);
  line(`${outcomes.size} charts: ${failed.length} not linted, ${clean.length} without findings`);
  line('\nfindings by rule (errors, warnings, infos)');
  for (const [rule, findings] of groups(all, ({ rule }) => rule)) {
    const count = (severity: string) => String(findings.filter((one) => one.severity === severity).length).padStart(5);
    line(`  ${rule.padEnd(24)}${count('error')}${count('warning')}${count('info')}`);
  }
  const shown = values.all ? all : all.filter(({ severity }) => severity === 'error');
  line(values.all ? '\nfindings' : '\nerrors');
  for (const finding of shown) line(`  ${describe(finding)}`);
  line('\nnot linted');
  for (const [chart, { failure }] of failed) line(`  ${chart}: ${failure}`);
}

function compare(before: Outcomes, after: Outcomes): void {
  const changes: { kind: 'appeared' | 'went' | 'changed'; rule: string; text: string }[] = [];
  for (const [chart, { findings, failure }] of after) {
    const old = before.get(chart)!;
    if (old.failure !== failure)
      changes.push({
        kind: 'changed',
        rule: '(not linted)',
        text: `${chart}: ${old.failure ?? 'linted'} → ${failure ?? 'linted'}`,
      });
    const gone = new Map(groups(old.findings, exactly));
    const came: Finding[] = [];
    for (const finding of findings) if (!gone.get(exactly(finding))?.pop()) came.push(finding);
    const left = [...gone.values()].flat();
    for (const finding of came) {
      const index = left.findIndex((other) => about(other) === about(finding));
      const [other] = index === -1 ? [] : left.splice(index, 1);
      const text = describe({ chart, ...finding });
      changes.push(
        other
          ? { kind: 'changed', rule: finding.rule, text: `${text}\n      was ${describe({ chart, ...other })}` }
          : { kind: 'appeared', rule: finding.rule, text },
      );
    }
    for (const finding of left)
      changes.push({ kind: 'went', rule: finding.rule, text: describe({ chart, ...finding }) });
  }
  line(`${after.size} charts, ${values.base} against this work tree: ${changes.length} differences`);
  for (const [rule, ofRule] of groups(changes, ({ rule }) => rule)) {
    for (const [kind, ofKind] of groups(ofRule, ({ kind }) => kind)) {
      line(`\n${rule}: ${ofKind.length} ${kind}`);
      for (const { text } of ofKind) line(`    ${text}`);
    }
  }
}

/** The same finding, word for word. */
function exactly({ rule, severity, message, location }: Finding): string {
  return JSON.stringify([rule, severity, message, location.file, location.line]);
}

/** The same matter: what differs else is its words, severity or line. */
function about({ rule, resource }: Finding): string {
  return JSON.stringify([rule, resource.kind, resource.name]);
}

function describe({ chart, severity, rule, message, location }: Finding & { chart: string }): string {
  const file = relative(join(folder, chart), resolve(folder, location.file));
  return `${severity} ${rule} ${chart} ${file}:${location.line} ${message.replaceAll(/\s+/g, ' ')}`;
}

/** Items by key, in the order of their keys. */
function groups<T>(items: readonly T[], keyOf: (item: T) => string): [string, T[]][] {
  const map = new Map<string, T[]>();
  for (const item of items) map.set(keyOf(item), [...(map.get(keyOf(item)) ?? []), item]);
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1));
}

function line(text: string): void {
  process.stdout.write(`${text}\n`);
}
