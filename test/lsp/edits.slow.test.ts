// Ten thousand random edits: insertions, deletions and undos, with pauses in which the server runs.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { edits, Typist } from './edits.ts';

it('survives ten thousand edits', { timeout: 1_800_000 }, async () => {
  const typist = new Typist('fixtures/rules/hook-deadlock/bad', 'templates/migrate.yaml');
  await typist.begin();
  let rendered = 0;
  const seed = Number(process.env['SEED'] ?? 1);
  const rounds = fc.sample(fc.array(edits, { minLength: 100, maxLength: 100 }), {
    numRuns: Number(process.env['ROUNDS'] ?? 100),
    seed,
  });
  for (const [round, some] of rounds.entries()) {
    for (const [index, edit] of some.entries()) {
      await typist.type(edit);
      // Now and then a run is under way when the next edit comes.
      if (index % 25 === 0) await new Promise((done) => setTimeout(done, 300 + (index % 100)));
    }
    // From a text that is as good as the first one, most edits still render.
    if (round % 2 === 0) await typist.undoAll();
    for (const edit of some.slice(0, 3)) await typist.type(edit);
    const { shown, said, text } = await typist.compare();
    expect([seed, round, shown, text]).toEqual([seed, round, said, text]);
    if (said[0] !== 'does not render') rendered += 1;
    await typist.undoAll();
  }
  // Charts that do not render would show little.
  expect(rendered).toBeGreaterThan(rounds.length / 10);
  expect(await typist.end()).toEqual({ code: 0, stderr: '', left: [] });
});
