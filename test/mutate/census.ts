// The cases of the records, and some charts of the rules, judged again for each fault in one process. Run in a copy of
// the tree with switches in it (mutate.ts): `census.js FAULTS FILE CHARTS` reads numbers of faults from a file, and
// appends to the next a line for each fault that is begun (`? 17`), and for each that a case notices (`17`). The fault
// that was begun last is the one that ends the process. CHARTS is what charts.ts wrote.
import { appendFileSync, readFileSync } from 'node:fs';
import { deserialize } from 'node:v8';
import { push } from '../../src/model/index.ts';
import type { Case } from '../records/case.ts';
import * as commands from '../records/commands.ts';
import * as fixes from '../records/fixes.ts';
import { manifestFiles, manifests } from '../records/manifests.ts';
import { models } from '../records/models.ts';
import { suppressions } from '../records/suppressions.ts';
import { verdictsOf, type Rendered } from '../verdicts.ts';
import type { Kept } from './charts.ts';

const global = globalThis as unknown as {
  /** The fault that is on; none where it is -1. */
  mutant: number;
  $reached: Set<number>;
  /** What the program remembers from call to call. */
  $memory: Map<string, unknown>;
  /** How often the fault was met in a case: too often in an endless loop. */
  $steps: number;
};
/** Charts that are judged for a fault. */
const mostJudged = 12;

async function outcome({ lines }: Case): Promise<string> {
  global.$memory.clear();
  global.$steps = 0;
  try {
    return (await lines()).join('\n');
  } catch (error) {
    return `throws ${String(error)}`;
  }
}

const [faultsFile = '', file = '', chartsFile = ''] = process.argv.slice(2);
const asked = new Set(JSON.parse(readFileSync(faultsFile, 'utf8')) as number[]);
const cases: Case[] = [
  ...Object.values(commands).flatMap((of) => of()),
  ...manifestFiles().flatMap((name) => [...manifests(name), ...models(name)]),
  ...fixes.templates(),
  ...fixes.renders(),
  ...suppressions(),
];
const loading = new Set(global.$reached);
/** For each fault, the cases that reach it, with what they print without it. */
const reaching = new Map<number, [Case, string][]>();
global.mutant = -1;
for (const one of cases) {
  global.$reached.clear();
  const before = await outcome(one);
  for (const fault of global.$reached)
    if (asked.has(fault) && !loading.has(fault)) push(reaching, fault, [one, before]);
}
const kept = JSON.parse(readFileSync(chartsFile, 'utf8')) as Record<string, Kept>;
const renders = deserialize(readFileSync(`${chartsFile}.renders`)) as Record<string, Rendered>;
const charts = new Map<number, string[]>();
for (const [chart, { judging }] of Object.entries(kept))
  for (const fault of judging) if (asked.has(fault) && !loading.has(fault)) push(charts, fault, chart);

for (const fault of asked) {
  const judged = charts.get(fault) ?? [];
  const each = Math.max(1, Math.ceil(judged.length / mostJudged));
  const those: [Case, string][] = [
    ...(reaching.get(fault) ?? []),
    ...judged
      .filter((_, at) => at % each === 0)
      .map((chart): [Case, string] => [
        { title: chart, lines: () => [verdictsOf(renders[chart]!)] },
        kept[chart]!.verdicts,
      ]),
  ];
  if (those.length === 0) continue;
  appendFileSync(file, `? ${fault}\n`);
  global.mutant = fault;
  for (const [one, before] of those)
    if ((await outcome(one)) !== before) {
      global.mutant = -1;
      // A fault may have spoilt what the next ones find: they get another process.
      if ((await outcome(one)) !== before) process.exit(1);
      appendFileSync(file, `${fault}\n`);
      break;
    }
}
process.exit(0);
