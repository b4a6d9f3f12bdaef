import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import type * as Execa from 'execa';
import { atEnd, killGroup } from './ending.ts';

/** Bounds and surroundings of one program run. */
export interface RunOptions {
  env: Record<string, string>;
  /** Milliseconds after which the program and its children are killed. */
  timeoutMs: number;
  /** Bytes of stdout after which they are killed. */
  maxBytes: number;
  /** Bytes of resident memory of the program itself after which they are killed; no bound where there is no `/proc`. */
  maxMemory?: number;
  signal?: AbortSignal;
  cwd?: string;
}

/** How a run ended; `code` is the system's word (`ENOENT`, `EACCES`…) for `failed`, the signal's name for `killed`. */
export interface RunResult {
  ended: 'exit' | 'killed' | 'timeout' | 'too-large' | 'memory' | 'aborted' | 'failed';
  exitCode?: number;
  code?: string;
  stdout: string;
  stderr: string;
}

const maxStderr = 8 * 1024 * 1024;
const graceMs = 1_000;
const memoryMs = 200;

/** Loads the process runner ahead of its first use: about 20 ms that can pass while something else is awaited. */
export async function preload(): Promise<void> {
  ({ execa: loaded } = await import('execa'));
}

let loaded: typeof Execa.execa | undefined;

/** Runs `file` without a shell and with empty input; never throws for what the program does. */
export async function run(file: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  // Not imported at the top: whoever has no use for Helm (manifests on stdin) does not pay for it.
  // Once it is there the program starts within this very call, whatever the caller does next.
  const execa = loaded ?? (await import('execa')).execa;
  if (options.signal?.aborted) return { ended: 'aborted', stdout: '', stderr: '' };
  let pid: number | undefined = undefined;
  const grouped = platform() !== 'win32';
  const kill = (): void => {
    if (pid !== undefined) killGroup(pid, grouped);
  };
  // Before the start: a signal that comes between the two would leave the program behind.
  const release = atEnd(kill);
  // A group of its own, so that what a wrapper script started dies with it.
  const child = execa(file, args, {
    shell: false,
    reject: false,
    stdin: 'ignore',
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer: { stdout: options.maxBytes, stderr: maxStderr },
    extendEnv: false,
    env: options.env,
    cwd: options.cwd,
    detached: grouped,
    cleanup: !grouped,
    windowsHide: true,
  });
  pid = child.pid;
  let stopped: 'timeout' | 'memory' | 'aborted' | undefined;
  let grace: NodeJS.Timeout | undefined;
  const stop = (why: NonNullable<typeof stopped>): void => {
    stopped ??= why;
    kill();
    // A grandchild that left the group may hold the pipes: do not wait for it.
    grace ??= setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, graceMs);
  };
  const abort = (): void => stop('aborted');
  const timer = setTimeout(() => stop('timeout'), options.timeoutMs);
  const watch = setInterval(
    () => pid !== undefined && residentBytes(pid) > (options.maxMemory ?? Infinity) && stop('memory'),
    memoryMs,
  ).unref();
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    const result = await child;
    if (result.isMaxBuffer) kill();
    const own = result.isTerminated ? 'killed' : result.exitCode === undefined ? 'failed' : 'exit';
    const ended = stopped ?? (result.isMaxBuffer ? 'too-large' : own);
    return {
      ended,
      exitCode: result.exitCode,
      code: result.code ?? result.signal,
      stdout: text(result.stdout),
      stderr: text(result.stderr),
    };
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    clearTimeout(grace);
    options.signal?.removeEventListener('abort', abort);
    release();
  }
}

/** As Linux tells it; 0 where nothing does. */
function residentBytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function text(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
