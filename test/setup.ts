import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundle } from './program/bundle.ts';
import { withRenders } from './program/plugin.ts';

/**
 * Builds what tests run: the program, and the command line for {@link call}. Gives them a folder for renders that are
 * kept for a week.
 */
export default async function setup(): Promise<() => void> {
  execFileSync(process.execPath, ['scripts/ready.mjs', '--build'], { stdio: 'inherit' });
  const program = mkdtempSync(join(tmpdir(), 'migrate-lint-program-'));
  await bundle({ worker: 'test/program/worker.ts' }, program, { plugins: [withRenders] });
  process.env['MIGRATE_LINT_PROGRAM'] = program;
  if (process.env['RENDERS'] !== 'fresh') {
    const folder = join(homedir(), '.cache/migrate-lint/test-renders');
    forget(folder);
    process.env['MIGRATE_LINT_RENDERS'] = folder;
  }
  return () => rmSync(resolve(program), { recursive: true, force: true });
}

function forget(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      if (Date.now() - statSync(file).mtimeMs > 7 * 24 * 3_600_000) rmSync(file, { force: true });
    }
  } catch {
    // Nothing was kept yet.
  }
}
