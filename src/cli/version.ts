import { defaultVersion as managedHelm } from '../helm/pins.ts';
import pkg from '../../package.json' with { type: 'json' };

/** This package's version. */
export const version: string = pkg.version;

/** What `--version` prints: no process is started for it, so another Helm's version is not known. */
export const versionLine = `migrate-lint ${version} (Helm ${managedHelm} where none is named or on PATH)\n`;
