// `npm start`: lints the OptScale fixture, and shows its rollout. `npm start -- CHART …` is the tool itself.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, install } from './ready.mjs';

install();
build();
const args = process.argv.slice(2);
const cli = resolve(fileURLToPath(new URL('..', import.meta.url)), 'dist/cli.js');
const run = (argv) => spawnSync(process.execPath, [cli, ...argv], { stdio: 'inherit' }).status ?? 2;
if (args.length > 0) {
  process.exitCode = run(args);
} else {
  const code = run(['fixtures/optscale']);
  if (code === 2) process.exitCode = 2;
  else {
    process.stdout.write('\n');
    run(['plan', 'fixtures/optscale', '--action', 'install']);
  }
}
