// Packs the package, installs it in an empty folder as a user would, and runs it: npm run release:check
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-release-'));
const run = (file, args, options = {}) =>
  execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
try {
  run('npm', ['run', 'build']);
  run('node', ['scripts/types.mjs']);
  run('npm', ['pack', '--pack-destination', folder]);
  const [tarball] = readdirSync(folder);
  const size = statSync(join(folder, tarball)).size;
  writeFileSync(join(folder, 'package.json'), '{ "name": "user", "private": true, "type": "module" }\n');
  run('npm', ['install', '--no-audit', '--no-fund', join(folder, tarball)], { cwd: folder });
  const installed = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
  if (installed.length !== 1) throw new Error(`runtime dependencies: ${installed.join(', ')}`);
  const version = run('npx', ['--no-install', 'migrate-lint', '--version'], { cwd: folder }).trim();
  run('npx', ['--no-install', 'migrate-lint', resolve('fixtures/sql-migrate')], { cwd: folder });
  writeFileSync(
    join(folder, 'use.ts'),
    "import { defineRule, lint, type LintResult } from 'migrate-lint';\nexport const rule = defineRule({ id: 'x', title: '', severity: 'info', preset: 'all', why: '', fix: '', off: '', see: [], *check({ release }) { for (const job of release.jobs) yield { at: job.resource.place('kind'), message: job.name }; } });\nexport const result: Promise<LintResult> = lint({ paths: ['.'], cwd: '.', env: {} });\n",
  );
  run(
    resolve('node_modules/.bin/tsc'),
    ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', 'use.ts'],
    { cwd: folder },
  );
  process.stdout.write(
    `${tarball}: ${Math.round(size / 1024)} kB packed, no runtime dependencies, ${version}, runs and type-checks in an empty folder\n`,
  );
} catch (error) {
  process.stderr.write(`${error.stdout ?? ''}${error.stderr ?? ''}${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
