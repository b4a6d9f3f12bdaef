// `npm run test:executable [-- FILE…]`: the tests of the command line, through the executable of this machine instead of
// the bundle.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { executableHere } from './executable.ts';

const file = executableHere();

/** Tests that start the command line by one of these files start what `MIGRATE_LINT_CLI` names. */
const starters = /from '(?:\.\.?\/)+(?:chart\/cli|attacks\/attack|attack|program\/(?:index|command))\.ts'/;
const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts') && !name.endsWith('.slow.test.ts'))
  .map((name) => join('test', name))
  .filter((name) => starters.test(readFileSync(name, 'utf8')));
const chosen = process.argv.slice(2);
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', ...(chosen.length > 0 ? chosen : tests)],
  { stdio: 'inherit', env: { ...process.env, MIGRATE_LINT_CLI: file } },
);
process.exitCode = status ?? 1;
