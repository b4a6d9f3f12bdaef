// Does the proof notice a linter, or a server of its own, that is wrong? Each mutation of the simulation, of a rule or
// of the proof's server is made in a copy of this tree, and the proof is run there on a few fixtures: it must disagree. npm run proof:mutations [-- FILTER…]; exit 1 where one goes
// unnoticed.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { mutations, placeOf, type Mutation } from './mutants.ts';
import { sandboxAvailability } from './wait-sandbox.ts';

const filters = process.argv.slice(2);
const shell = sandboxAvailability();
if (!shell.available) {
  process.stdout.write(`the mutations need network namespaces for their waits: ${shell.reason}\n`);
  process.exit(1);
}

for (const { name, file, from } of mutations)
  if (!placeOf(readFileSync(file, 'utf8'), from))
    throw new Error(`${name}: ${file} does not hold its text exactly once`);
const queue = mutations.filter(({ name }) => filters.length === 0 || filters.some((filter) => name.includes(filter)));
const rows: string[] = [];
let missed = 0;
// The unmutated tree must agree, or a disagreement would prove nothing.
const all = [...new Set(queue.flatMap(({ fixtures }) => fixtures))];
const clean = await proof(undefined, all);
process.stdout.write(`without a mutation: ${clean.last}\n`);
if (clean.code !== 0) process.exit(1);
await Promise.all([worker(), worker()]);
process.stdout.write(`\n| mutation | plays that differ | noticed |\n| --- | --- | --- |\n${rows.sort().join('\n')}\n`);
process.stdout.write(`\n${rows.length - missed} of ${rows.length} mutations noticed\n`);
process.exitCode = missed > 0 ? 1 : 0;

async function worker(): Promise<void> {
  for (let one = queue.shift(); one; one = queue.shift()) {
    const { code, last, differ } = await proof(one, one.fixtures);
    const noticed = code === 1 && differ > 0;
    if (!noticed) missed += 1;
    rows.push(
      `| ${one.name} | ${last.replace(/^(\d+) of (\d+) .*/, (_, agree: string, plays: string) => `${Number(plays) - Number(agree)} of ${plays}`)} | ${noticed ? 'yes' : '**no**'} |`,
    );
    process.stderr.write(noticed ? '.' : `\nnot noticed: ${one.name} (${last})\n`);
  }
}

/** Runs the proof in a copy of this tree. */
async function proof(
  mutation: Mutation | undefined,
  fixtures: string[],
): Promise<{ code: number; last: string; differ: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'proof-mutation-'));
  try {
    for (const name of ['src', 'rules', 'test', 'scripts', 'package.json', 'tsconfig.json', 'schema'])
      cpSync(name, join(folder, name), { recursive: true });
    cpSync('fixtures', join(folder, 'fixtures'), { recursive: true });
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    if (mutation) {
      const file = join(folder, mutation.file);
      const text = readFileSync(file, 'utf8');
      const [start, end] = placeOf(text, mutation.from)!;
      writeFileSync(file, `${text.slice(0, start)}${mutation.to}${text.slice(end)}`);
    }
    const child = spawn(
      process.execPath,
      ['scripts/ts.mjs', 'test/proof/proof.ts', ...fixtures, '--helm', '4.2.3', ...(mutation ? ['--once'] : [])],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const code = await new Promise<number>((done, failed) =>
      child.once('error', failed).once('close', (exit) => done(exit ?? 137)),
    );
    const last = stdout.trim().split('\n').at(-1) ?? '';
    const [, agree, plays] = /^(\d+) of (\d+) plays as predicted$/.exec(last) ?? [];
    if (plays === undefined) throw new Error(`the proof did not run: ${stderr.trim().split('\n').at(-1) ?? ''}`);
    return { code, last, differ: Number(plays) - Number(agree) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
