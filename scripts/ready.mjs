// Makes a fresh clone ready: dependencies, and with --build the bundle. Does nothing where all is up to date.
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from './npm.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const time = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
const newest = (path) =>
  statSync(path).isDirectory() ? Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name)))) : time(path);

export function install() {
  if (time(join(root, 'node_modules/.package-lock.json')) >= time(join(root, 'package-lock.json'))) return;
  // `npm ci` empties the folder behind it, which is somebody else's.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    process.stderr.write(
      'node_modules is a link, and what it leads to is out of date: remove the link, and run this again\n',
    );
    process.exit(1);
  }
  process.stderr.write('installing dependencies (npm ci) …\n');
  // No package needs a script to be installed, and what `prepare` makes is made when it is needed.
  npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 2],
  });
}

export function build() {
  make('dist/cli.js', 'scripts/build.mjs', 'building …');
}

/** The types of the library. A build removes them. */
export function types() {
  make('dist/index.d.ts', 'scripts/types.mjs', 'building types …');
}

function make(target, script, message) {
  const sources = ['src', 'rules', 'package.json', 'scripts/browser-text.mjs', script].map((path) =>
    newest(join(root, path)),
  );
  if (time(join(root, target)) >= Math.max(...sources)) return;
  process.stderr.write(`${message}\n`);
  execFileSync(process.execPath, [script], { cwd: root, stdio: ['ignore', 2, 2] });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  install();
  if (process.argv.includes('--build')) build();
}
