// Each chart of the rules under all rules. `npm run docs` writes the files that are compared.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ruleCharts } from './expectations.ts';
import { helmBinary } from './helm/binaries.ts';
import { renderedChart, verdictsOf } from './verdicts.ts';

const root = 'fixtures/rules';

it.each(readdirSync(root))('%s', async (id) => {
  const env = { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path };
  const texts: string[] = [];
  for (const chart of ruleCharts(join(root, id))) texts.push(verdictsOf(await renderedChart(chart, env)));
  await expect(texts.join('\n')).toMatchFileSnapshot(join('../fixtures/verdicts', `${id}.txt`));
});
