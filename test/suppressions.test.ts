// Manifests with comments, annotations, a policy and a baseline, and what is reported and suppressed. `npm run docs`
// writes the file that is compared: read its changes.
import { expect, it } from 'vitest';
import { printed } from './records/case.ts';
import { suppressions } from './records/suppressions.ts';

it('reports and suppresses', async () => {
  await expect((await printed(suppressions())).join('\n')).toMatchFileSnapshot('suppressions/cases.txt');
});
