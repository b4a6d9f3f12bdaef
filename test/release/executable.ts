import { mkdirSync, mkdtempSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { buildExecutable } from '../../scripts/release/executable.ts';
import { programName, targetHere } from '../../scripts/release/targets.ts';

/** Builds the executable of this machine out of `dist/`, in a folder that does not lie in a temporary file system. */
export function executableHere(): string {
  const base = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'migrate-lint-test-tools');
  mkdirSync(base, { recursive: true });
  const file = join(mkdtempSync(join(base, 'executable-')), programName(targetHere()));
  buildExecutable(targetHere(), file);
  return file;
}
