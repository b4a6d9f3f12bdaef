import { safe } from '../report/safe.ts';

/** Milliseconds before anything is shown: a run that is over by then needs no progress. */
const patience = 400;
const every = 80;

/** One line on a terminal's stderr that says how far a long run is; nothing where stderr is no terminal. */
export class Progress {
  private readonly out: NodeJS.WriteStream;
  private readonly begun = Date.now();
  private total = 0;
  private done = 0;
  private drawn = 0;

  constructor(out: NodeJS.WriteStream) {
    this.out = out;
  }

  /** Told of each render to come and each that is judged. */
  readonly tell = (event: 'queued' | 'done', what: string): void => {
    if (event === 'queued') this.total += 1;
    else this.done += 1;
    const now = Date.now();
    if (this.total < 2 || now - this.begun < patience || now - this.drawn < every) return;
    this.drawn = now;
    const text = `${this.done} of ${this.total}  ${safe(what)}`;
    this.out.write(`\r\u001b[K${text.slice(0, (this.out.columns || 80) - 1)}`);
  };

  /** Takes the line away. */
  clear(): void {
    if (this.drawn > 0) this.out.write('\r\u001b[K');
  }
}
