import { InvalidArgumentError } from 'commander';
import type { Severity } from '../rule.ts';
import type { Shard } from '../shard.ts';

/** The values of an option that may be given several times. */
export const collect = (value: string, before: string[]): string[] => [...before, value];

/** The same, where each may be a list: `a,b`. */
export const collectList = (value: string, before: string[]): string[] => [
  ...before,
  ...value.split(',').filter(Boolean),
];

/** One of `choices`, and those before it. */
export const oneOf =
  (choices: readonly string[]) =>
  (value: string, before: string[] | undefined): string[] => {
    if (!choices.includes(value)) throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    return [...(before ?? []), value];
  };

/** A strength of `--explore`. */
export function strength(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > 6)
    throw new InvalidArgumentError('It is a whole number from 1 to 6.');
  return number;
}

/** `2/5`: the second of five parts. */
export function shard(value: string): Shard {
  const [, index, total] = /^(\d{1,4})\/(\d{1,4})$/.exec(value) ?? [];
  if (Number(index) < 1 || !(Number(index) <= Number(total)))
    throw new InvalidArgumentError('It is a part and the number of parts, such as 2/5.');
  return { index: Number(index), count: Number(total) };
}

/** A whole number from 1. */
export function positive(value: string): number {
  const number = count(value);
  if (number === 0) throw new InvalidArgumentError('It is at least 1.');
  return number;
}

/** A whole number from 0. */
export function count(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('It is a whole number.');
  return number;
}

/** A reason in a comment: one line that does not end the comment. */
export function reasonText(value: string): string {
  const text = value.trim();
  // eslint-disable-next-line no-control-regex
  if (text === '' || /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\*\/|\}\}/.test(text))
    throw new InvalidArgumentError('It is one line without */ and }}.');
  return text;
}

type Level = Severity | 'off';

/** `RULE=LEVEL`. */
export function severity(value: string, before: Record<string, Level>): Record<string, Level> {
  const [, rule, level] = /^([^=]+)=(error|warning|info|off)$/.exec(value) ?? [];
  if (rule === undefined) throw new InvalidArgumentError('Write RULE=error, RULE=warning, RULE=info or RULE=off.');
  return { ...before, [rule]: level as Level };
}
