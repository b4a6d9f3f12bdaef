// How docs/ become pages of the site. What the built site does is in site.slow.test.ts.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { deadLinks } from '../../site/build/links.ts';
import { docPages, outsideOfCode } from '../../site/build/pages.ts';
import { withTabs } from '../../site/build/tabs.ts';
import { rules } from '../../rules/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-site-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('every rule has a page, with its charts as tabs', () => {
  const pages = new Map(docPages().map(({ path, text }) => [path, text]));
  for (const { id } of rules) expect(pages.get(`rules/${id}.md`), id).toContain('<ExampleTabs names="Wrong');
});

it('links lead to pages of the site, and what is none to the repository', () => {
  const pages = new Map(docPages().map(({ path, text }) => [path, text]));
  expect(pages.get('policy.md')).toContain('](./rules/not-judged.md)');
  expect(pages.get('policy.md')).toContain(
    '](https://github.com/migrate-lint/migrate-lint/blob/main/schema/policy.schema.json)',
  );
  expect(pages.get('changelog.md')).toContain('](./plan.md)');
  expect(pages.get('versioning.md')).not.toMatch(/\]\(\.\.\//);
});

it('code is left alone', () =>
  expect(outsideOfCode('a [x](y)\n```sh\n[x](y)\n```\n[x](y)\n', (part) => part.replaceAll('(y)', '(z)'))).toBe(
    'a [x](z)\n```sh\n[x](y)\n```\n[x](z)\n',
  ));

it('a rule page keeps all that it says', () => {
  const page = readFileSync('docs/rules/hook-deadlock.md', 'utf8');
  const words = (text: string) => text.match(/[\w./-]{3,}/g)!;
  const shown = new Set(words(withTabs(page)));
  expect(words(page).filter((word) => !shown.has(word))).toEqual([]);
  expect(withTabs('# a rule\n\n## What happens\n\nIt does.\n')).toBe('# a rule\n\n## What happens\n\nIt does.\n');
});

it('dead links of built pages are found: files, headings, and what is outside of the site', () => {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write(
    'index.html',
    '<a href="/site/rules/a.html#ok"></a><a href="rules/"></a><a href="#here" id="here"></a><a href="https://example.org/x"></a>',
  );
  write('rules/index.html', '<a href="a.html#gone"></a><a href="b.html"></a><a href="/other"></a><img src="c.png">');
  write('rules/a.html', '<h2 id="ok">A &amp; B</h2><a href="../"></a>');
  expect(deadLinks(folder, '/site/').sort()).toEqual([
    'rules/index.html: /other',
    'rules/index.html: a.html#gone (no such heading)',
    'rules/index.html: b.html',
    'rules/index.html: c.png',
  ]);
});
