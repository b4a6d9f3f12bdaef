// Builds the executable of this machine, and prints its path.
import { executableHere } from './executable.ts';

process.stdout.write(`${executableHere()}\n`);
