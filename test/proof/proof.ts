// Predicted and observed, side by side: what the linter says of each fixture, and what the real Helm does with it.
// npm run proof [-- FILTER…] [--helm VERSION]; exit 1 where they disagree.
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { helmBinary, helmVersions } from '../helm/binaries.ts';
import type { Observation } from './observe.ts';
import { predict, read, surroundings, type Past, type Prediction, type Said } from './predict.ts';
import { ProvingGround, type Play } from './run.ts';
import { RealShell, sandboxAvailability } from './wait-sandbox.ts';

interface Case {
  name: string;
  chart: string;
  values: string[];
}

interface Row {
  name: string;
  helm: string;
  scenario: string;
  predicted: string;
  observed: string;
  agrees: boolean;
}

// Forty times faster than real: eight seconds stand for Helm's five minutes, and a little more.
const scale = 40;
const timeout = '8s';
const args = process.argv.slice(2);
const wanted = args.includes('--helm') ? [args[args.indexOf('--helm') + 1]!] : helmVersions;
const filters = args.filter((arg, index) => !arg.startsWith('--') && args[index - 1] !== '--helm');

const shell = sandboxAvailability();
if (!shell.available) process.stdout.write(`waits are not run with a real shell here (${shell.reason}): charts that wait are left out\n`);

const rows: Row[] = [];
const skipped: string[] = [];
const queue = cases().filter(({ name }) => filters.length === 0 || filters.some((filter) => name.includes(filter))).flatMap((one) => wanted.map((version) => ({ one, version })));
await Promise.all(Array.from({ length: 4 }, worker));
report();

async function worker(): Promise<void> {
  for (let job = queue.shift(); job; job = queue.shift()) {
    const { one, version } = job;
    const helm = (await helmBinary(version as (typeof helmVersions)[number])).path;
    try {
      const said = await read(one.chart, helm, one.values);
      const why = unplayable(said);
      if (why !== undefined) {
        skipped.push(`${one.name} (${version}): ${why}`);
        continue;
      }
      for (const row of await scenarios(one, helm, said)) {
        rows.push({ ...row, name: one.name, helm: version });
        process.stderr.write(row.agrees ? '.' : 'X');
      }
    } catch (error) {
      skipped.push(`${one.name} (${version}): ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Why a chart cannot be judged here: what it takes for granted is not there. */
function unplayable({ install, upgrade }: Said): string | undefined {
  for (const release of [install, upgrade]) {
    for (const { pod, namespace, resource } of release.workloads) {
      if (Object.keys(resource.labels).some((label) => label.startsWith('kueue.'))) return 'a queue that resumes the Job';
      for (const { understanding, env, command, args: words } of pod.containers) {
        if (understanding.waits.some(({ kind }) => kind === 'schema')) return 'a wait for the schema, which only the real migration tool can show';
        if ([...(command ?? []), ...(words ?? [])].some((word) => word.includes('quitquitquit'))) return 'a proxy that is told to end, which no stand-in plays';
        const asks = understanding.waits.some(({ tool }) => /kubectl|k8s-wait-for|kubernetes-entrypoint/.test(tool));
        const account = pod.serviceAccount ?? 'default';
        if (asks && (env.has('KUBECONFIG') || (command ?? []).some((word) => word.startsWith('--kubeconfig')) || (account !== 'default' && release.find('ServiceAccount', account, namespace).length === 0))) return 'rights that come from outside of the chart';
      }
    }
  }
  return undefined;
}

/** Install; install with --wait; and the upgrade that follows, of a release that stands or that failed. */
async function scenarios({ chart, values }: Case, helm: string, said: Said): Promise<Omit<Row, 'name' | 'helm'>[]> {
  const out: Omit<Row, 'name' | 'helm'>[] = [];
  const install = predict(said, 'install', false, 'nothing');
  const past: Past = install.stopsAt ? 'failed install' : 'install';
  await onGround(said, async (play) => {
    const base = { helm, chart, flags: values.map((file) => `--values=${process.cwd()}/${file}`), timeout };
    out.push(compare('install', install, await play({ ...base, action: 'install' }), said.unseen));
    if (past === 'failed install' && install.stopsAt && said.refused('install')) return;
    out.push(compare(`upgrade after ${past === 'install' ? 'install' : 'a failed install'}`, predict(said, 'upgrade', false, past), await play({ ...base, action: 'upgrade' }), said.unseen));
  });
  await onGround(said, async (play) => {
    const base = { helm, chart, flags: [...values.map((file) => `--values=${process.cwd()}/${file}`), '--wait'], timeout };
    out.push(compare('install --wait', predict(said, 'install', true, 'nothing'), await play({ ...base, action: 'install' }), said.unseen));
  });
  return out;
}

async function onGround(said: Said, use: (play: (play: Play) => Promise<Observation>) => Promise<void>): Promise<void> {
  const { outside, existing } = surroundings(said);
  const ground = await ProvingGround.start({ behaviour: new RealShell({ scale, outside }), scale, existing });
  try {
    await use((play) => ground.play(play));
  } finally {
    await ground.stop();
  }
}

function compare(scenario: string, prediction: Prediction, seen: Observation, unseen: ReadonlySet<string>): Omit<Row, 'name' | 'helm'> {
  const steps = seen.steps.filter(({ kind, name }) => !unseen.has(`${kind}/${name}`));
  const hooks = steps.map(({ event, kind, name }) => `${event} ${kind}/${name}`);
  const last = steps.at(-1);
  const stoppedAtHook = seen.exitCode !== 0 && last !== undefined && last.outcome !== 'succeeded' && last.outcome !== 'skipped';
  const predicted = words(prediction.hooks, prediction.stopsAt);
  const stop = seen.exitCode === 0 ? undefined : stoppedAtHook ? hooks.at(-1) : 'the release';
  const observed = words(hooks, stop);
  const sameStop = prediction.stopsAt === undefined ? seen.exitCode === 0 : seen.exitCode !== 0 && (prediction.hooks.at(-1) === prediction.stopsAt ? stoppedAtHook : true);
  // What the API server refuses may stop the play at any hook.
  const refused = prediction.stopsAt !== undefined && !prediction.stopsAt.includes('/') && !prediction.stopsAt.startsWith('the wait');
  const agrees = (prediction.perhaps && seen.exitCode === 0) || sameStop && (refused || same(prediction.hooks, hooks));
  return { scenario, predicted, observed: agrees ? observed : `${observed}\n      ${seen.stderr.trim().split('\n').at(-1) ?? ''}\n      ${seen.blocked.map(({ owner, container, reason }) => `${owner} ${container ?? ''} ${reason}`).join('; ')}`, agrees };
}

function words(hooks: readonly string[], stop: string | undefined): string {
  return `${hooks.length === 0 ? 'no hooks' : hooks.join(', ')}${stop === undefined ? '; passes' : `; stops at ${stop}`}`;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, index) => lasting(one) === lasting(b[index]!));
}

/** A name without the date that is another one at each render. */
function lasting(name: string): string {
  return name.replace(/\d{10,14}/, '<date>');
}

/** The fixtures, their variants, and the charts of the rules that speak of Helm itself. */
function cases(): Case[] {
  const out: Case[] = [];
  for (const name of readdirSync('fixtures')) {
    const chart = join('fixtures', name);
    if (!existsSync(join(chart, 'Chart.yaml'))) continue;
    out.push({ name, chart, values: [] });
    const variants = join(chart, 'variants');
    if (existsSync(variants)) for (const file of readdirSync(variants)) out.push({ name: `${name} ${basename(file, '-values.yaml')}`, chart, values: [join(variants, file)] });
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
  for (const [key, { agree, all }] of [...table].sort()) process.stdout.write(`${key.padEnd(44)} ${agree} of ${all} agree\n`);
  for (const { name, helm, scenario, predicted, observed } of differ) process.stdout.write(`\n${name}, Helm ${helm}, ${scenario}\n  predicted ${predicted}\n  observed  ${observed}\n`);
  for (const line of skipped) process.stdout.write(`\nnot played: ${line}\n`);
  process.stdout.write(`\n${rows.length - differ.length} of ${rows.length} plays as predicted\n`);
  process.exitCode = differ.length > 0 || rows.length === 0 ? 1 : 0;
}
