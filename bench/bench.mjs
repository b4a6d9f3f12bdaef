// Whole processes, side by side in one run, medians: npm run bench [-- RUNS]
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const runs = Number(process.argv[2] ?? 21);
const node = process.execPath;
const cli = 'dist/cli.js';
const quiet = { stdio: 'ignore' };
const executable = executableHere();
spawnSync(node, [cli, 'fixtures/sql-migrate'], quiet);
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'migrate-lint/helm');
const managed = existsSync(cache)
  ? readdirSync(cache)
      .map((name) => join(cache, name, 'helm'))
      .filter(existsSync)
      .sort()
      .at(-1)
  : undefined;
const helm = process.env.HELM_BIN ?? managed ?? 'helm';
const env = { ...process.env, HELM_BIN: helm };

const commands = {
  'node -e 0': [node, ['-e', '0']],
  'migrate-lint --version': [node, [cli, '--version']],
  'helm template fixtures/optscale': [helm, ['template', 'release-name', 'fixtures/optscale']],
  'migrate-lint fixtures/optscale': [node, [cli, 'fixtures/optscale']],
  'helm template fixtures/sql-migrate': [helm, ['template', 'release-name', 'fixtures/sql-migrate']],
  'migrate-lint fixtures/sql-migrate (nothing to report)': [node, [cli, 'fixtures/sql-migrate']],
};
if (executable) {
  commands['the executable --version'] = [executable, ['--version']];
  commands['the executable fixtures/optscale'] = [executable, ['fixtures/optscale']];
}
const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
for (let run = -1; run < runs; run += 1) {
  for (const [name, [file, args]] of Object.entries(commands)) {
    const begun = process.hrtime.bigint();
    spawnSync(file, args, { ...quiet, env });
    if (run >= 0) times[name].push(Number(process.hrtime.bigint() - begun) / 1e6);
  }
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
for (const [name, list] of Object.entries(times))
  process.stdout.write(`${name.padEnd(56)} ${median(list).toFixed(0).padStart(5)} ms\n`);
const ratio = (a, b, aim) =>
  process.stdout.write(
    `${`${a} / ${b}`.padEnd(90)} ${(median(times[a]) / median(times[b])).toFixed(2)} (aim ${aim})\n`,
  );
ratio('migrate-lint --version', 'node -e 0', '1.3');
ratio('migrate-lint fixtures/optscale', 'helm template fixtures/optscale', '1.5');
if (executable) {
  ratio('the executable --version', 'migrate-lint --version', '1');
  ratio('the executable fixtures/optscale', 'migrate-lint fixtures/optscale', '1');
}
const floor = median(times['node -e 0']) + median(times['helm template fixtures/optscale']);
process.stdout.write(
  `floor of the second: node's own start and one helm template, ${(floor / median(times['helm template fixtures/optscale'])).toFixed(2)}\n`,
);

/** The executable of this machine; undefined, with the reason printed, where its runtime cannot be had. */
function executableHere() {
  const { status, stdout, stderr } = spawnSync(node, ['scripts/ts.mjs', 'scripts/release/here.ts'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status === 0) return stdout.trim().split('\n').at(-1);
  process.stdout.write(`without the executable: ${stderr.trim().split('\n').at(-1)}\n`);
  return undefined;
}
