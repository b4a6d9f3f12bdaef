import { expect, it } from 'vitest';
import { campaign } from './fuzz/campaign.ts';

it('500 mutations, from a fixed seed', async () => {
  expect(await campaign(40, { manifests: 300, templates: 20, policies: 180 })).toEqual([]);
}, 600_000);
