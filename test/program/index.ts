// The built command line without a process for each call: a thread holds it, so that a call costs neither Node's start
// nor the loading.
import { join } from 'node:path';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { otherCli, processAsync, processSync } from './command.ts';

/** What a process would be given. */
export interface Asked {
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  input: string | Uint8Array;
  /** Whether a chart that was rendered before need not be rendered again. */
  keepRenders: boolean;
}

/** What a process would leave. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

const mostMs = 100_000;
let thread: { worker: Worker; port: MessagePort; state: Int32Array } | undefined;

/**
 * Runs the command line in the folder `cwd`, and waits for it. For what is the process's own (signals, pipes, limits)
 * start one.
 */
export function callSync(asked: Asked, cwd: string): Ran {
  if (otherCli !== undefined) return processSync(asked, cwd);
  const here = process.cwd();
  const { port, state } = begin(asked, cwd);
  try {
    return result(port, Atomics.wait(state, 0, 0, mostMs));
  } finally {
    process.chdir(here);
  }
}

/** As {@link callSync}, while this process goes on (a server in it can answer). */
export async function call(asked: Asked, cwd: string): Promise<Ran> {
  if (otherCli !== undefined) return processAsync(asked, cwd);
  const here = process.cwd();
  const { port } = begin(asked, cwd);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Ran>((resolve, reject) => {
      port.once('message', resolve);
      timer = setTimeout(() => reject(lost('timed-out')), mostMs);
    });
  } finally {
    clearTimeout(timer);
    port.removeAllListeners('message');
    port.unref();
    process.chdir(here);
  }
}

function begin(asked: Asked, cwd: string): NonNullable<typeof thread> {
  thread ??= started();
  // Threads share the working directory of their process.
  process.chdir(cwd);
  Atomics.store(thread.state, 0, 0);
  thread.port.postMessage(asked);
  return thread;
}

function started(): NonNullable<typeof thread> {
  const { port1, port2 } = new MessageChannel();
  const state = new Int32Array(new SharedArrayBuffer(4));
  const file = join(process.env['MIGRATE_LINT_PROGRAM']!, 'worker.js');
  const worker = new Worker(file, { workerData: { port: port2, state }, transferList: [port2] });
  worker.unref();
  port1.unref();
  return { worker, port: port1, state };
}

function result(port: MessagePort, waited: string): Ran {
  const received = receiveMessageOnPort(port) as { message: Ran } | undefined;
  if (received) return received.message;
  throw lost(waited);
}

function lost(why: string): Error {
  void thread?.worker.terminate();
  thread = undefined;
  return new Error(`the command line gave no answer (${why})`);
}
