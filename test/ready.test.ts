// `scripts/ready.mjs` in a checkout of its own, with a program in the place of npm.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { script } from './helm/fakes.ts';

function ready(modules: (folder: string, elsewhere: string) => void) {
  const base = mkdtempSync(join(tmpdir(), 'migrate-lint-ready-'));
  onTestFinished(() => rmSync(base, { recursive: true }));
  const [checkout, elsewhere] = [join(base, 'checkout'), join(base, 'elsewhere')];
  mkdirSync(join(elsewhere, 'package'), { recursive: true });
  cpSync('scripts/ready.mjs', join(checkout, 'scripts/ready.mjs'));
  cpSync('scripts/npm.mjs', join(checkout, 'scripts/npm.mjs'));
  writeFileSync(join(checkout, 'package-lock.json'), '{}');
  modules(checkout, elsewhere);
  mkdirSync(join(base, 'bin'));
  script(join(base, 'bin/npm'), 'rm -rf node_modules/*; touch installed');
  const { status, stderr } = spawnSync(process.execPath, [join(checkout, 'scripts/ready.mjs')], {
    encoding: 'utf8',
    env: { PATH: `${join(base, 'bin')}:${process.env['PATH']}` },
  });
  return { status, stderr, installed: existsSync(join(checkout, 'installed')), behind: readdirSync(elsewhere) };
}

it('installs where there is nothing yet', () => {
  expect(ready(() => undefined)).toMatchObject({ status: 0, installed: true });
});

it('refuses a node_modules that is a link, and leaves what is behind it', () => {
  expect(ready((checkout, elsewhere) => symlinkSync(elsewhere, join(checkout, 'node_modules')))).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^node_modules is a link, [^\n]*\n$/),
    installed: false,
    behind: ['package'],
  });
});
