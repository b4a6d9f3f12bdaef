/** The time of a played cluster: faster than real, and held while what takes no time in a real cluster is prepared. */
export class Clock {
  /** How many times faster than real time it goes. */
  readonly scale: number;
  #passed = 0;
  #since: number | undefined = Date.now();
  #holds = 0;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #due = new Set<{ at: number; act: () => void }>();

  constructor(scale: number) {
    this.scale = scale;
  }

  /** Seconds of the cluster's time since the start. */
  get now(): number {
    const running = this.#since === undefined ? 0 : Date.now() - this.#since;
    return ((this.#passed + running) * this.scale) / 1000;
  }

  /** Calls back after so many seconds of the cluster's time; gives what cancels it. */
  after(seconds: number, act: () => void): () => void {
    const entry = { at: this.now + seconds, act };
    this.#due.add(entry);
    this.#wind();
    return () => void this.#due.delete(entry);
  }

  /** Stops time until what it gives is called. */
  hold(): () => void {
    if (this.#since !== undefined) this.#passed += Date.now() - this.#since;
    this.#since = undefined;
    this.#holds += 1;
    this.#wind();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds -= 1;
      if (this.#holds > 0) return;
      this.#since = Date.now();
      this.#wind();
    };
  }

  /** Nothing is called back any more. */
  stop(): void {
    this.#stopped = true;
    this.#due.clear();
    clearTimeout(this.#timer);
  }

  #wind(): void {
    clearTimeout(this.#timer);
    if (this.#since === undefined || this.#stopped || this.#due.size === 0) return;
    const next = Math.min(...[...this.#due].map(({ at }) => at));
    this.#timer = setTimeout(
      () => {
        const over = [...this.#due].filter(({ at }) => at <= this.now + 1e-6).sort((a, b) => a.at - b.at);
        for (const entry of over) if (this.#due.delete(entry)) entry.act();
        this.#wind();
      },
      Math.max(0, Math.ceil(((next - this.now) * 1000) / this.scale)),
    );
  }
}
