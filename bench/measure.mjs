// Whole commands, measured from outside: wall time, processor time of all their processes, peak memory of Node.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A shell that runs nothing but the command, and prints what its children used. */
const timed = ['-c', '"$@" >/dev/null 2>/dev/null </dev/null; times', 'sh'];

/**
 * Runs a command once, with its output thrown away. Gives milliseconds of wall time, and of processor time of the
 * command and what it waited for.
 */
export function once({ command, env, cwd }) {
  const begun = process.hrtime.bigint();
  const { stdout } = spawnSync('/bin/sh', [...timed, ...command], { env: { ...process.env, ...env }, cwd });
  const wall = Number(process.hrtime.bigint() - begun) / 1e6;
  const [, children = ''] = String(stdout).trim().split('\n');
  const seconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(([, m, s]) => Number(m) * 60 + Number(s));
  return { wall, processor: seconds.reduce((sum, one) => sum + one, 0) * 1_000 };
}

/** Megabytes that a Node program held at most. */
export function peak({ command, env, cwd }) {
  const hook = fileURLToPath(new URL('peak.mjs', import.meta.url));
  const [node, ...args] = command;
  const { output } = spawnSync(node, ['--import', hook, ...args], {
    env: { ...process.env, ...env },
    cwd,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  return Number(String(output[3])) / 1024;
}

/** Medians of commands that are run in turn, after one run of each that does not count. */
export function sideBySide(commands, runs, onRun = () => undefined) {
  const seen = commands.map(() => []);
  for (let run = -1; run < runs; run += 1)
    commands.forEach((command, index) => {
      const measured = once(command);
      if (run >= 0) seen[index].push(measured);
      onRun();
    });
  return seen.map((list) => ({
    wall: median(list.map(({ wall }) => wall)),
    processor: median(list.map(({ processor }) => processor)),
  }));
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
