// npm run regex: asks recheck about the regular expressions of src and rules whose structure alone bounds nothing, as
// far as they have no verdict yet. With --all it asks again about every one.
import { readFileSync, writeFileSync } from 'node:fs';
import { keyOf } from './patterns.ts';
import { ask, unproven, version, verdictsFile, type Verdicts } from './verdicts.ts';

const old: Verdicts = JSON.parse(readFileSync(verdictsFile, 'utf8'));
const known = process.argv.includes('--all') || old.recheck !== version ? {} : old.verdicts;
const verdicts: Record<string, string> = {};
for (const pattern of unproven(['src', 'rules'])) {
  const key = keyOf(pattern);
  verdicts[key] = known[key] ?? (await ask(pattern, 60_000));
  if (verdicts[key] !== known[key]) process.stdout.write(`${pattern.at}: ${verdicts[key]}: ${key}\n`);
}
writeFileSync(verdictsFile, `${JSON.stringify({ recheck: version, verdicts }, undefined, 2)}\n`);
