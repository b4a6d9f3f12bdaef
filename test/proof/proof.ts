// Predicted and observed, side by side: what the linter says of each fixture, and what the real Helm does with it. npm
// run proof [-- FILTER…] [--helm VERSION]; exit 1 where they disagree. npm run proof -- --cluster […] [--timeout
// SECONDS] [--parallel N] [--charts FOLDER] [--script NAME] [--kept]: what the command line reports, and what happens on
// a real cluster: the one of `npm run cluster`, or where KUBECONFIG is set that one. --charts plays the charts of a
// folder instead of the fixtures, --script one of the scripts; --kept compares what was kept of earlier plays, and plays
// nothing; --again plays what was kept too. --both plays install and upgrade on our own server too, and lists where the two clusters differ.
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { anyHelm, helmVersions } from '../helm/binaries.ts';
import { builtVersions } from '../helm/built.ts';
import { ownCluster, scenarios, unplayable, type Case, type Played } from './plays.ts';
import { read } from './predict.ts';
import { sandboxAvailability } from './wait-sandbox.ts';

interface Row extends Played {
  name: string;
  helm: string;
}

const args = process.argv.slice(2);
const wanted = args.includes('--helm') ? [args[args.indexOf('--helm') + 1]!] : helmVersions;
if (wanted.some((version) => ![...helmVersions, ...builtVersions].includes(version))) {
  process.stderr.write(`--helm: one of ${[...helmVersions, ...builtVersions].join(', ')}\n`);
  process.exit(2);
}
// For plays that are meant to differ.
const once = args.includes('--once');
const valued = new Set(['--helm', '--timeout', '--parallel', '--charts', '--script']);
const filters = args.filter((arg, index) => !arg.startsWith('--') && !valued.has(args[index - 1] ?? ''));
const numberOf = (flag: string, usual: number) => (args.includes(flag) ? Number(args[args.indexOf(flag) + 1]) : usual);
if (args.includes('--cluster')) {
  const { onCluster } = await import('./real/cluster.ts');
  process.exit(
    await onCluster({
      versions: wanted,
      filters,
      seconds: numberOf('--timeout', 30),
      parallel: numberOf('--parallel', 14),
      charts: args.includes('--charts') ? args[args.indexOf('--charts') + 1] : undefined,
      scripts: args.includes('--script') ? [args[args.indexOf('--script') + 1]!] : undefined,
      keptOnly: args.includes('--kept'),
      again: args.includes('--again'),
      both: args.includes('--both'),
    }),
  );
}

const shell = sandboxAvailability();
if (!shell.available)
  process.stdout.write(
    `no command is run here (${shell.reason}): charts whose commands wait, connect, sleep or may fail are left out\n`,
  );

const rows: Row[] = [];
const skipped: string[] = [];
const queue = cases()
  .filter(({ name }) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
  .flatMap((one) => wanted.map((version) => ({ one, version })));
await Promise.all(Array.from({ length: 4 }, worker));
report();

async function worker(): Promise<void> {
  for (let job = queue.shift(); job; job = queue.shift()) {
    const { one, version } = job;
    const helm = await anyHelm(version);
    try {
      const said = await read(one.chart, helm.path, one.values);
      const why = unplayable(said, shell.available);
      if (why !== undefined) {
        skipped.push(`${one.name} (${version}): ${why}`);
        continue;
      }
      let played = await scenarios(one, helm, said);
      // A busy machine is slow: what differs is played again, with more time for everything.
      if (!once && played.some(({ agrees }) => !agrees)) played = await scenarios(one, helm, said, ownCluster(said, 3));
      for (const row of played) {
        rows.push({ ...row, name: one.name, helm: version });
        process.stderr.write(row.agrees ? '.' : 'X');
      }
    } catch (error) {
      skipped.push(`${one.name} (${version}): ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** The fixtures, their variants, and the charts of the rules that speak of Helm itself. */
function cases(): Case[] {
  const out: Case[] = [];
  for (const name of readdirSync('fixtures')) {
    const chart = join('fixtures', name);
    if (!existsSync(join(chart, 'Chart.yaml'))) continue;
    out.push({ name, chart, values: [] });
    const variants = join(chart, 'variants');
    if (existsSync(variants))
      for (const file of readdirSync(variants))
        out.push({ name: `${name} ${basename(file, '-values.yaml')}`, chart, values: [join(variants, file)] });
  }
  for (const rule of readdirSync('fixtures/rules')) {
    for (const face of readdirSync(join('fixtures/rules', rule))) {
      const chart = join('fixtures/rules', rule, face);
      if (existsSync(join(chart, 'Chart.yaml'))) out.push({ name: `${rule}/${face}`, chart, values: [] });
    }
  }
  return out;
}

function report(): void {
  const differ = rows.filter(({ agrees }) => !agrees).sort((a, b) => (a.name < b.name ? -1 : 1));
  const table = new Map<string, { agree: number; all: number }>();
  for (const { helm, scenario, agrees } of rows) {
    const key = `${helm.padEnd(7)} ${scenario}`;
    const row = table.get(key) ?? table.set(key, { agree: 0, all: 0 }).get(key)!;
    row.all += 1;
    row.agree += Number(agrees);
  }
  process.stderr.write('\n');
  for (const [key, { agree, all }] of [...table].sort())
    process.stdout.write(`${key.padEnd(44)} ${agree} of ${all} agree\n`);
  for (const { name, helm, scenario, predicted, observed } of differ)
    process.stdout.write(`\n${name}, Helm ${helm}, ${scenario}\n  predicted ${predicted}\n  observed  ${observed}\n`);
  for (const line of skipped) process.stdout.write(`\nnot played: ${line}\n`);
  process.stdout.write(`\n${rows.length - differ.length} of ${rows.length} plays as predicted\n`);
  process.exitCode = differ.length > 0 || rows.length === 0 ? 1 : 0;
}
