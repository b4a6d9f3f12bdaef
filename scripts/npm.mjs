// npm from a script of ours, on every system: on Windows its command is a batch file, which Node does not start.
import { execFileSync } from 'node:child_process';

/**
 * Runs npm as `execFileSync` would.
 * @param {readonly string[]} args
 * @param {import('node:child_process').ExecFileSyncOptions} [options]
 * @returns {string} its standard output, where `options.encoding` says so
 */
export function npm(args, options) {
  if (process.platform !== 'win32') return execFileSync('npm', args, options);
  // `npm run` says where npm's own program is.
  const cli = process.env.npm_execpath;
  if (cli === undefined) throw new Error('start this with npm run');
  return execFileSync(process.execPath, [cli, ...args], options);
}
