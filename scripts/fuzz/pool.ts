import { fork, type ChildProcess } from 'node:child_process';
import type { Bench, Case } from './cases.ts';

/** How a case ended: with an exit code, or with what went wrong. */
export interface Outcome extends Case {
  code?: number;
  /** The error's first lines. */
  fault?: string;
  /** Milliseconds that the linter itself was busy. */
  busy: number;
  /** The worker's folder, which holds the input as it was; gone with the next case. */
  folder: string;
}

/** What a worker tells: that it is alive, or how a case ended. */
export type Message = { beat: true } | { done: { code?: number; fault?: string; busy: number } };

const memory = 1024;

/** Processes that run cases, each watched: one that is silent for longer than `limitMs` is killed. */
export class Pool {
  private readonly program: string;
  private readonly bench: Omit<Bench, 'folder'>;
  private readonly root: string;
  private readonly limitMs: number;

  constructor(program: string, bench: Omit<Bench, 'folder'>, root: string, limitMs: number) {
    this.program = program;
    this.bench = bench;
    this.root = root;
    this.limitMs = limitMs;
  }

  /**
   * Runs all cases on `size` processes; `told` hears of each. A fault counts when it shows twice: a busy machine makes
   * none.
   */
  async run(cases: Iterable<Case>, size: number, told: (outcome: Outcome) => void): Promise<void> {
    const queue = cases[Symbol.iterator]();
    const work = async (number: number) => {
      let worker: Worker | undefined;
      for (let next = queue.next(); !next.done; next = queue.next()) {
        let outcome: Outcome | undefined;
        for (let attempt = 0; attempt < 2 && (!outcome || outcome.fault !== undefined); attempt += 1) {
          worker = worker?.alive
            ? worker
            : new Worker(this.program, { ...this.bench, folder: `${this.root}/worker-${number}` });
          outcome = await worker.run(next.value, this.limitMs);
        }
        told(outcome!);
      }
      worker?.end();
    };
    await Promise.all(Array.from({ length: size }, (_, number) => work(number)));
  }
}

class Worker {
  alive = true;
  private readonly child: ChildProcess;
  private readonly folder: string;
  private stderr = '';
  private hear: (message: Message | { gone: string }) => void = () => undefined;

  constructor(program: string, bench: Bench) {
    this.folder = bench.folder;
    this.child = fork(program, ['--worker', JSON.stringify(bench)], {
      execArgv: ['--enable-source-maps', `--max-old-space-size=${memory}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child.stderr!.on('data', (data: Buffer) => (this.stderr = (this.stderr + data.toString()).slice(-4000)));
    this.child.on('message', (message) => this.hear(message as Message));
    this.child.on('exit', (code, signal) => {
      this.alive = false;
      this.hear({
        gone: `the process ended (${signal ?? code}): ${/FATAL ERROR: [^\n]*|Error[^\n]*/.exec(this.stderr)?.[0] ?? ''}`,
      });
    });
  }

  run(one: Case, limitMs: number): Promise<Outcome> {
    return new Promise((resolve) => {
      const end = (rest: { code?: number; fault?: string; busy: number }) => {
        clearTimeout(watch);
        this.hear = () => undefined;
        const slow = rest.busy > limitMs && !rest.fault ? `slow: busy for more than ${limitMs} ms` : undefined;
        resolve({ ...one, folder: this.folder, ...rest, ...(slow && { fault: slow }) });
      };
      const silent = () => {
        this.alive = false;
        this.child.kill('SIGKILL');
        end({ fault: `hang: nothing heard for ${limitMs} ms`, busy: limitMs });
      };
      // A process has to start first; half a second is for the machine.
      let watch = setTimeout(silent, limitMs + 5_000);
      this.hear = (message) => {
        if ('gone' in message) return end({ fault: message.gone, busy: 0 });
        if ('done' in message) return end(message.done);
        clearTimeout(watch);
        watch = setTimeout(silent, limitMs + 500);
      };
      this.child.send(one);
    });
  }

  end(): void {
    this.alive = false;
    this.child.disconnect();
  }
}
