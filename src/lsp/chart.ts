import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LintOptions } from '../options.ts';
import type { Overlay } from '../overlay.ts';
import type { LintError } from '../result.ts';
import { diagnosticsOf, type Drawing, type Shown } from './diagnostics.ts';
import { faultsOf } from './faults.ts';
import { look, type Seen } from './look.ts';
import { movedLine } from './shift.ts';

/** What a chart's runs need from the server. */
export interface Host {
  options(cwd: string): Promise<Omit<LintOptions, 'paths'>>;
  /** The texts of all open files, by path. */
  texts(): ReadonlyMap<string, string>;
  /** Those of them that are not what is on disk. */
  unsaved(): Overlay;
  drawing(cwd: string, texts: ReadonlyMap<string, string>): Drawing;
  /** A run has ended with these diagnostics. */
  show(chart: string, shown: readonly Shown[]): void;
  /** A chart is being linted, or no longer. */
  busy(chart: string, busy: boolean): void;
  /** A fault of the server itself. */
  fault(error: unknown): void;
}

/**
 * A chart that is open: its runs, one at a time, and what the last one that could render it has found. A run that is
 * out of date is stopped, and its result dropped.
 */
export class OpenChart {
  readonly folder: string;
  readonly cwd: string;
  /** The last run that rendered the chart, with the texts of the files that were open then. */
  last: { seen: Seen; texts: ReadonlyMap<string, string>; shown: readonly Shown[] } | undefined;
  /** What the client shows. */
  shown: readonly Shown[] = [];
  private readonly host: Host;
  private timer: NodeJS.Timeout | undefined;
  private running: AbortController | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private queued = 0;
  private closed = false;

  constructor(folder: string, cwd: string, host: Host) {
    this.folder = folder;
    this.cwd = cwd;
    this.host = host;
  }

  /** Lints the chart after a while, unless it is asked for again before; stops a run that is under way. */
  request(delayMs: number): void {
    if (this.closed) return;
    this.running?.abort();
    clearTimeout(this.timer);
    this.host.busy(this.folder, true);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.exclusive((signal) => this.run(signal)).catch((error: unknown) => this.host.fault(error));
    }, delayMs);
  }

  /** Does something that renders the chart, when nothing else does; {@link request} stops it. */
  exclusive<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.queued += 1;
    const done = this.queue.then(async () => {
      const controller = new AbortController();
      this.running = controller;
      if (this.closed) controller.abort();
      try {
        return await work(controller.signal);
      } finally {
        if (this.running === controller) this.running = undefined;
        this.queued -= 1;
        if (this.timer === undefined && this.queued === 0) this.host.busy(this.folder, false);
      }
    });
    this.queue = done.catch(() => undefined);
    return done;
  }

  /** Stops what is under way; nothing is shown any more. Resolves when no Helm runs. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running?.abort();
    this.host.show(this.folder, []);
    await this.queue;
    this.host.busy(this.folder, false);
  }

  /** Where a line of the last run is in a text of now. */
  lineNow(path: string, line: number): number {
    const before = this.last?.texts.get(path);
    const now = this.host.texts().get(path);
    return before === undefined || now === undefined ? line : movedLine(line, before, now);
  }

  private async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const texts = new Map(this.host.texts());
    const unsaved = this.host.unsaved();
    const drawing = this.host.drawing(this.cwd, texts);
    if (!existsSync(join(this.folder, 'Chart.yaml'))) {
      this.last = undefined;
      return this.show([]);
    }
    const options = await this.host.options(this.cwd);
    const seen = await look(this.folder, { ...options, unsaved, signal });
    if (signal.aborted || this.closed) return;
    const faults = faultsOf(seen.result.errors.filter(isShown), this.folder, drawing);
    if (seen.result.charts.length > 0 || faults.length === 0) {
      const shown = diagnosticsOf(seen.result, drawing);
      this.last = { seen, texts, shown };
      return this.show([...shown, ...faults]);
    }
    // Half-written: what is known of the rest still holds.
    this.show([...(this.last?.shown ?? []).map((one) => this.moved(one)), ...faults]);
  }

  private show(shown: readonly Shown[]): void {
    this.shown = shown;
    this.host.show(this.folder, shown);
  }

  private moved(one: Shown): Shown {
    const { range } = one.diagnostic;
    const by = this.lineNow(one.path, range.start.line + 1) - 1 - range.start.line;
    const at = (position: typeof range.start) => ({ ...position, line: position.line + by });
    return { ...one, diagnostic: { ...one.diagnostic, range: { start: at(range.start), end: at(range.end) } } };
  }
}

const isShown = ({ library }: LintError) => !library;
