// Promise: the GitHub action and the GitLab template run no program that the checkout brings.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { migrationJob } from '../chart/scratch.ts';
import { helmBinary } from '../helm/binaries.ts';

const root = mkdtempSync(join(tmpdir(), 'action-'));
const checkout = join(root, 'checkout');
const marker = join(root, 'attacked');
let env: NodeJS.ProcessEnv;

const write = (path: string, text: string, mode = 0o644) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
};

beforeAll(async () => {
  env = {
    PATH: process.env['PATH'],
    HOME: join(root, 'home'),
    HELM_BIN: (await helmBinary('4.2.3')).path,
    NO_COLOR: '1',
  };
  const evil = `require('node:fs').writeFileSync(${JSON.stringify(marker)}, 'ran')`;
  write(join(checkout, 'charts/shop/Chart.yaml'), 'apiVersion: v2\nname: shop\nversion: 1.0.0\n');
  write(join(checkout, 'charts/shop/templates/job.yaml'), migrationJob());
  write(join(checkout, 'evil.cjs'), evil);
  write(
    join(checkout, 'node_modules/migrate-lint/package.json'),
    '{"name":"migrate-lint","version":"0.1.0","bin":"x.js"}',
  );
  write(join(checkout, 'node_modules/migrate-lint/x.js'), `#!/usr/bin/env node\n${evil}`, 0o755);
  mkdirSync(join(checkout, 'node_modules/.bin'), { recursive: true });
  symlinkSync('../migrate-lint/x.js', join(checkout, 'node_modules/.bin/migrate-lint'));
  write(join(checkout, '.npmrc'), 'node-options=--require ./evil.cjs\n');
  write(
    join(checkout, 'package.json'),
    `{"name":"x","scripts":{"preinstall":"node evil.cjs","prepare":"node evil.cjs"}}`,
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const bash = (script: string, more: NodeJS.ProcessEnv) =>
  spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd: checkout,
    env: { ...env, ...more },
    encoding: 'utf8',
  });

describe('in a checkout with a package, a program and an .npmrc of its own', () => {
  it('npx would run the program of the checkout', () => {
    bash('npx --yes migrate-lint@0.1.0 charts', {});
    expect(existsSync(marker)).toBe(true);
    rmSync(marker);
  });

  it("the action's step runs the action's own program", () => {
    const { runs } = parse(readFileSync('action.yml', 'utf8')) as {
      runs: { steps: { run?: string; env?: Record<string, string> }[] };
    };
    const { run, env: names = {} } = runs.steps.find((step) => step.run !== undefined)!;
    const values = Object.fromEntries(
      Object.entries(names).map(([name, value]) => [
        name,
        value
          .replace('${{ github.action_path }}', resolve('.'))
          .replace(/\$\{\{ inputs\.charts \}\}/, 'charts\n')
          .replace(/\$\{\{.*?\}\}/g, ''),
      ]),
    );
    const { status, stdout } = bash(run!, values);
    expect([status, stdout]).toEqual([1, expect.stringContaining('backoff-limit')]);
    expect(existsSync(marker)).toBe(false);
  });

  it('the GitLab job installs outside of the checkout, without scripts, and runs what it installed', () => {
    const job = (parse(readFileSync('ci/gitlab.yml', 'utf8')) as Record<string, { script: string[] }>)['migrate-lint']!;
    const log = join(root, 'npm.log');
    const programs = join(root, 'programs');
    // Instead of the registry: notes where and how it was called, and puts this program there.
    write(
      join(programs, 'npm'),
      `#!/bin/sh\necho "$PWD $*" >> '${log}'\nmkdir -p node_modules/migrate-lint\nln -s '${resolve('dist')}' node_modules/migrate-lint/dist\n`,
      0o755,
    );
    const script = job.script.join('\n').replace(/--changed-since "[^"]*" /, '');
    const { status, stdout } = bash(script, {
      PATH: [programs, env['PATH']].join(delimiter),
      MIGRATE_LINT_CHARTS: 'charts',
      NODE_OPTIONS: '',
    });
    expect([status, stdout]).toEqual([1, expect.stringContaining('backoff-limit')]);
    expect(existsSync(marker)).toBe(false);
    const called = readFileSync(log, 'utf8');
    expect(called.startsWith(checkout)).toBe(false);
    expect(called).toContain('--ignore-scripts');
  });
});
