import { versionLine } from '../cli/version.ts';
import { load } from './load.ts';
import type * as Program from './program.ts';

const argv = process.argv.slice(2);
// The cheapest question is answered before anything is loaded.
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) process.stdout.write(versionLine);
else {
  const { main } = load(new URL('.', import.meta.url)).program as typeof Program;
  process.exitCode = await main(argv);
}
