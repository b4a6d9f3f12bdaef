// The examples of the playground are what Helm renders from our charts.
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { examples } from '../../site/examples/index.ts';
import { renderFolder } from '../../src/render/index.ts';
import { helmBinary } from '../helm/binaries.ts';

it.each(examples)('$id: $title', async ({ id, chart }) => {
  const options = { releaseName: 'release-name', valuesFiles: [], set: [], apiVersions: [] };
  const text = await renderFolder(resolve(chart), await helmBinary('4.2.3'), options, false, { env: process.env });
  await expect(text).toMatchFileSnapshot(`../../site/examples/${id}.yaml`);
});
