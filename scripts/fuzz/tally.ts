import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Kind } from './cases.ts';
import type { Outcome } from './pool.ts';

/** Counts what came out of the cases of a kind. */
export class Tally {
  private readonly codes = new Map<number, number>();
  private readonly faults = new Map<string, Outcome[]>();
  private readonly begun = performance.now();
  private slowest: { busy: number; index: number } = { busy: 0, index: 0 };
  private readonly kind: Kind;
  private readonly failures: string;
  private readonly charts: string;

  constructor(kind: Kind, failures: string, charts: string) {
    this.kind = kind;
    this.failures = failures;
    this.charts = charts;
  }

  add(outcome: Outcome): void {
    const { code, fault, busy, index, seed } = outcome;
    if (busy > this.slowest.busy) this.slowest = { busy, index };
    if (fault === undefined) return void this.codes.set(code!, (this.codes.get(code!) ?? 0) + 1);
    const key = fault
      .split('\n')
      .filter((line, at) => at === 0 || /^\s+at /.test(line))
      .slice(0, 2)
      .join('\n')
      .replace(/\d+/g, '#')
      .slice(0, 300);
    const known = this.faults.get(key);
    if (known) return void known.push(outcome);
    this.faults.set(key, [outcome]);
    const kept = join(this.failures, `${this.kind}-${index}`);
    if (existsSync(outcome.folder)) cpSync(outcome.folder, kept, { recursive: true });
    process.stdout.write(
      `fault: ${fault}\n  input: ${kept}\n  again: npm run fuzz -- --seed ${seed} --only ${this.kind}:${index}${this.charts === '1000' ? '' : ` --charts ${this.charts}`}\n`,
    );
  }

  /** One line for people; gives the number of faults. */
  print(): number {
    const faulty = [...this.faults.values()].reduce((sum, list) => sum + list.length, 0);
    const done = [...this.codes.values()].reduce((sum, count) => sum + count, faulty);
    const codes = [...this.codes]
      .sort()
      .map(([code, count]) => `exit ${code}: ${count}`)
      .join(', ');
    process.stdout.write(
      `${this.kind}: ${done} in ${((performance.now() - this.begun) / 1000).toFixed(0)} s; ${codes}; slowest ${this.slowest.busy.toFixed(0)} ms (${this.slowest.index}); ${faulty} faults of ${this.faults.size} kinds\n`,
    );
    for (const [key, list] of this.faults)
      process.stdout.write(
        `  ${list.length} × ${key.replace(/\s+/g, ' ')} (${list
          .slice(0, 5)
          .map(({ index }) => index)
          .join(', ')})\n`,
      );
    return faulty;
  }
}
