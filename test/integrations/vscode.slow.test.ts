// The extension as vsce packs it: what is in the archive, and that the server in it answers.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { Editor } from '../lsp/editor.ts';
import { must, npmTools, run, scratchFolder } from './tools.ts';

const modules = npmTools('vsce', ['@vscode/vsce@3.9.2']);

it.skipIf(!modules)('is packed by vsce, and its server starts out of the archive', { timeout: 300_000 }, async () => {
  const folder = join(scratchFolder(), 'extension');
  must(process.execPath, ['editors/vscode/build.mjs', folder]);
  const archive = join(dirname(folder), 'migrate-lint.vsix');
  const vsce = (cwd: string) =>
    run(
      process.execPath,
      [
        join(modules!, '@vscode/vsce/vsce'),
        'package',
        '--no-dependencies',
        '--allow-missing-repository',
        '-o',
        archive,
      ],
      { cwd },
    );
  const packed = vsce(folder);
  expect([packed.code, packed.code === 0 ? '' : packed.stderr]).toEqual([0, '']);
  const files = unzipSync(readFileSync(archive));
  const names = Object.keys(files);
  expect(names).toEqual(
    expect.arrayContaining(['extension/package.json', 'extension/out/extension.js', 'extension/server/cli.js']),
  );
  expect(names.filter((name) => !/^extension\/(?:server|out)\/|^[^/]*$|^extension\/[^/]*$/.test(name))).toEqual([]);
  const there = scratchFolder();
  for (const name of names.filter((one) => one.startsWith('extension/server/'))) {
    mkdirSync(dirname(join(there, name)), { recursive: true });
    writeFileSync(join(there, name), files[name]!);
  }
  const editor = await Editor.start({ folders: [there], cli: join(there, 'extension/server/cli.js') });
  expect(editor.initialized!.serverInfo).toMatchObject({ name: 'migrate-lint' });
  expect(await editor.stop()).toBe(0);
  // What is wrong in a manifest is seen.
  writeFileSync(
    join(folder, 'package.json'),
    readFileSync(join(folder, 'package.json'), 'utf8').replace('"engines"', '"e"'),
  );
  expect(vsce(folder).code).not.toBe(0);
});
