import { spawnSync } from 'node:child_process';
import { helmBinary } from '../helm/binaries.ts';

/**
 * Runs a part of `npm run fuzz` from a fixed seed, with every so many `charts`; what is not as it should be, a line
 * each.
 */
export async function campaign(charts: number, counts: Readonly<Record<string, number>>): Promise<string[]> {
  const { path } = await helmBinary('4.2.3');
  const options = Object.entries({ seed: 7, charts, ...counts }).flatMap(([name, count]) => [
    `--${name}`,
    String(count),
  ]);
  const { status, stdout, stderr } = spawnSync('node', ['scripts/ts.mjs', 'scripts/fuzz.ts', ...options], {
    encoding: 'utf8',
    env: { ...process.env, HELM_BIN: path },
  });
  return [
    ...(status === 0 ? [] : [`exit code ${status}: ${stdout}${stderr}`]),
    ...Object.entries(counts).flatMap(([kind, count]) =>
      new RegExp(`^${kind}: ${count} in .*; 0 faults`, 'm').test(stdout) ? [] : [`${kind}: ${stdout}`],
    ),
  ];
}
