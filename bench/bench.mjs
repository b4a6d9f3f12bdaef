// What migrate-lint costs, as ratios of whole commands that run side by side: npm run bench [-- --runs N] [--only TEXT]
// [--write]. --only measures the groups whose name holds TEXT; --write writes docs/performance.md. NODE24 names a Node
// 24 to compare with; kube-linter and kube-score are compared where they are on PATH.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, homedir, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEditor } from './editor.mjs';
import { peak, sideBySide } from './measure.mjs';

const args = process.argv.slice(2);
const valueOf = (flag) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
const runs = Number(valueOf('--runs') ?? 15);
const only = valueOf('--only') ?? '';
const node = process.execPath;
const node24 = process.env.NODE24;
const cli = join(process.cwd(), 'dist/cli.js');
const lint = (...rest) => [node, cli, '--no-config', ...rest];
spawnSync(node, [cli, 'fixtures/sql-migrate'], { stdio: 'ignore' });
const helm = process.env.HELM_BIN ?? managedHelm() ?? 'helm';
const env = { HELM_BIN: helm };
const template = (chart) => [helm, 'template', 'release-name', chart];
const scratch = mkdtempSync(join(tmpdir(), 'migrate-lint-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const rows = [];

await group('start', () => {
  const executable = executableHere();
  const [bare, version, alone] = measure([
    [node, '-e', '0'],
    lint('--version'),
    executable && [executable, '--version'],
  ]);
  row('`--version` over `node -e 0`', version, bare, 1.1);
  if (alone) row('`--version` of the executable over `node -e 0`', alone, bare);
});

await group('optscale', () => {
  const chart = 'fixtures/optscale';
  const executable = executableHere();
  const kept = lint(chart, '--cache', '--cache-location', join(scratch, 'results'));
  const [bare, own, again, newer, alone, helmLint, linter, score] = measure([
    template(chart),
    lint(chart),
    kept,
    node24 && [node24, cli, '--no-config', chart],
    executable && [executable, '--no-config', chart],
    [helm, 'lint', chart],
    onPath('kube-linter') && ['kube-linter', 'lint', chart],
    onPath('kube-score') && piped(chart, 'kube-score score -'),
  ]);
  row(`OptScale over one Helm, Node ${process.versions.node.split('.')[0]}`, own, bare, 4.5);
  row('the same with `--cache`, not changed', again, bare);
  if (newer) row('OptScale over one Helm, Node 24', newer, bare, 3.8);
  if (alone) row('OptScale over one Helm, the executable', alone, bare);
  row('the same with `helm lint`', helmLint, bare);
  if (linter) row('the same with kube-linter', linter, bare);
  if (score) row('the same with kube-score and Helm', score, bare);
});

await group('editor', async () => {
  const chart = 'fixtures/optscale';
  const editor = await openEditor({ node, cli, chart, env });
  const [saves, whole] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    saves.push(await editor.save());
    whole.push(measure([lint(chart)], 1)[0].wall);
  }
  editor.close();
  const median = (list) => ({ wall: list.sort((a, b) => a - b)[Math.floor(list.length / 2)] });
  row('save to diagnostics in an editor over the command line, OptScale', median(saves), median(whole), 1.3);
});

await group('nothing to report', () => {
  const chart = 'fixtures/sql-migrate';
  const [bare, own] = measure([template(chart), lint(chart)]);
  row('a chart with nothing to report over one Helm', own, bare, 2.5);
});

await group('many charts', () => {
  const charts = ruleCharts().slice(0, 100);
  const kept = lint(...charts, '--cache', '--cache-location', join(scratch, 'results'));
  const [bare, own, again] = measure([parallel(charts), lint(...charts), kept], Math.ceil(runs / 3));
  row('100 rule charts over Helm at the same parallelism', own, bare, 1.3);
  row('the same with `--cache`, not changed', again, bare);
  const copies = Array.from({ length: 30 }, (_, n) => join(scratch, `optscale-${n}`));
  for (const copy of copies) cpSync('fixtures/optscale', copy, { recursive: true });
  const [each, all] = measure([parallel(copies), lint(...copies)], Math.ceil(runs / 5));
  row('30 copies of OptScale over Helm at the same parallelism', all, each, 2);
});

await group('streams', () => {
  const [small, large] = [1_000, 10_000].map((count) => {
    const file = join(scratch, `${count}.yaml`);
    const { stdout } = spawnSync(node, ['scripts/ts.mjs', 'bench/streams.ts', 'documents', String(count)], {
      maxBuffer: 1e9,
    });
    writeFileSync(file, stdout);
    return file;
  });
  const [one, ten, linter] = measure(
    [lint(small), lint(large), onPath('kube-linter') && ['kube-linter', 'lint', small]],
    Math.ceil(runs / 5),
  );
  row('10,000 documents over 1,000', ten, one, 11);
  if (linter) row('1,000 documents over kube-linter', one, linter, 2);
  const megabytes = statSync(large).size / 1e6;
  rows.push(['10,000 documents, MB/s', 'at least 8', (megabytes / (ten.wall / 1_000)).toFixed(1), '']);
  const most = 100 + 12 * (statSync(large).size / 2 ** 20);
  rows.push([
    '10,000 documents, peak memory in MiB',
    `at most ${most.toFixed(0)} (100 and 12 times the input)`,
    peak({ command: lint(large), env }).toFixed(0),
    '',
  ]);
});

const table = [
  '| figure | aim | wall | processor |',
  '| --- | --- | --- | --- |',
  ...rows.map((cells) => `| ${cells.join(' | ')} |`),
].join('\n');
process.stdout.write(`\n${table}\n`);
if (args.includes('--write')) write();

/** Measures a part of the table, unless it was not asked for. */
async function group(name, run) {
  if (!name.includes(only)) return;
  process.stderr.write(`${name}: `);
  await run();
  process.stderr.write('\n');
}

/** Medians of the commands; undefined where there is no command. */
function measure(commands, times = runs) {
  const there = commands.filter(Boolean);
  const medians = sideBySide(
    there.map((command) => ({ command, env })),
    times,
    () => process.stderr.write('.'),
  );
  return commands.map((command) => (command ? medians[there.indexOf(command)] : undefined));
}

function row(figure, { wall, processor }, over, aim) {
  const ratio = (a, b) => (b > 0 ? (a / b).toFixed(2) : '');
  rows.push([
    figure,
    aim === undefined ? '' : `at most ${aim}`,
    ratio(wall, over.wall),
    ratio(processor, over.processor),
  ]);
}

/** `helm template` of many charts, as many at a time as there are processors. */
function parallel(charts) {
  const list = join(scratch, `list-${charts.length}`);
  writeFileSync(list, charts.join('\n'));
  return ['sh', '-c', `xargs -P${cpus().length} -n1 "$0" template release-name < "$1"`, helm, list];
}

function piped(chart, reader) {
  return ['sh', '-c', `"$0" template release-name "$1" | ${reader}`, helm, chart];
}

/** Charts of rules that need no options to render. */
function ruleCharts() {
  return readdirSync('fixtures/rules').flatMap((rule) =>
    readdirSync(join('fixtures/rules', rule))
      .map((name) => join('fixtures/rules', rule, name))
      .filter((chart) => existsSync(join(chart, 'Chart.yaml')) && !existsSync(join(chart, 'lint.json'))),
  );
}

function onPath(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** The newest Helm that migrate-lint has downloaded. */
function managedHelm() {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'migrate-lint/helm');
  if (!existsSync(cache)) return undefined;
  return readdirSync(cache)
    .map((name) => join(cache, name, 'helm'))
    .filter((path) => existsSync(path))
    .sort()
    .at(-1);
}

/** The executable of this machine; undefined, with the reason printed, where its runtime cannot be had. */
function executableHere() {
  const { status, stdout, stderr } = spawnSync(node, ['scripts/ts.mjs', 'scripts/release/here.ts'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status === 0) return stdout.trim().split('\n').at(-1);
  process.stderr.write(`without the executable (${stderr.trim().split('\n').at(-1)}) `);
  return undefined;
}

function write() {
  const file = 'docs/performance.md';
  const machine = `${cpus().length} processors (${cpus()[0].model.trim()}), Linux ${release().split('-')[0]}, Node ${process.versions.node}, Helm ${helmVersion()}, medians of ${runs} runs (fewer for many charts and streams)`;
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replace(
      /(<!-- bench -->\n)[\s\S]*?(<!-- \/bench -->)/,
      (_, start, end) => `${start}\nMeasured on ${machine}.\n\n${table}\n\n${end}`,
    ),
  );
}

function helmVersion() {
  return spawnSync(helm, ['version', '--template', '{{.Version}}'], { encoding: 'utf8' }).stdout.replace(/^v/, '');
}
