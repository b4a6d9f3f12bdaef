// A slice of edits.slow.test.ts.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { edits, Typist } from './edits.ts';

it('shows after any edits what the command line says, and leaves no process', async () => {
  const typist = new Typist('fixtures/rules/hook-deadlock/bad', 'templates/migrate.yaml');
  await typist.begin();
  for (const [round, some] of fc
    .sample(fc.array(edits, { minLength: 10, maxLength: 10 }), { numRuns: 3, seed: 21 })
    .entries()) {
    for (const edit of some) await typist.type(edit);
    const { shown, said, text } = await typist.compare();
    expect([round, shown, text]).toEqual([round, said, text]);
    await typist.undoAll();
  }
  const { shown, said } = await typist.compare();
  expect(said).toEqual(['chart/templates/migrate.yaml:15 hook-deadlock']);
  expect(shown).toEqual(said);
  expect(await typist.end()).toEqual({ code: 0, stderr: '', left: [] });
});
