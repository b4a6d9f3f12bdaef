// What was seen of a play, kept outside of the repository, so that only what changed is played again.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Step } from '../observe.ts';

/** What one call of Helm did. */
export interface Call {
  /** `install`, `upgrade`, `second upgrade`, `rollback`, `test`, `uninstall`. */
  name: string;
  exitCode: number;
  /** What Helm said at the end, without names that are made up for a play. */
  message: string;
  steps: Step[];
  /** What it created, hooks and ordinary, as `Kind/name`. */
  created: string[];
  /** What the release made and is still there, as `Kind/name`. */
  left: string[];
  /** Workloads afterwards: `Ready`, `NotReady`, `Complete`, `Failed`, `Running`, by `Kind/name`. */
  states: Record<string, string>;
  /** Why containers of pods do not run, by pod. */
  reasons: Record<string, string>;
  /** Pods of which a container's program began, behind whatever its command waits for first; absent in old records. */
  began?: string[];
  /** Namespaces that Helm deleted; absent in old records. */
  deletedNamespaces?: string[];
  seconds: number;
}

/** What was seen of one script. */
export type Play = readonly Call[];

/** Changed by hand where the way of playing changes so that what is kept says nothing any more. */
const format = 1;

const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'migrate-lint', 'plays');

/** The name under which a play is kept: what it depends on, in one number. */
export function keyOf(charts: readonly string[], ...more: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([format, ...more]));
  for (const chart of charts) {
    hash.update('\0chart');
    for (const file of filesOf(chart)) hash.update(`\0${file}\0`).update(readFileSync(join(chart, file)));
  }
  return hash.digest('hex').slice(0, 32);
}

/** Comments are for the linter's tests, `lint.json` for the linter. */
function filesOf(root: string, below = ''): string[] {
  return readdirSync(join(root, below), { withFileTypes: true })
    .flatMap((entry) => {
      const path = below ? `${below}/${entry.name}` : entry.name;
      return entry.isDirectory() ? filesOf(root, path) : path === 'lint.json' ? [] : [path];
    })
    .sort();
}

/** What was seen the last time; `undefined` where nothing is kept. */
export function kept(key: string): Play | undefined {
  const file = join(folder, `${key}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Play) : undefined;
}

/** Keeps what was seen. */
export function keep(key: string, record: Play): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${key}.json`);
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(record));
  renameSync(`${file}.${process.pid}`, file);
}
