// npm run proof -- --cluster: every fixture on a real cluster, and what the command line reports of it beside what
// happened.
import { anyHelm } from '../../helm/binaries.ts';
import { beyondAnyCluster } from '../plays.ts';
import { surroundings } from '../predict.ts';
import { fixtures, isForCluster, leftOut, reportOf, type Fixture, type Reported } from './chart.ts';
import { twinsOf, type Twin } from './both.ts';
import { beyondBusybox, portsOf } from './elsewhere.ts';
import { harms } from './harm.ts';
import { keep, kept, keyOf } from './record.ts';
import { playScript, type Script } from './script.ts';
import { compare, type Verdict } from './verdict.ts';

/** How fixtures are played. */
export interface ClusterProof {
  kubeconfig: string;
  versions: readonly string[];
  filters: readonly string[];
  /** Names the cluster in what is kept; `undefined`: nothing is kept. */
  cluster: string | undefined;
  /** The cluster gives pods an image of its own. */
  asSent: boolean;
  /** Helm's `--timeout`, in seconds. */
  seconds: number;
  /** Plays at the same time. */
  parallel: number;
  /** The folder of the charts; the fixtures where absent. */
  charts?: string;
  /** These scripts only. */
  scripts?: readonly string[];
  /** Only what is kept is compared; nothing is played. */
  keptOnly?: boolean;
  /** What is kept is played again. */
  again?: boolean;
  /** Install and upgrade are played on our own server too, and compared. */
  both?: boolean;
}

interface Row extends Verdict {
  name: string;
  helm: string;
}

/**
 * Plays what is not kept, prints where report and outcome differ and figures for each rule, and gives the exit code.
 */
export async function proveOnCluster(proof: ClusterProof): Promise<number> {
  const rows: Row[] = [];
  const failures: string[] = [];
  const out: string[] = [];
  const played = { charts: new Set<string>(), calls: 0, kept: 0 };
  const twins: (Twin & { name: string; helm: string })[] = [];
  const lock = new Lock();
  const queue = fixtures(proof.charts)
    .filter(({ name }) => proof.filters.length === 0 || proof.filters.some((filter) => name.includes(filter)))
    .flatMap((fixture) => proof.versions.map((version) => ({ fixture, version })));
  await Promise.all(Array.from({ length: proof.parallel }, worker));
  const code = report(rows, failures, out, played);
  return proof.both ? Math.max(code, reportTwins(twins)) : code;

  async function worker(): Promise<void> {
    for (let job = queue.shift(); job; job = queue.shift()) {
      const { fixture, version } = job;
      const why = leftOut(fixture);
      if (why !== undefined) {
        out.push(`${fixture.name}: ${why}`);
        continue;
      }
      try {
        await one(fixture, version);
      } catch (error) {
        failures.push(`${fixture.name} (${version}): ${error instanceof Error ? error.message : String(error)}`);
        process.stderr.write('!');
      }
    }
  }

  async function one(fixture: Fixture, version: string): Promise<void> {
    const helm = await anyHelm(version);
    const { major } = await helm.version();
    const reported = await reportOf(fixture, helm.path, major);
    const beyond = beyondAnyCluster(reported) ?? (proof.asSent ? undefined : beyondBusybox(reported));
    if (beyond !== undefined) {
      out.push(`${fixture.name}: ${beyond}`);
      return;
    }
    for (const script of scriptsOf(fixture, reported, proof.asSent)) {
      if (proof.scripts && !proof.scripts.includes(script)) continue;
      const calls = await seenOf(script, fixture, version, helm.path, reported);
      if (!calls) continue;
      played.charts.add(fixture.name);
      played.calls += calls.length;
      if (proof.both && script === 'life') {
        const { twins: found, why } = await twinsOf(fixture, helm.path, reported, calls);
        if (why !== undefined) out.push(`${fixture.name}: our own server: ${why}`);
        twins.push(...found.map((twin) => ({ ...twin, name: fixture.name, helm: version })));
      }
      for (const verdict of compare(reported, script, calls)) {
        rows.push({ ...verdict, name: fixture.name, helm: version });
        process.stderr.write(verdict.outcome === 'as reported' ? '.' : verdict.outcome === 'hidden' ? '-' : 'X');
      }
    }
  }

  async function seenOf(script: Script, fixture: Fixture, version: string, helm: string, reported: Reported) {
    const { chart, values, settings } = fixture;
    const before = settings.from;
    const key =
      proof.cluster === undefined
        ? undefined
        : keyOf(
            [chart, ...(script === 'from' ? [before!] : [])],
            version,
            script,
            proof.cluster,
            String(proof.seconds),
            ...values,
          );
    const known = key === undefined || proof.again ? undefined : kept(key);
    if (known) {
      played.kept += 1;
      return known;
    }
    if (proof.keptOnly) return undefined;
    const options = {
      kubeconfig: proof.kubeconfig,
      asSent: proof.asSent,
      ports: proof.asSent ? new Map<string, number[]>() : portsOf(reported),
      ...surroundings(reported),
    };
    const play = (seconds: number) => playScript(script, { helm, chart, before, values, seconds }, options);
    const release = isForCluster(reported) ? await lock.take() : () => undefined;
    try {
      let calls = await play(proof.seconds);
      // A busy machine is slow: what contradicts a report is given more time.
      if (compare(reported, script, calls).some(({ outcome }) => /without a finding/.test(outcome)))
        calls = await play(proof.seconds * 3);
      if (key !== undefined) keep(key, calls);
      return calls;
    } finally {
      release();
    }
  }
}

/** Migrations fail to order only where the cluster plays them. */
function scriptsOf({ settings }: Fixture, reported: Reported, played: boolean): Script[] {
  const fails =
    played && reported.plain.some(({ rule, severity }) => severity === 'error' && harms[rule]?.script === 'failing');
  return [
    'life',
    'wait',
    ...(settings.from === undefined ? [] : ['from' as const]),
    ...(fails ? ['failing' as const] : []),
  ];
}

/** One at a time. */
class Lock {
  #last: Promise<void> = Promise.resolve();

  /** Waits until it is free; gives what frees it again. */
  async take(): Promise<() => void> {
    const before = this.#last;
    let free = () => undefined as void;
    this.#last = new Promise((done) => (free = done));
    await before;
    return free;
  }
}

function report(
  rows: readonly Row[],
  failures: readonly string[],
  out: readonly string[],
  played: { charts: ReadonlySet<string>; calls: number; kept: number },
): number {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  process.stderr.write('\n');
  const byRule = new Map<string, { errors: number; confirmed: number }>();
  for (const { rule, outcome } of rows) {
    if (rule === undefined || outcome === 'hidden') continue;
    const row = byRule.get(rule) ?? byRule.set(rule, { errors: 0, confirmed: 0 }).get(rule)!;
    row.errors += 1;
    row.confirmed += Number(outcome === 'as reported');
  }
  print('| rule | what its errors say | errors played | confirmed |');
  print('| --- | --- | --- | --- |');
  for (const [rule, { errors, confirmed }] of [...byRule].sort())
    print(`| \`${rule}\` | ${harms[rule]?.words ?? ''} | ${errors} | ${confirmed} |`);
  const silent = rows.filter(({ rule }) => rule === undefined);
  print(
    `\n${silent.filter(({ outcome }) => outcome === 'as reported').length} of ${silent.length} calls without an error or warning went through`,
  );
  const hidden = rows.filter(({ outcome }) => outcome === 'hidden').length;
  if (hidden > 0) print(`${hidden} errors could not be seen, because another error stopped the action first`);
  const judged = rows.filter(({ outcome }) => outcome !== 'hidden');
  const differ = judged.filter(({ outcome }) => outcome !== 'as reported').sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, helm, script, call, outcome, rule, detail } of differ)
    print(
      `\n${name}, Helm ${helm}, ${script}: ${call}: ${outcome}${rule === undefined ? '' : ` (${rule})`}\n  ${detail}`,
    );
  for (const line of failures) print(`\nfailed: ${line}`);
  for (const line of out) print(`left out: ${line}`);
  print(
    `\n${played.charts.size} charts, ${played.calls} calls of Helm (${played.kept} scripts kept from before); ${judged.length - differ.length} of ${judged.length} as reported, ${failures.length} failures`,
  );
  return differ.length > 0 || failures.length > 0 || rows.length === 0 ? 1 : 0;
}

/** Prints where our own server and the real cluster differ, and gives the exit code. */
function reportTwins(twins: readonly (Twin & { name: string; helm: string })[]): number {
  const differ = twins.filter(({ own, real }) => own !== real).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, helm, call, own, real } of differ)
    process.stdout.write(`\n${name}, Helm ${helm}, ${call}:\n  our server  ${own}\n  the cluster ${real}\n`);
  const charts = new Set(twins.map(({ name }) => name)).size;
  process.stdout.write(
    `\n${charts} charts on both: ${twins.length - differ.length} of ${twins.length} calls of Helm end alike\n`,
  );
  return differ.length > 0 ? 1 : 0;
}
