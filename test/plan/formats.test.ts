// Plans of some fixtures, read by the programs that they are written for (of all: formats.slow.test.ts); what a chart
// calls itself is harmless in each format.
import { expect, it } from 'vitest';
import { dot } from '../../src/plan/dot.ts';
import { json } from '../../src/plan/json.ts';
import { mermaid } from '../../src/plan/mermaid.ts';
import { text } from '../../src/plan/text.ts';
import { testFormats } from './formats.ts';
import { hostilePlan } from './plans.ts';

testFormats(
  [
    'optscale',
    'atlas',
    'sql-migrate',
    'wait-for-job',
    'rules/wait-deadlock/bad',
    'rules/wait-deadlock/bad-five-workloads',
    'rules/dependency-cycle/bad',
    'rules/dependency-cycle/bad-condition',
    'rules/hook-deadlock/bad-in-vain',
    'rules/hook-shared-resource/bad-generated',
  ].map((name) => `fixtures/${name}`),
);

it('holds no text of a chart that a terminal or a CI server reads as a command', () => {
  const formats = {
    text: text([hostilePlan()], { color: false, all: true }),
    json: json([hostilePlan()], { errors: [] }),
    mermaid: mermaid([hostilePlan()], { all: true }),
    dot: dot([hostilePlan()], { all: true }),
  };
  for (const [name, drawn] of Object.entries(formats)) {
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect([name, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ufffe]|[\ud800-\udbff](?![\udc00-\udfff])/.exec(drawn)]).toEqual([
      name,
      null,
    ]);
    expect([name, /^\s*::/m.exec(drawn)]).toEqual([name, null]);
  }
  expect(formats.mermaid).not.toContain('<script>');
  expect(
    formats.mermaid.split('\n').filter((line) => line.includes('owned') && !/"[^"]*owned[^"]*"/.test(line)),
  ).toEqual([]);
});
