import type { Diagnostic } from 'vscode-languageserver';
import type { Shown } from './diagnostics.ts';

/** Diagnostics by file, put together from charts and policies: a file may be part of several. */
export class Publisher {
  private readonly byOwner = new Map<string, ReadonlyMap<string, Diagnostic[]>>();
  private readonly send: (path: string, diagnostics: Diagnostic[]) => void;

  constructor(send: (path: string, diagnostics: Diagnostic[]) => void) {
    this.send = send;
  }

  /** Shows what an owner has found, instead of what it had found before. */
  show(owner: string, shown: readonly Shown[]): void {
    const before = this.byOwner.get(owner);
    const now = new Map<string, Diagnostic[]>();
    for (const { path, diagnostic } of shown) now.set(path, [...(now.get(path) ?? []), diagnostic]);
    if (now.size > 0) this.byOwner.set(owner, now);
    else this.byOwner.delete(owner);
    for (const path of new Set([...(before?.keys() ?? []), ...now.keys()])) this.send(path, this.of(path));
  }

  /** All diagnostics of a file, each once. */
  of(path: string): Diagnostic[] {
    const all = [...this.byOwner.values()].flatMap((byPath) => byPath.get(path) ?? []);
    return [...new Map(all.map((one) => [JSON.stringify([one.range, one.code, one.message]), one])).values()];
  }
}
