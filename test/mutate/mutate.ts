// How many small faults do the tests notice? Some of all that can be made in the rooms below are put into a copy of
// this tree, each behind a switch. For each, the charts of the rules are linted, and where that notices nothing the
// tests named below are run. npm run mutate [-- --sample N --seed S --only NUMBER,… FILE…]: prints each that no test
// noticed, and the figures by room.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, homedir, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from '../program/bundle.ts';
import { withRenders } from '../program/plugin.ts';
import { mutantsOf, switched, type Mutant } from './mutants.ts';

/** The rooms, and the test files of `npm test` that are run on a fault in them, quickest first. */
const rooms: Record<string, string[]> = {
  'src/shell': ['shell', 'tools', 'fuzz', 'advice'],
  'src/tools': ['tools', 'shell', 'policy', 'config', 'fixtures', 'advice'],
  'src/model': ['simulate', 'ready', 'plan/agree', 'plan/text', 'values-origin', 'fuzz', 'fixtures', 'advice'],
  'src/simulate': ['simulate', 'long-chains', 'ready', 'linear', 'plan/agree', 'plan/text', 'fixtures', 'advice'],
  'src/suppress': ['suppress', 'baseline', 'options', 'config', 'policy'],
  'src/fix': ['fix', 'options', 'advice'],
  rules: ['not-judged', 'ready', 'simulate', 'config', 'long-chains', 'linear', 'scenarios', 'fixtures', 'advice'],
};
const mostMs = 300_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
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

const copy = mkdtempSync(join(tmpdir(), 'migrate-lint-mutate-'));
const stop = () => rmSync(copy, { recursive: true, force: true });
process.on('SIGINT', () => {
  stop();
  process.exit(130);
});
const survivors: number[] = [];
try {
  await prepare();
  if ((await charts(-1, [])) !== 0)
    throw new Error('the charts of the rules are not as they should be before any fault');
  const waiting = [...chosen.keys()];
  await Promise.all(Array.from({ length: Number(values.jobs) }, () => work(waiting)));
} finally {
  stop();
}
console.log('\n| room | faults | noticed |\n| --- | --- | --- |');
for (const room of Object.keys(rooms)) row(room, (fault) => fault.file.startsWith(`${room}/`));
row('all', () => true);

async function work(waiting: number[]): Promise<void> {
  for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
    const fault = chosen.get(number)!;
    const noticed = await noticedBy(number, fault);
    if (noticed === undefined) survivors.push(number);
    const what = `${fault.file}:${fault.line}  ${oneLine(fault.from)}  →  ${oneLine(fault.to)}`;
    console.log(
      `${noticed === undefined ? 'SURVIVED' : 'noticed '} ${number} ${what}${noticed === undefined ? '' : `  (${noticed})`}`,
    );
  }
}

/** What notices a fault: the charts, or the tests of its room. */
async function noticedBy(number: number, { file }: Mutant): Promise<string | undefined> {
  if ((await charts(number, file.startsWith('rules/') ? [basename(file, '.ts')] : [])) !== 0) return 'charts';
  const tests = rooms[dirname(file)]!.map((test) => `test/${test}.test.ts`);
  const vitest = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--config', 'mutate.config.ts'];
  return (await program([...vitest, '--bail', '1', ...tests], number)) === 0 ? undefined : 'tests';
}

function charts(number: number, first: string[]): Promise<number> {
  return program([process.execPath, 'program/charts.js', ...first], number);
}

function program([file, ...args]: string[], number: number): Promise<number> {
  return new Promise((done) => {
    const child = spawn(file!, args, {
      cwd: copy,
      stdio: process.env['MUTATE_OUTPUT'] ? 'inherit' : 'ignore',
      env: {
        ...process.env,
        MUTANT: String(number),
        MIGRATE_LINT_PROGRAM: join(copy, 'program'),
        // As test/setup.ts keeps them.
        MIGRATE_LINT_RENDERS: join(homedir(), '.cache/migrate-lint/test-renders'),
        CI: '1',
      },
      detached: true,
    });
    // A fault may well make an endless loop: noticed.
    const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), mostMs);
    child.on('close', (code) => {
      clearTimeout(timer);
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
  writeFileSync(
    join(copy, 'mutate.config.ts'),
    `import base from './vitest.config.ts';\nexport default { ...base, test: { ...base.test, globalSetup: [], maxWorkers: 1 } };\n`,
  );
  const built = spawnSync(process.execPath, ['scripts/build.mjs'], {
    cwd: copy,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (built.status !== 0) throw new Error('the copy does not build');
  await bundle({ worker: 'test/program/worker.ts', charts: 'test/mutate/charts.ts' }, join(copy, 'program'), {
    plugins: [withRenders],
    root: copy,
    first: 'globalThis.mutant??=Number(process.env.MUTANT??-1);',
  });
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
  const faults = [...chosen].filter(([, fault]) => within(fault));
  const lost = faults.filter(([number]) => survivors.includes(number)).length;
  if (faults.length > 0)
    console.log(
      `| ${room} | ${faults.length} | ${faults.length - lost} (${Math.floor((100 * (faults.length - lost)) / faults.length)} %) |`,
    );
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}
