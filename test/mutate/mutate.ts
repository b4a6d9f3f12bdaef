// How many small faults do the tests notice? Some of all that can be made in the rooms below are put into a copy of
// this tree, each behind a switch. First the records are run again for each fault (census.ts). For each fault that they
// do not notice, the charts of the rules that reach it are judged, and where that notices nothing the room's tests that
// reach it are run. npm run mutate [-- --sample N --seed S --only NUMBER,… FILE…]: prints each that no test noticed, and
// the figures by room; `--records` asks the records and some charts of the rules only: what they miss a test may notice.
// `--folder FOLDER --minutes M` keeps the copy there and begins nothing new after so many minutes: the same command goes
// on where the last one ended.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, homedir, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from '../program/bundle.ts';
import { withRenders } from '../program/plugin.ts';
import type { Kept } from './charts.ts';
import { mutantsOf, switched, type Mutant } from './mutants.ts';

/** The rooms, and the test files of `npm test` that are run on a fault in them where they reach it. */
const rooms: Record<string, string[]> = {
  'src/shell': ['commands', 'shell', 'tools', 'config', 'policy-use'],
  'src/tools': ['commands', 'tools', 'shell', 'policy', 'policy-use', 'config', 'scenarios', 'fixtures'],
  'src/model': [
    'manifests',
    'simulate',
    'ready',
    'long-chains',
    'config',
    'policy',
    'policy-use',
    'plan/agree',
    'plan/text',
    'plan/from',
    'values-origin',
    'not-judged',
    'aside',
    'fixtures',
  ],
  'src/simulate': [
    'manifests',
    'simulate',
    'long-chains',
    'ready',
    'plan/agree',
    'plan/text',
    'plan/from',
    'config',
    'not-judged',
    'fixtures',
  ],
  'src/suppress': [
    'suppressions',
    'suppress',
    'baseline',
    'aside',
    'options',
    'config',
    'policy',
    'scenarios',
    'not-judged',
  ],
  'src/fix': ['fixes', 'fix', 'options', 'shard'],
  rules: ['manifests', 'not-judged', 'ready', 'config', 'long-chains', 'scenarios', 'explore', 'aside', 'fixtures'],
};
/** Charts that are linted for a fault that only linting reaches. */
const mostLinted = 40;
/** What the program remembers of one case would hide the next fault. */
const remembered: Record<string, string> = { 'src/tools/index.ts': 'const readings = ' };
/** Seconds of processor time after which a fault is taken for an endless loop. */
const mostSeconds = 240;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    records: { type: 'boolean', default: false },
    folder: { type: 'string' },
    minutes: { type: 'string' },
    jobs: { type: 'string', default: String(Math.max(1, availableParallelism() - 1)) },
  },
});

const all = Object.keys(rooms).flatMap((room) =>
  readdirSync(room)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => mutantsOf(`${room}/${name}`, readFileSync(join(room, name), 'utf8'))),
);
const chosen = choose(
  all.filter(({ file }) => positionals.length === 0 || positionals.some((one) => file.includes(one))),
);
console.log(`${chosen.size} of ${all.length} faults, seed ${values.seed}`);

const copy = values.folder === undefined ? mkdtempSync(join(tmpdir(), 'migrate-lint-mutate-')) : resolve(values.folder);
const stop = () => values.folder === undefined && rmSync(copy, { recursive: true, force: true });
const end = values.minutes === undefined ? Infinity : Date.now() + Number(values.minutes) * 60_000;
process.on('SIGINT', () => {
  stop();
  process.exit(130);
});
const resultsFile = join(copy, 'results.json');
const results = new Map<number, boolean>();
try {
  if (!existsSync(join(copy, 'prepared'))) await prepare();
  if (existsSync(resultsFile))
    for (const [number, noticed] of JSON.parse(readFileSync(resultsFile, 'utf8')) as [number, boolean][])
      results.set(number, noticed);
  await census();
  const kept = values.records ? undefined : await withoutFault();
  const waiting = [...chosen.keys()].filter((number) => !results.has(number));
  if (kept) await Promise.all(Array.from({ length: Number(values.jobs) }, () => work(waiting, kept)));
} finally {
  stop();
}
console.log('\n| room | faults | noticed |\n| --- | --- | --- |');
for (const room of Object.keys(rooms)) row(room, (fault) => fault.file.startsWith(`${room}/`));
row('all', () => true);

/** Asks the records and some charts about all chosen faults; what they do not notice has no result yet. */
async function census(): Promise<void> {
  const charts = await chartsWithoutFault();
  const file = join(copy, 'census');
  const faults = join(copy, 'census.json');
  if (!existsSync(file)) writeFileSync(file, '');
  for (let last: number | undefined; ;) {
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    for (const line of lines) if (/^\d+$/.test(line)) results.set(Number(line), true);
    const begun = lines.filter((line) => line.startsWith('? ')).map((line) => Number(line.slice(2)));
    const culprit = begun.at(-1);
    // It was begun when the process ended, and it ends each process.
    if (culprit !== undefined && culprit === last) results.set(culprit, true);
    const over = new Set(begun.filter((number) => number !== culprit));
    const left = [...chosen.keys()].filter((number) => !over.has(number) && !results.has(number));
    writeFileSync(faults, JSON.stringify(left));
    const code =
      left.length > 0 && (await program([process.execPath, 'program/census.js', faults, file, charts], {}, file));
    if (!code) break;
    if (readFileSync(file, 'utf8') === '') throw new Error('the records end before any fault');
    last = culprit;
  }
  for (const line of readFileSync(file, 'utf8').split('\n')) if (/^\d+$/.test(line)) results.set(Number(line), true);
  writeFileSync(resultsFile, JSON.stringify([...results]));
  if (values.records)
    for (const [number, fault] of chosen)
      if (!results.has(number)) {
        results.set(number, false);
        console.log(`SURVIVED ${number} ${shown(fault)}`);
      }
}

/** What linting each chart of the rules does without a fault; gives the file. */
async function chartsWithoutFault(): Promise<string> {
  const file = join(copy, 'charts.json');
  if (!existsSync(file) && (await program([process.execPath, 'program/charts.js', 'all', file])) !== 0)
    throw new Error('the charts of the rules are not as they should be before any fault');
  return file;
}

/** What happens without a fault: what reaches which fault. */
interface Reached {
  charts: Record<string, Kept>;
  /** Test files, quickest first. */
  tests: { name: string; reached: ReadonlySet<number>; ms: number }[];
}

/** Undefined where the minutes are over before all is known. */
async function withoutFault(): Promise<Reached | undefined> {
  const charts = JSON.parse(readFileSync(await chartsWithoutFault(), 'utf8')) as Reached['charts'];
  const names = new Set([...chosen.values()].flatMap((fault) => rooms[dirname(fault.file)]!));
  const tests: Reached['tests'] = [];
  for (const name of names) {
    const known = join(copy, `reached-${name.replaceAll('/', '-')}.json`);
    if (!existsSync(known)) {
      if (Date.now() > end) return undefined;
      const list = join(copy, 'reached');
      writeFileSync(list, '');
      const begin = Date.now();
      if ((await runTests([name], { REACHED: list })) !== 0)
        throw new Error(`test/${name}.test.ts fails without a fault`);
      const reached = readFileSync(list, 'utf8').trim().split(' ').map(Number);
      writeFileSync(known, JSON.stringify({ reached, ms: Date.now() - begin }));
    }
    const { reached, ms } = JSON.parse(readFileSync(known, 'utf8')) as { reached: number[]; ms: number };
    tests.push({ name, reached: new Set(reached), ms });
  }
  return { charts, tests: tests.sort((a, b) => a.ms - b.ms) };
}

async function work(waiting: number[], kept: Reached): Promise<void> {
  for (let number = waiting.shift(); number !== undefined && Date.now() < end; number = waiting.shift()) {
    const fault = chosen.get(number)!;
    const noticed = await noticedBy(number, fault, kept);
    results.set(number, noticed !== undefined);
    writeFileSync(resultsFile, JSON.stringify([...results]));
    console.log(
      `${noticed === undefined ? 'SURVIVED' : 'noticed '} ${number} ${shown(fault)}${noticed === undefined ? '' : `  (${noticed})`}`,
    );
  }
}

/** What notices a fault: the charts that reach it, or the tests of its room that do. */
async function noticedBy(number: number, { file }: Mutant, { charts, tests }: Reached): Promise<string | undefined> {
  const fault = { MUTANT: String(number) };
  const own = file.startsWith('rules/') ? `/${basename(file, '.ts')}/` : '\n';
  const reaching = Object.keys(charts).filter((chart) => charts[chart]!.judging.includes(number));
  const judged = [
    ...reaching.filter((chart) => chart.includes(own)),
    ...reaching.filter((chart) => !chart.includes(own)),
  ];
  const linted = Object.keys(charts).filter(
    (chart) => charts[chart]!.linting.includes(number) && !charts[chart]!.judging.includes(number),
  );
  const which = [...judged, ...spread(linted, mostLinted).map((chart) => `!${chart}`)];
  const names = tests
    .filter(({ name, reached }) => rooms[dirname(file)]!.includes(name) && reached.has(number))
    .map(({ name }) => name);
  const byCharts = async () =>
    which.length > 0 && (await program([process.execPath, 'program/charts.js', 'charts.json', ...which], fault)) !== 0;
  const byTests = async () => names.length > 0 && (await runTests(names, fault)) !== 0;
  // The page of a rule has its options, its references and its description.
  const byPages = async () => file.startsWith('rules/') && (await runTests(['rules'], fault, ' has a page ')) !== 0;
  // What is quickest there: tests of the room, charts of the rule.
  if (/^src\/(?:shell|tools|suppress|fix)\//.test(file))
    return (await byTests()) ? 'tests' : (await byCharts()) ? 'charts' : undefined;
  return (await byCharts()) ? 'charts' : (await byPages()) ? 'pages' : (await byTests()) ? 'tests' : undefined;
}

/** So many of a list, evenly. */
function spread<T>(all: readonly T[], most: number): T[] {
  return all.filter((_, at) => at % Math.max(1, Math.ceil(all.length / most)) === 0);
}

/** Runs test files in the given order up to the first test that fails; resolves to the exit code. */
function runTests(
  names: readonly string[],
  env: Record<string, string>,
  // One Helm will do.
  pattern = '^(?!.*Helm (?:3\\.|4\\.1))',
): Promise<number> {
  const files = names.map((name) => `test/${name}.test.ts`);
  const vitest = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--config', 'mutate.config.ts'];
  const only = ['--testNamePattern', pattern];
  return program([...vitest, '--bail', '1', ...only, ...files], { ...env, TESTS: files.join(' ') });
}

/**
 * Resolves to the exit code of a program that is run in the copy. It is ended where it takes too long: as a whole, or
 * since it last wrote to the file.
 */
function program(command: string[], env: Record<string, string> = {}, file?: string): Promise<number> {
  return new Promise((done) => {
    // A fault may well make an endless loop. Processor time is counted, since other work may keep this waiting.
    const limit = file === undefined ? `ulimit -t ${mostSeconds}; ` : '';
    const child = spawn('bash', ['-c', `${limit}exec "$@"`, 'bash', ...command], {
      cwd: copy,
      stdio: process.env['MUTATE_OUTPUT'] ? 'inherit' : 'ignore',
      env: {
        ...process.env,
        MIGRATE_LINT_PROGRAM: join(copy, 'program'),
        // As test/setup.ts keeps them.
        MIGRATE_LINT_RENDERS: join(homedir(), '.cache/migrate-lint/test-renders'),
        CI: '1',
        ...env,
      },
    });
    const timer = setInterval(() => {
      if (file !== undefined && Date.now() - statSync(file).mtimeMs > mostSeconds * 1000) child.kill('SIGKILL');
    }, 5000);
    child.on('close', (code) => {
      clearInterval(timer);
      done(code ?? 1);
    });
  });
}

/** A copy of the tree with all switches in it, built once. */
async function prepare(): Promise<void> {
  const tracked = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0').filter(Boolean);
  for (const file of tracked) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(file, join(copy, file), { verbatimSymlinks: true });
  }
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  for (const file of new Set([...chosen.values()].map((fault) => fault.file))) {
    const here = new Map([...chosen].filter(([, fault]) => fault.file === file));
    writeFileSync(join(copy, file), switched(readFileSync(file, 'utf8'), here));
  }
  for (const [file, begin] of Object.entries(remembered)) {
    const text = readFileSync(join(copy, file), 'utf8');
    if (!text.includes(begin)) throw new Error(`${file}: no ${begin}`);
    writeFileSync(join(copy, file), text.replace(begin, `${begin}globalThis.$memory = `));
  }
  writeFileSync(
    join(copy, 'mutate.config.ts'),
    `import { BaseSequencer } from 'vitest/node';
import base from './vitest.config.ts';
const order = (process.env['TESTS'] ?? '').split(' ');
const at = ({ moduleId }) => order.findIndex((file) => moduleId.endsWith(file));
class InOrder extends BaseSequencer {
  async sort(files) { return [...files].sort((a, b) => at(a) - at(b)); }
}
const test = { ...base.test, globalSetup: [], maxWorkers: 1, testTimeout: 1_200_000, sequence: { sequencer: InOrder } };
export default { ...base, test };
`,
  );
  const built = spawnSync(process.execPath, ['scripts/build.mjs'], {
    cwd: copy,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (built.status !== 0) throw new Error('the copy does not build');
  await bundle(
    { worker: 'test/program/worker.ts', charts: 'test/mutate/charts.ts', census: 'test/mutate/census.ts' },
    join(copy, 'program'),
    {
      plugins: [withRenders],
      root: copy,
      first: 'globalThis.mutant??=Number(process.env.MUTANT??-1);',
    },
  );
  writeFileSync(join(copy, 'prepared'), '');
}

/** So many of them as asked for, spread evenly, the same for the same seed; each with its number among all. */
function choose(faults: Mutant[]): Map<number, Mutant> {
  const number = new Map(all.map((fault, index) => [fault, index]));
  const only = values.only?.split(',').map(Number);
  if (only) return new Map(only.map((index) => [index, all[index]!]));
  let state = Number(values.seed);
  const next = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let spin = 0; spin < 10; spin += 1) next();
  const order = faults.map((fault) => [next(), fault] as const).sort(([a], [b]) => a - b);
  return new Map(order.slice(0, Number(values.sample)).map(([, fault]) => [number.get(fault)!, fault]));
}

function row(room: string, within: (fault: Mutant) => boolean): void {
  const faults = [...chosen].filter(([number, fault]) => results.has(number) && within(fault));
  const lost = faults.filter(([number]) => results.get(number) === false).length;
  if (faults.length > 0)
    console.log(
      `| ${room} | ${faults.length} | ${faults.length - lost} (${Math.floor((100 * (faults.length - lost)) / faults.length)} %) |`,
    );
}

function shown({ file, line, from, to }: Mutant): string {
  return `${file}:${line}  ${oneLine(from)}  →  ${oneLine(to)}`;
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}
