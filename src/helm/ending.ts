import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const pending = new Set<() => void>();

function sweep(): void {
  for (const action of pending) {
    try {
      action();
    } catch {
      // The process is going down: the other actions still deserve their turn.
    }
  }
  pending.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  sweep();
  unhook();
  // Somebody else handles the signal: they decide whether the process ends.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

function hook(): void {
  process.on('exit', sweep);
  for (const signal of signals) process.on(signal, onSignal);
}

function unhook(): void {
  process.off('exit', sweep);
  for (const signal of signals) process.off(signal, onSignal);
}

/**
 * Runs `action` (synchronous) should the process end by exit or signal before the returned function is called.
 * Listens to signals only while something is pending.
 */
export function atEnd(action: () => void): () => void {
  if (pending.size === 0) hook();
  pending.add(action);
  return () => {
    if (pending.delete(action) && pending.size === 0) unhook();
  };
}

/** A temporary folder that is gone after `remove`, or when the process ends by exit or signal before that. */
export function temporaryFolder(): { path: string; remove: () => void } {
  let path: string | undefined = undefined;
  const remove = () => path !== undefined && rmSync(path, { recursive: true, force: true });
  // Before there is something to remove: a signal may come between the two.
  const release = atEnd(remove);
  path = mkdtempSync(join(tmpdir(), 'migrate-lint-'));
  return {
    path,
    remove: () => {
      remove();
      release();
    },
  };
}

/**
 * Ends `pid` and what it started: the group that it leads, or its tree on Windows, which has no groups. There the
 * system's own program is named by its path, since Windows looks for a bare name in the working directory first.
 */
export function killGroup(pid: number, grouped: boolean): void {
  const root = process.env['SystemRoot'];
  if (!grouped && root !== undefined) {
    const { status } = spawnSync(join(root, 'System32', 'taskkill.exe'), ['/pid', String(pid), '/t', '/f'], {
      stdio: 'ignore',
      windowsHide: true,
    });
    if (status === 0) return;
  }
  try {
    process.kill(grouped ? -pid : pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

/** The Node program that runs us; npm stands beside it. */
export const nodePath: string = process.execPath;
