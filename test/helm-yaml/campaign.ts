// Spellings of hooks, read by us and by Helm's own library: node scripts/ts.mjs test/helm-yaml/campaign.ts PROGRAM
// [COUNT] [SEED]
import { ask, differences, printed, seenByHelm, seenByUs } from './compare.ts';
import { randomOf, spelling } from './spellings.ts';

const [program = '', count = '20000', seed = '1'] = process.argv.slice(2);
const random = randomOf(Number(seed));
const tally = { spellings: 0, refused: 0, hooks: 0, ordinary: 0, alike: 0, unread: 0, silent: 0 };
const reasons = new Map<string, number>();
for (let left = Number(count); left > 0; left -= 2_000) {
  const files = Array.from({ length: Math.min(left, 2_000) }, () => spelling(random, true));
  const answers = ask(program, files);
  for (const [index, answer] of answers.entries()) {
    tally.spellings += 1;
    if (answer.error !== undefined) {
      tally.refused += 1;
      continue;
    }
    const helm = seenByHelm(answer);
    tally.hooks += helm.hooks.length;
    tally.ordinary += helm.ordinary.length;
    const us = seenByUs(printed(answer));
    const found = differences(helm, us);
    if (found.length === 0) tally.alike += 1;
    else if (us.unread.length > 0) {
      tally.unread += 1;
      for (const reason of us.unread) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    } else {
      tally.silent += 1;
      process.stdout.write(`${JSON.stringify(files[index])}\n  ${found.join('\n  ')}\n`);
    }
  }
}
process.stdout.write(`${JSON.stringify(tally)}\n`);
for (const [reason, times] of [...reasons].sort(([, a], [, b]) => b - a))
  process.stdout.write(`unread ${times}: ${reason}\n`);
process.exitCode = tally.silent > 0 ? 1 : 0;
