import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Rule } from '../rule.ts';
import type { Policy } from './policy.ts';

export { matchesPattern } from './pattern.ts';
export { PolicyError, type Dependencies, type Ignore, type Policy, type Preset, type Scenario } from './policy.ts';

const names = ['.migrate-lint.yaml', '.migrate-lint.yml'];

/** The policy file of a chart: the nearest one from its folder up to the root of its repository. */
export function findPolicy(chart: string): string | undefined {
  for (let folder = resolve(chart); ; folder = dirname(folder)) {
    const found = names.map((name) => join(folder, name)).find((file) => existsSync(file));
    if (found || existsSync(join(folder, '.git')) || dirname(folder) === folder) return found;
  }
}

/** How a policy is read. */
export interface ReadOptions {
  cwd: string;
  rules: readonly Rule[];
  /** Whether its plugins may run: `skip` leaves them out, `refuse` makes them an error. */
  plugins: 'run' | 'skip' | 'refuse';
  /** Whether its values files may have addresses of the network. */
  allowNetwork?: boolean;
}

/** Reads and checks a policy file and what it extends. Throws {@link PolicyError}. Nothing of it is loaded before. */
export async function readPolicy(path: string, options: ReadOptions): Promise<Policy> {
  const { load } = await import('./load.ts');
  return load(path, options);
}
