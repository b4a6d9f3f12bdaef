import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { mutations, placeOf } from './mutants.ts';
import { fixtures as all } from './real/chart.ts';

const names = all().map(({ name }) => name);

it.each(mutations)('npm run proof:mutations can still change: $name', ({ file, from, to, fixtures }) => {
  const source = readFileSync(file, 'utf8');
  const [start, end] = placeOf(source, from) ?? [];
  expect(source.slice(start, end).replace(/\s/g, '')).toBe(from.replace(/\s/g, ''));
  expect(to).not.toBe(from);
  expect(fixtures.filter((wanted) => !names.some((name) => name.includes(wanted)))).toEqual([]);
});
