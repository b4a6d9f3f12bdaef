import { defaultVersion as managedHelm } from '../helm/pins.ts';
import { version } from '../version.ts';

export { version } from '../version.ts';

/** What `--version` prints: no process is started for it, so another Helm's version is not known. */
export const versionLine = `migrate-lint ${version} (Helm ${managedHelm} where none is named or on PATH)\n`;
