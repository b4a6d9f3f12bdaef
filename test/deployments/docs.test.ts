// docs/gitops.md shows what the built program prints.
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { repository } from './repository.ts';

it('shows the real output for its example', () => {
  const flux = 'fixtures/gitops/flux';
  const folder = repository({ 'apps/shop.yaml': readFileSync(`${flux}/apps/bad/values.yaml`, 'utf8') });
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['charts', 'clusters']) cpSync(join(flux, name), join(folder, name), { recursive: true });
  let output = '';
  try {
    execFileSync(process.execPath, [resolve('dist/cli.js'), '.'], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: '1' },
      encoding: 'utf8',
    });
  } catch (error) {
    output = (error as { stdout: string }).stdout;
  }
  const [, shown = ''] = /a test checks the output[^\n]*\n\n?```\n\$ migrate-lint \.\n([^]*?)```/.exec(
    readFileSync('docs/gitops.md', 'utf8'),
  ) ?? [undefined, 'nothing'];
  expect(output).toContain(shown);
});
