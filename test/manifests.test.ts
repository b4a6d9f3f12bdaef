// Rendered manifests, and what the rules report of them. `npm run docs` writes the files that are compared: read their
// changes.
import { describe, expect, it } from 'vitest';
import { printed } from './records/case.ts';
import { manifestFiles, manifests } from './records/manifests.ts';
import { models } from './records/models.ts';

describe.each(manifestFiles())('%s', (name) => {
  it('is judged', async () => {
    const text = await printed(manifests(name));
    await expect(text.join('\n')).toMatchFileSnapshot(`manifests/${name.replace(/yaml$/, 'txt')}`);
  });

  it('is read and played', async () => {
    const text = await printed(models(name));
    await expect(text.join('\n')).toMatchFileSnapshot(`manifests/${name.replace(/yaml$/, 'model.txt')}`);
  });
});
