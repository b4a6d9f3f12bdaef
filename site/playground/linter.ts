import type { Answered, Asked } from './messages.ts';

/** Longer than this nobody waits. */
export const mostMs = 15_000;

/** What is told of linting. */
interface Told {
  onResult: (answered: Answered) => void;
  /** It took too long, and was stopped. */
  onStopped: () => void;
  /** The worker could not be loaded, or broke. */
  onBroken: (message: string) => void;
}

/** Lints in a worker, one text at a time; of texts that come meanwhile only the last one counts. */
export class Linter {
  private worker: Worker | undefined;
  private running: { id: number; timer: ReturnType<typeof setTimeout> } | undefined;
  private next: Omit<Asked, 'id'> | undefined;
  private count = 0;
  private readonly told: Told;

  constructor(told: Told) {
    this.told = told;
  }

  lint(text: string, options: Asked['options']): void {
    this.next = { text, options };
    if (!this.running) this.go();
  }

  close(): void {
    clearTimeout(this.running?.timer);
    this.running = undefined;
    this.worker?.terminate();
    this.worker = undefined;
  }

  private go(): void {
    const { next } = this;
    if (!next) return;
    this.next = undefined;
    this.count += 1;
    const id = this.count;
    this.running = { id, timer: setTimeout(() => this.stop(), mostMs) };
    this.worker ??= this.started();
    const asked: Asked = { id, ...next };
    this.worker.postMessage(asked);
  }

  private started(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'migrate-lint' });
    worker.addEventListener('message', ({ data }: MessageEvent<Answered>) => {
      if (data.id !== this.running?.id) return;
      clearTimeout(this.running.timer);
      this.running = undefined;
      if (!this.next) this.told.onResult(data);
      this.go();
    });
    worker.addEventListener('error', ({ message }) => {
      this.close();
      this.told.onBroken(message);
      this.go();
    });
    return worker;
  }

  private stop(): void {
    this.close();
    this.told.onStopped();
    this.go();
  }
}
