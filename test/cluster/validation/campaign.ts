// Mutated objects, judged by us and by a real API server (a dry run): the verdicts must be the same, for Helm 3's
// create and Helm 4's apply. npm run validation -- [--cases | --runs N] [--seed S] [--kind K], inside of a cluster's
// namespace (npm run cluster -- run …); exit 1 where they differ.
import { writeFileSync } from 'node:fs';
import { Random } from '../../../scripts/fuzz/random.ts';
import { refusals, schemaFaults, words } from '../../../src/api/index.ts';
import type { Loose } from '../../proof/kinds.ts';
import { cases } from './cases.ts';
import { mutate } from './mutate.ts';
import { serverOf, type Answer, type Sent } from './server.ts';
import { validObjects } from './valid.ts';

const option = (name: string, otherwise: string) => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? otherwise : (process.argv[at + 1] ?? otherwise);
};
const runs = Number(option('runs', '2000'));
const seed = option('seed', '1');
const kind = option('kind', '');
const out = option('out', '');
const ask = serverOf(process.env['KUBECONFIG'] ?? '');

interface Difference {
  sent: Sent;
  ours: string[];
  server: Answer;
  changes: string[];
  object: Loose;
}

/** What would keep the object out, in our view. */
function ourView(object: Loose, sent: Sent): string[] {
  return [
    ...schemaFaults(object)
      .filter(({ kind: fault }) => fault === 'type' || sent === 'apply')
      .map(({ message }) => message),
    ...[...refusals(object)]
      .filter(({ applied }) => !applied || sent === 'apply')
      .map(({ path, text }) => `${words(path)}: ${text}`),
  ];
}

const objects = validObjects.filter((one) => kind === '' || one.kind === kind);
const differences: Difference[] = [];
const count = { create: { refused: 0, taken: 0 }, apply: { refused: 0, taken: 0 } };
if (process.argv.includes('--cases')) {
  await askCases();
} else {
  let next = 0;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let run = next++; run < runs; run = next++) await judge(run);
    }),
  );
  report();
}

/** The cases that are written down, and what the server says of each. */
async function askCases(): Promise<void> {
  for (const { object, says, applied } of cases)
    for (const sent of ['create', 'apply'] as const) {
      const answer = await ask(object, sent);
      const wanted = !applied || sent === 'apply';
      // Two of one key: server-side apply says so in its own words, before the API validates.
      const said =
        answer?.message.includes(says) || (sent === 'apply' && answer?.message.includes('duplicate entries for key'));
      if (wanted === (said ?? false)) continue;
      process.exitCode = 1;
      process.stdout.write(`${object.kind} (${sent}), ${says}: ${answer?.message ?? 'taken'}\n`);
    }
  process.stdout.write(`${cases.length} cases asked\n`);
}

async function judge(run: number): Promise<void> {
  const random = new Random(seed, run);
  // The first are as they are: all must be taken.
  const { object, changes } =
    run < objects.length ? { object: objects[run]!, changes: ['none'] } : mutate(random.pick(objects), random);
  for (const sent of ['create', 'apply'] as const) {
    const ours = ourView(object, sent);
    const server = ofThisCluster(await ask(object, sent));
    if (server && (server.code > 500 || server.code === 429)) throw new Error(`the server failed: ${server.message}`);
    count[sent][server ? 'refused' : 'taken'] += 1;
    if (ours.length > 0 !== (server !== undefined)) differences.push({ sent, ours, server, changes, object });
  }
}

/** Not what is refused for what this one cluster holds: its range of addresses. */
function ofThisCluster(answer: Answer): Answer {
  return answer && /failed to allocate/.test(answer.message) && !/, /.test(answer.message.replace(/\(.*?\)/g, ''))
    ? undefined
    : answer;
}

function report(): void {
  const wrong = differences.filter(({ server }) => server === undefined);
  const missed = differences.filter(({ server }) => server !== undefined);
  for (const sent of ['create', 'apply'] as const)
    process.stdout.write(
      `${sent}: ${count[sent].taken + count[sent].refused} objects, ${count[sent].refused} refused by the server; ` +
        `${wrong.filter((one) => one.sent === sent).length} refused by us only, ${missed.filter((one) => one.sent === sent).length} by the server only\n`,
    );
  const groups = new Map<string, { difference: Difference; times: number }>();
  for (const difference of differences) {
    const { ours, server, sent } = difference;
    const said = (server?.message ?? ours.join('; ')).replace(/"[^"]*"|\d+/g, '…').slice(0, 260);
    const key = `${server ? 'server' : 'we'} ${said}`;
    const known = groups.get(key);
    if (known) known.times += 1;
    else groups.set(key, { difference, times: 1 });
    void sent;
  }
  for (const { difference, times } of [...groups.values()].sort((a, b) => b.times - a.times)) {
    const { server, ours, changes, object, sent } = difference;
    process.stdout.write(
      `\n${times}x ${server ? 'the server refuses' : 'we refuse'} ${object.kind} (${sent})\n  changed: ${changes.join('; ')}\n  ${(server?.message ?? ours.join('\n  ')).slice(0, 600)}\n`,
    );
  }
  if (out) writeFileSync(out, JSON.stringify(differences, undefined, 1));
  process.exitCode = differences.length > 0 ? 1 : 0;
}
