import type { Rule } from '../rule.ts';
import type { PolicyFiles } from './files.ts';

/** How a policy is read. */
export interface ReadOptions {
  cwd: string;
  rules: readonly Rule[];
  /** Whether its plugins may run: `skip` leaves them out, `refuse` makes them an error. */
  plugins: 'run' | 'skip' | 'refuse';
  /** Whether its values files may have addresses of the network. */
  allowNetwork?: boolean;
  files: PolicyFiles;
  /** Where its values files and last revisions are: the work tree. */
  values: PolicyFiles;
}
