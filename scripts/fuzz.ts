// Mutated manifests, charts and policies: npm run fuzz -- [--seed N] [--manifests N] [--templates N] [--policies N] No
// crash, no hang, exit code 0, 1 or 2. --only KIND:NUMBER runs one case again; --charts N takes every so many charts
// only.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findHelm, template } from '../src/helm/index.ts';
import { kinds, runCase, type Bench, type Case, type Kind } from './fuzz/cases.ts';
import { Pool, type Message } from './fuzz/pool.ts';
import { Tally } from './fuzz/tally.ts';

const limitMs = 2_000;

if (process.argv[2] === '--worker') serve(JSON.parse(process.argv[3]!) as Bench);
else await main();

/** A worker: runs what it is sent, and says that it is alive meanwhile. */
function serve(bench: Bench): void {
  const tell = (message: Message) => process.send!(message);
  setInterval(() => tell({ beat: true }), 200);
  process.on('disconnect', () => process.exit());
  process.on('message', (one: Case) => {
    tell({ beat: true });
    const before = performance.eventLoopUtilization();
    const busy = () => performance.eventLoopUtilization(before).active;
    runCase(one, bench).then(
      (code) => tell({ done: { code, busy: busy() } }),
      (error: unknown) =>
        tell({
          done: {
            fault:
              error instanceof Error
                ? (error.stack ?? error.message).split('\n').slice(0, 6).join('\n')
                : String(error),
            busy: busy(),
          },
        }),
    );
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      manifests: { type: 'string', default: '100000' },
      templates: { type: 'string', default: '5000' },
      policies: { type: 'string', default: '5000' },
      only: { type: 'string' },
      charts: { type: 'string', default: '1000' },
      workers: { type: 'string', default: '2' },
    },
  });
  const seed = Number(values.seed);
  const root = mkdtempSync(join(tmpdir(), 'migrate-lint-fuzz-'));
  process.on('exit', () => rmSync(root, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(2));
  const bench = await prepare(root, Number(values.charts));
  const failures = join(tmpdir(), `migrate-lint-fuzz-failures-${process.pid}`);
  const pool = new Pool(fileURLToPath(import.meta.url), bench, root, limitMs);
  let faults = 0;
  for (const kind of kinds) {
    const [onlyKind, only] = values.only?.split(':') ?? [];
    const count = only === undefined ? Number(values[kind]) : onlyKind === kind ? 1 : 0;
    if (count === 0) continue;
    const tally = new Tally(kind, failures, values.charts);
    await pool.run(numbered(seed, kind, count, Number(only ?? 0)), Number(values.workers), (outcome) =>
      tally.add(outcome),
    );
    faults += tally.print();
  }
  process.exitCode = faults > 0 ? 1 : 0;
}

function* numbered(seed: number, kind: Kind, count: number, from: number): Generator<Case> {
  for (let index = from; index < from + count; index += 1) yield { seed, kind, index };
}

/** Renders the fixtures: their manifests are the seeds. */
async function prepare(root: string, most: number): Promise<Omit<Bench, 'folder'>> {
  const all = readdirSync('fixtures', { recursive: true, encoding: 'utf8' })
    .filter((path) => /(^|[\\/])Chart\.yaml$/.test(path) && !/[\\/]charts[\\/]/.test(path))
    .map((path) => resolve('fixtures', dirname(path)))
    .sort();
  const step = Math.max(1, Math.floor(all.length / most));
  const charts = all.filter((_, index) => index % step === 0);
  const helm = await findHelm({ env: process.env, onDownload: (message) => process.stderr.write(`${message}\n`) });
  const seeds = join(root, 'seeds');
  mkdirSync(seeds);
  const queue = charts.entries();
  const render = async () => {
    for (const [index, chart] of queue) {
      const result = await template(
        helm,
        { chart, releaseName: 'release-name', valuesFiles: [], set: [], apiVersions: [] },
        { env: process.env },
      ).catch(() => undefined);
      if (result?.stdout.trim()) writeFileSync(join(seeds, `${String(index).padStart(4, '0')}.yaml`), result.stdout);
    }
  };
  await Promise.all([render(), render(), render()]);
  return { seeds, charts, helm: helm.path };
}
