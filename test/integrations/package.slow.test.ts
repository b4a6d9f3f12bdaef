// The package as `npm pack` makes it, in an empty project: what is in it, its types without any others, and that it
// runs.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { scratchFolder, shellEnv } from './tools.ts';

const npm = (args: string[], cwd: string) => {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, env: shellEnv(), encoding: 'utf8' });
  expect([args[0], status, status === 0 ? '' : stderr]).toEqual([args[0], 0, '']);
  return stdout;
};

it('has types that need no others', { timeout: 300_000 }, () => {
  const folder = scratchFolder();
  const [packed] = JSON.parse(npm(['pack', '--json', '--pack-destination', folder], '.')) as {
    filename: string;
    files: { path: string }[];
  }[];
  const files = packed!.files.map(({ path }) => path);
  expect(files).toEqual(expect.arrayContaining(['dist/cli.js', 'dist/index.js', 'dist/index.d.ts', 'README.md']));
  expect(files.filter((path) => !/^(?:dist|schema)\/|^[A-Z]+(?:\.md)?$|^package\.json$/.test(path))).toEqual([]);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  npm(['install', '--no-audit', '--no-fund', join(folder, packed!.filename)], folder);
  expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['migrate-lint']);
  const config = { strict: true, skipLibCheck: false, module: 'nodenext', target: 'es2023', types: [], noEmit: true };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: config, files: ['use.ts'] }));
  const check = (text: string) => {
    writeFileSync(join(folder, 'use.ts'), text);
    return spawnSync(resolve('node_modules/.bin/tsc'), ['-p', '.'], { cwd: folder, encoding: 'utf8' }).stdout;
  };
  const rule = readFileSync('docs/policy.md', 'utf8').match(/```ts\n([\s\S]*?defineRule[\s\S]*?)```/)?.[1] ?? '';
  expect(rule).toContain('export default');
  expect(check(rule)).toBe('');
  const use = `import { lint, report, type LintResult } from 'migrate-lint';
const result: LintResult = await lint({ paths: ['.'], cwd: '.', env: {} });
export const line: number | undefined = result.charts[0]?.findings[0]?.location.line;
export const text: Promise<string> = report('json', result, { version: '1', color: false, width: 80, hyperlinks: false, showRendered: false, cwd: '.' });
`;
  expect(check(use)).toBe('');
  expect(check(use.replace('number | undefined', 'string'))).toContain('TS2322');
});
