// The README shows what the built program prints, and its links lead somewhere.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { helmBinary } from './helm/binaries.ts';
import { command } from './program/command.ts';

const text = readFileSync('README.md', 'utf8');

it('shows the real output for its example', async () => {
  const env = { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path, NO_COLOR: '1' };
  const [file, ...first] = command();
  let output = '';
  try {
    execFileSync(file, [...first, 'readme'], { cwd: 'fixtures', env, encoding: 'utf8' });
  } catch (error) {
    output = (error as { stdout: string }).stdout;
  }
  expect(output).toContain('hook-deadlock');
  const [before, rest = ''] = text.split('a test checks it. -->\n```\n');
  const after = rest.slice(rest.indexOf('```\n'));
  await expect(
    `${before}a test checks it. -->\n\`\`\`\n$ migrate-lint chart/\n${output
      .replaceAll('readme/', 'chart/')
      .replace(/^readme /, 'chart ')
      .replace(/plan readme$/m, 'plan chart/')}${after}`,
  ).toMatchFileSnapshot('../README.md');
});

it('shows YAML of that very chart', () => {
  const shown = /```yaml\n(apiVersion[\s\S]*?)```/.exec(text)?.[1];
  expect(readFileSync('fixtures/readme/templates/migrate.yaml', 'utf8')).toContain(shown!);
});

const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...markdown('docs')];

it.each(pages)('%s links to files and headings that exist', (page) => {
  const source = readFileSync(page, 'utf8').replace(/```[\s\S]*?```/g, '');
  const links = [...source.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link!)
    .filter((link) => !/^[a-z]+:/.test(link));
  const dead = links.filter((link) => {
    const [path, heading] = link.split('#');
    const file = path ? join(dirname(page), path) : page;
    return !existsSync(file) || (heading !== undefined && !headingsOf(file).includes(heading));
  });
  expect(dead).toEqual([]);
});

function headingsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

function markdown(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? markdown(join(folder, entry.name))
      : entry.name.endsWith('.md')
        ? [join(folder, entry.name)]
        : [],
  );
}
