import { readFileSync } from 'node:fs';
import { boundOf } from './bound.ts';
import { keyOf, patternsIn, type Pattern } from './patterns.ts';

/** What recheck proved of regular expressions, by how they are written: `linear`, `polynomial 2`, or `unproven`. */
export interface Verdicts {
  /** The version of recheck that was asked. */
  recheck: string;
  verdicts: Readonly<Record<string, string>>;
}

export const verdictsFile = 'test/regex-verdicts.json';
export const version: string = JSON.parse(readFileSync('node_modules/recheck/package.json', 'utf8')).version;

/** The regular expressions below some folders whose structure does not show that they are quadratic at most. */
export function unproven(folders: readonly string[]): Pattern[] {
  return [...new Map(patternsIn(folders).map((pattern) => [keyOf(pattern), pattern])).values()]
    .filter(({ source, flags }) => boundOf(source, flags) > 2)
    .sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

/**
 * Asks recheck about a regular expression. What it only tried (its fuzzer) and what it did not finish in time is
 * `unproven`.
 */
export async function ask({ source, flags }: Pick<Pattern, 'source' | 'flags'>, timeout: number): Promise<string> {
  const { check } = await import('recheck');
  const found = await check(source, flags, { timeout, checker: 'automaton' });
  if (found.status === 'unknown') return 'unproven';
  const { type, degree } = { degree: undefined, ...found.complexity };
  return degree === undefined ? type : `${type} ${degree}`;
}

/** Whether a verdict is a proof of no more than quadratic steps. */
export const isBounded = (verdict: string | undefined): boolean =>
  /^(?:constant|linear|safe|polynomial 2)$/.test(verdict ?? '');

/** What is wrong with the regular expressions below some folders, and with the verdicts on them; a line each. */
export function problemsOf(folders: readonly string[], { recheck, verdicts }: Verdicts): string[] {
  const asked = unproven(folders);
  const keys = new Set(asked.map(keyOf));
  return [
    ...(recheck === version ? [] : [`the verdicts are of recheck ${recheck}, not ${version}; run: npm run regex`]),
    ...asked
      .filter((pattern) => !isBounded(verdicts[keyOf(pattern)]))
      .map((pattern) => {
        const verdict = verdicts[keyOf(pattern)];
        return `${pattern.at}: ${keyOf(pattern)} is ${verdict ?? 'without a verdict; run: npm run regex'}`;
      }),
    ...Object.keys(verdicts)
      .filter((key) => !keys.has(key))
      .map((key) => `${key} needs no verdict; run: npm run regex`),
  ];
}
