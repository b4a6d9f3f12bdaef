// Rendered manifests, and what the rules report of them. `npm run docs` writes the files that are compared: read their
// changes.
import { expect, it } from 'vitest';
import { printed } from './records/case.ts';
import { manifestFiles, manifests } from './records/manifests.ts';

it.each(manifestFiles())('%s', async (name) => {
  const text = await printed(manifests(name));
  await expect(text.join('\n')).toMatchFileSnapshot(`manifests/${name.replace(/yaml$/, 'txt')}`);
});
