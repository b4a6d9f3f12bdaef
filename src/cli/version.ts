import { defaultVersion as managedHelm } from '../helm/pins.ts';
import { version } from '../version.ts';

export { version } from '../version.ts';

/** Whether the command line asks for the version and nothing else: the cheapest question, answered before anything is loaded. */
export function asksVersion(argv: readonly string[]): boolean {
  return argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V');
}

/** What `--version` prints: no process is started for it, so another Helm's version is not known. */
export const versionLine = `migrate-lint ${version} (Helm ${managedHelm} where none is named or on PATH)\n`;
