// No regular expression of the linter takes more than quadratic steps: by its structure (test/regex/bound.ts), or by a
// proof of recheck that is kept in test/regex-verdicts.json (`npm run regex`).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { boundOf } from './regex/bound.ts';
import { patternsIn, patternsOf } from './regex/patterns.ts';
import { ask, isBounded, problemsOf, verdictsFile, version, type Verdicts } from './regex/verdicts.ts';

const kept: Verdicts = JSON.parse(readFileSync(verdictsFile, 'utf8'));

describe('the regular expressions of src and rules', () => {
  it('are found', () => expect(patternsIn(['src', 'rules']).length).toBeGreaterThan(600));
  it('take quadratic steps at most, each by a proof', () => {
    expect(problemsOf(['src', 'rules'], kept)).toEqual([]);
  }, 120_000);
});

describe('the check fails for', () => {
  const scratch = (text: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'regex-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'x.ts'), text);
    return [folder];
  };
  const nothing: Verdicts = { recheck: version, verdicts: {} };
  it.each([
    ['an exponential pattern', String.raw`export const x = /^(?:a|b|[ab])*c$/;`],
    ['a cubic one', String.raw`export const x = /^.*a.*b.*c$/s;`],
    ['one in a text', 'export const x = new RegExp(String.raw`^(\\w+\\s?)*$`);'],
    ['one of constants', "const word = '(?:a+)';\nexport const x = new RegExp(`^${word}+$`, 'm');"],
    ['one that match() takes', "export const x = 'a'.match('^(a+)+$');"],
  ])('%s', async (_, text) => {
    const folders = scratch(text);
    expect(problemsOf(folders, nothing)).toEqual([expect.stringMatching(/x\.ts:\d+: .* without a verdict/s)]);
    const [pattern] = patternsIn(folders);
    const verdict = await ask(pattern!, 20_000);
    expect(isBounded(verdict), verdict).toBe(false);
    const verdicts = { [`/${pattern!.source}/${pattern!.flags}`]: verdict };
    expect(problemsOf(folders, { recheck: version, verdicts })).toEqual([
      expect.stringMatching(/is (?:exponential|polynomial [34]|unproven)$/),
    ]);
  });
  it('a RegExp of a text that is not known', () => {
    expect(() => patternsOf('x.ts', 'export const f = (a: string) => new RegExp(a);')).toThrow('x.ts:1');
  });
  it('a verdict on a pattern that is gone, and verdicts of another version', () => {
    expect(problemsOf(scratch('export {};'), { recheck: '0.0.0', verdicts: { '/a/': 'linear' } })).toEqual([
      expect.stringContaining('recheck 0.0.0'),
      expect.stringContaining('/a/ needs no verdict'),
    ]);
  });
});

describe('the bound by structure', () => {
  it.each<[RegExp, number]>([
    [/^a*$/, 1],
    [/a*/, 1],
    [/a*b/, 2],
    [/^[^"]*"(?:[^"\\]|\\.)*"$/, 1],
    [/^(?:\.[a-z]\w*)+$/, 1],
    [/^.*x.*$/s, 2],
    [/^.*x.*y/s, 2],
    [/.*x.*y/s, 3],
    [/^a{1,200}a{1,200}$/, 2],
    [/^a{1,3}a{1,3}$/, 1],
    [/^(["'])a*\1$/, 2],
    [/(?=.*x)y/s, 2],
    [/^(?:foo|bar|baz)*$/, 1],
    [/^(?:foo|fo+)*$/, Infinity],
    [/^(a*)*$/, Infinity],
    [/^(a+)+/, 1],
    [/^(a|a)*b/, Infinity],
    [/^(?:a+|b)*c/i, Infinity],
    [/^(?:(?:a+)+)?b/, Infinity],
    [/^(?:\s*\w+)*$/, Infinity],
    [/^(?:\s+\w+)*$/, 1],
  ])('%s: %s', ({ source, flags }, bound) => expect(boundOf(source, flags)).toBe(bound));
});
