// Generated releases, played by the simulation and by the real Helm: npm run campaign [-- --runs 100 --seed 1 --helm
// VERSION] Each disagreement is told, made smaller for at most --shrink seconds (30), and printed as a chart; exit 1
// where there is one. --only N,N plays these releases of the seed.
import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { helmBinary, helmVersions } from '../helm/binaries.ts';
import { writeChart } from './charts.ts';
import { filesOf, nameOf, releases, type Spec } from './generate.ts';
import { scenarios, type Played } from './plays.ts';
import { read } from './predict.ts';
import { sandboxAvailability } from './wait-sandbox.ts';

const args = process.argv.slice(2);
const option = (name: string) => (args.includes(`--${name}`) ? args[args.indexOf(`--${name}`) + 1] : undefined);
const runs = Number(option('runs') ?? 100);
const seed = Number(option('seed') ?? 1);
const only = option('helm');
const shrinkMs = Number(option('shrink') ?? 30) * 1000;
const chosen = option('only')?.split(',').map(Number);

const shell = sandboxAvailability();
if (!shell.available) {
  process.stdout.write(`the campaign needs network namespaces for its waits: ${shell.reason}\n`);
  process.exit(1);
}

const begun = Date.now();
const queue = fc
  .sample(releases, { numRuns: runs, seed })
  .map((spec, index) => ({ spec, index }))
  .filter(({ index }) => chosen?.includes(index) ?? true);
const counts = new Map<string, { plays: number; agree: number; stops: number }>();
const faults: { index: number; helm: string; small: Spec; played: Played[] }[] = [];
const unread: string[] = [];
await Promise.all(Array.from({ length: 4 }, worker));
report();

async function worker(): Promise<void> {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const version = (only ?? helmVersions[next.index % helmVersions.length]!) as (typeof helmVersions)[number];
    try {
      const played = await play(next.spec, version);
      const count = counts.get(version) ?? counts.set(version, { plays: 0, agree: 0, stops: 0 }).get(version)!;
      count.plays += played.length;
      count.agree += played.filter(({ agrees }) => agrees).length;
      count.stops += played.filter(({ predicted }) => predicted.includes('stops at')).length;
      const differs = played.some(({ agrees }) => !agrees);
      process.stderr.write(differs ? 'X' : '.');
      if (differs) {
        for (const { scenario, predicted, observed } of played.filter(({ agrees }) => !agrees))
          process.stderr.write(
            `\nrelease ${next.index}, Helm ${version}, ${scenario}\n  predicted ${predicted}\n  observed  ${observed}\n`,
          );
        const small = await shrink(next.spec, version, Date.now() + shrinkMs);
        faults.push({
          index: next.index,
          helm: version,
          small,
          played: (await play(small, version)).filter(({ agrees }) => !agrees),
        });
      }
    } catch (error) {
      unread.push(`release ${next.index}, Helm ${version}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

async function play(spec: Spec, version: (typeof helmVersions)[number]): Promise<Played[]> {
  const helm = await helmBinary(version);
  const chart = await writeChart(filesOf(spec));
  try {
    return await scenarios({ name: '', chart, values: [] }, helm, await read(chart, helm.path, []));
  } finally {
    await rm(chart, { recursive: true, force: true });
  }
}

/** Takes parts away, then their needs and annotations, for as long as the play differs. */
async function shrink(spec: Spec, version: (typeof helmVersions)[number], until: number): Promise<Spec> {
  const differs = async (one: Spec) => one.length > 0 && (await play(one, version)).some(({ agrees }) => !agrees);
  for (const smaller of smallerOf(spec))
    if (Date.now() < until && (await differs(smaller))) return shrink(smaller, version, until);
  return spec;
}

function* smallerOf(spec: Spec): Iterable<Spec> {
  for (const index of spec.keys()) {
    const rest = spec.filter((_, at) => at !== index);
    yield rest.map((part) => ({
      ...part,
      needs: part.needs.filter((need) => need !== index).map((need) => (need > index ? need - 1 : need)),
    }));
  }
  for (const [index, part] of spec.entries()) {
    const but = (change: Partial<typeof part>) => spec.map((one, at) => (at === index ? { ...one, ...change } : one));
    for (const need of part.needs) yield but({ needs: part.needs.filter((one) => one !== need) });
    if (part.below) yield but({ below: false });
    if (part.hook?.policy) yield but({ hook: { ...part.hook, policy: undefined } });
    if (part.hook?.weight !== undefined) yield but({ hook: { ...part.hook, weight: undefined } });
    for (const event of part.hook && part.hook.events.length > 1 ? part.hook.events : [])
      yield but({ hook: { ...part.hook!, events: part.hook!.events.filter((one) => one !== event) } });
  }
}

function report(): void {
  process.stderr.write('\n');
  for (const { index, helm, small, played } of faults) {
    process.stdout.write(
      `\nrelease ${index} of seed ${seed}, Helm ${helm}, at its smallest (${small.map((_, at) => nameOf(small, at)).join(', ')}):\n`,
    );
    for (const { scenario, predicted, observed } of played)
      process.stdout.write(`  ${scenario}\n    predicted ${predicted}\n    observed  ${observed}\n`);
    for (const [file, objects] of Object.entries(filesOf(small)))
      process.stdout.write(
        `# ${file}\n${typeof objects === 'string' ? objects : objects.map((object) => stringify(object)).join('---\n')}`,
      );
  }
  for (const line of unread) process.stdout.write(`not played: ${line}\n`);
  for (const [version, { plays, agree, stops }] of [...counts].sort())
    process.stdout.write(
      `Helm ${version.padEnd(7)} ${agree} of ${plays} plays as predicted; ${stops} were predicted to stop\n`,
    );
  const plays = [...counts.values()].reduce((sum, one) => sum + one.plays, 0);
  process.stdout.write(
    `${runs} releases of seed ${seed}, ${plays} plays, ${faults.length} disagreements, ${((Date.now() - begun) / 60_000).toFixed(1)} min\n`,
  );
  process.exitCode = faults.length > 0 || unread.length > 0 || plays === 0 ? 1 : 0;
}
