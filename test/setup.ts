import { execFileSync } from 'node:child_process';

/** Builds what tests run as a process, once for all of them. */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/ready.mjs', '--build'], { stdio: 'inherit' });
}
