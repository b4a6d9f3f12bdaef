// The built program is one file, and the build leaves V8's code for it. With code that V8 does not take, or without, it
// works all the same.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeName } from '../src/launch/load.ts';

const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-launch-'));
const code = join(folder, 'dist', codeName);
beforeAll(async () => {
  await build({
    entryPoints: ['src/launch/load.ts'],
    outfile: join(folder, 'load.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whether V8 took the code, and what the program says of manifests. */
function launched(): { fromCode: string; report: string; code: number | null } {
  const dist = pathToFileURL(join(folder, 'dist/')).href;
  const ask = `import { load } from '${pathToFileURL(join(folder, 'load.mjs')).href}'; console.log(load(new URL('${dist}')).fromCode)`;
  const fromCode = execFileSync(process.execPath, ['--input-type=module', '--eval', ask], { encoding: 'utf8' }).trim();
  const { stdout, status } = spawnSync(process.execPath, [join(folder, 'dist/cli.js'), '-', '--no-config'], {
    cwd: folder,
    input: readFileSync('site/examples/elk-deadlock.yaml'),
    encoding: 'utf8',
  });
  return { fromCode, report: stdout, code: status };
}

const change = {
  'as the build left it': () => undefined,
  'with code of other bytes': () => writeFileSync(code, Buffer.alloc(100_000, 'x')),
  'with half of the code': () => truncateSync(code, readFileSync(code).length / 2),
  'without code': () => rmSync(code),
};

it.each(Object.entries(change))('the program runs %s', (name, make) => {
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  cpSync(resolve('dist'), join(folder, 'dist'), { recursive: true });
  make();
  const { fromCode, report, code: exit } = launched();
  expect(fromCode).toBe(String(name === 'as the build left it'));
  expect(report).toContain('hook-deadlock');
  expect(exit).toBe(1);
});
