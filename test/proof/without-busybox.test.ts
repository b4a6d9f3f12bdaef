// The proof on a machine without busybox: it plays what needs no command, and says what it leaves out.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { helmBinary } from '../helm/binaries.ts';

const programs = mkdtempSync(join(tmpdir(), 'no-busybox-'));
afterAll(() => rmSync(programs, { recursive: true, force: true }));

test(
  'without busybox the proof says what it leaves out, and disagrees with nothing',
  { timeout: 120_000 },
  async () => {
    await helmBinary('4.2.3');
    const folders = (process.env.PATH ?? '').split(delimiter);
    for (const name of ['node', 'sh', 'unshare', 'mount', 'setpriv', 'chroot', 'timeout', 'git']) {
      const folder = folders.find((one) => existsSync(join(one, name)));
      if (folder !== undefined) symlinkSync(join(folder, name), join(programs, name));
    }
    // One chart without commands that decide anything, one that sleeps past its deadline, one that waits.
    const charts = ['hook-weight/good-plus', 'job-deadline/bad-sleep', 'hook-deadlock/bad-port'];
    const run = spawnSync(process.execPath, ['scripts/ts.mjs', 'test/proof/proof.ts', ...charts, '--helm', '4.2.3'], {
      encoding: 'utf8',
      env: { ...process.env, PATH: programs },
    });
    const lines = run.stdout.split('\n').filter(Boolean);
    expect(lines[0]).toBe(
      'no command is run here (busybox is not installed): charts whose commands wait, connect, sleep or may fail are left out',
    );
    for (const chart of charts.slice(1))
      expect(lines).toContain(
        `not played: ${chart} (4.2.3): a command that waits, connects, sleeps or may fail, which only a shell shows`,
      );
    expect([lines.at(-1), run.status]).toEqual([expect.stringMatching(/^([1-9]\d*) of \1 plays as predicted$/), 0]);
  },
);
