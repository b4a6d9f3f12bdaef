// The SBOM: what the bundle and the executables hold, listed by CycloneDX's own tool.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { npm } from '../npm.mjs';
import { locked } from './runtime.ts';
import { targets } from './targets.ts';

const tools = resolve('node_modules/.cache/migrate-lint/release-tools');

interface Lock {
  packages: Record<string, { version?: string } & Record<string, unknown>>;
}

/** Packages whose code is in `dist/`, by esbuild's own account. */
export function bundled(inputs: readonly string[]): string[] {
  const names = inputs.map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

/** The SBOM as JSON. `inputs` are the files of the bundle. */
export function sbom(inputs: readonly string[]): string {
  installTools();
  const folder = join(tools, 'subject');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  // A package that depends on what is bundled, in place of one that is built with it.
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown>;
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;
  const dependencies: Record<string, string> = {};
  for (const name of bundled(inputs)) dependencies[name] = lock.packages[`node_modules/${name}`]!.version!;
  for (const { runtime } of targets) dependencies[runtime] = locked(runtime).version;
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ ...manifest, devDependencies: undefined, scripts: undefined, dependencies }),
  );
  const packages: Lock['packages'] = { '': { ...lock.packages[''], devDependencies: undefined, dependencies } };
  for (const [path, entry] of Object.entries(lock.packages)) if (path) packages[path] = { ...entry, dev: undefined };
  for (const { runtime } of targets) packages[`node_modules/${runtime}`] = { ...locked(runtime), license: 'MIT' };
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages }));
  return execFileSync(
    process.execPath,
    [
      join(tools, 'node_modules/@cyclonedx/cyclonedx-npm/bin/cyclonedx-npm-cli.js'),
      ...['--package-lock-only', '--omit', 'dev', '--output-reproducible', '--output-format', 'JSON', '--validate'],
      ...['--mc-type', 'application', '--output-file', '-'],
    ],
    { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'inherit'] },
  );
}

/** The tools of the lock file beside this file, without the runtimes. */
function installTools(): void {
  const lock = 'scripts/release/package-lock.json';
  const done = join(tools, 'package-lock.json');
  if (existsSync(join(tools, 'node_modules')) && readFileSync(done, 'utf8') === readFileSync(lock, 'utf8')) return;
  mkdirSync(tools, { recursive: true });
  cpSync('scripts/release/package.json', join(tools, 'package.json'));
  cpSync(lock, done);
  npm(['ci', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: tools,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
