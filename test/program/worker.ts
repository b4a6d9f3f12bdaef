// The command line in a thread, one call after the other: what a process would be given is put in place around each.
import { Readable } from 'node:stream';
import { workerData, type MessagePort } from 'node:worker_threads';
import { main } from '../../src/cli/main.ts';
import type { Asked, Ran } from './index.ts';
import { renders } from './renders.ts';

const { port, state } = workerData as { port: MessagePort; state: Int32Array };

function answer(ran: Ran): void {
  port.postMessage(ran);
  Atomics.store(state, 0, 1);
  Atomics.notify(state, 0);
}

let out = { stdout: '', stderr: '' };
const crash = (error: unknown) =>
  answer({ code: 1, ...out, stderr: `${out.stderr}${error instanceof Error ? error.stack : String(error)}\n` });
process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);

port.on('message', ({ args, env, input, keepRenders }: Asked) => {
  out = { stdout: '', stderr: '' };
  renders.on = keepRenders;
  for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
  for (const [name, value] of Object.entries(env)) if (value !== undefined) process.env[name] = value;
  process.argv = ['node', 'migrate-lint', ...args];
  Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from(input)]), configurable: true });
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].removeAllListeners('error');
    process[name].write = (text: string | Uint8Array) => {
      out[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
      return true;
    };
  }
  main(args).then((code) => answer({ code, ...out }), crash);
});
