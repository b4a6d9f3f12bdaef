import { asksVersion, versionLine } from '../cli/version.ts';
import { load } from './load.ts';
import type * as Program from './program.ts';

const argv = process.argv.slice(2);
if (asksVersion(argv)) process.stdout.write(versionLine);
else {
  const { main } = load(new URL('.', import.meta.url)).program as typeof Program;
  process.exitCode = await main(argv);
}
