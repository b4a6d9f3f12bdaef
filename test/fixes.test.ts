// Templates and how their findings are fixed; and changes of a render that are, or are not, what a fix announced.
// `npm run docs` writes the files that are compared: read their changes.
import { expect, it } from 'vitest';
import { printed } from './records/case.ts';
import { renders, templates } from './records/fixes.ts';

it('plans fixes', async () => {
  await expect((await printed(templates())).join('\n')).toMatchFileSnapshot('fixes/templates.txt');
});

it('knows what a fix may change', async () => {
  await expect(`${(await printed(renders())).join('\n')}\n`).toMatchFileSnapshot('fixes/renders.txt');
});
