// The verdicts of recheck that test/regex.test.ts believes are those that it gives.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ask, verdictsFile, type Verdicts } from './regex/verdicts.ts';

const kept: Verdicts = JSON.parse(readFileSync(verdictsFile, 'utf8'));

it('the regular expressions have verdicts that recheck still gives', async () => {
  for (const [key, verdict] of Object.entries(kept.verdicts)) {
    const end = key.lastIndexOf('/');
    const again = await ask({ source: key.slice(1, end), flags: key.slice(end + 1) }, 5_000);
    expect([verdict, 'unproven'], key).toContain(again);
  }
}, 120_000);
